package dataintegrity

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
)

// testKeys gives a key of each algorithm, always the same.
func testKeys(t interface{ Fatal(...any) }) map[string]crypto.PrivateKey {
	seed := make([]byte, 48)
	seed[31], seed[47] = 7, 7
	p256, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:32])
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.ParseRawPrivateKey(elliptic.P384(), seed)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]crypto.PrivateKey{
		jose.EdDSA:  ed25519.NewKeyFromSeed(seed[:32]),
		jose.ES256:  p256,
		jose.ES384:  p384,
		jose.ES256K: secp256k1.PrivKeyFromBytes(seed[:32]),
	}
}

// plain is an unsigned document of a 1.1 credential that every suite's terms are defined in.
const plain = `{"@context":["https://www.w3.org/2018/credentials/v1","https://w3id.org/security/data-integrity/v2",` +
	`"https://w3id.org/security/suites/ed25519-2020/v1","https://w3id.org/security/suites/jws-2020/v1"],` +
	`"type":["VerifiableCredential"],"issuer":"did:example:issuer","issuanceDate":"2026-01-02T03:04:05Z","credentialSubject":{"id":"did:example:subject"}}`

// secure signs a document with options that are completed here.
func secure(t *testing.T, document string, options Options) []byte {
	t.Helper()
	if options.Algorithm == "" {
		options.Algorithm = options.Suite.Algorithms[0]
	}
	if options.Method == "" {
		options.Method, options.Purpose, options.Created = "did:example:issuer#key", "assertionMethod", time.Unix(1_700_000_000, 0)
	}
	prepared, err := Prepare(t.Context(), []byte(document), options, rdfc())
	if err != nil {
		t.Fatal(err, errors.Unwrap(err))
	}
	signature, err := jose.Sign(testKeys(t)[options.Algorithm], options.Algorithm, prepared.Input)
	if err != nil {
		t.Fatal(err)
	}
	secured, err := prepared.Secure(signature)
	if err != nil {
		t.Fatal(err)
	}
	return secured
}

