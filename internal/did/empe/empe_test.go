package empe

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/didtest"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/comet"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didempe"
	"github.com/chancery-vc/chancery/spec/jose"
)

const (
	source = "test fixtures of github.com/decentralized-identity/thisdid, an answer of the public did:empe testnet"
	known  = "did:empe:testnet:006308981b61932c5eaae1c39ace8ee3892f4a1f"
)

// ledger answers abci_query as a node of the did:empe ledger does, over real HTTP.
type ledger struct {
	mu     sync.Mutex
	values map[string][]byte // QueryGetDidDocumentResponse by DID
	raw    map[string]string // whole answers by DID
	url    string
}

func newLedger(t *testing.T) *ledger {
	l := &ledger{values: map[string][]byte{}, raw: map[string]string{}}
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	l.url = server.URL
	return l
}

func (l *ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	data, err := hex.DecodeString(strings.TrimPrefix(r.FormValue("data"), "0x"))
	message := comet.NewReader(data)
	if r.URL.Path != "/abci_query" || r.FormValue("path") != `"/empe.diddoc.Query/DidDocument"` || err != nil || !message.Next() || message.Number() != 1 {
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, `{"jsonrpc":"2.0","id":-1,"error":{"code":-32602,"message":"Invalid params"}}`)
		return
	}
	text := message.Text()
	switch value, ok := l.values[text]; {
	case l.raw[text] == "broken":
		w.WriteHeader(http.StatusBadGateway)
	case l.raw[text] != "":
		fmt.Fprint(w, l.raw[text])
	case ok:
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":-1,"result":{"response":{"code":0,"log":"","info":"","index":"0","key":null,"value":%q,"proofOps":null,"height":"7","codespace":""}}}`,
			base64.StdEncoding.EncodeToString(value))
	default:
		fmt.Fprint(w, `{"jsonrpc":"2.0","id":-1,"result":{"response":{"code":6,"log":"DID Document not found: unknown request","info":"","index":"0","key":null,"value":null,"proofOps":null,"height":"7","codespace":"sdk"}}}`)
	}
}

func (l *ledger) put(text string, value []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.values[text] = value
}

func (l *ledger) method() Method {
	return Method{
		Fetch: httpx.NewClient(httpx.ClientConfig{AllowLoopbackHTTP: true}),
		Nodes: map[string]string{didempe.Mainnet: l.url, didempe.Testnet: l.url + "/"},
	}
}

// publish writes a document as the ledger would have it, if it took one.
func (l *ledger) publish(text string, document []byte) {
	parsed, err := diddoc.Parse(document)
	if err != nil {
		panic(err)
	}
	out := comet.AppendTexts(comet.AppendText(nil, 1, parsed.ID), 2, parsed.Context...)
	for _, m := range parsed.VerificationMethods {
		var jwk struct{ Kty, Crv, X, Y string }
		if err := json.Unmarshal(m.PublicKeyJWK, &jwk); err != nil {
			panic(err)
		}
		method := comet.AppendText(comet.AppendText(comet.AppendText(nil, 1, m.ID), 2, m.Type), 3, m.Controller)
		out = comet.AppendMessage(out, 4, comet.AppendMessage(method, 6,
			comet.AppendText(comet.AppendText(comet.AppendText(comet.AppendText(nil, 1, jwk.Kty), 2, jwk.Crv), 3, jwk.X), 4, jwk.Y)))
	}
	for number, relationship := range []diddoc.Relationship{5: diddoc.Authentication, 6: diddoc.AssertionMethod} {
		for _, id := range parsed.Relationships[relationship] {
			out = comet.AppendMessage(out, number, comet.AppendText(nil, 1, id))
		}
	}
	l.put(text, comet.AppendMessage(nil, 1, out))
}

func TestLaws(t *testing.T) {
	for _, network := range []string{"", didempe.Mainnet, didempe.Testnet} {
		t.Run(network, func(t *testing.T) {
			l := newLedger(t)
			options := map[string]string{"network": network}
			if network == "" {
				options = nil
			}
			didtest.Run(t, didtest.Subject{
				Method: l.method(), Options: options, Algorithms: []vc.Algorithm{vc.Secp256k1}, Publish: l.publish,
				Missing: "did:empe:testnet:" + strings.Repeat("0", 40),
				Broken: []string{
					"did:empe:mainnet:006308981b61932c5eaae1c39ace8ee3892f4a1f", "did:empe:0x006308981b61932c5eaae1c39ace8ee3892f4a1f", known + "#0",
					"did:empe:006308981B61932c5eaae1c39ace8ee3892f4a1f",
				},
			})
		})
	}
}

