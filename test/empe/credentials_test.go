package empe

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/suite"
)

// unknown is an id that nobody has.
const unknown = "019a0000-0000-7000-8000-000000000000"

// credential makes one without a recipient.
func (o *office) credential() *reply {
	o.w.t.Helper()
	return o.post("/api/v1/credentials", object{
		"type": "Ticket", "credential_subject": object{"id": "did:empe:0x123456789", "ticket": "A-17"},
	}, bearer(o.token)).succeeds()
}

// TestCredentials: a credential without a recipient is made, read by who made it, and its status changed.
func TestCredentials(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		schema := o.schema("Ticket")
		made := o.post("/api/v1/credentials", object{"type": "Ticket", "credential_subject": object{"ticket": "A-17", "seat": 4}}, bearer(o.token))
		id := made.text("/id")
		made.equal("/vc/id", "urn:uuid:"+id).equal("/vc/issuer", object{"id": o.did}).
			equal("/vc/type", []string{"VerifiableCredential", "Ticket"}).equal("/vc/credentialSubject", object{"ticket": "A-17", "seat": 4}).
			equal("/vc/credentialSchema", object{"type": "JsonSchemaValidator2018", "id": schema.text("/schemaUri")}).
			equal("/vc/credentialStatus/0/statusPurpose", "revocation").equal("/vc/credentialStatus/1/statusPurpose", "suspension").
			equal("/vc/proof/type", "EcdsaSecp256k1Signature2019").equal("/vc/proof/proofPurpose", "assertionMethod").
			equal("/vc/proof/verificationMethod", o.did+"#0").equal("/vc/@context/0", "https://www.w3.org/2018/credentials/v1").succeeded()
		o.post("/api/v1/credentials", object{"type": "Ticket", "credential_subject": object{}}, bearer(o.token)).refused(400, "SchemaViolationError").says("/credential_subject")
		o.post("/api/v1/credentials", object{"type": "Ticket", "credential_subject": object{"ticket": "x"}}, o.secret).refused(401, "CredentialsMissingError")

		read := o.get("/api/v1/credentials/"+id, bearer(o.token))
		read.equal("", object{"id": id, "vc": made.at("/vc")}).succeeded()
		o.get("/api/v1/credentials/"+unknown, bearer(o.token)).refused(404, "CredentialNotFoundError")
		o.get("/api/v1/credentials/"+id, bearer(o.admin)).refused(404, "CredentialNotFoundError") // who did not make it

		o.post("/api/v1/credentials/"+id+"/suspend", nil, o.secret).succeeded()
		w.stands(o, made, "suspended")
		o.post("/api/v1/credentials/"+id+"/reinstate", nil, o.secret).succeeded()
		w.stands(o, made, "active")
		o.post("/api/v1/credentials/"+id+"/revoke", nil, o.secret).succeeded()
		o.post("/api/v1/credentials/"+id+"/revoke", nil, o.secret).succeeded()
		w.stands(o, made, "revoked")
		weak := must(w.native(o.admin).CreateClient(t.Context(), sdk.NewPrincipal{Name: "r", Grants: []sdk.Grant{{Role: "auditor"}}})).Secret
		for _, act := range []string{"revoke", "suspend", "reinstate"} {
			o.post("/api/v1/credentials/"+id+"/"+act, nil, nobody).refused(401, "CredentialsMissingError")
			o.post("/api/v1/credentials/"+id+"/"+act, nil, bearer(o.token)).refused(401, "CredentialsMissingError")
			o.post("/api/v1/credentials/"+id+"/"+act, nil, secret(weak)).refused(403, "PermissionDeniedError")
			o.post("/api/v1/credentials/"+unknown+"/"+act, nil, o.secret).refused(400, "CredentialNotFoundError")
			o.post("/api/v1/credentials/nonsense/"+act, nil, o.secret).refused(400, "CredentialIdError")
		}

		other := o.credential().text("/id")
		list := o.get("/api/v1/credentials?type=Ticket", o.secret)
		list.equal("/0/id", other).equal("/0/status", "active").equal("/0/version", 1).equal("/1/id", id).equal("/1/status", "revoked").
			absent("/2").absent("/0/offering_id").succeeded()
		o.get("/api/v1/credentials?status=revoked", o.secret).equal("/0/id", id).absent("/1")
		o.get("/api/v1/credentials?subject=did:empe:0x123456789", o.secret).equal("/0/id", other).absent("/1")
		o.get("/api/v1/credentials?limit=1&offset=1", o.secret).equal("/0/id", id).absent("/1")
		o.get("/api/v1/credentials?status=none", o.secret).refused(400, "ParameterError")

		o.remove("/api/v1/credentials/"+other, o.secret).succeeded()
		o.get("/api/v1/credentials/"+other, bearer(o.token)).refused(404, "CredentialNotFoundError")
		o.remove("/api/v1/credentials/"+unknown, o.secret).refused(404, "CredentialNotFoundError")
	})
}

