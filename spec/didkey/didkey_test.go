package didkey

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/ijson"
)

const source = "github.com/w3c-ccg/did-method-key f5abee840c31e92cd1ac11737e0b62103ab99d21"

// The published documents are of five suites: each is resolved as its own.
func TestVectors(t *testing.T) {
	unsupported := 0
	for file, want := range map[string]int{"ed25519-x25519.json": 0, "nist-curves.json": 2, "secp256k1.json": 0, "x25519.json": 0, "bls12381.json": 6, "rsa.json": 2} {
		var vectors map[string]struct {
			DIDDocument json.RawMessage `json:"didDocument"`
		}
		raw := sharedtest.Read(t, source, "vectors", "did-key", file)
		if file == "x25519.json" {
			var other struct {
				DIDDocument map[string]json.RawMessage `json:"didDocument"`
			}
			if err := json.Unmarshal(raw, &other); err != nil {
				t.Fatal(err)
			}
			vectors = map[string]struct {
				DIDDocument json.RawMessage `json:"didDocument"`
			}{}
			for did, document := range other.DIDDocument {
				vectors[did] = struct {
					DIDDocument json.RawMessage `json:"didDocument"`
				}{document}
			}
		} else if err := json.Unmarshal(raw, &vectors); err != nil {
			t.Fatal(err)
		}
		refused := 0
		for did, vector := range vectors {
			if !matches(t, file, did, vector.DIDDocument) {
				refused++
			}
		}
		if len(vectors) == 0 || refused != want {
			t.Errorf("%s: %d of %d refused, want %d", file, refused, len(vectors), want)
		}
		unsupported += refused
	}
	t.Logf("%d vectors are of keys that are not supported (P-521, BLS12-381, RSA)", unsupported)
}

// matches resolves a vector; false where the key is of a kind that is not supported.
func matches(t *testing.T, file, did string, want []byte) bool {
	t.Helper()
	var published struct{ VerificationMethod []struct{ Type string } }
	if err := json.Unmarshal(want, &published); err != nil {
		t.Fatal(err)
	}
	got, err := ResolveAs(did, published.VerificationMethod[0].Type)
	var fault *diddoc.Error
	if errors.As(err, &fault) && fault.Code == diddoc.CodeDID {
		return false
	}
	if err != nil {
		t.Errorf("%s %s: %v", file, did, err)
		return true
	}
	if same, err := ijson.Equal(got, want); err != nil || !same {
		t.Errorf("%s: %v: got %s, want %s", file, err, got, want)
	}
	// The default has the same keys under the same ids and relationships.
	read, err := diddoc.Parse(want)
	if err != nil {
		t.Fatal(did, err)
	}
	text, err := Resolve(did)
	if err != nil {
		t.Fatal(did, err)
	}
	plain, err := diddoc.Parse(text)
	if err != nil {
		t.Fatal(did, err)
	}
	for _, m := range read.VerificationMethods {
		other, ok := plain.Method(m.ID)
		if !ok {
			t.Errorf("%s has no %s", text, m.ID)
		}
		if key, err := m.PublicKey(); err == nil {
			if again, err := other.PublicKey(); err != nil || !again.Equal(key) {
				t.Errorf("%s: %v", m.ID, err)
			}
		} else if key, err := m.AgreementKey(); err != nil {
			t.Errorf("%s: %v", m.ID, err)
		} else if again, err := other.AgreementKey(); err != nil || !again.Equal(key) {
			t.Errorf("%s: %v", m.ID, err)
		}
		for _, r := range []diddoc.Relationship{diddoc.Authentication, diddoc.AssertionMethod, diddoc.KeyAgreement, diddoc.CapabilityInvocation, diddoc.CapabilityDelegation} {
			if read.Has(r, m.ID) != plain.Has(r, m.ID) {
				t.Errorf("%s: %s differs", m.ID, r)
			}
		}
	}
	return true
}

func TestDocument(t *testing.T) {
	const did = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
	got, err := Resolve(did)
	if err != nil {
		t.Fatal(err)
	}
	const id, agreement = did + "#z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", did + "#z6LShs9GGnqk85isEBzzshkuVWrVKsRp24GnDuHk8QWkARMW"
	want := `{"@context":["https://www.w3.org/ns/did/v1","https://w3id.org/security/multikey/v1"],"id":"` + did + `","verificationMethod":[` +
		`{"id":"` + id + `","type":"Multikey","controller":"` + did + `","publicKeyMultibase":"z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"},` +
		`{"id":"` + agreement + `","type":"Multikey","controller":"` + did + `","publicKeyMultibase":"z6LShs9GGnqk85isEBzzshkuVWrVKsRp24GnDuHk8QWkARMW"}],` +
		`"authentication":["` + id + `"],"assertionMethod":["` + id + `"],"keyAgreement":["` + agreement + `"],"capabilityInvocation":["` + id + `"],"capabilityDelegation":["` + id + `"]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	document, err := diddoc.Parse(got)
	if err != nil {
		t.Fatal(err)
	}
	method, _ := document.Method(id)
	key, err := method.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	if again, name, err := Encode(key); err != nil || again != did || name != id {
		t.Error(again, name, err)
	}
}

func TestRefused(t *testing.T) {
	const key = "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
	for _, did := range []string{"", "did:key:", "did:web:" + key, "did:key:" + key + "#" + key, "did:key:" + key + "/a", "did:key:u7QE", "did:key:" + key[1:], "did:key:1.1:" + key, "did:key:" + key[:40]} {
		var fault *diddoc.Error
		if _, err := Resolve(did); !errors.As(err, &fault) || fault.Code != diddoc.CodeDID {
			t.Errorf("%q: %v", did, err)
		}
	}
	for _, name := range []string{"", "Nonsense", diddoc.P256Key2021, diddoc.EcdsaSecp256k1VerificationKey2019} {
		var fault *diddoc.Error
		if _, err := ResolveAs("did:key:"+key, name); !errors.As(err, &fault) || fault.Code != diddoc.CodeKeyType {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func FuzzResolve(f *testing.F) {
	f.Add("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")
	f.Add("did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv")
	sharedtest.Values(f, func(value any) {
		if text, ok := value.(string); ok && strings.HasPrefix(text, "did:key:") {
			f.Add(text)
		}
	}, source, "vectors", "did-key")
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

func BenchmarkResolve(b *testing.B) {
	for b.Loop() {
		if _, err := Resolve("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"); err != nil {
			b.Fatal(err)
		}
	}
}
