package peer

import (
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/didtest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didpeer"
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
		Missing: long4[:len("did:peer:4zQmb7xLdVY9TXx8oov5XgpGUmGELgqiAV2699s43i6Qdm3M")],
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

func TestNotMade(t *testing.T) {
	if _, ok := did.Method(Method{}).(did.Creator); ok {
		t.Error("a did:peer is made with its connection")
	}
}
