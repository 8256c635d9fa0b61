package didjwk

import (
	"errors"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
)

const source = "github.com/quartzjer/did-jwk 44e186cf4cc215fc726afeecad1727cc9f9a66e8"

func TestVectors(t *testing.T) {
	block := func(name string) []byte { return sharedtest.Read(t, source, "vectors", "did-jwk", name) }
	for _, c := range []struct{ did, url, document string }{{"block03.txt", "block04.txt", "block05.txt"}, {"block06.txt", "block07.txt", "block08.txt"}} {
		did, url := strings.TrimSpace(string(block(c.did))), strings.TrimSpace(string(block(c.url)))
		// One id in the published document has a stray "$".
		want := []byte(strings.ReplaceAll(string(block(c.document)), "did:jwk:$", "did:jwk:"))
		got, err := Resolve(did)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := ijson.Equal(got, want); err != nil || !same {
			t.Errorf("%v: got %s, want %s", err, got, want)
		}
		document, err := diddoc.Parse(got)
		if err != nil {
			t.Fatal(err)
		}
		method, ok := document.Method(url)
		if !ok {
			t.Fatalf("%s has no %s", got, url)
		}
		if again, id, err := EncodeJWK(method.PublicKeyJWK); err != nil || again != did || id != url {
			t.Error(again, id, err)
		}
		if key, err := method.PublicKey(); err == nil {
			if again, _, err := Encode(key); err != nil || again != did {
				t.Error(again, err)
			}
		}
	}
}

func TestUse(t *testing.T) {
	const x = `"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"`
	const p256 = `"crv":"P-256","kty":"EC","x":"acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0","y":"_KcyLj9vWMptnmKtm46GqDz8wf74I5LKgrl2GzH3nSE"`
	for jwk, want := range map[string]struct{ signs, agrees bool }{
		`{"kty":"OKP","crv":"Ed25519",` + x + `}`: {true, false},
		`{"kty":"OKP","crv":"X25519",` + x + `}`:  {false, true},
		`{` + p256 + `}`:                          {true, true},
		`{` + p256 + `,"use":"sig"}`:              {true, false},
		`{` + p256 + `,"use":"enc"}`:              {false, true},
	} {
		did, id, err := EncodeJWK([]byte(jwk))
		if err != nil {
			t.Fatal(jwk, err)
		}
		document, err := Document(did)
		if err != nil {
			t.Fatal(jwk, err)
		}
		for _, r := range []diddoc.Relationship{diddoc.Authentication, diddoc.AssertionMethod, diddoc.CapabilityInvocation, diddoc.CapabilityDelegation} {
			if document.Has(r, id) != want.signs {
				t.Errorf("%s: %s", jwk, r)
			}
		}
		if document.Has(diddoc.KeyAgreement, id) != want.agrees {
			t.Errorf("%s: key agreement", jwk)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, did := range []string{"", "did:jwk:", "did:jwk:e30", "did:jwk:e30=", "did:key:e30", "did:jwk:e3\n0", "did:jwk:W10"} {
		var fault *diddoc.Error
		if _, err := Resolve(did); !errors.As(err, &fault) || fault.Code != diddoc.CodeDID {
			t.Errorf("%q: %v", did, err)
		}
	}
	private := `{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	if _, _, err := EncodeJWK([]byte(private)); err == nil {
		t.Error("a private key became a DID")
	}
	if _, _, err := Encode(jose.PublicKey{}); err == nil {
		t.Error("no key became a DID")
	}
}

func FuzzResolve(f *testing.F) {
	f.Add("did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZEgyVjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9")
	sharedtest.Seeds(f, func(block []byte) {
		for _, word := range strings.Fields(string(block)) {
			if _, rest, ok := strings.Cut(word, "did:jwk:"); ok {
				f.Add("did:jwk:" + strings.Trim(rest, `",#0`))
			}
		}
	}, source, "vectors", "did-jwk")
	f.Fuzz(func(t *testing.T, did string) {
		document, err := Resolve(did)
		if err != nil {
			return
		}
		if parsed, err := diddoc.Parse(document); err != nil || parsed.ID != did {
			t.Fatalf("%s: %v", document, err)
		}
	})
}
