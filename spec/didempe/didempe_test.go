package didempe

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/spec/comet"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
)

const source = "test fixtures of github.com/decentralized-identity/thisdid, an answer of the public did:empe testnet"

const known = "did:empe:testnet:006308981b61932c5eaae1c39ace8ee3892f4a1f"

// The recorded document: all as the ledger has it, with the points of its two keys written out.
const knownDocument = `{"@context":["https://www.w3.org/ns/did/v1"],"id":"` + known + `","controller":"` + known + `",` +
	`"verificationMethod":[{"id":"` + known + `#0","type":"JsonWebKey","controller":"` + known + `",` +
	`"publicKeyJwk":{"crv":"secp256k1","kty":"EC","x":"9S727M_R5W9G9Q6O0aJkmnptsk1bOLm3_8uPBCqXdpM","y":"_pFKaj2IzF_E36GDMLW_FKymJJ1hGV9flzDTeyB9PHM"}},` +
	`{"id":"` + known + `#backup","type":"JsonWebKey","controller":"` + known + `",` +
	`"publicKeyJwk":{"crv":"secp256k1","kty":"EC","x":"MRTb5J4MZrGnwIYNuaE2jzEGtnwjXlQ1vbgfYpY4kU4","y":"GsSWZx8GNv0XuxItifq8sJPY6HGjCZzHuC35bsvuG3Y"}}],` +
	`"authentication":["` + known + `#0"],"assertionMethod":["` + known + `#0"],"capabilityInvocation":["` + known + `#backup"]}`

func recorded(t testing.TB) []byte {
	t.Helper()
	var record struct {
		DID   string
		Path  string `json:"abci_query_path"`
		Value []byte `json:"response_value_base64"`
	}
	if err := json.Unmarshal(sharedtest.Read(t, source, "transcripts", "empe", "did-document-abci.json"), &record); err != nil {
		t.Fatal(err)
	}
	if record.DID != known || record.Path != Query(known).Path {
		t.Fatalf("another record: %s %s", record.DID, record.Path)
	}
	return record.Value
}

func key(t testing.TB, private string) jose.PublicKey {
	t.Helper()
	raw, err := hex.DecodeString(private)
	if err != nil {
		t.Fatal(err)
	}
	public, err := jose.NewPublicKey(secp256k1.PrivKeyFromBytes(raw).PubKey())
	if err != nil {
		t.Fatal(err)
	}
	return public
}

func TestRecorded(t *testing.T) {
	got, err := Read(known, recorded(t))
	if err != nil || string(got) != knownDocument {
		t.Fatalf("%v\n%s\n%s", err, got, knownDocument)
	}
	document, err := diddoc.Parse(got)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := document.Method("#0")
	public, err := first.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	if did, method, err := Encode(Testnet, public); err != nil || did != known || method != known+"#0" || !Follows(known, public) {
		t.Errorf("%s %s %v", did, method, err)
	}
	if did, _, err := Encode(Mainnet, public); err != nil || did != "did:empe:006308981b61932c5eaae1c39ace8ee3892f4a1f" || !Follows(did, public) {
		t.Errorf("%s %v", did, err)
	}
	backup, _ := document.Method("#backup")
	if public, err := backup.PublicKey(); err != nil || Follows(known, public) {
		t.Errorf("%v", err)
	}
	if got := hex.EncodeToString(Query(known).Data); !strings.HasPrefix(got, "0a396469643a656d70653a") {
		t.Error(got)
	}
}

