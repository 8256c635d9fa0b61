package didpeer

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/mr-tron/base58"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/multikey"
)

const (
	specSource   = "github.com/decentralized-identity/peer-did-method-spec c6a1f4c079cb4816ce88a1ea33991fcf17b3f4c8"
	pythonSource = "github.com/sicpa-dlab/peer-did-python fa9315981dfcdb35d22b6137052061fa512027da"
	fourSource   = "github.com/decentralized-identity/did-peer-4 1c95404a7b6787001a86ce7e5a36254c9688ac0f"
)

func code(err error) string {
	var fault *diddoc.Error
	if errors.As(err, &fault) {
		return fault.Code
	}
	return ""
}

func readJSON(t *testing.T, name string, out any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, out); err != nil {
		t.Fatal(err)
	}
}

// parsed reads a document so that relative and absolute ids are equal.
func parsed(t *testing.T, raw []byte) diddoc.Document {
	t.Helper()
	document, err := diddoc.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	document.Raw = nil
	for i := range document.Services {
		document.Services[i].Raw = nil
		var endpoint any
		if err := json.Unmarshal(document.Services[i].Endpoint, &endpoint); err != nil {
			t.Fatal(err)
		}
		document.Services[i].Endpoint, _ = write(endpoint)
		for name, raw := range document.Services[i].Extra {
			var value any
			if err := json.Unmarshal(raw, &value); err != nil {
				t.Fatal(err)
			}
			document.Services[i].Extra[name], _ = write(value)
		}
	}
	for i, m := range document.VerificationMethods {
		if m.PublicKeyJWK != nil {
			document.VerificationMethods[i].PublicKeyJWK = nil // compared by the DID itself, as all it holds
		}
	}
	return document
}

