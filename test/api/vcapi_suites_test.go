package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/sdk"
)

// conformance are the instances that the W3C suites are run against, as docs/conformance.md sets them up.
var conformance = []struct{ slug, algorithm, format, suite string }{
	{"jose-ed25519", "Ed25519", "jwtvc", ""},
	{"jose-p256", "P-256", "jwtvc", ""},
	{"jose-p384", "P-384", "jwtvc", ""},
	{"jwtproof2020", "Ed25519", "jwtvc", jwtProof},
	{"eddsa-rdfc-2022", "Ed25519", "ldp", "eddsa-rdfc-2022"},
	{"eddsa-jcs-2022", "Ed25519", "ldp", "eddsa-jcs-2022"},
	{"ecdsa-rdfc-2019-p256", "P-256", "ldp", "ecdsa-rdfc-2019"},
	{"ecdsa-rdfc-2019-p384", "P-384", "ldp", "ecdsa-rdfc-2019"},
	{"ecdsa-jcs-2019-p256", "P-256", "ldp", "ecdsa-jcs-2019"},
	{"ecdsa-jcs-2019-p384", "P-384", "ldp", "ecdsa-jcs-2019"},
	{"ed25519signature2020", "Ed25519", "ldp", "Ed25519Signature2020"},
}

// TestVCAPISuites issues, verifies and tampers through an open instance of each suite and key type, in each data model it
// secures.
func TestVCAPISuites(t *testing.T) {
	w := start(t, "sqlite", app.Config{})
	o := w.organisation(must(w.operator().CreateTenant(t.Context(), sdk.NewTenant{Slug: "suites", Name: "Suites"})), "Suites")
	documents := map[string]string{
		"2.0": `{"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/examples/v2"],
			"type":["VerifiableCredential","ExampleAlumniCredential"],"id":"urn:uuid:5d9a0c5e-0001-4c3e-8d6b-0c0a5e0f0001",
			"credentialSubject":{"id":"did:example:ebfeb1f712ebc6f1c276e12ec21","alumniOf":{"id":"did:example:c276e12ec21ebfeb1f712ebc6f1","name":"Example University"}}}`,
		"1.1": `{"@context":["https://www.w3.org/2018/credentials/v1","https://www.w3.org/2018/credentials/examples/v1"],
			"type":["VerifiableCredential","AlumniCredential"],"issuanceDate":"2020-03-10T04:24:12.164Z",
			"credentialSubject":{"id":"did:example:abc","alumniOf":"Example University"}}`,
	}
	verifier := must(o.admin.CreateInstance(t.Context(), sdk.NewInstance{Slug: "verifier", Open: true}))
	for _, s := range conformance {
		did := must(o.admin.CreateDID(t.Context(), sdk.NewDID{Method: "key", Algorithm: s.algorithm}))
		must(o.admin.CreateInstance(t.Context(), sdk.NewInstance{Slug: s.slug, Identity: did.ID, Format: s.format, Suite: s.suite, Open: true}))
		for model, document := range documents {
			if s.suite == jwtProof && model != "1.1" {
				continue
			}
			t.Run(s.slug+" "+model, func(t *testing.T) {
				if model == "1.1" && s.format == "jwtvc" {
					document = strings.Replace(document, "12.164Z", "12Z", 1) // a JWT says seconds
				}
				c := &counter{office: o, t: t, doc: vcalm(t), base: "/t/suites/vc-api/" + s.slug}
				issued := c.as("", http.MethodPost, "/credentials/issue", object{"credential": json.RawMessage(document)}, 201, "")
				check := func(status int, body object) {
					t.Helper()
					c.base = "/t/suites/vc-api/" + verifier.Slug
					c.as("", http.MethodPost, "/credentials/verify", body, status, "VerifyCredential")
				}
				check(200, object{"verifiableCredential": issued["verifiableCredential"], "options": object{"checks": []string{"proof"}}})
				check(200, object{"verifiableCredential": issued["verifiableCredential"]})
				raw, _ := json.Marshal(issued["verifiableCredential"])
				text := strings.Replace(string(raw), "Example University", "Another University", 1)
				if s.format == "jwtvc" {
					text = strings.Replace(string(raw), ".ey", ".fy", 1)
				}
				check(400, object{"verifiableCredential": json.RawMessage(text)})
			})
		}
	}
}
