package empe

import (
	"testing"

	"github.com/chancery-vc/chancery/test/peers"
)

// TestAliases: the names before 1.0.0-rc2 do what their successors do.
func TestAliases(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		made := o.post("/api/v1/schema", object{"name": "Ticket", "type": "Ticket", "credentialSubject": ticketClaims()}, o.secret)
		made.equal("/version", 1).succeeded()
		o.post("/api/v1/schema", object{"name": "Ticket", "type": "Ticket"}, nobody).refused(401, "CredentialsMissingError")
		spare := o.post("/api/v1/schema", object{"name": "Spare", "type": "Spare"}, o.secret).text("/id")
		o.get("/api/v1/schema", nobody).equal("/1/id", made.text("/id")).succeeded()
		o.get("/api/v1/schema?version=x", nobody).refused(400, "ParameterError")
		o.get("/api/v1/schema/"+made.text("/id"), nobody).equal("", made.at("")).succeeded()
		o.get("/api/v1/schema/"+unknown, nobody).refused(404, "SchemaNotFoundError")
		o.remove("/api/v1/schema/"+spare, o.secret).succeeded()
		o.remove("/api/v1/schema/"+spare, o.secret).refused(404, "SchemaNotFoundError")

		offered := o.post("/api/v1/offering", object{"credential_type": "Ticket", "credential_subject": object{"ticket": "A-17"}}, o.secret)
		id := offered.equal("/credential_subject/ticket", "A-17").succeeded().text("/id")
		o.post("/api/v1/offering", object{"credential_type": "None", "credential_subject": object{}}, o.secret).refused(404, "TypeNotFoundError")
		o.get("/api/v1/offering", o.secret).equal("/0/id", id).succeeded()
		o.get("/api/v1/offering", secret("wrong")).refused(401, "CredentialsInvalidError")
		o.get("/api/v1/offering/"+id, nobody).equal("", offered.at("")).succeeded()
		o.get("/api/v1/offering/"+unknown, nobody).refused(404, "OfferingNotFoundError")

		asked := o.post("/api/v1/authorize", object{"state": chosen("s"), "nonce": chosen("n")}, nobody)
		asked.equal("/nonce", chosen("n")).succeeded()
		o.post("/api/v1/authorize", object{"state": chosen("s")}, nobody).refused(400, "MissingError")
		holder := w.holder("ES256K", "empe")
		vp := w.present(peers.EmpePresent{Key: holder, Nonce: chosen("n"), Audience: o.url()})
		o.post("/api/v1/authorize/verify", object{"id": asked.text("/id"), "vp_token": "a.b.c", "state": chosen("s")}, nobody).refused(400, "PresentationInvalidError")
		code := o.post("/api/v1/authorize/verify", object{"id": asked.text("/id"), "vp_token": vp, "state": chosen("s")}, nobody).
			equal("/holder_did", holder.DID).succeeded().text("/code")
		token := w.send("POST", o.at+"/api/v1/connect/token", "grant_type=authorization_code&code="+code, caller{"Content-Type", "application/x-www-form-urlencoded"})
		token.equal("/token_type", "Bearer").succeeded()
		o.post("/api/v1/connect/token", object{"authorization_code": code}, nobody).refused(400, "CodeUsedError")
		o.post("/api/v1/issue-credential/"+id, nil, bearer(token.text("/access_token"))).equal("/vc/credentialSubject/id", holder.DID).succeeded()
		o.post("/api/v1/issue-credential/"+unknown, nil, bearer(token.text("/access_token"))).refused(404, "OfferingNotFoundError")
	})
}
