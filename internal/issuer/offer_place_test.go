package issuer_test

import (
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
)

// TestOfferHasItsPlace: a place in a list is the offer's from the offer on, whatever becomes of it.
func TestOfferHasItsPlace(t *testing.T) {
	w := linkedWorld(t)
	places := map[int64]bool{}
	var first issuer.WholeOffer
	for range 5 {
		offer := w.offered(linkedOrder("Ed25519Signature2020", vc.Revocation))
		if len(offer.Entries) != 1 || places[offer.Entries[0].Index] {
			t.Fatalf("%+v", offer.Entries)
		}
		places[offer.Entries[0].Index], first = true, offer
	}
	sign := func() *issuer.Signed {
		signed, err := w.SignOffered(t.Context(), w.by, first, first.Document, "")
		w.must(err)
		return signed
	}
	broken := errors.New("the caller's transaction fails")
	signed := sign()
	if err := w.record(signed, broken); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if _, err := w.Get(t.Context(), w.by.Scope, first.ID); vc.KindOf(err) != vc.NotFound {
		t.Fatalf("recorded without a commit: %v", err)
	}
	again := sign() // as after a crash
	w.must(w.record(again, nil))
	if vc.KindOf(w.record(signed, nil)) != vc.Conflict || vc.KindOf(w.record(again, nil)) != vc.Conflict {
		t.Error("recorded twice")
	}
	if entries := again.Credential().Entries; len(entries) != 1 || entries[0] != first.Entries[0] {
		t.Errorf("%+v", entries)
	}
	err := w.Rows.Update(t.Context(), w.by.Scope, func(rows issuer.Rows) error {
		changed, err := w.ChangeStatusIn(rows, w.by, first.ID, issuer.Change{Purpose: vc.Revocation, Value: 1})
		if err == nil && changed.Standing != vc.Revoked {
			t.Errorf("%+v", changed)
		}
		return err
	})
	w.must(err)
	w.StatusChanged(again.Credential())
}

// TestOfferedIssuer: who issues is decided with the offer.
func TestOfferedIssuer(t *testing.T) {
	w := linkedWorld(t)
	offer := w.offered(linkedOrder("Ed25519Signature2020"))
	_, err := w.identity.Create(t.Context(), w.by, identity.CreateRequest{Method: "key", Algorithm: vc.Ed25519})
	w.must(err)
	_, err = w.OfferWhole(t.Context(), w.by, linkedOrder("Ed25519Signature2020"))
	refused(t, err, "issuer-ambiguous", "/issuer")
	signed, err := w.SignOffered(t.Context(), w.by, offer, offer.Document, "")
	w.must(err)
	if signed.Credential().Identity != offer.Identity {
		t.Errorf("%+v", signed.Credential())
	}
}

// TestOfferedKeyIsGone: whoever lost the right to sign meanwhile signs no offer of before.
func TestOfferedKeyIsGone(t *testing.T) {
	w := linkedWorld(t)
	offer := w.offered(linkedOrder("Ed25519Signature2020"))
	_, err := w.identity.SetKeyState(t.Context(), w.by, offer.Identity, offer.Method, vc.KeyCompromised)
	w.must(err)
	if _, err := w.SignOffered(t.Context(), w.by, offer, offer.Document, ""); vc.KindOf(err) != vc.Conflict {
		t.Error(err)
	}
}
