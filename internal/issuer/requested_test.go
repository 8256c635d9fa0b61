package issuer_test

import (
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/format/ldp"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
)

func TestOfferWholeRefuses(t *testing.T) {
	w := linkedWorld(t)
	for name, c := range map[string]struct {
		document      []byte
		code, pointer string
	}{
		"nothing":            {nil, "document-missing", ""},
		"undefined terms":    {with(resident, "credentialSubject", `{"type":"PermanentResident","odd":"x","odder":"y"}`), "undefined-term", "/credentialSubject/odd"},
		"an unknown context": {with(resident, "@context", `["https://www.w3.org/2018/credentials/v1","https://nobody.example/c"]`), "contexts", "/@context/1"},
		"a status":           {with(resident, "credentialStatus", `{"id":"urn:x:1","type":"StatusList2021Entry"}`), "status-foreign", "/credentialStatus"},
		"a proof":            {with(resident, "proof", `{"type":"Ed25519Signature2020"}`), "already-secured", "/proof"},
		"a status list":      {with(resident, "type", `["VerifiableCredential","BitstringStatusListCredential"]`), "type-reserved", "/type/1"},
		"a presentation":     {with(resident, "type", `["VerifiableCredential","VerifiablePresentation"]`), "type-reserved", "/type/1"},
		"another issuer":     {with(resident, "issuer", `"did:key:unknown"`), "issuer-mismatch", "/issuer"},
	} {
		t.Run(name, func(t *testing.T) {
			order := linkedOrder("Ed25519Signature2020", vc.Revocation)
			order.Document = c.document
			_, err := w.OfferWhole(t.Context(), w.by, order)
			refused(t, err, c.code, c.pointer)
			if e, _ := errors.AsType[*vc.Error](err); name == "undefined terms" && len(e.Details) != 2 {
				t.Errorf("%+v", e.Details)
			}
		})
	}
	order := linkedOrder("Ed25519Signature2020", vc.Revocation)
	order.Document = with(resident, "id", `"https://x.example/1"`)
	if _, err := w.SignOffered(t.Context(), w.by, w.offered(order), w.offered(order).Document, ""); err == nil {
		t.Error("one offer was signed as another's place")
	}
	first, second := w.offered(order), w.offered(order)
	signed, err := w.SignOffered(t.Context(), w.by, first, first.Document, "")
	w.must(err)
	late, err := w.SignOffered(t.Context(), w.by, second, second.Document, "")
	w.must(err)
	w.must(w.record(signed, nil))
	refused(t, w.record(late, nil), "credential-id-used", "/id")
	_, err = w.OfferWhole(t.Context(), w.by, order)
	refused(t, err, "credential-id-used", "/id")
}

// Nothing whole is offered or signed where the tenant forbids it, nor by who does not issue.
func TestOfferWholeForbidden(t *testing.T) {
	w := linkedWorld(t)
	offer := w.offered(linkedOrder("Ed25519Signature2020"))
	asked := linkedOrder("Ed25519Signature2020")
	tries := func(code string) {
		t.Helper()
		_, err := w.OfferWhole(t.Context(), w.by, linkedOrder("Ed25519Signature2020"))
		refused(t, err, code, "")
		_, err = w.SignOffered(t.Context(), w.by, offer, offer.Document, "")
		refused(t, err, code, "")
		_, err = w.SignRequested(t.Context(), w.by, asked, "")
		refused(t, err, code, "")
	}
	w.tenant(func(rows access.Rows) error {
		tenant, err := rows.Tenant()
		w.must(err)
		tenant.ForbidsWhole = true
		return rows.UpdateTenant(tenant)
	})
	tries("whole-credentials-forbidden")
	w.tenant(func(rows access.Rows) error { return rows.UpdateOrganisation(w.organisation(false)) })
	tries("not-an-issuer")
}

// TestSignRequested: what nobody offered is signed as it stands, or not at all.
func TestSignRequested(t *testing.T) {
	w := newWorld(t, ldp.Format{})
	who, err := w.identity.Create(t.Context(), w.by, identity.CreateRequest{Method: "key", Algorithm: vc.Ed25519})
	w.must(err)
	whole := with(resident, "issuer", `"`+who.DID+`"`)
	order := func(document []byte, suite string, purposes ...vc.StatusPurpose) vc.Order {
		out := linkedOrder(suite, purposes...)
		out.Document = document
		return out
	}
	signed, err := w.SignRequested(t.Context(), w.by, order(whole, "Ed25519Signature2018"), newID())
	w.must(err)
	w.must(w.record(signed, nil))
	for name, c := range map[string]struct {
		order         vc.Order
		code, pointer string
	}{
		"no suite context": {order(whole, "Ed25519Signature2020"), "context-missing", "/@context"},
		"no issuer":        {order([]byte(resident), "Ed25519Signature2018"), "data-model", "/issuer"},
		"no date": {
			order([]byte(`{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential"],"issuer":"`+who.DID+
				`","credentialSubject":{"id":"did:example:s"}}`), "Ed25519Signature2018"), "data-model", "/issuanceDate",
		},
		"a status":        {order(with(string(whole), "credentialStatus", `{"id":"urn:x:1","type":"X"}`), "Ed25519Signature2018"), "status-foreign", "/credentialStatus"},
		"a place":         {order(whole, "Ed25519Signature2018", vc.Revocation), "status-not-offered", "/credentialStatus"},
		"a reserved type": {order(with(string(whole), "type", `["VerifiableCredential","StatusList2021Credential"]`), "Ed25519Signature2018"), "type-reserved", "/type/1"},
		"undefined":       {order(with(string(whole), "odd", `"x"`), "Ed25519Signature2018"), "undefined-term", "/odd"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.SignRequested(t.Context(), w.by, c.order, "")
			refused(t, err, c.code, c.pointer)
		})
	}
	var none *issuer.Signed
	if none, err = w.SignRequested(t.Context(), w.by, vc.Order{Type: w.kind, Claims: []byte(`{}`)}, ""); none != nil {
		t.Error("a type was signed as a whole credential")
	}
	refused(t, err, "document-missing", "")
}
