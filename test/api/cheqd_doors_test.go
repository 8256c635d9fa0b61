package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/suite"
)

// cheqdForms are the keys that a did:cheqd signs with, and the suite that each is for.
var cheqdForms = []struct {
	slug, suite string
	algorithms  []string
	options     map[string]string
}{
	{"ed2020", "Ed25519Signature2020", []string{"Ed25519"}, nil},
	{"ed2018", "Ed25519Signature2018", []string{"Ed25519"}, map[string]string{"verificationMethodType": "Ed25519VerificationKey2018"}},
	{"multikey", "eddsa-rdfc-2022", []string{"Ed25519", "Ed25519"}, map[string]string{"assertionMethodType": "Multikey"}},
	{"p256", "JsonWebSignature2020", []string{"P-256"}, nil},
}

// TestCheqdAtEachDoor issues and verifies under a DID of the ledger through each vendor's door, for each form of its keys.
func TestCheqdAtEachDoor(t *testing.T) {
	guard(t, func() {
		w, _ := paid(t, "sqlite")
		for _, form := range cheqdForms {
			t.Run(form.slug, func(t *testing.T) {
				o := w.organisation(w.tenant(form.slug), "Northern Lights")
				o.did = must(o.admin.CreateDID(t.Context(), sdk.NewDID{Method: "cheqd", Algorithms: form.algorithms, Options: form.options}))
				o.schema = must(o.admin.CreateSchema(t.Context(), sdk.NewSchema{Name: "Membership", TypeName: "MembershipCredential", Schema: claimsSchema()}))
				o.kind = must(o.admin.CreateType(t.Context(), sdk.NewType{
					Name: "Membership", Types: []string{"MembershipCredential"}, Schema: sdk.SchemaReference{ID: o.schema.ID}, Variants: bothVariants(),
				}))
				d := doors{o, t, "/t/" + form.slug}
				if form.options == nil {
					d.ofNetwork(form.algorithms[0])
				}
				d.meeco()
				d.empe(form.suite)
				d.vcapi("ldp", form.suite)
				d.vcapi("jwtvc", "")
			})
		}
	})
}

// doors is an organisation at the doors of its tenant.
type doors struct {
	*office
	t  *testing.T
	at string
}

// do is a request that must be answered so.
func (d doors) do(path string, body any, status int, header ...string) map[string]any {
	d.t.Helper()
	got := d.w.call(http.MethodPost, d.at+path, d.key.Secret, body, header...)
	if got.status != status {
		d.t.Fatalf("%s: %d %s", path, got.status, got.body)
	}
	var object map[string]any
	_ = json.Unmarshal(got.body, &object) // a list is another's to read
	return object
}

// verifies holds that a credential verifies here, and that one that was changed does not.
func (d doors) verifies(what string, credential any) {
	d.t.Helper()
	raw := must(json.Marshal(credential))
	report := must(d.admin.Verify(d.t.Context(), sdk.Verification{Credential: credential}))
	if check(report, "signature").Outcome != "passed" || check(report, "issuer").Outcome == "failed" {
		d.t.Errorf("%s: %s", what, told(report))
	}
	if !strings.Contains(string(raw), d.did.DID) && raw[0] == '{' {
		d.t.Errorf("%s: issued by another: %s", what, raw)
	}
}

// ofNetwork makes a DID at Meeco's door on the network that is named, and none on another.
func (d doors) ofNetwork(keyType string) {
	options := object{"clientSecretMode": false, "network": "testnet", "keyType": keyType}
	made := d.do("/meeco/did/create?method=cheqd", object{"options": options, "didDocument": object{}}, 201, "meeco-organisation-id", d.org.ID)
	if did, _ := made["didState"].(map[string]any)["did"].(string); !strings.HasPrefix(did, "did:cheqd:testnet:") {
		d.t.Errorf("Meeco: %v", made)
	}
	options["network"] = "mainnet"
	d.do("/meeco/did/create?method=cheqd", object{"options": options, "didDocument": object{}}, 400, "meeco-organisation-id", d.org.ID)
	options["network"] = "testnet"
	d.do("/meeco/did/create?method=key", object{"options": options, "didDocument": object{}}, 422, "meeco-organisation-id", d.org.ID)
}

func (d doors) meeco() {
	made := d.do("/meeco/credentials/issue", object{"credential": object{
		"credential_type_id": d.kind.ID, "issuer": object{"id": d.did.DID, "name": "Northern Lights"}, "revocable": true,
		"claims": object{"id": "did:example:ada", "name": "Ada", "level": 3},
	}}, 201, "meeco-organisation-id", d.org.ID)
	token := made["credential"].(map[string]any)["signed_vc_jwt"].(string)
	d.verifies("Meeco", token)
	verified := d.do("/meeco/credentials/verify", object{"credential": object{"signed_credential_jwt": token}}, 200, "meeco-organisation-id", d.org.ID)
	if errors, ok := verified["errors"].([]any); !ok || len(errors) > 0 {
		d.t.Errorf("Meeco: %v", verified)
	}
}

func (d doors) empe(proofType string) {
	client := must(d.root.CreateClient(d.t.Context(), sdk.NewPrincipal{
		Name: "back end", Grants: []sdk.Grant{{Role: "organisation-admin", Organisation: d.org.ID}},
	}))
	d.do("/empe/api/v1/schemas", object{"name": "Tickets", "type": "Ticket", "credentialSubject": object{
		"type": "object", "properties": object{"id": object{"type": "string"}, "ticket": object{"type": "string"}},
	}}, 201, "x-client-secret", client.Secret)
	back := d
	back.key = client
	back.key.Secret = suite.Token(d.t, http.DefaultClient, d.w.url+d.at+"/empe/oauth2/token", client.ID, client.Secret)
	made := back.do("/empe/api/v1/credentials", object{"type": "Ticket", "credential_subject": object{"ticket": "A-17"}}, 201)
	credential, _ := made["vc"].(map[string]any)
	if proof, _ := credential["proof"].(map[string]any); proof["type"] != proofType && proofType != "eddsa-rdfc-2022" {
		d.t.Errorf("Empe: %v", credential)
	}
	d.verifies("Empe", credential)
}

func (d doors) vcapi(format, proof string) {
	slug := format
	must(d.admin.CreateInstance(d.t.Context(), sdk.NewInstance{Slug: slug, Identity: d.did.ID, Format: format, Suite: proof, Open: true}))
	issued := d.do("/vc-api/"+slug+"/credentials/issue", object{"credential": object{
		"@context": []string{"https://www.w3.org/2018/credentials/v1", "https://www.w3.org/2018/credentials/examples/v1"},
		"type":     []string{"VerifiableCredential", "AlumniCredential"}, "issuanceDate": "2020-03-10T04:24:12Z",
		"credentialSubject": object{"id": "did:example:abc", "alumniOf": "Example University"},
	}}, 201)
	d.verifies("VC-API "+format, issued["verifiableCredential"])
	d.do("/vc-api/"+slug+"/credentials/verify", object{"verifiableCredential": issued["verifiableCredential"]}, 200)
	changed := strings.Replace(string(must(json.Marshal(issued["verifiableCredential"]))), "Example University", "Another University", 1)
	if format == "jwtvc" {
		changed = strings.Replace(changed, ".ey", ".fy", 1)
	}
	d.do("/vc-api/"+slug+"/credentials/verify", object{"verifiableCredential": json.RawMessage(changed)}, 400)
}
