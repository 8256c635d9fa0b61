package identity

import (
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/spec/diddoc"
)

// FuzzRedraft: whatever a client sends, what is served under its DID is a document of that DID: every method,
// reference and service has an id below it, keys are public, and reading it again changes nothing.
func FuzzRedraft(f *testing.F) {
	const own = "did:web:example.com:a"
	key := `{"id":"#k","type":"JsonWebKey2020","publicKeyJwk":{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}`
	for _, seed := range []string{
		`{}`, `{"verificationMethod":[` + key + `]}`, `{"id":"did:web:b","verificationMethod":[` + key + `],"authentication":["did:web:b#k"],"assertionMethod":[` + key + `]}`,
		`{"service":[{"type":"T","serviceEndpoint":"https://a.example"},{"id":"x","type":["T"],"serviceEndpoint":{"a":1}}],"controller":"did:web:c"}`,
		`{"authentication":["#a","b","did:web:c"],"alsoKnownAs":["https://a.example"],"@context":["https://www.w3.org/ns/did/v1","https://b.example"]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		document, err := redraft([]byte(text), own)
		if err != nil {
			return
		}
		doc, err := diddoc.Parse(document)
		if err != nil || doc.ID != own {
			t.Fatalf("%s became %s: %v", text, document, err)
		}
		for _, m := range doc.VerificationMethods {
			if !strings.HasPrefix(m.ID, own+"#") || strings.Contains(string(m.PublicKeyJWK), `"d"`) {
				t.Errorf("%s has a method %q", document, m.ID)
			}
		}
		for _, ids := range doc.Relationships {
			for _, id := range ids {
				if !strings.HasPrefix(id, own+"#") {
					t.Errorf("%s refers to %q", document, id)
				}
			}
		}
		for _, s := range doc.Services {
			if !strings.HasPrefix(s.ID, own+"#") {
				t.Errorf("%s has a service %q", document, s.ID)
			}
		}
		again, err := redraft(document, own)
		if err != nil || len(doc.VerificationMethods) > 0 && len(doc.Relationships) > 0 && string(again) != string(document) {
			t.Errorf("%s became %s: %v", document, again, err)
		}
	})
}
