package cheqd_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	k1 "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"

	"github.com/chancery-vc/chancery/internal/did"
	ledger "github.com/chancery-vc/chancery/internal/did/cheqd"
	"github.com/chancery-vc/chancery/internal/did/cheqd/ledgersim"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/multikey"
)

const (
	known   = "did:cheqd:testnet:3ccde6ba-6ba5-56f2-9f4f-8825561a9860"
	missing = "did:cheqd:testnet:0cf4bf28-dc34-41da-aa41-124ffb453121"
)

// guarded is the guarded client as a Caller.
type guarded struct{ client *httpx.Client }

func (g guarded) Call(ctx context.Context, method, url string, body []byte) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	response, err := g.client.Do(request)
	return response.Status, response.Body, err
}

func client() guarded {
	return guarded{httpx.NewClient(httpx.ClientConfig{AllowLoopbackHTTP: true})}
}

// node is a simulated ledger with one DID, over HTTP.
func node(t *testing.T) (*ledgersim.Ledger, string) {
	t.Helper()
	key := secp256k1.PrivKeyFromBytes([]byte{1})
	address := cheqd.Address(cheqd.AddressPrefix, key.PubKey().SerializeCompressed())
	price, err := cheqd.ParsePrice("0.05")
	if err != nil {
		t.Fatal(err)
	}
	l := ledgersim.New(ledgersim.Config{
		Price: price, Accounts: []ledgersim.Account{{Address: address, Balance: "1000000000000"}},
		Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
	})
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	identity := ed25519.NewKeyFromSeed(make([]byte, 32))
	m := cheqd.CreateDIDDoc{Payload: cheqd.DIDDocPayload{VersionID: "c4ee34ec-75f5-4b39-bb50-5ac4f86c36b3", DIDDoc: cheqd.DIDDoc{
		ID: known, Authentication: []string{known + "#key-1"}, VerificationMethod: []cheqd.VerificationMethod{{
			ID: known + "#key-1", Type: diddoc.Ed25519VerificationKey2020, Controller: known,
			Material: multikey.Join(multikey.CodeEd25519, identity[32:]),
		}},
	}}}
	m.Signatures = []cheqd.SignInfo{{VerificationMethodID: known + "#key-1", Signature: ed25519.Sign(identity, m.SignBytes())}}
	tx := cheqd.TxRaw{
		Body: cheqd.TxBody{Messages: []cheqd.Any{cheqd.Pack(m)}}.Encode(),
		AuthInfo: cheqd.AuthInfo{
			Signers: []cheqd.SignerInfo{{PublicKey: key.PubKey().SerializeCompressed(), Mode: cheqd.SignModeDirect}},
			Fee:     cheqd.Fee{Amount: []cheqd.Coin{{Denom: cheqd.Denom, Amount: "42000000000"}}, GasLimit: cheqd.GasLimit(m, 0), Payer: address},
		}.Encode(),
	}
	sum := sha256.Sum256(cheqd.SignDoc(tx.Body, tx.AuthInfo, "cheqd-local-1", 0))
	tx.Signatures = [][]byte{k1.SignCompact(key, sum[:], true)[1:]}
	status, body, err := client().Call(t.Context(), http.MethodPost, server.URL+cheqd.BroadcastPath, cheqd.BroadcastBody(tx.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if result, err := cheqd.ParseTxResponse(body); err != nil || result.Refusal != nil {
		t.Fatalf("%d %s", status, body)
	}
	return l, server.URL
}

// TestResolve resolves over each of both transports, and over the second where the first does not answer as a ledger.
func TestResolve(t *testing.T) {
	_, url := node(t)
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte("<html>"))
	}))
	t.Cleanup(broken.Close)
	for name, network := range map[string]ledger.Network{
		"REST": {REST: url}, "RPC": {RPC: url}, "broken REST": {REST: broken.URL, RPC: url}, "REST with a slash": {REST: url + "/"},
	} {
		t.Run(name, func(t *testing.T) {
			m := ledger.Method{Call: client(), Networks: map[string]ledger.Network{cheqd.Testnet: network}}
			if err := m.Check(); err != nil {
				t.Fatal(err)
			}
			got, err := m.Resolve(t.Context(), known)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := diddoc.Parse(got.Document)
			if err != nil || doc.ID != known || !doc.Has(diddoc.Authentication, "#key-1") {
				t.Errorf("%s: %v", got.Document, err)
			}
			if got.Metadata.VersionID != "c4ee34ec-75f5-4b39-bb50-5ac4f86c36b3" || got.Metadata.Created.IsZero() || got.Metadata.Deactivated {
				t.Errorf("%+v", got.Metadata)
			}
			upper := "did:cheqd:testnet:" + strings.ToUpper(strings.TrimPrefix(known, "did:cheqd:testnet:"))
			if _, err := m.Resolve(t.Context(), upper); vc.KindOf(err) != vc.Invalid || !strings.Contains(err.Error(), "lower case") {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestNodes has nodes that lie, fail and are not there.
func TestNodes(t *testing.T) {
	answers := func(status int, body string) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	other := `{"value":{"did_doc":{"id":"` + missing + `"},"metadata":{"created":"2026-11-22T00:06:18Z","updated":null}}}`
	for name, test := range map[string]struct {
		method ledger.Method
		kind   vc.Kind
		code   string
	}{
		"lies":           {method(ledger.Network{REST: answers(200, other)}), vc.Invalid, did.CodeInvalidDocument},
		"fails":          {method(ledger.Network{REST: answers(500, `{"code":13,"message":"panic"}`)}), vc.Unavailable, did.CodeInternal},
		"is no ledger":   {method(ledger.Network{REST: answers(200, "{}"), RPC: answers(200, "{}")}), vc.Unavailable, did.CodeInternal},
		"is not there":   {method(ledger.Network{RPC: "http://127.0.0.1:1"}), vc.Unavailable, did.CodeInternal},
		"no network":     {ledger.Method{Call: client()}, vc.Unavailable, did.CodeInternal},
		"no way to ask":  {method(ledger.Network{}), vc.Unavailable, did.CodeInternal},
		"says not found": {method(ledger.Network{REST: answers(500, `{"code":2,"message":"codespace sdk code 38: not found: x"}`), RPC: "http://127.0.0.1:1"}), vc.NotFound, did.CodeNotFound},
	} {
		_, err := test.method.Resolve(t.Context(), known)
		if e, ok := errors.AsType[*vc.Error](err); !ok || e.Kind != test.kind || e.Code != test.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, networks := range []map[string]ledger.Network{
		{"devnet": {REST: "http://a.example"}}, {"testnet": {}}, {"testnet": {REST: "ftp://a.example"}},
	} {
		if (ledger.Method{Networks: networks}).Check() == nil {
			t.Errorf("%v is taken", networks)
		}
	}
}

func method(network ledger.Network) ledger.Method {
	return ledger.Method{Call: client(), Networks: map[string]ledger.Network{cheqd.Testnet: network}}
}
