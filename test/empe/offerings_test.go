package empe

import (
	"net/http"
	"testing"
	"time"
)

// gone says that there is nothing, outside the door.
func (r *reply) gone() {
	r.w.t.Helper()
	if r.status() != http.StatusNotFound && r.status() != http.StatusGone {
		r.errorf("it is there")
	}
}

// TestOfferings: open and for one holder, listed for who may see them, claimed once a login, withdrawn.
func TestOfferings(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		o.schema("Ticket")
		holder := w.holder("EdDSA", "key")
		ends := w.clock.Now().UTC().Add(time.Hour).Format("2006-01-02T15:04:05.000Z")
		open := o.post("/api/v1/offerings", object{
			"credential_type": "Ticket", "credential_subject": object{"ticket": "A-17"}, "redemption_limit": 2, "expires_at": ends,
		}, o.secret)
		id := open.text("/id")
		open.equal("/offering_id", id).equal("/redemption_limit", 2).equal("/expires_at", ends).equal("/display", object{"locale": "en", "name": "Ticket for people"}).
			equal("/offering_full_url", o.url()+"/api/v1/offering/"+id).equal("/qr_code_url", o.url()+"/api/v1/issuer-qrcode-data/"+id).
			absent("/recipient").holds(len(open.text("/grants/authorization_code/issuer_state")) == 43, "the state").succeeded()
		o.post("/api/v1/offerings", object{"credential_type": "Nothing", "credential_subject": object{}}, o.secret).refused(404, "TypeNotFoundError")
		aimed := o.offer(object{"recipient": holder.DID}).equal("/redemption_limit", 1).equal("/expires_at", nil).equal("/recipient", holder.DID)
		endless := o.offer(nil).equal("/redemption_limit", nil)

		o.get("/api/v1/offerings/"+id, nobody).equal("", open.at("")).succeeded()
		o.get("/api/v1/offerings/"+unknown, nobody).refused(404, "OfferingNotFoundError")
		public := o.get("/api/v1/offerings", nobody)
		public.equal("/0/id", endless.text("/id")).equal("/1/id", id).equal("/1/credential_subject", object{}).equal("/1/redemptions", []any{}).absent("/2").succeeded()
		o.get("/api/v1/offerings?limit=none", nobody).refused(400, "ParameterError")
		o.get("/api/v1/offerings", secret("wrong")).refused(401, "CredentialsInvalidError")

		token := o.login(holder)
		claimed := o.post("/api/v1/offerings/"+id+"/claim", nil, bearer(token.Token))
		claimed.equal("/vc/credentialSubject", object{"id": holder.DID, "ticket": "A-17"}).succeeded()
		o.post("/api/v1/offerings/"+id+"/claim", nil, bearer(token.Token)).equal("", claimed.at("")).succeeded() // the same token again
		again := o.post("/api/v1/offerings/"+id+"/claim", nil, bearer(o.login(holder).Token))
		again.holds(again.text("/id") != claimed.text("/id"), "another login, the same credential").succeeded()
		other := w.holder("ES256K", "empe")
		late := o.login(other).Token
		o.post("/api/v1/offerings/"+id+"/claim", nil, bearer(late)).refused(404, "OfferingExhaustedError")
		o.post("/api/v1/offerings/"+aimed.text("/id")+"/claim", nil, bearer(late)).refused(404, "OfferingForAnotherError")
		o.post("/api/v1/offerings/"+unknown+"/claim", nil, bearer(late)).refused(404, "OfferingNotFoundError")
		o.post("/api/v1/offerings/"+id+"/claim", nil, bearer(o.token)).refused(403, "HolderNeededError")
		o.post("/api/v1/offerings/"+id+"/claim", nil, nobody).refused(401, "CredentialsMissingError")
		o.get("/api/v1/credentials/"+claimed.text("/id"), bearer(token.Token)).equal("/vc", claimed.at("/vc")).succeeded()
		o.get("/api/v1/credentials/"+claimed.text("/id"), bearer(late)).refused(404, "CredentialNotFoundError")
		o.get("/api/v1/credentials?subject="+holder.DID, o.secret).equal("/0/offering_id", id).equal("/1/offering_id", id).absent("/2")

		full := o.get("/api/v1/offerings", o.secret)
		full.equal("/2/id", id).equal("/2/credential_subject", object{"ticket": "A-17"}).equal("/2/redemptions/0/recipient_did", holder.DID).
			equal("/2/redemptions/1/offering_id", id).absent("/2/redemptions/2").equal("/1/recipient", holder.DID).succeeded()
		// With the id of another subject the holder is the recipient.
		ward := o.offer(object{"credential_subject": object{"id": "did:example:ward", "ticket": "B"}}).text("/id")
		kept := o.post("/api/v1/offerings/"+ward+"/claim", nil, bearer(late)).equal("/vc/credentialSubject/id", "did:example:ward")
		o.get("/api/v1/credentials/"+kept.text("/id"), bearer(late)).equal("/id", kept.text("/id"))
		o.get("/api/v1/credentials?recipient="+other.DID, o.secret).equal("/0/id", kept.text("/id")).absent("/1")

		o.remove("/api/v1/offerings/"+endless.text("/id"), o.secret).succeeded()
		o.remove("/api/v1/offerings/"+endless.text("/id"), o.secret).refused(404, "OfferingNotFoundError")
		o.post("/api/v1/offerings/"+endless.text("/id")+"/claim", nil, bearer(late)).refused(404, "OfferingNotFoundError")

		w.clock.Advance(time.Hour + time.Second)
		o.get("/api/v1/offerings/"+id, nobody).equal("/id", id)
		fresh := o.login(other).Token
		o.post("/api/v1/offerings/"+id+"/claim", nil, bearer(fresh)).refused(404, "OfferingExpiredError")
	})
}

// TestCodes: what a QR code encodes, as JSON and as pictures.
func TestCodes(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		o.schema("Ticket")
		path := "/api/v1/issuer-qrcode-data/" + o.offer(nil).text("/id")
		text := o.get(path, nobody).equal("/type", "credential_offering").equal("/credential_issuer", o.url()).succeeded()
		for query, accept := range map[string]string{"": "image/png", "?format=png&size=600": "", "?size=300": "image/*"} {
			if got := w.scan(o.get(path+query, caller{"Accept", accept})); got != string(text.body()) {
				t.Errorf("scanned %s, want %s", got, text.body())
			}
		}
		vector := o.get(path+"?format=svg", nobody)
		vector.holds(vector.header().Get("Content-Type") == "image/svg+xml", "no SVG").succeeded()
		o.get(path+"?format=gif", nobody).refused(400, "ParameterError")
		o.get("/api/v1/issuer-qrcode-data/"+unknown, nobody).refused(404, "OfferingNotFoundError")
	})
}
