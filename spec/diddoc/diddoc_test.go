package diddoc

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"
)

func code(err error) (string, string) {
	var fault *Error
	if errors.As(err, &fault) {
		return fault.Code, fault.Pointer
	}
	return "", ""
}

func TestParseDID(t *testing.T) {
	for _, text := range []string{"did:key:z6Mk", "did:web:example.com%3A80:a:b", "did:a1::x", "did:x:a::b", "did:cheqd:testnet:55dbc8bf-fba3-4117-855c-1e0dc1d3bb47", "did:x:-._"} {
		did, err := ParseDID(text)
		if err != nil || did.String() != text {
			t.Errorf("%s: %v %v", text, did, err)
		}
	}
	for _, text := range []string{
		"", "did", "did:", "did::", "did:a", "did:a:", "did:a:b:", "did:A:b", "DID:a:b", "did:a-b:c", "did::b", "did:a:b c", "did:a:b/c", "did:a:b#c", "did:a:b?c",
		"did:a:%", "did:a:%1", "did:a:%zz", "did:a:é", " did:a:b", "did:a:b\n", "a:did:b", "did:a:" + strings.Repeat("b", MaxDID),
	} {
		if did, err := ParseDID(text); err == nil {
			t.Errorf("%q passed as %v", text, did)
		} else if c, _ := code(err); c != CodeDID {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestParseURL(t *testing.T) {
	for text, want := range map[string]URL{
		"did:a:b":                       {DID{"a", "b"}, "", "", ""},
		"did:a:b#k":                     {DID{"a", "b"}, "", "", "k"},
		"did:a:b/p/q?x=1&y=%20#k?/":     {DID{"a", "b"}, "/p/q", "x=1&y=%20", "k?/"},
		"did:a:b?versionId=1":           {DID{"a", "b"}, "", "versionId=1", ""},
		"did:a:b:c/":                    {DID{"a", "b:c"}, "/", "", ""},
		"did:a:b?service=a/b?c#d":       {DID{"a", "b"}, "", "service=a/b?c", "d"},
		"did:a:b/resources/1;x=(a)!*',": {DID{"a", "b"}, "/resources/1;x=(a)!*',", "", ""},
	} {
		got, err := ParseURL(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %#v %v", text, got, err)
		}
	}
	for _, text := range []string{"", "#k", "/p", "did:a", "did:a:b#k#l", "did:a:b#k l", "did:a:b?[", "did:a:b/%", "did:a:b\n", "https://a.b/", "did:a:b/é"} {
		if got, err := ParseURL(text); err == nil {
			t.Errorf("%q passed as %v", text, got)
		} else if c, _ := code(err); c != CodeURL {
			t.Errorf("%q: %v", text, err)
		}
	}
}

const sample = `{
  "@context": ["https://www.w3.org/ns/did/v1", {"@base": "did:example:1"}, "https://w3id.org/security/multikey/v1"],
  "id": "did:example:1",
  "alsoKnownAs": ["https://example.com"],
  "controller": "did:example:2",
  "verificationMethod": [
    {"id": "#a", "type": "Multikey", "controller": "did:example:1", "publicKeyMultibase": "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"},
    {"id": "did:example:1#b", "type": "JsonWebKey2020", "controller": "did:example:1", "publicKeyJwk": {"kty": "OKP", "crv": "Ed25519", "x": "_eT7oDCtAC98L31MMx9J0T-w7HR-zuvsY08f9MvKne8"}}
  ],
  "authentication": ["#a", "did:example:3#far", {"id": "#c", "type": "Ed25519VerificationKey2018", "publicKeyBase58": "4zvwRjXUKGfvwnParsHAS3HuSVzV5cA4McphgmoCtajS"}],
  "assertionMethod": ["did:example:1#b", "#c", "#gone"],
  "keyAgreement": [{"id": "#d", "type": "X25519KeyAgreementKey2019", "controller": "did:example:1", "publicKeyBase58": "7By6kV2t2d188odEM4ExAve1UithKT6dLva4dwsDT3ak"}],
  "service": [{"id": "#comm", "type": "DIDCommMessaging", "serviceEndpoint": {"uri": "https://example.com"}, "routingKeys": []},
    {"id": "https://example.com/s", "type": ["A", "B"], "serviceEndpoint": "https://example.com"}],
  "unknown": 1
}`

func TestParse(t *testing.T) {
	d, err := Parse([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	if d.ID != "did:example:1" || len(d.VerificationMethods) != 4 || len(d.Services) != 2 || len(d.Context) != 2 || d.Controller[0] != "did:example:2" {
		t.Errorf("%+v", d)
	}
	for _, c := range []struct {
		relationship Relationship
		id           string
		want         bool
	}{
		{Authentication, "did:example:1#a", true},
		{Authentication, "#a", true},
		{Authentication, "#b", false},
		{Authentication, "#c", true},
		{Authentication, "did:example:3#far", true},
		{AssertionMethod, "#b", true},
		{AssertionMethod, "#a", false},
		{KeyAgreement, "#d", true},
		{CapabilityInvocation, "#a", false},
		{AssertionMethod, "#c", false}, // embedded in authentication: it serves nothing else
		{"nonsense", "#a", false},
		{Authentication, "", false},
	} {
		if d.Has(c.relationship, c.id) != c.want {
			t.Errorf("%s %s is not %v", c.relationship, c.id, c.want)
		}
	}
	ids := func(methods []VerificationMethod) (text string) {
		for _, m := range methods {
			text += strings.TrimPrefix(m.ID, "did:example:1")
		}
		return text
	}
	if ids(d.Methods(Authentication)) != "#a#c" || ids(d.Methods(AssertionMethod)) != "#b" || ids(d.Methods(KeyAgreement)) != "#d" || d.Methods(CapabilityDelegation) != nil {
		t.Error("methods", ids(d.Methods(Authentication)), ids(d.Methods(AssertionMethod)))
	}
	for _, id := range []string{"#a", "#b", "#c"} {
		m, _ := d.Method(id)
		if key, err := m.PublicKey(); err != nil || key.Algorithm != "EdDSA" || m.Controller != "did:example:1" {
			t.Errorf("%s: %v", id, err)
		}
		if _, err := m.AgreementKey(); err == nil {
			t.Errorf("%s agrees", id)
		}
	}
	m, _ := d.Method("#d")
	if _, err := m.AgreementKey(); err != nil {
		t.Error(err)
	}
	if _, err := m.PublicKey(); err == nil {
		t.Error("an X25519 key signs")
	}
	if s, ok := d.Service("#comm"); !ok || string(s.Endpoint) != `{"uri": "https://example.com"}` || string(s.Extra["routingKeys"]) != "[]" {
		t.Errorf("%+v", s)
	}
}

func TestParseRefused(t *testing.T) {
	const m = `{"id":"#a","type":"Multikey","controller":"did:a:b","publicKeyMultibase":"z"}`
	for text, pointer := range map[string]string{
		``: "", `[]`: "", `{}`: "/id", `{"id":1}`: "/id", `{"id":"https://a.b"}`: "/id", `{"id":"did:a:b#c"}`: "/id",
		`{"id":"did:a:b","id":"did:a:c"}`:                                                "/id",
		`{"id":"did:a:b","controller":1}`:                                                "/controller",
		`{"id":"did:a:b","alsoKnownAs":[1]}`:                                             "/alsoKnownAs",
		`{"id":"did:a:b","verificationMethod":{}}`:                                       "/verificationMethod",
		`{"id":"did:a:b","verificationMethod":["#a"]}`:                                   "/verificationMethod/0",
		`{"id":"did:a:b","verificationMethod":[{}]}`:                                     "/verificationMethod/0/id",
		`{"id":"did:a:b","verificationMethod":[{"id":"a","type":"x"}]}`:                  "/verificationMethod/0/id",
		`{"id":"did:a:b","verificationMethod":[{"id":"#a"}]}`:                            "/verificationMethod/0/type",
		`{"id":"did:a:b","verificationMethod":[{"id":"#a","publicKeyJwk":"x"}]}`:         "/verificationMethod/0/publicKeyJwk",
		`{"id":"did:a:b","verificationMethod":[` + m + `,` + m + `]}`:                    "/verificationMethod/1/id",
		`{"id":"did:a:b","verificationMethod":[` + m + `],"authentication":[` + m + `]}`: "/authentication/0/id",
		`{"id":"did:a:b","authentication":["a"]}`:                                        "/authentication/0",
		`{"id":"did:a:b","authentication":"#a"}`:                                         "/authentication",
		`{"id":"did:a:b","service":{}}`:                                                  "/service",
		`{"id":"did:a:b","service":[1]}`:                                                 "/service/0",
		`{"id":"did:a:b","service":[{"id":"#a"}]}`:                                       "/service/0/type",
		`{"id":"did:a:b","service":[{"id":"#a","type":"x"}]}`:                            "/service/0/serviceEndpoint",
		`{"id":"did:a:b","service":[{"id":"#a","type":"x","serviceEndpoint":1}]}`:        "/service/0/serviceEndpoint",
		`{"id":"did:a:b","service":[{"type":"x","serviceEndpoint":"x"}]}`:                "/service/0/id",
	} {
		_, err := Parse([]byte(text))
		if c, p := code(err); c != CodeDocument || p != pointer {
			t.Errorf("%s: %v, want %q", text, err, pointer)
		}
	}
}

func TestPublicKeyForms(t *testing.T) {
	const jwk = `{"kty":"EC","crv":"secp256k1","x":"TEIJN9vnTq1EXMkqzo7yN_867-foKc2pREv45Fw_QA8","y":"9yiymlzdxKCiRbYq7p-ArRB-C1ytjHE-eb7RDTi6rVc"}`
	const ed = `{"kty":"OKP","crv":"Ed25519","x":"_eT7oDCtAC98L31MMx9J0T-w7HR-zuvsY08f9MvKne8"}`
	const zed, zk1 = "z6MkwYMhwTvsq376YBAcJHy3vyRWzBgn5vKfVqqDCgm7XVKU", "zQ3shjmnWpSDEbYKpaFm4kTs9kXyqG6N2QwCYHNPP4yubqgJS"
	good := []VerificationMethod{
		{Type: JSONWebKey, PublicKeyJWK: []byte(jwk)},
		{Type: JSONWebKey2020, PublicKeyJWK: []byte(ed)},
		{Type: Multikey, PublicKeyMultibase: zed},
		{Type: Multikey, PublicKeyMultibase: zk1},
		{Type: Ed25519VerificationKey2020, PublicKeyMultibase: zed},
		{Type: Ed25519VerificationKey2018, PublicKeyBase58: "4zvwRjXUKGfvwnParsHAS3HuSVzV5cA4McphgmoCtajS"},
		{Type: Ed25519VerificationKey2018, PublicKeyJWK: []byte(ed)},
		{Type: EcdsaSecp256k1VerificationKey2019, PublicKeyJWK: []byte(jwk)},
		{Type: EcdsaSecp256k1VerificationKey2019, PublicKeyMultibase: zk1},
		{Type: EcdsaSecp256k1VerificationKey2019, PublicKeyBase58: "23o6Sau8NxxzXcgSc3PLcNxrzrZpbLeBn1izfv3jbKhuv"},
		{Type: EcdsaSecp256k1VerificationKey2019, PublicKeyHex: "0479BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8"},
		{Type: EcdsaSecp256k1VerificationKey2019, PublicKeyHex: "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"},
	}
	for _, m := range good {
		if _, err := m.PublicKey(); err != nil {
			t.Errorf("%+v: %v", m, err)
		}
	}
	for _, m := range []VerificationMethod{
		{},
		{Type: Multikey},
		{Type: "Unknown", PublicKeyMultibase: zed},
		{Type: Ed25519VerificationKey2020, PublicKeyMultibase: zk1},
		{Type: EcdsaSecp256k1VerificationKey2019, PublicKeyJWK: []byte(ed)},
		{Type: JSONWebKey2020, PublicKeyMultibase: zed},
		{Type: Multikey, PublicKeyJWK: []byte(ed)},
		{Type: Multikey, PublicKeyBase58: zed[1:]},
		{Type: JSONWebKey, PublicKeyJWK: []byte(ed), PublicKeyMultibase: zed},
		{Type: Ed25519VerificationKey2018, PublicKeyBase58: "0"},
		{Type: Ed25519VerificationKey2018, PublicKeyHex: "zz"},
		{Type: Ed25519VerificationKey2018, PublicKeyBase58: strings.Repeat("1", 10000)},
		{Type: JSONWebKey, PublicKeyJWK: []byte(strings.TrimSuffix(ed, "}") + `,"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}`)},
		{Type: X25519KeyAgreementKey2019, PublicKeyBase58: "7By6kV2t2d188odEM4ExAve1UithKT6dLva4dwsDT3ak"},
	} {
		if key, err := m.PublicKey(); err == nil {
			t.Errorf("%+v gave %v", m, key)
		} else if c, _ := code(err); c != CodeKey && c != CodeKeyType {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

func TestBuild(t *testing.T) {
	d, err := Parse([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	d.Context = nil
	text, err := Build(d)
	if err != nil {
		t.Fatal(err)
	}
	const head = `{"@context":["https://www.w3.org/ns/did/v1","https://w3id.org/security/multikey/v1","https://w3id.org/security/suites/jws-2020/v1",` +
		`"https://w3id.org/security/suites/ed25519-2018/v1","https://w3id.org/security/suites/x25519-2019/v1","https://didcomm.org/messaging/contexts/v2"],` +
		`"id":"did:example:1","alsoKnownAs":["https://example.com"],"controller":"did:example:2","verificationMethod":[{"id":"did:example:1#a","type":"Multikey",`
	if !strings.HasPrefix(string(text), head) {
		t.Errorf("%s", text)
	}
	again, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range d.VerificationMethods {
		other, ok := again.Method(m.ID)
		if !ok || other.Embedded != m.Embedded || other.Type != m.Type {
			t.Errorf("%+v became %+v", m, other)
		}
		for _, r := range relationships() {
			if d.Has(r, m.ID) != again.Has(r, m.ID) {
				t.Errorf("%s %s", r, m.ID)
			}
		}
	}
	again.Context = nil
	if twice, err := Build(again); err != nil || string(twice) != string(text) {
		t.Errorf("%s\n%s\n%v", text, twice, err)
	}
	if _, err := Build(Document{}); err == nil {
		t.Error("a document without an id was written")
	}
	if text, err := Build(Document{ID: "did:a:b"}); err != nil || string(text) != `{"@context":["https://www.w3.org/ns/did/v1"],"id":"did:a:b"}` {
		t.Errorf("%s %v", text, err)
	}
	if text, err := Build(Document{ID: "did:a:b", Context: []string{}, VerificationMethods: []VerificationMethod{{ID: "#a", Type: "x", PublicKeyJWK: []byte(`{}x`)}}}); err == nil {
		t.Errorf("%s", text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	sharedtest.Values(f, func(value any) {
		if members, ok := value.(map[string]any); ok && members["id"] != nil {
			if document, err := json.Marshal(members); err == nil {
				f.Add(document)
			}
		}
	}, "github.com/w3c-ccg/did-method-key at f5abee840c31e92cd1ac11737e0b62103ab99d21", "vectors", "did-key")
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := Parse(raw)
		if err != nil {
			return
		}
		for _, m := range d.VerificationMethods {
			_, _ = m.PublicKey()
			_, _ = m.AgreementKey()
		}
		text, err := Build(d)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := Build(again); err != nil || string(twice) != string(text) {
			t.Fatalf("%s\n%s\n%v", text, twice, err)
		}
	})
}

func FuzzParseURL(f *testing.F) {
	f.Add("did:a:b/p?q#f")
	f.Fuzz(func(t *testing.T, text string) {
		url, err := ParseURL(text)
		if err != nil {
			return
		}
		if again, err := ParseURL(url.String()); err != nil || again != url {
			t.Fatalf("%q: %#v %#v %v", text, url, again, err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse([]byte(sample)); err != nil {
			b.Fatal(err)
		}
	}
}
