package empe

import (
	"fmt"
	"testing"
)

// TestSchemas: one type is one line of versions, public, and gone once it is deleted.
func TestSchemas(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		first := o.post("/api/v1/schemas", object{"name": "Ticket for people", "type": "Ticket", "credentialSubject": ticketClaims()}, o.secret)
		first.equal("/type", "Ticket").equal("/name", "Ticket for people").equal("/version", 1).
			equal("/schemaBody/$metadata/version", "1").equal("/schemaBody/$metadata/type", "Ticket").
			equal("/schemaBody/properties/credentialSubject/properties/seat", object{"type": "integer", "minimum": 1}).succeeded()
		second := o.post("/api/v1/schemas", object{"name": "Ticket again", "type": "Ticket", "version": 2}, o.secret)
		second.equal("/version", 2).equal("/name", "Ticket again").holds(second.text("/id") != first.text("/id"), "the same id").succeeded()
		o.post("/api/v1/schemas", object{"name": "Pass", "type": "Pass"}, o.secret).equal("/version", 1)
		o.post("/api/v1/schemas", object{"name": "x", "type": "Ticket", "version": 2}, o.secret).refused(409, "SchemaExistsError")
		o.post("/api/v1/schemas", object{"name": "x", "type": "Ticket"}, nobody).refused(401, "CredentialsMissingError")

		one := o.get("/api/v1/schemas/"+first.text("/id"), nobody)
		one.equal("", first.at("")).succeeded()
		o.get("/api/v1/schemas/"+unknown, nobody).refused(404, "SchemaNotFoundError")
		o.get("/api/v1/schemas/nonsense", nobody).refused(404, "SchemaNotFoundError")
		published := w.send("GET", w.path(first.text("/schemaUri")), nil, nobody)
		published.equal("", first.at("/schemaBody")).equal("/required", []string{
			"@context", "id", "issuanceDate", "issuer", "type", "credentialSubject", "credentialSchema",
		})

		list := o.get("/api/v1/schemas", nobody)
		list.equal("/0/type", "Pass").equal("/1/version", 1).equal("/2/version", 2).absent("/3").succeeded()
		o.get("/api/v1/schemas?type=Ticket&version=2", nobody).equal("/0/id", second.text("/id")).absent("/1")
		o.get("/api/v1/schemas?name=Ticket%20for%20people", nobody).equal("/0/id", first.text("/id")).absent("/1")
		o.get("/api/v1/schemas?sortBy=version&sortOrder=desc", nobody).equal("/0/version", 2)
		for _, query := range []string{"version=x", "version=0", "version=1.5", "sortBy=id", "sortOrder=up"} {
			o.get("/api/v1/schemas?"+query, nobody).refused(400, "ParameterError")
		}

		// The first version is in use by an offering, the second by nothing.
		o.remove("/api/v1/schemas/"+second.text("/id"), o.secret).succeeded()
		o.get("/api/v1/schemas/"+second.text("/id"), nobody).refused(404, "SchemaNotFoundError")
		w.send("GET", w.path(second.text("/schemaUri")), nil, nobody).holds(true, "").gone()
		offering := o.offer(nil).text("/id")
		o.remove("/api/v1/schemas/"+first.text("/id"), o.secret).refused(409, "SchemaInUseError")
		o.remove("/api/v1/offerings/"+offering, o.secret).succeeded()
		o.schema("Ticket").equal("/version", 3) // 2 is never used again
		o.credential().equal("/vc/credentialSchema/id", o.get("/api/v1/schemas?type=Ticket&version=3", nobody).text("/0/schemaUri"))
		o.remove("/api/v1/schemas/"+first.text("/id"), o.secret).succeeds()
		for id, want := range map[string]string{unknown: "404 SchemaNotFoundError", "nonsense": "400 SchemaIdError"} {
			r := o.remove("/api/v1/schemas/"+id, o.secret)
			if got := fmt.Sprint(r.status(), " ", r.at("/name")); got != want {
				r.errorf("want %s", want)
			}
		}
		o.remove("/api/v1/schemas/"+unknown, secret(w.organisation(o.tenant, "Another").client.Secret)).refused(403, "NotThisIssuerError")
	})
}
