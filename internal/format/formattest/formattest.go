// Package formattest is the law that every credential format passes.
package formattest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
)

// Issuer and Method are those of the credentials that the law secures.
const (
	Issuer = "did:web:issuer.example"
	Method = Issuer + "#key-1"
)

// credentials has a complete credential for each data model. Its second context defines whatever the others do not, so that
// the law holds for formats that leave out what nothing defines.
var credentials = map[vc.ModelVersion]string{
	vc.VCDM20: `{"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/undefined-terms/v2"],"id":"urn:uuid:0199a3c0-0000-7000-8000-000000000000",
		"type":["VerifiableCredential","DegreeCredential"],"issuer":{"id":"did:web:issuer.example","name":"Université"},
		"validFrom":"2026-01-01T00:00:00Z","validUntil":"2030-01-01T00:00:00Z",
		"credentialSubject":{"id":"did:example:holder","degree":"MSc","ects":120,"grade":1.3}}`,
	vc.VCDM11: `{"@context":["https://www.w3.org/2018/credentials/v1","https://www.w3.org/ns/credentials/undefined-terms/v2"],"id":"urn:uuid:0199a3c0-0000-7000-8000-000000000001",
		"type":["VerifiableCredential","DegreeCredential"],"issuer":"did:web:issuer.example",
		"issuanceDate":"2026-01-01T00:00:00Z","expirationDate":"2030-01-01T00:00:00Z",
		"credentialSubject":{"id":"did:example:holder","degree":"MSc","ects":120,"grade":1.3}}`,
}

// Run holds a format against the law, for each data model and proof suite it has; suites has "" where there is
// none.
func Run(t *testing.T, f format.Format, models []vc.ModelVersion, suites []string) {
	laws(f, models, suites, func(l *law) {
		t.Run(l.name(), func(t *testing.T) { l.run(t) })
	})
	t.Run("foreign bytes", func(t *testing.T) { foreign(t, f) })
	t.Run("unknown model", func(t *testing.T) {
		_, err := f.Prepare(t.Context(), format.Material{Credential: []byte(credentials[vc.VCDM20]), Model: "9", Algorithm: "EdDSA"})
		if vc.KindOf(err) != vc.Invalid {
			t.Errorf("got %v", err)
		}
	})
}

type law struct {
	f         format.Format
	model     vc.ModelVersion
	suite     string
	algorithm string
	keys      map[string]crypto.PrivateKey
}

// laws gives the law for each model, suite and algorithm that signs with it.
func laws(f format.Format, models []vc.ModelVersion, suites []string, do func(*law)) {
	for _, model := range models {
		for _, name := range suites {
			algorithms := []string{jose.EdDSA}
			if suite, ok := format.SuiteOf(f, name); ok && suite.Algorithms != nil {
				algorithms = suite.Algorithms
			}
			for _, algorithm := range algorithms {
				do(&law{f: f, model: model, suite: name, algorithm: algorithm, keys: map[string]crypto.PrivateKey{}})
			}
		}
	}
}

func (l *law) name() string {
	return strings.Join([]string{string(l.model), l.suite, l.algorithm}, " ")
}

// credential is that of the model, with the contexts that the format needs beside.
func (l *law) credential() string {
	text := credentials[l.model]
	for _, url := range format.Contexts(l.f, l.model, l.suite, "") {
		text = strings.Replace(text, `"]`, `","`+url+`"]`, 1)
	}
	return text
}

func (l *law) run(t *testing.T) {
	t.Run("preparing again gives the same bytes", func(t *testing.T) {
		if a, b := l.prepare(t, l.credential()), l.prepare(t, l.credential()); !bytes.Equal(a.Input(), b.Input()) {
			t.Error("the signing input differs")
		}
	})
	t.Run("what was secured is read back", l.readBack)
	t.Run("any changed byte is found", l.tampered)
	t.Run("same knows a difference", l.same)
	t.Run("an empty signature is refused", func(t *testing.T) {
		if _, err := l.prepare(t, l.credential()).Secure(nil); err == nil {
			t.Error("secured with nothing")
		}
	})
}

// key gives the key of somebody, the same each time.
func (l *law) key(t *testing.T, who string) (crypto.PrivateKey, jose.PublicKey) {
	t.Helper()
	private, err := l.keys[who], error(nil)
	if private == nil {
		switch l.algorithm {
		case jose.ES256:
			private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		case jose.ES384:
			private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
		case jose.ES256K:
			private, err = secp256k1.GeneratePrivateKey()
		default:
			_, private, err = ed25519.GenerateKey(rand.Reader)
		}
		if err != nil {
			t.Fatal(err)
		}
		l.keys[who] = private
	}
	public, err := jose.Public(private)
	if err != nil {
		t.Fatal(err)
	}
	return private, public
}

