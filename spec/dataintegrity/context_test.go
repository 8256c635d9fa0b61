package dataintegrity

import (
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
)

// The contexts of a proof of a JCS suite may be fewer than the document's, and then what is secured has those: DI-EdDSA 1.0
// §3.3.2 step 4.
func TestContextOfJCS(t *testing.T) {
	public, err := jose.Public(testKeys(t)[jose.EdDSA])
	if err != nil {
		t.Fatal(err)
	}
	s := suite(t, EdDSAJCS2022)
	document := func(context string) string { return `{"@context":` + context + `,"a":"b"}` }
	for _, c := range []struct{ signed, shown, code string }{
		{`["https://a.example/"]`, `["https://a.example/"]`, ""},
		{`["https://a.example/"]`, `"https://a.example/"`, ""},
		{`"https://a.example/"`, `["https://a.example/","https://b.example/"]`, ""},
		{`["https://a.example/",{"a":"b","c":1}]`, `["https://a.example/",{"c":1.0,"a":"b"},"https://b.example/"]`, ""},
		{`{"a":"https://a.example/"}`, `{"a":"https://a.example/"}`, ""},
		{`["https://a.example/","https://b.example/"]`, `["https://a.example/"]`, CodeContext},
		{`["https://a.example/","https://b.example/"]`, `["https://b.example/","https://a.example/"]`, CodeContext},
		{`["https://a.example/"]`, `["https://b.example/","https://a.example/"]`, CodeContext},
		{`["https://a.example/"]`, `{"a":"https://a.example/"}`, CodeContext},
	} {
		secured := string(secure(t, document(c.signed), Options{Suite: s}))
		shown := strings.Replace(secured, `{"@context":`+c.signed, `{"@context":`+c.shown, 1)
		proofs, err := Read([]byte(shown))
		if code(err) != c.code {
			t.Errorf("%s shown as %s: %v", c.signed, c.shown, err)
		}
		if err != nil {
			continue
		}
		if err := proofs[0].Verify(t.Context(), public, nil); err != nil {
			t.Errorf("%s shown as %s: %v", c.signed, c.shown, err)
		}
		if same, err := ijson.Equal(proofs[0].Document, []byte(document(c.signed))); err != nil || !same {
			t.Errorf("%s shown as %s secures %s", c.signed, c.shown, proofs[0].Document)
		}
	}
	// A proof whose document lost its context altogether, and one that never had any.
	secured := string(secure(t, document(`"https://a.example/"`), Options{Suite: s}))
	if _, err := Read([]byte(strings.Replace(secured, `"@context":"https://a.example/",`, "", 1))); code(err) != CodeContext {
		t.Error(err)
	}
	proofs, err := Read(secure(t, `{}`, Options{Suite: s}))
	if err != nil {
		t.Fatal(err)
	}
	if err := proofs[0].Verify(t.Context(), public, nil); err != nil || string(proofs[0].Document) != "{}" {
		t.Error(err, string(proofs[0].Document))
	}
	// Others leave the proof's context out: the document's is signed with the document.
	prepared := strings.Replace(secured, `,"@context":"https://a.example/"`, "", 1)
	if proofs, err = Read([]byte(prepared)); err != nil {
		t.Fatal(err)
	}
	if got := code(proofs[0].Verify(t.Context(), public, nil)); got != CodeSignature {
		t.Errorf("a proof without the context it was signed with: %q", got)
	}
	options := proofs[0].options
	input, err := input(t.Context(), signing{suite: s, algorithm: jose.EdDSA, options: options, document: proofs[0].Document}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if proofs[0].signature, err = jose.Sign(testKeys(t)[jose.EdDSA], jose.EdDSA, input); err != nil {
		t.Fatal(err)
	}
	if err := proofs[0].Verify(t.Context(), public, nil); err != nil {
		t.Error(err)
	}
}

// An RDF suite's proof may repeat the document's context, and bring no other.
func TestContextOfRDF(t *testing.T) {
	public, err := jose.Public(testKeys(t)[jose.EdDSA])
	if err != nil {
		t.Fatal(err)
	}
	secured := string(secure(t, plain, Options{Suite: suite(t, EdDSARDFC2022)}))
	context := plain[strings.Index(plain, "["):strings.Index(plain, `,"type"`)]
	proofs, err := Read([]byte(strings.Replace(secured, `"proof":{`, `"proof":{"@context":`+context+`,`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if err := proofs[0].Verify(t.Context(), public, rdfc()); err != nil {
		t.Error(err)
	}
	for _, other := range []string{`null`, `[]`, `"https://www.w3.org/2018/credentials/v1"`, `{"created":"https://a.example/"}`, strings.Replace(context, "]", `,{"x":"y:z"}]`, 1)} {
		if _, err := Read([]byte(strings.Replace(secured, `"proof":{`, `"proof":{"@context":`+other+`,`, 1))); code(err) != CodeContext {
			t.Errorf("%s: %v", other, err)
		}
	}
}

func TestWithContext(t *testing.T) {
	for i, c := range []struct{ suite, in, out string }{
		{EdDSARDFC2022, `{"@context":"https://www.w3.org/ns/credentials/v2","a":1}`, ""},
		{EdDSARDFC2022, `{"a":1,"@context":["https://www.w3.org/2018/credentials/v1"]}`, `{"a":1,"@context":["https://www.w3.org/2018/credentials/v1","https://w3id.org/security/data-integrity/v2"]}`},
		{EdDSARDFC2022, `{"@context":["https://w3id.org/security/data-integrity/v1"]}`, ""},
		{EdDSARDFC2022, `{"a":1}`, `{"@context":"https://w3id.org/security/data-integrity/v2","a":1}`},
		{EdDSAJCS2022, `{"a":1}`, ""},
		{EdDSAJCS2022, `{"@context":{"a":"b:c"}}`, `{"@context":[{"a":"b:c"},"https://w3id.org/security/data-integrity/v2"]}`},
		{Ed25519Signature2018, `{"@context":["https://www.w3.org/2018/credentials/v1"]}`, ""},
		{
			Ed25519Signature2020, `{"@context":"https://www.w3.org/ns/credentials/v2","proof":{"type":"x"}}`,
			`{"@context":["https://www.w3.org/ns/credentials/v2","https://w3id.org/security/suites/ed25519-2020/v1"],"proof":{"type":"x"}}`,
		},
	} {
		got, err := suite(t, c.suite).WithContext([]byte(c.in))
		if c.out == "" {
			c.out = c.in
		}
		if err != nil || string(got) != c.out {
			t.Errorf("%d: %s %v, want %s", i, got, err, c.out)
		}
		again, err := suite(t, c.suite).WithContext(got)
		if err != nil || string(again) != string(got) {
			t.Errorf("%d: twice %s %v", i, again, err)
		}
	}
	if _, err := (Suite{}).WithContext([]byte(`1`)); code(err) != CodeDocument {
		t.Error(err)
	}
}

// Options that cannot be a proof are refused before anything is hashed.
func TestPrepareRefuses(t *testing.T) {
	good := Options{Suite: suite(t, EdDSAJCS2022), Algorithm: jose.EdDSA, Method: "did:example:issuer#key", Purpose: "assertionMethod"}
	old := good
	old.Suite = suite(t, Ed25519Signature2020)
	change := func(o Options, f func(*Options)) Options { f(&o); return o }
	withProof := `{"proof":{"type":"x","id":"urn:x"}}`
	for i, c := range []struct {
		document string
		options  Options
		code     string
	}{
		{plain, Options{}, CodeSuite},
		{plain, change(good, func(o *Options) { o.Algorithm = jose.ES256 }), CodeAlgorithm},
		{plain, change(good, func(o *Options) { o.Algorithm = "" }), CodeAlgorithm},
		{plain, change(good, func(o *Options) { o.Method = "#key" }), CodeProof},
		{plain, change(good, func(o *Options) { o.Method = "did:example:a b" }), CodeProof},
		{plain, change(good, func(o *Options) { o.Purpose = "" }), CodeProof},
		{plain, change(good, func(o *Options) { o.ID = "1" }), CodeProof},
		{plain, change(good, func(o *Options) { o.Domain = []string{"a", ""} }), CodeProof},
		{plain, change(good, func(o *Options) { o.Created = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }), CodeProof},
		{plain, change(good, func(o *Options) { o.Previous = []string{"urn:x"} }), CodeChain},
		{plain, old, CodeProof},
		{`{}`, change(old, func(o *Options) { o.Created = time.Unix(0, 0) }), CodeContext},
		{`[]`, good, CodeDocument},
		{`{"a":1}{}`, good, CodeDocument},
		{`{"proof":[1]}`, good, CodeProof},
		{`{"proof":[` + strings.Repeat(`{"type":"x"},`, MaxProofs-1) + `{"type":"x"}]}`, good, CodeProof},
		{withProof, change(good, func(o *Options) { o.ID = "urn:x" }), CodeChain},
		{withProof, change(good, func(o *Options) { o.Previous = []string{"urn:y"} }), CodeChain},
		{withProof, change(good, func(o *Options) { o.ID, o.Previous = "urn:y", []string{"urn:y"} }), CodeChain},
		{strings.Replace(plain, `"issuer"`, `"isuer"`, 1), change(good, func(o *Options) { o.Suite = suite(t, EdDSARDFC2022) }), CodeCanonical},
		{withProof, change(good, func(o *Options) { o.ID, o.Previous = "urn:y", []string{"urn:x"} }), ""},
		{plain, good, ""},
	} {
		prepared, err := Prepare(t.Context(), []byte(c.document), c.options, rdfc())
		if code(err) != c.code {
			t.Errorf("%d: %v, want %s", i, err, c.code)
		}
		if err != nil && prepared.Input != nil {
			t.Errorf("%d: an input beside an error", i)
		}
		if err == nil {
			if _, err := prepared.Secure(make([]byte, 63)); code(err) != CodeValue {
				t.Errorf("%d: %v", i, err)
			}
		}
	}
	if _, err := (Prepared{}).Secure(make([]byte, 64)); code(err) != CodeValue {
		t.Error(err)
	}
}
