package api

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/sdk"
)

// TestNothingIsMintedByPresenting: whatever presentations/prove signs reads as a presentation, and never as a credential or
// a status list.
func TestNothingIsMintedByPresenting(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		c := w.counter(t, sdk.NewInstance{})
		list := object{"type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": "uH4sIAAAAAAAAA"}
		base := object{"@context": []any{v2}, "type": []any{"VerifiablePresentation"}}
		for _, types := range [][]any{
			{"VerifiablePresentation"},
			{"VerifiableCredential"},
			{"VerifiableCredential", "VerifiablePresentation"},
			{"VerifiablePresentation", "BitstringStatusListCredential"},
			{"VerifiablePresentation", "https://www.w3.org/2018/credentials#VerifiableCredential"},
		} {
			for _, with := range []object{
				{},
				{"issuer": c.did.DID, "credentialSubject": object{"id": "did:example:s"}},
				{"issuer": c.did.DID, "credentialSubject": list},
				{"vc": object{"credentialSubject": object{}}},
				{"@context": []any{v2, object{"verifiableCredential": "https://www.w3.org/2018/credentials#credentialSubject"}}},
				{"verifiableCredential": []any{merged(plainCredential(), "issuer", c.did.DID)}},
				{"verifiableCredential": []any{object{"@context": v2, "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt,e30.e30."}}},
			} {
				body := merged(base, "type", types)
				for name, value := range with {
					body[name] = value
				}
				got := w.call(http.MethodPost, c.base+"/presentations/prove", c.key.Secret, object{"presentation": body})
				if got.status == 400 {
					continue
				}
				if got.status != 201 || len(types) != 1 || len(with) != 0 {
					t.Errorf("%v with %v: %d %s", types, with, got.status, got.body)
				}
				onlyPresents(t, got.body)
			}
		}
	})
}

// onlyPresents looks into what was signed.
func onlyPresents(t *testing.T, answer []byte) {
	t.Helper()
	var made struct {
		Presentation struct {
			ID string `json:"id"`
		} `json:"verifiablePresentation"`
	}
	if err := json.Unmarshal(answer, &made); err != nil {
		t.Fatalf("%s", answer)
	}
	parts := strings.Split(made.Presentation.ID, ".")
	if len(parts) != 3 {
		t.Fatalf("%s", answer)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Types   []string        `json:"type"`
		Subject json.RawMessage `json:"credentialSubject"`
		VC      json.RawMessage `json:"vc"`
	}
	if err := json.Unmarshal(payload, &said); err != nil || !slices.Equal(said.Types, []string{"VerifiablePresentation"}) || said.Subject != nil || said.VC != nil {
		t.Errorf("signed %s", payload)
	}
}