func TestRecorded(t *testing.T) {
	var record struct {
		Value []byte `json:"response_value_base64"`
	}
	if err := json.Unmarshal(sharedtest.Read(t, source, "transcripts", "empe", "did-document-abci.json"), &record); err != nil {
		t.Fatal(err)
	}
	l := newLedger(t)
	l.put(known, record.Value)
	resolution, err := l.method().Resolve(t.Context(), known)
	if err != nil || resolution.ContentType != did.ContentType {
		t.Fatal(err)
	}
	document, err := diddoc.Parse(resolution.Document)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := document.Method("#0")
	if key, err := first.PublicKey(); err != nil || !didempe.Follows(known, key) || !document.Has(diddoc.AssertionMethod, "#0") || document.Has(diddoc.AssertionMethod, "#backup") {
		t.Errorf("%v\n%s", err, resolution.Document)
	}
}

func TestResolveFails(t *testing.T) {
	l := newLedger(t)
	other := strings.Replace(known, "0063", "ffff", 1)
	at := func(digit string) string { return "did:empe:testnet:" + strings.Repeat(digit, 40) }
	l.put(at("1"), comet.AppendMessage(nil, 1, comet.AppendText(nil, 1, other)))
	l.put(at("2"), []byte("<html>"))
	l.put(at("3"), nil)
	l.raw[at("4")] = "broken"
	l.raw[at("5")] = "<html>"
	l.raw[at("6")] = `{"jsonrpc":"2.0","id":-1,"error":{"code":-32603,"message":"Internal error"}}`
	l.raw[at("7")] = `{"jsonrpc":"2.0","id":-1,"result":{"response":{"code":18,"log":"invalid request","codespace":"sdk"}}}`
	l.raw[at("8")] = strings.Repeat(" ", 2<<20)
	m := l.method()
	for digit, want := range map[string]struct {
		kind vc.Kind
		code string
	}{
		"0": {vc.NotFound, did.CodeNotFound},
		"1": {vc.Invalid, did.CodeInvalidDocument},
		"2": {vc.Invalid, did.CodeInvalidDocument},
		"3": {vc.NotFound, did.CodeNotFound},
		"4": {vc.Unavailable, did.CodeInternal},
		"5": {vc.Unavailable, did.CodeInternal},
		"6": {vc.Unavailable, did.CodeInternal},
		"7": {vc.Unavailable, did.CodeInternal},
		"8": {vc.Unavailable, did.CodeInternal},
	} {
		wantError(t, m, at(digit), want.kind, want.code)
	}
	wantError(t, Method{}, known, vc.Unavailable, did.CodeInternal)
	wantError(t, Method{Fetch: m.Fetch, Nodes: map[string]string{didempe.Mainnet: l.url}}, known, vc.Unavailable, did.CodeInternal)
	// A gateway that knows no such path says nothing of the DID.
	wantError(t, Method{Fetch: m.Fetch, Nodes: map[string]string{didempe.Testnet: "http://127.0.0.1:1"}}, known, vc.Unavailable, did.CodeInternal)
	nowhere := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(nowhere.Close)
	wantError(t, Method{Fetch: m.Fetch, Nodes: map[string]string{didempe.Testnet: nowhere.URL}}, known, vc.Unavailable, did.CodeInternal)
	// Private addresses stay shut.
	wantError(t, Method{Fetch: httpx.NewClient(httpx.ClientConfig{}), Nodes: m.Nodes}, known, vc.Unavailable, did.CodeInternal)
}

func wantError(t *testing.T, m Method, text string, kind vc.Kind, code string) {
	t.Helper()
	resolution, err := m.Resolve(t.Context(), text)
	if e, ok := errors.AsType[*vc.Error](err); !ok || e.Kind != kind || e.Code != code || resolution.Document != nil {
		t.Errorf("%s: %v", text, err)
	}
}