// TestOwn: a document made here is as the ledger's is, less the backup key.
func TestOwn(t *testing.T) {
	public := key(t, strings.Repeat("0", 63)+"1")
	// The Ethereum address of the private key 1.
	const did = "did:empe:7e5f4552091a69125d5dfcb7b8c2659029395bdf"
	got, err := Document(Mainnet, public)
	want := `{"@context":["https://www.w3.org/ns/did/v1","https://w3id.org/security/jwk/v1"],"id":"` + did + `",` +
		`"verificationMethod":[{"id":"` + did + `#0","type":"JsonWebKey","controller":"` + did + `","publicKeyJwk":` + string(public.JWK()) + `}],` +
		`"authentication":["` + did + `#0"],"assertionMethod":["` + did + `#0"]}`
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s\n%s", err, got, want)
	}
	if got, err := Document("devnet", public); err == nil {
		t.Errorf("a network that is none: %s", got)
	}
	ed, err := jose.ParseJWK([]byte(`{"kty":"OKP","crv":"Ed25519","x":"_eT7oDCtAC98L31MMx9J0T-w7HR-zuvsY08f9MvKne8"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []jose.PublicKey{{}, ed} {
		if got, err := Document(Testnet, other); err == nil || Follows(did, other) {
			t.Errorf("a key of another kind: %s", got)
		}
	}
}

func TestNetwork(t *testing.T) {
	id := strings.TrimPrefix(known, "did:empe:testnet:")
	for did, want := range map[string]string{known: Testnet, "did:empe:" + id: Mainnet} {
		if got, err := Network(did); err != nil || got != want {
			t.Errorf("%s: %q %v", did, got, err)
		}
	}
	for _, did := range []string{
		"", "did:empe:", "did:empe:testnet:", "did:empe:mainnet:" + id, "did:empe:devnet:" + id, "did:empe:testnet:testnet:" + id, "did:empe:0x" + id,
		known[:len(known)-1], known + "0", known + "#0", strings.ToUpper(known), "did:empe:" + strings.ToUpper(id), "did:other:" + id, "did:empe:" + id[:39] + "g",
	} {
		got, err := Network(did)
		var fault *diddoc.Error
		if !errors.As(err, &fault) || fault.Code != diddoc.CodeDID || got != "" || Follows(did, jose.PublicKey{}) {
			t.Errorf("%q: %q %v", did, got, err)
		}
	}
}

// wrap is a QueryGetDidDocumentResponse.
func wrap(message []byte) []byte { return comet.AppendMessage(nil, 1, message) }

func TestReadEverything(t *testing.T) {
	public := key(t, strings.Repeat("0", 63)+"2")
	text := func(number int, texts ...string) []byte { return comet.AppendTexts(nil, number, texts...) }
	method := func(id, kind string, rest ...[]byte) []byte {
		return bytes.Join(append([][]byte{text(1, known+id), text(2, kind), text(3, known)}, rest...), nil)
	}
	point := public.Key.(*secp256k1.PublicKey).SerializeCompressed()
	jwk := func(texts ...string) []byte {
		var out []byte
		for i, value := range texts {
			out = comet.AppendText(out, i+1, value)
		}
		return comet.AppendMessage(nil, 6, out)
	}
	message := bytes.Join([][]byte{
		text(1, known), text(3, known, "did:empe:"+strings.Repeat("0", 40)), text(11, "https://a.example"), comet.AppendUint(nil, 99, 1),
		comet.AppendMessage(nil, 4, method("#a", "JsonWebKey2020", jwk("EC", "secp256k1", base64.RawURLEncoding.EncodeToString(point)))),
		comet.AppendMessage(nil, 4, method("#b", "JsonWebKey", jwk("OKP", "Ed25519", "_eT7oDCtAC98L31MMx9J0T-w7HR-zuvsY08f9MvKne8"))),
		comet.AppendMessage(nil, 4, method("#c", "JsonWebKey", jwk("EC", "secp256k1", "AAAA"))), // not usable, and not ours to hide
		comet.AppendMessage(nil, 4, method("#d", "Multikey", text(5, "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"))),
		comet.AppendMessage(nil, 4, method("#e", "Ed25519VerificationKey2018", text(4, "4zvwRjXUKGfvwnParsHAS3HuSVzV5cA4McphgmoCtajS"))),
		comet.AppendMessage(nil, 7, comet.AppendMessage(nil, 2, method("#f", "X25519KeyAgreementKey2019", text(4, "7By6kV2t2d188odEM4ExAve1UithKT6dLva4dwsDT3ak")))),
		comet.AppendMessage(nil, 9, text(1, known+"#a")),
		comet.AppendMessage(nil, 10, bytes.Join([][]byte{text(1, known+"#one"), text(2, "LinkedDomains"), text(3, "https://a.example")}, nil)),
		comet.AppendMessage(nil, 10, bytes.Join([][]byte{text(1, known+"#two"), text(2, "Other"), text(3, "https://a.example", `https://b.example/"`)}, nil)),
	}, nil)
	raw, err := Read(known, wrap(message))
	if err != nil {
		t.Fatal(err)
	}
	document, err := diddoc.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	for id, algorithm := range map[string]string{"#a": "ES256K", "#b": "EdDSA", "#d": "EdDSA", "#e": "EdDSA"} {
		m, _ := document.Method(id)
		if got, err := m.PublicKey(); err != nil || got.Algorithm != algorithm {
			t.Errorf("%s: %s %v", id, got.Algorithm, err)
		}
	}
	broken, ok := document.Method("#c")
	if _, err := broken.PublicKey(); !ok || err == nil {
		t.Errorf("#c: %v", err)
	}
	one, _ := document.Service("#one")
	two, _ := document.Service("#two")
	if !document.Has(diddoc.KeyAgreement, "#f") || document.Has(diddoc.Authentication, "#f") || !document.Has(diddoc.CapabilityDelegation, "#a") ||
		len(document.Controller) != 2 || len(document.AlsoKnownAs) != 1 || string(one.Endpoint) != `"https://a.example"` ||
		string(two.Endpoint) != `["https://a.example","https://b.example/\""]` || len(document.Context) < 5 {
		t.Errorf("%s", raw)
	}
}

