package ldp_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/ldp"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/jose"
)

const (
	head2 = `{"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/undefined-terms/v2"],` +
		`"type":["VerifiableCredential"],"issuer":"did:example:i","credentialSubject":`
	strict2 = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"did:example:i","credentialSubject":`
)

func material(credential string) format.Material {
	return format.Material{
		Credential: []byte(credential), Model: vc.VCDM20, Suite: "eddsa-rdfc-2022", Issuer: "did:example:i", Method: "did:example:i#k",
		Algorithm: jose.EdDSA, Created: made,
	}
}

func wants(t *testing.T, what string, err error, code, pointer string) {
	t.Helper()
	e, ok := errors.AsType[*vc.Error](err)
	if !ok || e.Kind != vc.Invalid || e.Code != code || e.Pointer != pointer {
		t.Errorf("%s: got %v, want invalid %s at %q", what, err, code, pointer)
	}
}

// TestRefusedBeforeSigning: what a proof would not cover, or a suite does not sign, by every suite of a key.
func TestRefusedBeforeSigning(t *testing.T) {
	for name, c := range map[string]struct {
		credential, code, pointer string
		change                    func(*format.Material)
	}{
		"a term":            {strict2 + `{"nickname":"Ada"}}`, "undefined-term", "/credentialSubject/nickname", nil},
		"a type":            {strict2 + `{"type":"Person"}}`, "undefined-type", "/credentialSubject/type", nil},
		"a relative id":     {strict2 + `{"id":"ada"}}`, "relative-id", "/credentialSubject/id", nil},
		"a wrong direction": {head2 + `{"x":{"@value":"ada","@direction":"up"}}}`, "jsonld-invalid", "/credentialSubject/x/@direction", nil},
		"a context inside":  {head2 + `{"x":[{"@context":{"y":"https://y.example/"}}]}}`, "context-within", "/credentialSubject/x/0/@context", nil},
		"an unknown context": {
			strings.Replace(head2, "undefined-terms/v2", "nobody/v2", 1) + `{"id":"did:example:s"}}`, "context-unknown", "/@context", nil,
		},
		"another model":     {head2 + `{}}`, "model", "/@context", func(m *format.Material) { m.Model = vc.VCDM11 }},
		"another algorithm": {head2 + `{}}`, "algorithm", "/variant", func(m *format.Material) { m.Algorithm = jose.ES256 }},
		"no suite":          {head2 + `{}}`, "suite", "/variant", func(m *format.Material) { m.Suite = "" }},
		"an unspecified suite": {
			head2 + `{}}`, "suite", "/variant", func(m *format.Material) { m.Suite = "SchnorrSecp256k1Signature2019" },
		},
		"a suite's context is missing": {
			head2 + `{"id":"did:example:s"}}`, "suite-context", "/@context", func(m *format.Material) { m.Suite = "Ed25519Signature2020" },
		},
	} {
		m := material(c.credential)
		if c.change != nil {
			c.change(&m)
		}
		f := ldp.New(nil)
		wants(t, name, f.Check(t.Context(), m), c.code, c.pointer)
		_, err := f.Prepare(t.Context(), m)
		wants(t, name, err, c.code, c.pointer)
		if c.code == "undefined-term" || c.code == "undefined-type" || c.code == "relative-id" {
			m.Suite = "eddsa-jcs-2022"
			_, err := f.Prepare(t.Context(), m)
			wants(t, name+", JCS", err, c.code, c.pointer)
		}
	}
}

// TestDirection: a text's direction is part of what is signed.
func TestDirection(t *testing.T) {
	inputs := map[string]bool{}
	for _, text := range []string{`"ada"`, `{"@value":"ada","@direction":"rtl"}`, `{"@value":"ada","@direction":"ltr"}`} {
		unsigned, err := ldp.New(nil).Prepare(t.Context(), material(head2+`{"x":`+text+`}}`))
		must(t, err)
		inputs[string(unsigned.Input())] = true
	}
	if len(inputs) != 3 {
		t.Errorf("%d inputs", len(inputs))
	}
}

// TestRefusedAsRead: what nobody signed, in ways that people try.
func TestRefusedAsRead(t *testing.T) {
	proof := func(text string) string { return head2 + `{"id":"did:example:s"},"proof":` + text + `}` }
	for name, c := range map[string]struct{ secured, code, pointer string }{
		"a JWT in an object":   {proof(`{"type":"JwtProof2020","jwt":"e.y.J"}`), "other-format", ""},
		"an unspecified suite": {proof(`{"type":"SchnorrSecp256k1Signature2019","proofValue":"z1"}`), "refused-suite", "/proof"},
		"an unknown suite":     {proof(`[{"type":"DataIntegrityProof","cryptosuite":"x","proofValue":"z1"}]`), "unknown-suite", "/proof/0"},
		"no list of proofs":    {proof(`[]`), "no-proof", "/proof"},
		"a name twice":         {`{"a":1,"a":2}`, "malformed", "/a"},
		"no data model":        {`{"@context":["https://x.example/"],"type":"VerifiableCredential"}`, "malformed", "/@context"},
		"a number":             {proof(`1`), "invalid-proof", "/proof"},
	} {
		_, err := ldp.New(nil).Read(t.Context(), []byte(c.secured))
		wants(t, name, err, c.code, c.pointer)
	}
	for name, text := range map[string]string{"nothing": head2 + `{}}`, "a proof without signature": proof(`{"type":"DataIntegrityProof"}`)} {
		read, err := ldp.New(nil).Read(t.Context(), []byte(text))
		if err != nil || len(read.Signatures) != 0 || strings.Contains(string(read.Credential), "proof") {
			t.Errorf("%s: read %+v, %v", name, read, err)
		}
	}
}

// TestSet: proofs of suites that nobody here knows are left to others, unless a proof of ours stands on one.
func TestSet(t *testing.T) {
	s := newSigner(t, jose.EdDSA)
	secured := string(s.credential(t, vc.VCDM20, "eddsa-rdfc-2022", jose.EdDSA))
	at := strings.Index(secured, `"proof":`) + len(`"proof":`)
	own := secured[at : len(secured)-1]
	set := func(own string) []byte {
		return []byte(secured[:at] + `[{"type":"DataIntegrityProof","cryptosuite":"bbs-2023","id":"urn:x:1","proofValue":"u1"},` + own + `]}`)
	}
	read, err := ldp.New(nil).Read(t.Context(), set(own))
	must(t, err)
	must(t, verify(t, read.Signatures))
	for _, suite := range []string{"eddsa-jcs-2022", "eddsa-rdfc-2022"} { // one more proof beside those that are there
		m := material(secured)
		m.Suite, m.Method = suite, s.method
		unsigned, err := ldp.New(nil).Prepare(t.Context(), m)
		secured = string(s.secure(t, jose.EdDSA, unsigned, err))
	}
	read, err = ldp.New(nil).Read(t.Context(), []byte(secured))
	must(t, err)
	if len(read.Signatures) != 3 {
		t.Fatalf("%d signatures", len(read.Signatures))
	}
	for _, signature := range read.Signatures {
		must(t, verify(t, []format.Signature{signature}))
	}
	_, err = ldp.New(nil).Read(t.Context(), set(`{"previousProof":"urn:x:1",`+own[1:]))
	wants(t, "a chain", err, "unknown-suite", "/proof/0")
}

// TestElsewhere: a signer elsewhere may not bring another suite, another purpose or an end of its own.
func TestElsewhere(t *testing.T) {
	s := newSigner(t, jose.EdDSA)
	f := ldp.New(nil)
	prepare := func(suite string) format.Unsigned {
		unsigned, err := f.Prepare(t.Context(), format.Material{
			Credential: sample(vc.VCDM20, "eddsa-rdfc-2022", s.did), Model: vc.VCDM20, Suite: suite, Method: s.method, Algorithm: jose.EdDSA, Created: made,
		})
		must(t, err)
		return unsigned
	}
	unsigned := prepare("eddsa-rdfc-2022")
	read, err := f.Read(t.Context(), unsigned.Document())
	if err != nil || len(read.Signatures) != 0 {
		t.Errorf("the unsigned document reads as %+v, %v", read, err)
	}
	other := prepare("eddsa-jcs-2022")
	secured := s.secure(t, jose.EdDSA, other, nil)
	read, err = f.Read(t.Context(), secured)
	must(t, err)
	must(t, other.Same(read))
	wants(t, "another suite", unsigned.Same(read), "proof-differs", "/credential")
	signature, err := jose.Sign(s.private, jose.EdDSA, other.Input())
	must(t, err)
	if !format.Carries(f, secured, signature) || format.Carries(f, secured, nil) {
		t.Error("does not know its signature")
	}
	read.Signatures[0].Expires = made
	wants(t, "an end", other.Same(read), "proof-differs", "/credential")
}

// poison is a credential whose graph is one of ten blank nodes each of which knows each other: canonical labels for them
// cost more than any computer has (RDFC-1.0 §7.1).
func poison() string {
	var nodes []string
	for i := range 10 {
		var known []string
		for j := range 10 {
			if i != j {
				known = append(known, fmt.Sprintf(`{"id":"_:n%d"}`, j))
			}
		}
		nodes = append(nodes, fmt.Sprintf(`{"id":"_:n%d","knows":[%s]}`, i, strings.Join(known, ",")))
	}
	return head2 + `{"all":[` + strings.Join(nodes, ",") + `]}}`
}

// TestPoison: it is refused when it is signed and when it is verified, and can be cancelled. How soon is a row of the benchmark.
func TestPoison(t *testing.T) {
	f := ldp.New(nil)
	_, err := f.Prepare(t.Context(), material(poison()))
	wants(t, "signing", err, "too-complex", "")
	m := material(poison())
	m.Suite = "eddsa-jcs-2022"
	unsigned, err := f.Prepare(t.Context(), m)
	must(t, err)
	s := newSigner(t, jose.EdDSA)
	secured := s.secure(t, jose.EdDSA, unsigned, err)
	secured = []byte(strings.Replace(strings.Replace(string(secured), "eddsa-jcs-2022", "eddsa-rdfc-2022", 1), "did:example:i#k", s.method, 1))
	read, err := f.Read(t.Context(), secured)
	must(t, err)
	wants(t, "verifying", verify(t, read.Signatures), "too-complex", "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Prepare(ctx, material(poison())); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(head2 + `{"id":"did:example:s"},"proof":{"type":"DataIntegrityProof","cryptosuite":"eddsa-rdfc-2022",` +
		`"verificationMethod":"did:example:i#k","proofPurpose":"assertionMethod","proofValue":"z` + strings.Repeat("1", 64) + `"}}`))
	f.Add([]byte(head2 + `{},"proof":[{"type":"JwtProof2020"}]}`))
	f.Add([]byte(poison()))
	format := ldp.New(nil)
	// A key that has signed nothing. It must be one that the parsers let pass: of a weak one, signatures over anything can
	// be made (checkEd25519 in spec/jose).
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	key, err := jose.NewPublicKey(public)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, secured []byte) {
		read, err := format.Read(t.Context(), secured)
		if err != nil {
			if vc.KindOf(err) != vc.Invalid {
				t.Errorf("an error of kind %s", vc.KindOf(err))
			}
			return
		}
		for _, signature := range read.Signatures {
			if signature.Verify(key) == nil {
				t.Errorf("verifies with no key: %s", secured)
			}
		}
		if _, err := format.ReadPresentation(t.Context(), secured); err != nil && vc.KindOf(err) != vc.Invalid {
			t.Errorf("an error of kind %s", vc.KindOf(err))
		}
	})
}