func (l *law) sign(t *testing.T, who string, input []byte) []byte {
	t.Helper()
	private, _ := l.key(t, who)
	signature, err := jose.Sign(private, l.algorithm, input)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

func (l *law) prepare(t *testing.T, credential string) format.Unsigned {
	t.Helper()
	unsigned, err := l.f.Prepare(t.Context(), format.Material{
		Credential: []byte(credential), Model: l.model, Suite: l.suite, Issuer: Issuer, Method: Method, Algorithm: l.algorithm,
		Created: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	return unsigned
}

func (l *law) secure(t *testing.T, unsigned format.Unsigned) []byte {
	t.Helper()
	secured, err := unsigned.Secure(l.sign(t, "issuer", unsigned.Input()))
	if err != nil {
		t.Fatal(err)
	}
	return secured
}

func (l *law) readBack(t *testing.T) {
	unsigned := l.prepare(t, l.credential())
	secured := l.secure(t, unsigned)
	read, err := l.f.Read(t.Context(), secured)
	if err != nil {
		t.Fatal(err)
	}
	if !format.Carries(l.f, secured, l.sign(t, "issuer", unsigned.Input())) {
		t.Error("does not carry its signature")
	}
	if signature := l.sign(t, "other", unsigned.Input()); format.Carries(l.f, secured, signature) {
		t.Error("carries another signature")
	}
	if same, err := ijson.Equal(read.Credential, []byte(l.credential())); err != nil || !same {
		t.Errorf("the credential differs: %v\n%s", err, read.Credential)
	}
	if read.Format != l.f.Name() || read.Model != l.model || read.MediaType == "" {
		t.Errorf("read as %q, model %q, media type %q", read.Format, read.Model, read.MediaType)
	}
	if err := unsigned.Same(read); err != nil {
		t.Errorf("not the same: %v", err)
	}
	if len(read.Signatures) != 1 {
		t.Fatalf("%d signatures", len(read.Signatures))
	}
	signature := read.Signatures[0]
	if signature.Method != Method || signature.Algorithm != l.algorithm || signature.Suite != l.suite || signature.Purpose != "assertionMethod" || signature.Cites == "" {
		t.Errorf("the signature says %+v", signature)
	}
	_, public := l.key(t, "issuer")
	if err := signature.Verify(public); err != nil {
		t.Errorf("does not verify: %v", err)
	}
	_, other := l.key(t, "other")
	if signature.Verify(other) == nil {
		t.Error("verifies with another key")
	}
}

// stride is how far the bytes that are changed are apart: with -short, which is how the race detector runs, not each is.
func stride() int {
	if testing.Short() {
		return 11
	}
	return 1
}

func (l *law) tampered(t *testing.T) {
	secured := l.secure(t, l.prepare(t, l.credential()))
	_, public := l.key(t, "issuer")
	for i := 0; i < len(secured); i += stride() {
		changed := bytes.Clone(secured)
		changed[i] ^= 0x01
		read, err := l.f.Read(t.Context(), changed)
		if err != nil {
			continue
		}
		if len(read.Signatures) > 0 && read.Signatures[0].Verify(public) == nil && !bytes.Equal(changed, secured) {
			t.Fatalf("byte %d was changed from %q to %q, and it verifies", i, secured[i], changed[i])
		}
	}
}

func (l *law) same(t *testing.T) {
	other := bytes.Replace([]byte(l.credential()), []byte(`"MSc"`), []byte(`"PhD"`), 1)
	read, err := l.f.Read(t.Context(), l.secure(t, l.prepare(t, string(other))))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.prepare(t, l.credential()).Same(read); vc.KindOf(err) != vc.Invalid {
		t.Errorf("another claim is the same: %v", err)
	}
}

func foreign(t *testing.T, f format.Format) {
	for _, text := range []string{"", "x", "a.b", "a.b.c.d", "\x00\x01\xff", "<xml/>", "~~~"} {
		_, err := f.Read(t.Context(), []byte(text))
		if e, ok := err.(*vc.Error); !ok || e.Kind != vc.Invalid || e.Code != "other-format" {
			t.Errorf("%q: got %v", text, err)
		}
	}
}