// stands reads a credential's standing where everybody does, in its status lists, once they are published.
func (w *world) stands(o *office, made *reply, want string) {
	w.t.Helper()
	got := "active"
	for i, standing := range []string{"revoked", "suspended"} {
		entry := fmt.Sprintf("/vc/credentialStatus/%d", i)
		list := made.text(entry + "/statusListCredential")
		o.post("/api/v1/blockchain/revocations/"+list[strings.LastIndex(list, "/")+1:], nil, o.secret).succeeds()
		var answer struct{ Status bool }
		w.node().Call("statuslist.read", object{
			"credential": w.list(list), "index": made.at(entry + "/statusListIndex"),
		}, &answer)
		if answer.Status {
			got = standing
			break
		}
	}
	if got != want {
		w.t.Errorf("%sstands as %q, want %q", suite.Lines(), got, want)
	}
}

// list reads a status list credential; one that is a token is opened.
func (w *world) list(url string) any {
	w.t.Helper()
	got := w.send("GET", w.path(url), nil, nobody).succeeds()
	text, token := got.at("").(string)
	if !token {
		return got.at("")
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		w.t.Fatalf("%sthe list is %s", suite.Lines(), suite.Shortened(got.body()))
	}
	payload := w.reply(&exchange{Body: must(base64.RawURLEncoding.DecodeString(parts[1]))})
	if inner := payload.at("/vc"); inner != nil {
		return inner
	}
	return payload.at("")
}

// TestProofs: what proves a credential fits the key of its issuer.
func TestProofs(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			slug, method, algorithm, suite string
			options                        map[string]string
		}{
			{"ed", "key", "Ed25519", "Ed25519Signature2020", nil},
			{"p256", "web", "P-256", "JsonWebSignature2020", map[string]string{"path": "issuer"}},
			{"k1", "empe", "secp256k1", "EcdsaSecp256k1Signature2019", nil},
		} {
			o := w.organisation(w.tenant(c.slug), "Issuer")
			did := must(w.native(o.admin).CreateDID(t.Context(), sdk.NewDID{Method: c.method, Algorithm: c.algorithm, Options: c.options})).DID
			o.schema("Ticket")
			o.credential().equal("/vc/proof/type", c.suite).equal("/vc/issuer/id", did)
		}
	})
}

// retype changes the type of tickets by the native API, as its administrator does.
func (o *office) retype(change func(kind object)) {
	o.w.t.Helper()
	native := o.w.native(o.admin)
	list := must(native.ListTypes(o.w.t.Context(), sdk.ListQuery{}))
	got := o.w.send("GET", "/v1/types/"+list.Items[0].ID, nil, bearer(o.admin)).succeeds()
	kind := got.at("").(object)
	for _, name := range []string{"id", "tenant", "organisation", "createdAt", "updatedAt", "archivedAt", "line"} {
		delete(kind, name)
	}
	change(kind)
	o.w.send("PUT", "/v1/types/"+list.Items[0].ID, kind, bearer(o.admin)).succeeds()
}