func TestCreateRefuses(t *testing.T) {
	key := func(jwk string) []vc.Key { return []vc.Key{{PublicJWK: []byte(jwk)}} }
	const ed = `{"kty":"OKP","crv":"Ed25519","x":"_eT7oDCtAC98L31MMx9J0T-w7HR-zuvsY08f9MvKne8"}`
	const good = `{"crv":"secp256k1","kty":"EC","x":"9S727M_R5W9G9Q6O0aJkmnptsk1bOLm3_8uPBCqXdpM","y":"_pFKaj2IzF_E36GDMLW_FKymJJ1hGV9flzDTeyB9PHM"}`
	for name, c := range map[string]struct {
		request       did.CreateRequest
		code, pointer string
	}{
		"another curve":   {did.CreateRequest{Keys: key(ed)}, "key-not-supported", ""},
		"two keys":        {did.CreateRequest{Keys: append(key(good), key(good)...)}, "one-key", "/keys"},
		"another network": {did.CreateRequest{Keys: key(good), Options: map[string]string{"network": "devnet"}}, "network-unknown", "/options/network"},
		"no network":      {did.CreateRequest{Keys: key(good), Options: map[string]string{"network": ""}}, "network-unknown", "/options/network"},
	} {
		made, err := Method{}.Create(t.Context(), c.request)
		if e, ok := errors.AsType[*vc.Error](err); !ok || e.Kind != vc.Invalid || e.Code != c.code || e.Pointer != c.pointer || made.DID != "" {
			t.Errorf("%s: %q %v", name, made.DID, err)
		}
	}
	made, err := Method{}.Create(t.Context(), did.CreateRequest{Keys: key(good), Options: map[string]string{"network": "testnet"}})
	if err != nil || made.DID != known || made.Methods[0] != known+"#0" {
		t.Errorf("%+v %v", made, err)
	}
}

func TestCheck(t *testing.T) {
	for text, nodes := range map[string]map[string]string{
		"":                nil,
		"network-unknown": {"devnet": "https://rpc.example"},
		"node-url":        {"testnet": "rpc.example"},
	} {
		fault := Method{Nodes: nodes}.Check()
		if (fault == nil) != (text == "") || fault != nil && fault.Code != text {
			t.Errorf("%v: %v", nodes, fault)
		}
	}
	if err := (Method{Nodes: map[string]string{"mainnet": "https://rpc.example", "testnet": "http://127.0.0.1:26657/rpc"}}).Check(); err != nil {
		t.Error(err)
	}
}

func TestLedger(t *testing.T) {
	l := newLedger(t)
	m := l.method()
	delete(m.Nodes, didempe.Mainnet)
	if !m.Ledger(known) || m.Ledger(strings.Replace(known, "testnet:", "", 1)) || m.Ledger("did:empe:x") || (Method{Nodes: m.Nodes}).Ledger(known) {
		t.Error("which ledgers there are to ask")
	}
}

func TestCannotRotate(t *testing.T) {
	if _, ok := did.Method(Method{}).(did.Rotator); ok {
		t.Error("keys of a did:empe change on the ledger alone")
	}
}

// TestCertify: the recorded DID by its first key, and by no other.
func TestCertify(t *testing.T) {
	parse := func(x, y string) jose.PublicKey {
		key, err := jose.ParseJWK([]byte(`{"crv":"secp256k1","kty":"EC","x":"` + x + `","y":"` + y + `"}`))
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	first := parse("9S727M_R5W9G9Q6O0aJkmnptsk1bOLm3_8uPBCqXdpM", "_pFKaj2IzF_E36GDMLW_FKymJJ1hGV9flzDTeyB9PHM")
	backup := parse("MRTb5J4MZrGnwIYNuaE2jzEGtnwjXlQ1vbgfYpY4kU4", "GsSWZx8GNv0XuxItifq8sJPY6HGjCZzHuC35bsvuG3Y")
	document, ok := Method{}.Certify(known, first)
	if method, listed := document.Method("#0"); !ok || !listed || document.ID != known || !document.Has(diddoc.Authentication, "#0") {
		t.Errorf("%v %+v", ok, document)
	} else if key, err := method.PublicKey(); err != nil || !key.Equal(first) {
		t.Errorf("another key: %v", err)
	}
	for text, key := range map[string]jose.PublicKey{known: backup, "did:empe:0x1": first, strings.Replace(known, "0063", "0064", 1): first} {
		if document, ok := (Method{}).Certify(text, key); ok || document.ID != "" {
			t.Errorf("%s is certified", text)
		}
	}
}

// TestAddress is of the key 1, whose address every wallet of Ethereum's knows.
func TestAddress(t *testing.T) {
	raw, err := hex.DecodeString("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
	if err != nil {
		t.Fatal(err)
	}
	point, err := secp256k1.ParsePubKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	public, err := jose.NewPublicKey(point)
	if err != nil {
		t.Fatal(err)
	}
	got, ok := Method{}.Address(vc.Key{PublicJWK: public.JWK()})
	if !ok || got != "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf" {
		t.Errorf("%s %v", got, ok)
	}
	for _, jwk := range []string{"", `{"kty":"OKP","crv":"Ed25519","x":"_eT7oDCtAC98L31MMx9J0T-w7HR-zuvsY08f9MvKne8"}`} {
		if got, ok := (Method{}).Address(vc.Key{PublicJWK: []byte(jwk)}); ok {
			t.Errorf("%s has the address %s", jwk, got)
		}
	}
}
