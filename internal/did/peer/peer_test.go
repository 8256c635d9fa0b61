package peer

import (
	"errors"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/didtest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didpeer"
	"github.com/chancery-vc/chancery/spec/multikey"
)

const key = "z6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V"

// long4 is an example of the specification.
const long4 = "did:peer:4zQmb7xLdVY9TXx8oov5XgpGUmGELgqiAV2699s43i6Qdm3M:zQSJgiFTYiCHjQ9MktwNThRXM7a"

func TestLaws(t *testing.T) {
	didtest.Run(t, didtest.Subject{
		Method: Method{},
		Broken: []string{
			"did:peer:5z", "did:peer:0z6Mk", "did:peer:2", "did:peer:2.Xz6Mk", "did:peer:2.V" + key[:20], "did:peer:1zQm", "did:peer:3zQm", "did:peer:4zQm",
			"did:peer:4zQmb7xLdVY9TXx8oov5XgpGUmGELgqiAV2699s43i6Qdm3N:zQSJgiFTYiCHjQ9MktwNThRXM7a", // another document's hash
			long4 + "#key-0",
		},
		Options:    map[string]string{OptionEndpoint: "https://agent.example/didcomm"},
		Algorithms: []vc.Algorithm{vc.Ed25519},
		Missing:    long4[:len("did:peer:4zQmb7xLdVY9TXx8oov5XgpGUmGELgqiAV2699s43i6Qdm3M")],
	})
}

// TestDocuments: what an agent says of itself in each kind of DID is what is resolved.
func TestDocuments(t *testing.T) {
	agent := didpeer.Agent{Key: key, Endpoint: "https://agent.example/didcomm"}
	four, err := agent.Encode4()
	if err != nil {
		t.Fatal(err)
	}
	two, err := agent.Encode2()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{four, two, "did:peer:0" + key} {
		resolution, err := Method{}.Resolve(t.Context(), text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		document, err := diddoc.Parse(resolution.Document)
		if err != nil || document.ID != text || resolution.ContentType != did.ContentType {
			t.Errorf("%s: %s, %v", text, resolution.Document, err)
		}
		methods := document.Methods(diddoc.Authentication)
		if len(methods) != 1 {
			t.Fatalf("%s: %+v", text, document)
		}
		public, err := methods[0].PublicKey()
		if err != nil || public.Algorithm != vc.Ed25519.JOSE() {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestNotFound: nobody but its peer has the document of a DID that does not hold it.
func TestNotFound(t *testing.T) {
	for _, text := range []string{
		"did:peer:1zQmS19jtYDvGtKVrJhQnRFpBQAx3pJ9omx2HpNrcXFuRCz9", "did:peer:3zQmS19jtYDvGtKVrJhQnRFpBQAx3pJ9omx2HpNrcXFuRCz9",
		"did:peer:4zQmb7xLdVY9TXx8oov5XgpGUmGELgqiAV2699s43i6Qdm3M",
	} {
		_, err := Method{}.Resolve(t.Context(), text)
		if e, ok := errors.AsType[*vc.Error](err); !ok || e.Kind != vc.NotFound || e.Code != did.CodeNotFound {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestBrokenDocument(t *testing.T) {
	_, err := Method{}.Resolve(t.Context(), "did:peer:2.V"+key+".Se30=")
	if vc.KindOf(err) != vc.Invalid {
		t.Error(err)
	}
	_, err = Method{}.Resolve(t.Context(), "did:peer:2.V"+key+".SMQ")
	if e, ok := errors.AsType[*vc.Error](err); !ok || e.Kind != vc.Invalid {
		t.Error(err)
	}
}

// TestCreate: both kinds hold key and endpoint as agents look for them.
func TestCreate(t *testing.T) {
	public, err := multikey.Decode(key)
	if err != nil {
		t.Fatal(err)
	}
	mine := []vc.Key{{PublicJWK: public.JWK(), Algorithm: vc.Ed25519}}
	const endpoint = "https://agent.example/didcomm"
	for numalgo, fragment := range map[string]string{"": "#key-0", "4": "#key-0", "2": "#key-1"} {
		options := map[string]string{OptionEndpoint: endpoint}
		if numalgo != "" {
			options[OptionNumalgo] = numalgo
		}
		made, err := Method{}.Create(t.Context(), did.CreateRequest{Keys: mine, Options: options})
		if err != nil {
			t.Fatal(err)
		}
		if numalgo != "" && !strings.HasPrefix(made.DID, "did:peer:"+numalgo) || made.Methods[0] != made.DID+fragment {
			t.Errorf("%s: %s %v", numalgo, made.DID, made.Methods)
		}
		document, err := diddoc.Parse(made.Document)
		if err != nil {
			t.Fatal(err)
		}
		targets, err := didcomm.Targets(document)
		if err != nil || len(targets) != 1 || targets[0].Endpoint != endpoint || len(targets[0].Recipients) != 1 || targets[0].Recipients[0].DIDKey() != "did:key:"+key {
			t.Errorf("%s: %+v %v", numalgo, targets, err)
		}
		for _, purpose := range made.Keys[0].Purposes {
			if !document.Has(diddoc.Relationship(purpose), made.Methods[0]) {
				t.Errorf("%s: not for %s", numalgo, purpose)
			}
		}
	}
	p256 := vc.Key{PublicJWK: []byte(`{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}`)}
	for name, request := range map[string]did.CreateRequest{
		"endpoint-missing":  {Keys: mine},
		"numalgo":           {Keys: mine, Options: map[string]string{OptionEndpoint: endpoint, OptionNumalgo: "3"}},
		"endpoint-invalid":  {Keys: mine, Options: map[string]string{OptionEndpoint: "https://" + strings.Repeat("x", diddoc.MaxDID)}},
		"one-key":           {Keys: append(mine, mine...), Options: map[string]string{OptionEndpoint: endpoint}},
		"key-not-supported": {Keys: []vc.Key{p256}, Options: map[string]string{OptionEndpoint: endpoint}},
	} {
		_, err := Method{}.Create(t.Context(), request)
		if e, ok := errors.AsType[*vc.Error](err); !ok || e.Kind != vc.Invalid || e.Code != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}