// What the authors' libraries, which are ACA-Py's, make is made and resolved here in the same way.
func TestPythonLibraries(t *testing.T) {
	var cases []struct {
		Source, Document, ShortDocument json.RawMessage
		Services                        []json.RawMessage
		DID, Short                      string
	}
	readJSON(t, "python.json", &cases)
	if len(cases) != 10 {
		t.Fatal(len(cases))
	}
	for i, c := range cases {
		if short, err := Short(c.DID); err != nil || short != c.Short {
			t.Errorf("%d: %s %v", i, short, err)
		}
		for _, form := range []struct {
			resolve func() ([]byte, error)
			want    []byte
		}{
			{func() ([]byte, error) { return Resolve(c.DID) }, c.Document},
			{func() ([]byte, error) { return ResolveShort(c.Short, c.DID) }, c.ShortDocument},
		} {
			raw, err := form.resolve()
			if err != nil {
				t.Fatal(i, err)
			}
			if got, want := parsed(t, raw), parsed(t, form.want); !reflect.DeepEqual(got, want) {
				t.Errorf("%d:\n%s\n%s", i, raw, form.want)
			}
		}
		if c.Source != nil {
			did, err := Encode4(c.Source)
			if err != nil || did != c.DID {
				t.Errorf("%d: %s %v", i, did, err)
			}
		}
		if _, err := Resolve(c.Short); code(err) != CodeNotFound {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// The examples of did-peer-4 are those of python.json.
func TestExamples(t *testing.T) {
	var cases []struct{ Source json.RawMessage }
	readJSON(t, "python.json", &cases)
	known := map[string]bool{}
	for _, c := range cases {
		if c.Source != nil {
			did, err := Encode4(c.Source)
			if err != nil {
				t.Fatal(err)
			}
			known[did] = true
		}
	}
	for _, name := range []string{"0", "1", "2", "3", "4", "5"} {
		did, err := Encode4(sharedtest.Read(t, fourSource, "vectors", "did-peer-4", "examples", name+".json"))
		if err != nil || !known[did] {
			t.Errorf("%s: %s %v", name, did, err)
		}
	}
}

// The specification's own DIDs.
func TestPublished(t *testing.T) {
	long := "did:peer:2.Ez6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc.Vz6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V.Vz6MkgoLTnTypo3tDRwCkZXSccTPHRLhF4ZnjhueYAFpEX6vg.SeyJ0IjoiZG0iLCJzIjoiaHR0cHM6Ly9leGFtcGxlLmNvbS9lbmRwb2ludCIsInIiOlsiZGlkOmV4YW1wbGU6c29tZW1lZGlhdG9yI3NvbWVrZXkiXSwiYSI6WyJkaWRjb21tL3YyIiwiZGlkY29tbS9haXAyO2Vudj1yZmM1ODciXX0"
	for long, want := range map[string]string{
		long: "did:peer:3zQmS19jtYDvGtKVrJhQnRFpBQAx3pJ9omx2HpNrcXFuRCz9",
		"did:peer:4zQmb7xLdVY9TXx8oov5XgpGUmGELgqiAV2699s43i6Qdm3M:zQSJgiFTYiCHjQ9MktwNThRXM7a": "did:peer:4zQmb7xLdVY9TXx8oov5XgpGUmGELgqiAV2699s43i6Qdm3M",
	} {
		if short, err := Short(long); err != nil || short != want {
			t.Errorf("%s: %v", short, err)
		}
	}
	if did, err := Encode4([]byte(`{ "hello": "world" }`)); err != nil || did != "did:peer:4zQmb7xLdVY9TXx8oov5XgpGUmGELgqiAV2699s43i6Qdm3M:zQSJgiFTYiCHjQ9MktwNThRXM7a" {
		t.Errorf("%s: %v", did, err)
	}
	files, err := filepath.Glob(filepath.Join(sharedtest.Path(t, specSource, "vectors", "did-peer", "test-data", "level-1"), "*-did*.txt"))
	if err != nil || len(files) != 11 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		did, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want := CodeNotFound
		if strings.HasPrefix(filepath.Base(file), "bad") {
			want = diddoc.CodeDID
		}
		if _, err := Resolve(strings.TrimSuffix(string(did), "\n")); code(err) != want {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// The vectors of the first edition of numalgo 2: keys and services are the same; ids and the forms of keys were left to
// each library then.
func TestFirstEdition(t *testing.T) {
	var vectors map[string]string
	if err := json.Unmarshal(sharedtest.Read(t, pythonSource, "vectors", "did-peer-2", "vectors.json"), &vectors); err != nil {
		t.Fatal(err)
	}
	for name, document := range map[string]string{
		"PEER_DID_NUMALGO_0":                  "DID_DOC_NUMALGO_O_MULTIBASE",
		"PEER_DID_NUMALGO_2":                  "DID_DOC_NUMALGO_2_MULTIBASE",
		"PEER_DID_NUMALGO_2_2_SERVICES":       "DID_DOC_NUMALGO_2_MULTIBASE_2_SERVICES",
		"PEER_DID_NUMALGO_2_NO_SERVICES":      "DID_DOC_NUMALGO_2_MULTIBASE_NO_SERVICES",
		"PEER_DID_NUMALGO_2_MINIMAL_SERVICES": "DID_DOC_NUMALGO_2_MULTIBASE_MINIMAL_SERVICES",
	} {
		raw, err := Resolve(vectors[name])
		if err != nil {
			t.Fatal(name, err)
		}
		got, want := parsed(t, raw), parsed(t, []byte(vectors[document]))
		for _, relationship := range []diddoc.Relationship{diddoc.Authentication, diddoc.KeyAgreement} {
			if name == "PEER_DID_NUMALGO_0" && relationship == diddoc.KeyAgreement {
				continue // the library had none
			}
			if a, b := keysOf(got, relationship), keysOf(want, relationship); !reflect.DeepEqual(a, b) {
				t.Errorf("%s: %s %v, want %v", name, relationship, a, b)
			}
		}
		if len(got.Services) != len(want.Services) {
			t.Fatal(name, len(got.Services))
		}
		for i := range got.Services {
			got.Services[i].ID = want.Services[i].ID
		}
		if !reflect.DeepEqual(got.Services, want.Services) {
			t.Errorf("%s: %v, want %v", name, got.Services, want.Services)
		}
	}
}

func keysOf(document diddoc.Document, relationship diddoc.Relationship) []string {
	var keys []string
	for _, m := range document.Methods(relationship) {
		keys = append(keys, m.PublicKeyMultibase)
	}
	return keys
}

// Credo's DIDs of each kind name the key of the agent: testdata/credo.mjs.
func TestCredo(t *testing.T) {
	var credo struct{ Recipient, Mediator, One, OneDocument, Two, Four string }
	readJSON(t, "credo.json", &credo)
	one, err := ResolveGenesis(credo.One, []byte(credo.OneDocument))
	if err != nil {
		t.Fatal(err)
	}
	two, err := Resolve(credo.Two)
	if err != nil {
		t.Fatal(err)
	}
	four, err := Resolve(credo.Four)
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range [][]byte{one, two, four} {
		document := parsed(t, raw)
		method, ok := document.Method("#key-1")
		if !ok || len(document.Services) != 1 || string(document.Services[0].Extra["recipientKeys"]) != `["#key-1"]` {
			t.Fatalf("%s", raw)
		}
		key, err := method.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		if text, err := multikey.Encode(key); err != nil || text != credo.Recipient || method.Controller != document.ID {
			t.Errorf("%s %s %v", text, method.Controller, err)
		}
		if !strings.Contains(string(document.Services[0].Extra["routingKeys"]), credo.Mediator) {
			t.Errorf("%s", raw)
		}
	}
	if _, err := ResolveGenesis(credo.One, []byte(strings.Replace(credo.OneDocument, "8020", "8021", 1))); code(err) != diddoc.CodeDID {
		t.Error(err)
	}
	if _, err := Resolve(credo.One); code(err) != CodeNotFound {
		t.Error(err)
	}
	// The document of numalgo 1 is also one that a DID exchange may bring.
	if document, err := ParseLegacy([]byte(credo.OneDocument)); err != nil || document.ID != credo.One {
		t.Error(err)
	}
}

func TestGenesis(t *testing.T) {
	genesis := []byte(`{ "@context": "https://www.w3.org/ns/did/v1", "authentication": [{"id":"#k","type":"Multikey","controller":"#id","publicKeyMultibase":"z6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V"}] }`)
	did, err := EncodeGenesis(genesis)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := ResolveGenesis(did, genesis)
	if err != nil {
		t.Fatal(err)
	}
	if document := parsed(t, raw); document.ID != did || document.VerificationMethods[0].Controller != did {
		t.Errorf("%s", raw)
	}
	if _, err := EncodeGenesis([]byte(`{"id":"did:example:1"}`)); code(err) != diddoc.CodeDocument {
		t.Error(err)
	}
}

func TestAgent(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		seed := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(r, "seed")
		key, err := jose.NewPublicKey(ed25519.NewKeyFromSeed(seed).Public())
		if err != nil {
			r.Fatal(err)
		}
		text, err := multikey.Encode(key)
		if err != nil {
			r.Fatal(err)
		}
		agent := Agent{Key: text, Endpoint: "https://example.com/" + rapid.String().Draw(r, "endpoint")}
		if rapid.Bool().Draw(r, "mediated") {
			agent.RoutingKeys = []string{"did:key:" + text}
		}
		four, err := agent.Encode4()
		if err != nil {
			r.Fatal(err)
		}
		two, err := agent.Encode2()
		if err != nil {
			r.Fatal(err)
		}
		did, document, err := agent.Legacy()
		if err != nil || !IsUnqualified(did) {
			r.Fatal(did, err)
		}
		documents := [][]byte{nil, nil, document}
		if documents[0], err = Resolve(four); err != nil {
			r.Fatal(err)
		}
		if documents[1], err = Resolve(two); err != nil {
			r.Fatal(err)
		}
		for _, raw := range documents {
			document, err := ParseLegacy(raw)
			if err != nil {
				r.Fatal(err)
			}
			methods := document.Methods(diddoc.Authentication)
			if len(methods) != 1 {
				r.Fatalf("%s", raw)
			}
			if got, err := methods[0].PublicKey(); err != nil || !got.Equal(key) {
				r.Fatal(err)
			}
			var endpoint string
			if err := json.Unmarshal(document.Services[0].Endpoint, &endpoint); err != nil || strings.ToValidUTF8(agent.Endpoint, "\ufffd") != endpoint {
				r.Fatal(endpoint, err)
			}
		}
	})
	for _, agent := range []Agent{{}, {Key: "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc", Endpoint: "x"}, {Key: "zz", Endpoint: "x"}} {
		if _, err := agent.Encode4(); code(err) != diddoc.CodeKey {
			t.Error(err)
		}
		if _, _, err := agent.Legacy(); code(err) != diddoc.CodeKey {
			t.Error(err)
		}
	}
}

func TestRefuses(t *testing.T) {
	long := "did:peer:4zQmb7xLdVY9TXx8oov5XgpGUmGELgqiAV2699s43i6Qdm3M:zQSJgiFTYiCHjQ9MktwNThRXM7a"
	for _, did := range []string{
		"", "did:peer:", "did:peer:5z", "did:peer:2", "did:peer:2.", "did:peer:2.Vz6Mk", "did:peer:2.Xz6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V",
		"did:peer:2.V", "did:peer:2z.Vz6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V", "did:peer:0", "did:peer:0z", "did:peer:3zQm", "did:peer:1",
		"did:peer:4zQmb7xLdVY9TXx8oov5XgpGUmGELgqiAV2699s43i6Qdm3N:zQSJgiFTYiCHjQ9MktwNThRXM7a", long + "1", long + ":z", "did:peer:4:",
		"did:key:z6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V",
		"did:peer:2" + strings.Repeat(".Vz6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V", maxElements),
	} {
		if raw, err := Resolve(did); code(err) != diddoc.CodeDID {
			t.Errorf("%q: %s %v", did, raw, err)
		}
	}
	for _, did := range []string{"did:peer:2.S", "did:peer:2.Se30=", "did:peer:2.Se30", "did:peer:2.SW10.SMQ", "did:peer:2.SW10uMQ"} {
		if raw, err := Resolve(did); err == nil && did != "did:peer:2.SW10" {
			t.Errorf("%q: %s", did, raw)
		}
	}
	if _, err := ResolveShort("did:peer:4zQmS19jtYDvGtKVrJhQnRFpBQAx3pJ9omx2HpNrcXFuRCz9", long); code(err) != diddoc.CodeDID {
		t.Error(err)
	}
	if _, err := Short("did:peer:0z6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V"); code(err) != diddoc.CodeDID {
		t.Error(err)
	}
	for _, document := range []string{"", "[]", `{"id":"did:a:b"}`, `{"a":1,"a":2}`, `{"service":1}`} {
		if did, err := Encode4([]byte(document)); code(err) != diddoc.CodeDocument {
			t.Errorf("%s: %s %v", document, did, err)
		}
	}
	if _, err := Encode4([]byte(`{"x":"` + strings.Repeat("y", diddoc.MaxDID) + `"}`)); err == nil {
		t.Error("a document larger than a DID passed")
	}
}

func TestLegacy(t *testing.T) {
	key := "HCGtsBb47CKSh3fqwEGKubCY7iM6kW1zirbKWuMTUVXT"
	for _, raw := range []string{
		`{"@context":"https://w3id.org/did/v1","id":"WiLCuZ2AbsfNGwJ7pDr1jH","publicKey":[{"id":"1","type":"Ed25519VerificationKey2018","controller":"WiLCuZ2AbsfNGwJ7pDr1jH","publicKeyBase58":"` + key + `"}],"authentication":[{"type":"Ed25519SignatureAuthentication2018","publicKey":"1"}],"service":[{"type":"IndyAgent","recipientKeys":["` + key + `"],"serviceEndpoint":"http://x"}]}`,
		`{"id":"did:sov:WiLCuZ2AbsfNGwJ7pDr1jH","publicKey":[{"id":"did:sov:WiLCuZ2AbsfNGwJ7pDr1jH#1","type":"Ed25519VerificationKey2018","controller":"x","publicKeyBase58":"` + key + `"}],"authentication":[{"type":"Ed25519SignatureAuthentication2018","publicKey":"did:sov:WiLCuZ2AbsfNGwJ7pDr1jH#1"}],"service":[{"id":"WiLCuZ2AbsfNGwJ7pDr1jH;indy","type":"IndyAgent","serviceEndpoint":"http://x"}]}`,
		`{"id":"WiLCuZ2AbsfNGwJ7pDr1jH","publicKey":[{"id":"WiLCuZ2AbsfNGwJ7pDr1jH#1","type":"Ed25519VerificationKey2018","publicKeyBase58":"` + key + `"}],"authentication":[{"publicKey":"WiLCuZ2AbsfNGwJ7pDr1jH#1"}],"service":[{"id":"#x","type":"IndyAgent","serviceEndpoint":"http://x"}]}`,
	} {
		document, err := ParseLegacy([]byte(raw))
		if err != nil {
			t.Fatal(raw, err)
		}
		methods := document.Methods(diddoc.Authentication)
		if document.ID != "did:sov:WiLCuZ2AbsfNGwJ7pDr1jH" || len(methods) != 1 || methods[0].PublicKeyBase58 != key || len(document.Services) != 1 {
			t.Errorf("%s: %+v", raw, document)
		}
		if public, err := methods[0].PublicKey(); err != nil || public.Algorithm != jose.EdDSA {
			t.Error(err)
		}
	}
	for _, raw := range []string{"", "1", "{}", `{"id":1}`, `{"id":"x"}`, `{"id":"WiLCuZ2AbsfNGwJ7pDr1jH","publicKey":[1]}`} {
		if _, err := ParseLegacy([]byte(raw)); code(err) != diddoc.CodeDocument {
			t.Errorf("%s: %v", raw, err)
		}
	}
	if !Same("WiLCuZ2AbsfNGwJ7pDr1jH", "did:sov:WiLCuZ2AbsfNGwJ7pDr1jH") || Same("did:sov:a", "a") || Same("did:web:a", "did:web:b") {
		t.Error("Same")
	}
}

// The largest DID is refused or resolved quickly: base58 takes the square of its length.
func BenchmarkLargest(b *testing.B) {
	encoded := "z" + base58.Encode([]byte(jsonCodec+`{"x":"`+strings.Repeat("y", 11500)+`"}`))
	did := prefix + "4" + hash([]byte(encoded)) + ":" + encoded
	for b.Loop() {
		if _, err := Resolve(did); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzResolve(f *testing.F) {
	f.Add("did:peer:0z6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V")
	f.Add("did:peer:4zQmb7xLdVY9TXx8oov5XgpGUmGELgqiAV2699s43i6Qdm3M:zQSJgiFTYiCHjQ9MktwNThRXM7a")
	f.Add("did:peer:2.Vz6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V.SeyJ0IjoiZG0iLCJzIjoiaHR0cHM6Ly9leGFtcGxlLmNvbS9lbmRwb2ludCJ9")
	f.Fuzz(func(t *testing.T, did string) {
		raw, err := Resolve(did)
		if err != nil {
			if code(err) == "" {
				t.Fatal(err)
			}
			return
		}
		if document, err := diddoc.Parse(raw); err != nil || document.ID != did {
			t.Fatal(err)
		}
		if short, err := Short(did); err == nil {
			if _, err := ResolveShort(short, did); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzEncode4(f *testing.F) {
	f.Add([]byte(`{"verificationMethod":[{"id":"#k","type":"Multikey","publicKeyMultibase":"z6Mk"}],"authentication":["#k"]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		did, err := Encode4(document)
		if err != nil {
			return
		}
		if _, err := Resolve(did); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzParseLegacy(f *testing.F) {
	f.Add([]byte(`{"id":"WiLCuZ2AbsfNGwJ7pDr1jH","publicKey":[{"id":"1","type":"Ed25519VerificationKey2018","publicKeyBase58":"x"}],"authentication":[{"publicKey":"1"}],"service":[{"type":"IndyAgent","serviceEndpoint":"http://x"}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		document, err := ParseLegacy(raw)
		if err == nil && !strings.HasPrefix(document.ID, "did:") || err != nil && code(err) == "" {
			t.Fatal(document.ID, err)
		}
	})
}