func TestReadRefuses(t *testing.T) {
	good := comet.AppendText(nil, 1, known)
	if got, err := Read(known, wrap(good)); err != nil || len(got) == 0 {
		t.Fatal(err)
	}
	for name, value := range map[string][]byte{
		"nothing": nil, "no document": wrap(nil), "no message": []byte("<html>"), "cut": wrap(good)[:20], "a number": {0x08, 1}, "another DID": wrap(comet.AppendText(nil, 1, "did:empe:"+known[17:])),
		"a number for an id": wrap([]byte{0x08, 1}), "a method that is none": wrap(append(bytes.Clone(good), comet.AppendMessage(nil, 4, []byte{0x0a, 9})...)),
		"an empty method":      wrap(append(bytes.Clone(good), comet.AppendMessage(nil, 4, nil)...)),
		"a key that is none":   wrap(append(bytes.Clone(good), comet.AppendMessage(nil, 4, comet.AppendMessage(nil, 6, []byte{0x0a, 9}))...)),
		"an embedded one":      wrap(append(bytes.Clone(good), comet.AppendMessage(nil, 5, comet.AppendMessage(nil, 2, []byte{0x0a, 9}))...)),
		"an unreal service":    wrap(append(bytes.Clone(good), comet.AppendMessage(nil, 10, []byte{0x0a, 9})...)),
		"text of another kind": wrap(append(bytes.Clone(good), comet.AppendText(nil, 2, "\xff")...)),
	} {
		got, err := Read(known, value)
		var fault *diddoc.Error
		if !errors.As(err, &fault) || got != nil {
			t.Errorf("%s: %s %v", name, got, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	if value, err := base64.StdEncoding.DecodeString("CgA="); err == nil {
		f.Add(value)
	}
	f.Add(wrap(comet.AppendText(nil, 1, known)))
	sharedtest.Values(f, func(value any) {
		if text, ok := value.(string); ok {
			if raw, err := base64.StdEncoding.DecodeString(text); err == nil {
				f.Add(raw)
			}
		}
	}, source, "transcripts", "empe")
	f.Fuzz(func(t *testing.T, value []byte) {
		document, err := Read(known, value)
		if err != nil {
			return
		}
		if parsed, err := diddoc.Parse(document); err != nil || parsed.ID != known {
			t.Fatalf("%s: %v", document, err)
		}
	})
}

func FuzzNetwork(f *testing.F) {
	f.Add(known)
	f.Add("did:empe:006308981b61932c5eaae1c39ace8ee3892f4a1f")
	f.Fuzz(func(t *testing.T, did string) {
		if _, err := Network(did); err != nil {
			return
		}
		if parsed, err := diddoc.ParseDID(did); err != nil || parsed.Method != "empe" {
			t.Fatalf("%q: %v", did, err)
		}
	})
}