func suite(t *testing.T, name string) Suite {
	t.Helper()
	s, err := SuiteOf(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Every suite signs with each of its algorithms, is verified by that key, and by none of another algorithm.
func TestEverySuite(t *testing.T) {
	keys := testKeys(t)
	for _, s := range Suites() {
		for _, algorithm := range s.Algorithms {
			options := Options{
				Suite: s, Algorithm: algorithm, Method: "did:example:issuer#key", Purpose: "authentication", ID: "urn:uuid:1",
				Created: time.Date(2026, 1, 2, 3, 4, 5, 600, time.FixedZone("", 3600)), Expires: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
				Domain: []string{"https://verifier.example"}, Challenge: "a \"challenge\"", Nonce: "n",
			}
			proofs, err := Read(secure(t, plain, options))
			if err != nil || len(proofs) != 1 {
				t.Fatalf("%s %s: %v", s.Name, algorithm, err)
			}
			p := proofs[0]
			options.Created = options.Created.UTC().Truncate(time.Second)
			if got := optionsOf(p); got.Suite.Name != s.Name || got.Algorithm != algorithm || got.Method != options.Method || got.Purpose != options.Purpose ||
				got.ID != options.ID || !got.Created.Equal(options.Created) || !got.Expires.Equal(options.Expires) || len(got.Domain) != 1 ||
				got.Domain[0] != options.Domain[0] || got.Challenge != options.Challenge || got.Nonce != options.Nonce || p.Type != s.Type() {
				t.Errorf("%s: %+v", s.Name, got)
			}
			if same, err := ijson.Equal(p.Document, []byte(plain)); err != nil || !same {
				t.Errorf("%s: %s", s.Name, p.Document)
			}
			for name, key := range keys {
				public, err := jose.Public(key)
				if err != nil {
					t.Fatal(err)
				}
				want := CodeAlgorithm
				if name == algorithm {
					want = ""
				}
				if got := code(p.Verify(t.Context(), public, rdfc())); got != want {
					t.Errorf("%s %s by %s: %q, want %q", s.Name, algorithm, name, got, want)
				}
			}
			if err := p.Verify(t.Context(), jose.PublicKey{Algorithm: algorithm}, rdfc()); err == nil {
				t.Errorf("%s: no key verified", s.Name)
			}
			public, err := jose.Public(keys[algorithm])
			if err != nil {
				t.Fatal(err)
			}
			if got := code(p.Verify(t.Context(), public, nil)); s.JCS != (got == "") {
				t.Errorf("%s without a Canonicalizer: %q", s.Name, got)
			}
		}
	}
	if code((Proof{}).Verify(t.Context(), jose.PublicKey{}, nil)) != CodeSuite {
		t.Error("the zero Proof was not refused")
	}
}

func TestSuites(t *testing.T) {
	legacy := 0
	for _, s := range Suites() {
		if s.Legacy {
			legacy++
		}
		if s.Name == "" || s.Cites == "" || len(s.Algorithms) == 0 || len(s.Methods) == 0 || len(s.Contexts) == 0 || !s.Takes(s.Methods[0]) || s.Takes("") || s.Signs("") ||
			!s.jws && !s.proofValue || s.Legacy != (s.Type() != TypeDataIntegrityProof) {
			t.Errorf("%+v", s)
		}
	}
	if legacy != 5 || len(Suites()) != 9 {
		t.Errorf("%d predecessors among %d", legacy, len(Suites()))
	}
	for name, want := range map[string]string{"": CodeSuite, "bbs-2023": CodeSuite, "DataIntegrityProof": CodeSuite, "SchnorrSecp256k1Signature2019": CodeRefused} {
		if _, err := SuiteOf(name); code(err) != want {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// What stands in a proof is read strictly. Each case changes one good proof.
func TestReadRefuses(t *testing.T) {
	good := string(secure(t, plain, Options{Suite: suite(t, EdDSAJCS2022)}))
	jws := string(secure(t, plain, Options{Suite: suite(t, Ed25519Signature2018)}))
	value := good[strings.Index(good, `"proofValue":"`):]
	value = value[:strings.Index(value, `"}`)+1]
	for i, c := range []struct{ in, old, new, code, pointer string }{
		{`[]`, "", "", CodeDocument, ""},
		{`{"a":1,"a":2}`, "", "", CodeDocument, "/a"},
		{plain, "", "", CodeNoProof, "/proof"},
		{`{"proof":[]}`, "", "", CodeNoProof, "/proof"},
		{`{"proof":null}`, "", "", CodeProof, "/proof"},
		{`{"proof":"a"}`, "", "", CodeProof, "/proof"},
		{`{"proof":[1]}`, "", "", CodeProof, "/proof/0"},
		{`{"proof":{}}`, "", "", CodeProof, "/proof"},
		{`{"proof":[` + strings.Repeat(`{"type":"x"},`, MaxProofs) + `{"type":"x"}]}`, "", "", CodeProof, "/proof"},
		{good, `"type":"DataIntegrityProof"`, `"type":["DataIntegrityProof"]`, CodeProof, "/proof/type"},
		{good, `"cryptosuite":"eddsa-jcs-2022"`, `"cryptosuite":2022`, CodeProof, "/proof/cryptosuite"},
		{good, `"verificationMethod":"did:example:issuer#key",`, ``, CodeProof, "/proof"},
		{good, `"verificationMethod":"did:example:issuer#key"`, `"verificationMethod":"#key"`, CodeProof, "/proof/verificationMethod"},
		{good, `"verificationMethod":"did:example:issuer#key"`, `"verificationMethod":{"id":"did:example:issuer#key"}`, CodeProof, "/proof/verificationMethod"},
		{good, `"proofPurpose":"assertionMethod",`, ``, CodeProof, "/proof"},
		{good, `"proofPurpose":"assertionMethod"`, `"proofPurpose":["assertionMethod"]`, CodeProof, "/proof/proofPurpose"},
		{good, `"2023-11-14T22:13:20Z"`, `"2023-11-14T22:13:20"`, CodeProof, "/proof/created"},
		{good, `"2023-11-14T22:13:20Z"`, `"2023-11-31T22:13:20Z"`, CodeProof, "/proof/created"},
		{good, `"2023-11-14T22:13:20Z"`, `1700000000`, CodeProof, "/proof/created"},
		{good, `"created"`, `"expires":"never","created"`, CodeProof, "/proof/expires"},
		{good, `"created"`, `"domain":[],"created"`, CodeProof, "/proof/domain"},
		{good, `"created"`, `"domain":["a",1],"created"`, CodeProof, "/proof/domain"},
		{good, `"created"`, `"challenge":["a"],"created"`, CodeProof, "/proof/challenge"},
		{good, `"created"`, `"nonce":1,"created"`, CodeProof, "/proof/nonce"},
		{good, `"created"`, `"id":"relative","created"`, CodeProof, "/proof/id"},
		{good, `"created"`, `"previousProof":{},"created"`, CodeProof, "/proof/previousProof"},
		{good, `"created"`, `"previousProof":"urn:uuid:none","created"`, CodeChain, "/proof/previousProof"},
		{good, `"created"`, `"id":"urn:uuid:1","previousProof":"urn:uuid:1","created"`, CodeChain, "/proof/previousProof"},
		{good, `,` + value, ``, CodeValue, "/proof"},
		{good, `"proofValue":"z`, `"proofValue":"u`, CodeValue, "/proof/proofValue"},
		{good, `"proofValue":"z`, `"proofValue":"z0`, CodeValue, "/proof/proofValue"},
		{good, `"proofValue":"z`, `"proofValue":"z2`, CodeValue, "/proof/proofValue"},
		{good, `"proofValue":"z`, `"proofValue":"z` + strings.Repeat("2", 200), CodeValue, "/proof/proofValue"},
		{good, value, `"proofValue":"z"`, CodeValue, "/proof/proofValue"},
		{good, value, `"proofValue":1`, CodeValue, "/proof/proofValue"},
		{good, value, value + `,"jws":"a..b"`, CodeValue, "/proof/jws"},
		{good, `"proof":{`, `"proof":{"@context":"https://www.w3.org/2018/credentials/v1",`, CodeDocument, "/proof/@context"}, // twice
		{jws, `"jws":"`, `"jws":"e`, CodeValue, "/proof/jws"},
		{jws, `..`, `.e30.`, CodeValue, "/proof/jws"},
		{jws, `..`, `.`, CodeValue, "/proof/jws"},
		{jws, `"jws":"`, `"proofValue":"z2","jws":"`, CodeValue, "/proof/proofValue"},
		{jws, `"jws":"` + detachedHeader(jose.EdDSA), `"jws":"` + detachedHeader(jose.ES256), CodeValue, "/proof/jws"},
		{jws, `"jws":"` + detachedHeader(jose.EdDSA), `"jws":"` + detachedHeader("none"), CodeValue, "/proof/jws"},
		{jws, `"proof":{`, `"proof":{"@context":"https://www.w3.org/2018/credentials/v1",`, CodeContext, "/proof/@context"},
		{jws, `{"@context":`, `{"context":`, CodeContext, "/@context"},
		{`{"proof":[{"type":"x","id":"urn:a"},{"type":"y","id":"urn:a"}]}`, "", "", CodeChain, "/proof/1/id"},
	} {
		in := c.in
		if c.old != "" {
			if in = strings.Replace(c.in, c.old, c.new, 1); in == c.in {
				t.Fatalf("%d: nothing was changed by %s", i, c.old)
			}
		}
		_, err := Read([]byte(in))
		fault, ok := errors.AsType[*Error](err)
		if !ok || fault.Code != c.code || fault.Pointer != c.pointer {
			t.Errorf("%d: %.80s: %v, want %s at %q", i, c.new+c.in, err, c.code, c.pointer)
		}
	}
}

// The three members of a detached JWS's header, and nothing else.
func TestDetachedHeader(t *testing.T) {
	for header, want := range map[string]bool{
		`{"alg":"EdDSA","b64":false,"crit":["b64"]}`:               true,
		` {"crit": [ "b64" ], "b64": false, "alg": "EdDSA"} `:      true,
		`{"alg":"EdDSA","b64":true,"crit":["b64"]}`:                false,
		`{"alg":"EdDSA","b64":false,"crit":["b64","exp"]}`:         false,
		`{"alg":"EdDSA","b64":false,"crit":[]}`:                    false,
		`{"alg":"EdDSA","b64":false}`:                              false,
		`{"alg":"EdDSA","crit":["b64"]}`:                           false,
		`{"alg":"EdDSA","b64":false,"crit":["b64"],"kid":"a"}`:     false,
		`{"alg":1,"b64":false,"crit":["b64"]}`:                     false,
		`{"alg":"EdDSA","b64":false,"crit":["b64"],"alg":"EdDSA"}`: false,
		`{"kid":"EdDSA","b64":false,"crit":["b64"]}`:               false,
		`["EdDSA"]`: false,
	} {
		if _, ok := parseDetached(encode(header) + "..AAAA"); ok != want {
			t.Errorf("%s: %v", header, ok)
		}
	}
	for _, text := range []string{"", "..", "e30..", "e30.AAAA", "e30=..AAAA", "e30...AAAA", strings.Repeat("A", maxJWS) + "..AAAA"} {
		if _, ok := parseDetached(text); ok {
			t.Errorf("%q was read", text)
		}
	}
	if _, ok := parseDetached(detachedHeader(jose.EdDSA) + "..AA\nAA"); ok {
		t.Error("a line break was let pass")
	}
}

// A proof that is not supported is told apart from others, and never verifies.
func TestUnsupported(t *testing.T) {
	good := string(secure(t, plain, Options{Suite: suite(t, EdDSAJCS2022), ID: "urn:good"}))
	public, err := jose.Public(testKeys(t)[jose.EdDSA])
	if err != nil {
		t.Fatal(err)
	}
	for other, want := range map[string]string{
		`{"type":"DataIntegrityProof","cryptosuite":"bbs-2023","proofValue":"u2V0"}`:                CodeSuite,
		`{"type":"DataIntegrityProof"}`:                                                             CodeSuite,
		`{"type":"DataIntegrityProof","cryptosuite":"Ed25519Signature2020"}`:                        CodeSuite,
		`{"type":"eddsa-jcs-2022"}`:                                                                 CodeSuite,
		`{"type":"SchnorrSecp256k1Signature2019","id":"urn:other"}`:                                 CodeRefused,
		`{"type":"DataIntegrityProof","cryptosuite":"SchnorrSecp256k1Signature2019","x":{"y":[1]}}`: CodeRefused,
	} {
		both := strings.Replace(good, `"proof":{`, `"proof":[`+other+`,{`, 1)
		proofs, err := Read([]byte(strings.TrimSuffix(both, "}") + "]}"))
		if err != nil || len(proofs) != 2 {
			t.Fatal(other, err)
		}
		if proofs[0].Suite.Name != "" || code(proofs[0].Supported()) != want || code(proofs[0].Verify(t.Context(), public, nil)) != want {
			t.Errorf("%s: %+v", other, proofs[0].Supported())
		}
		if err := proofs[1].Supported(); err != nil {
			t.Error(err)
		}
		if err := proofs[1].Verify(t.Context(), public, nil); err != nil {
			t.Errorf("beside %s: %v", other, err)
		}
	}
}

// Ways in which proofs cannot stand for one another.
func TestChains(t *testing.T) {
	proof := func(id string, previous ...string) Proof { return Proof{ID: id, Previous: previous, Pointer: "/" + id} }
	for i, c := range []struct {
		proofs  []Proof
		pointer string
	}{
		{[]Proof{proof("a"), proof("b", "a"), proof("", "a", "b")}, ""},
		{[]Proof{proof("", "b"), proof("b", "a"), proof("a")}, ""},
		{[]Proof{proof("a", "b"), proof("b", "a"), proof("c")}, "/a/previousProof"},
		{[]Proof{proof("c"), proof("a", "b"), proof("b", "d"), proof("d", "a")}, "/a/previousProof"},
		{[]Proof{proof(""), proof("a", "none")}, "/a/previousProof"},
		{[]Proof{proof("a"), proof(""), proof("a")}, "/a/id"},
	} {
		fault := chained(c.proofs)
		if (fault == nil) != (c.pointer == "") || fault != nil && (fault.Pointer != c.pointer || fault.Code != CodeChain) {
			t.Errorf("%d: %v", i, fault)
		}
	}
}

// FuzzRead: whatever is read can be put together again, and reading it again gives the same.
func FuzzRead(f *testing.F) {
	sharedtest.Seeds(f, func(seed []byte) { f.Add(seed) }, eddsaSource, "vectors", "di-eddsa")
	sharedtest.Seeds(f, func(seed []byte) { f.Add(seed) }, ecdsaSource, "vectors", "di-ecdsa")
	for _, proof := range []string{
		jws2020Proof, `{"type":"Ed25519Signature2018","jws":"a..b","verificationMethod":"a:b","proofPurpose":"c"}`, `[{"type":"x","id":"urn:a"}]`,
		`[{"type":"DataIntegrityProof","cryptosuite":"eddsa-jcs-2022","@context":[],"previousProof":["urn:a"]},{"id":"urn:a","type":"y"}]`,
	} {
		f.Add([]byte(`{"@context":"https://www.w3.org/2018/credentials/v1","proof":` + proof + `}`))
	}
	public, err := jose.Public(testKeys(f)[jose.EdDSA])
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		proofs, err := Read(raw)
		if err != nil {
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Fatalf("%T", err)
			}
			return
		}
		p, err := split(raw)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Read(p.whole())
		if err != nil || len(again) != len(proofs) {
			t.Fatalf("%s: %v", p.whole(), err)
		}
		for i, proof := range proofs {
			if proof.Verify(t.Context(), public, forms{}) == nil && !proof.Suite.JCS {
				t.Fatal("a signature over nothing was good")
			}
			if proof.Supported() != nil {
				continue
			}
			same, err := ijson.Equal(proof.Document, again[i].Document)
			if err != nil || !same || string(again[i].Raw) != string(proof.Raw) {
				t.Fatalf("%s is not %s: %v", again[i].Document, proof.Document, err)
			}
			if _, err := split(proof.Document); err != nil {
				t.Fatal(strconv.Quote(string(proof.Document)), err)
			}
		}
	})
}
