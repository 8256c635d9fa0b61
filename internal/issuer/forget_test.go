package issuer_test

import (
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
)

// TestEraseForgetsExchange: what an erased credential said stands nowhere else either.
func TestEraseForgetsExchange(t *testing.T) {
	w := linkedWorld(t)
	offer := w.offered(linkedOrder("Ed25519Signature2018"))
	x := vc.Exchange{
		ID: newID(), Scope: w.by.Scope, Role: vc.RoleIssuer, Door: "acapy", Channel: newID(), Thread: newID(), Credential: offer.ID,
		State: vc.Delivered, Pocket: []byte(`{}`), BodyKey: []byte("key"), Body: []byte("sealed"), Revision: 1,
		CreatedAt: time.Now(), UpdatedAt: time.Now(),
	}
	signed, err := w.SignOffered(t.Context(), w.by, offer, offer.Document, x.ID)
	w.must(err)
	w.must(w.Rows.Update(t.Context(), w.by.Scope, func(rows issuer.Rows) error {
		if err := rows.InsertExchange(x); err != nil {
			return err
		}
		return signed.Record(rows, w.by)
	}))
	for range 2 { // again changes nothing
		_, err = w.Erase(t.Context(), w.by, offer.ID)
		w.must(err)
	}
	left, err := w.Exchange(t.Context(), w.by.Scope, x.ID)
	w.must(err)
	if left.BodyKey != nil || left.Body != nil || left.State != vc.Delivered || string(left.Pocket) != `{}` || left.Revision != 2 {
		t.Errorf("%+v", left)
	}
}