// TestTypeSays: what a type has of evidence, validity and messages is in its credentials.
func TestTypeSays(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		o.schema("Ticket")
		o.retype(func(kind object) {
			kind["validity"] = object{"defaultSeconds": 3600}
			kind["purposes"] = []string{"revocation", "message"}
			kind["statusMessages"] = []object{{"status": "0x0", "message": "valid"}, {"status": "0x1", "message": "late"}, {"status": "0x2", "message": "used"}, {"status": "0x3", "message": "lost"}}
			kind["evidence"] = object{"id": "https://acme.example/evidence", "type": []string{"Ticket"}}
		})
		made := o.credential()
		from, to := must(time.Parse(time.RFC3339, made.text("/vc/issuanceDate"))), must(time.Parse(time.RFC3339, made.text("/vc/expirationDate")))
		made.holds(to.Sub(from) == time.Hour, "it is valid for %v", to.Sub(from)).equal("/vc/issuer", object{"id": o.did}).
			equal("/vc/credentialStatus/1/statusPurpose", "message").equal("/vc/credentialStatus/1/statusSize", 2).
			equal("/vc/credentialStatus/1/statusMessage/1", object{"status": "0x1", "message": "late"}).
			equal("/vc/evidence/id", "https://acme.example/evidence").equal("/vc/proof/type", "EcdsaSecp256k1Signature2019")
	})
}

// TestHold: a type on hold makes credentials that wait for their issue, ordered or claimed.
func TestHold(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		o.schema("Ticket")
		o.retype(func(kind object) { kind["hold"] = true })
		ordered := o.post("/api/v1/credentials", object{"type": "Ticket", "credential_subject": object{"ticket": "A-17"}}, bearer(o.token))
		id := ordered.text("/id")
		ordered.equal("", object{"id": id}).succeeded()
		o.get("/api/v1/credentials/"+id, bearer(o.token)).equal("", object{"id": id}).succeeded()
		o.post("/api/v1/credentials/"+id+"/revoke", nil, o.secret).refused(400, "CredentialNotFoundError")
		o.post("/api/v1/credentials/"+id+"/issue", nil, nobody).refused(401, "CredentialsMissingError")
		issued := o.post("/api/v1/credentials/"+id+"/issue", nil, o.secret)
		issued.equal("/vc/id", "urn:uuid:"+id).equal("/vc/credentialSubject/ticket", "A-17").succeeded()
		o.post("/api/v1/credentials/"+id+"/issue", nil, o.secret).equal("", issued.at("")).succeeded() // again
		o.post("/api/v1/credentials/"+id+"/decline", nil, o.secret).refused(409, "ExchangeStateError")
		o.post("/api/v1/credentials/"+unknown+"/issue", nil, o.secret).refused(404, "CredentialNotFoundError")
		o.get("/api/v1/credentials/"+id, bearer(o.token)).equal("/vc", issued.at("/vc"))

		holder := w.holder("EdDSA", "key")
		offering := o.offer(object{"recipient": holder.DID}).text("/id")
		token := o.login(holder).Token
		claimed := o.post("/api/v1/offerings/"+offering+"/claim", nil, bearer(token)).absent("/vc").text("/id")
		o.get("/api/v1/credentials/"+claimed, bearer(token)).equal("", object{"id": claimed})
		o.post("/api/v1/credentials/"+claimed+"/decline", nil, o.secret).equal("/id", claimed).succeeded()
		o.post("/api/v1/credentials/"+claimed+"/issue", nil, o.secret).refused(409, "ExchangeStateError")

		other := o.offer(object{"recipient": holder.DID}).text("/id")
		waits := o.post("/api/v1/offerings/"+other+"/claim", nil, bearer(token)).text("/id")
		o.post("/api/v1/credentials/"+waits+"/issue", nil, o.secret).equal("/vc/credentialSubject/id", holder.DID)
		o.get("/api/v1/credentials/"+waits, bearer(token)).equal("/vc/credentialSubject/id", holder.DID)
		o.post("/api/v1/offerings/"+other+"/claim", nil, bearer(token)).equal("/vc/credentialSubject/id", holder.DID)
	})
}
