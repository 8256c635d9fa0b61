package empe

import (
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/test/peers"
)

// TestNothingIsMinted: of the routes that sign for a caller none signs what its desk did not draft, with no key of an issuer.
func TestNothingIsMinted(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		o.schema("Ticket")
		by := bearer(o.token)
		wallet := o.post("/wallet/did/generate", object{"methods": []string{"empe-testnet"}}, by).text("/dids/0/did")

		// The wallet's identities do not issue, and the issuer's do not hold.
		o.credential().equal("/vc/issuer/id", o.did)
		offering := o.offer(nil).text("/offering_full_url")
		o.post("/wallet/flows", object{"qrContent": offering, "did": o.did}, by).refused(400, "DidNotHeldError")
		claimed := o.post("/wallet/flows", object{"qrContent": offering}, by).equal("/did", wallet).text("/processId")
		got := o.post("/wallet/flows/"+claimed+"/confirm", object{"type": "claim"}, by)
		got.equal("/credential/credential/issuer/id", o.did).equal("/credential/credential/credentialSubject/id", wallet).succeeded()

		// A credential of the wallet's own making is none: it is refused whoever it names.
		holder := w.holder("EdDSA", "key")
		for _, credential := range []any{
			mergedInto(got.at("/credential/credential"), "issuer", object{"id": wallet}),
			mergedInto(got.at("/credential/credential"), "credentialSubject", object{"id": wallet, "ticket": "A-1"}),
			mergedInto(got.at("/credential/credential"), "proof", object{}),
			strings.Replace(w.ticket(holder, wallet, object{"ticket": "A-1"}), ".", "..", 1),
			tampered(w.ticket(holder, wallet, object{"ticket": "A-1"})),
		} {
			if r := o.post("/wallet/credentials", object{"credential": credential}, by); r.status() != 400 {
				r.errorf("it is held")
			}
		}
		// One that another made well is held, and is issued by nobody here.
		o.post("/wallet/credentials", object{"credential": w.ticket(holder, wallet, object{"ticket": "A-1"})}, by).equal("/issuer", holder.DID)
		before := len(o.get("/api/v1/credentials", o.secret).at("").([]any))

		// A presentation that is a credential proves nothing.
		id := o.authorize("mint").text("/id")
		vp := w.present(peers.EmpePresent{Key: holder, Nonce: chosen("noncemint"), Audience: o.url(), Claims: object{"vc": object{
			"@context": []string{"https://www.w3.org/2018/credentials/v1"}, "type": []string{"VerifiableCredential"}, "credentialSubject": object{"id": holder.DID},
		}}})
		o.post("/api/v1/authorizations/"+id+"/validate", object{"vp_token": vp, "state": chosen("statemint")}, nobody).refused(400, "PresentationInvalidError")
		if after := len(o.get("/api/v1/credentials", o.secret).at("").([]any)); after != before || before != 2 {
			t.Errorf("%d credentials, then %d", before, after)
		}
	})
}
