package acapy

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/did/cheqd/ledgersim"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

// onLedger is a server of wallets that writes to a simulated testnet, whose account there pays.
func onLedger(t *testing.T, engine string) *world {
	t.Helper()
	ledger := ledgersim.New(ledgersim.Config{Price: must(cheqd.ParsePrice("0.05")), BlockTime: 10 * time.Millisecond})
	node := httptest.NewServer(ledger)
	t.Cleanup(node.Close)
	config := tenants()
	config.Cheqd = app.Cheqd{Networks: map[string]string{cheqd.Testnet: node.URL + "," + node.URL}, Tenants: []string{"*"}}
	config.Agents.Seeds = true
	w := start(t, engine, config)
	w.stop()
	account := must(app.CreateLedgerAccount(t.Context(), w.config, cheqd.Testnet, ""))
	ledger.Fund(ledgersim.Account{Address: account.Address, Balance: "100000000000000"})
	w.run() // tells a new key of the operator's
	return w
}

// cheqdDID has an agent make a did:cheqd.
func cheqdDID(c *peers.Controller, options object) string {
	return peers.Text(c.Post("/did/cheqd/create", object{"options": options, "features": object{}}), "/did")
}

// answered sends a request, which must be answered so; text is in a refusal.
func (a *agent) answered(method, path string, body any, status int, text string) *reply {
	a.w.t.Helper()
	r := a.send(method, path, body)
	if r.Exchange.Status != status || !strings.Contains(string(r.Exchange.Body), text) {
		r.Errorf("want %d %s", status, text)
	}
	return r
}

// TestCheqdOperations goes through the plugin's operations: what they answer is on the ledger.
func TestCheqdOperations(t *testing.T) {
	suite.Guard(t, func() {
		w := onLedger(t, "sqlite")
		a, other := w.wallet("acme"), w.wallet("other")
		const ok = http.StatusOK
		made := a.answered("POST", "/did/cheqd/create", object{"options": object{"network": "testnet", "method_specific_id_algo": "uuid", "key_type": "ed25519"}}, ok, "")
		did, verkey := peers.Text(made.object(), "/did"), peers.Text(made.object(), "/verkey")
		if len(made.object()) != 2 {
			t.Errorf("it is made as %v", made.object())
		}
		a.answered("GET", "/wallet/did/public", nil, ok, "").equal("/result/did", did).equal("/result/verkey", verkey).
			equal("/result/posture", "public").equal("/result/method", "cheqd").equal("/result/key_type", "ed25519")
		// The endpoint is a service of the document, once, and goes again.
		for _, endpoint := range []string{"https://agent.example/a", "https://agent.example/b"} {
			set := a.answered("POST", "/wallet/cheqd/set-did-endpoint", object{"did": did, "endpoint": endpoint}, ok, "")
			set.equal("/result/did", did).equal("/result/didDocument/service/0/type", "did-communication").
				equal("/result/didDocument/service/0/serviceEndpoint", endpoint).absent("/result/didDocument/service/1").
				equal("/result/didDocumentMetadata/endpoint", endpoint).equal("/result/didDocumentMetadata/posted", true)
			w.ledgerHas(did).equal("/didDocument/service/0/serviceEndpoint", endpoint).
				equal("/didDocument/service/0/recipientKeys/0", peers.Text(set.object(), "/result/didDocument/authentication/0"))
			a.answered("GET", "/wallet/did?did="+did, nil, ok, "").equal("/results/0/metadata/endpoint", endpoint)
		}
		a.answered("POST", "/wallet/cheqd/set-did-endpoint", object{"did": did, "endpoint": "https://agent.example", "endpoint_type": "LinkedDomains"}, ok, "").
			equal("/result/didDocument/service/1/type", "LinkedDomains")
		a.answered("POST", "/wallet/cheqd/set-did-endpoint", object{"did": did}, ok, "").absent("/result/didDocument/service/1").
			equal("/result/didDocument/service/0/type", "LinkedDomains").absent("/result/didDocumentMetadata/endpoint")
		// A document as a client reads it, with other services.
		document := w.ledgerHas(did).object()["didDocument"].(object)
		document["controller"] = []string{did}
		document["service"] = []object{{"id": did + "#docs", "type": "Docs", "serviceEndpoint": "https://docs.example", "recipientKeys": []string{}}}
		a.answered("POST", "/did/cheqd/update", object{"did": did, "didDocument": document, "options": object{"network": "testnet"}}, ok, "").
			equal("/did", did).equal("/didDocument/service/0/id", did+"#docs")
		w.ledgerHas(did).equal("/didDocument/service/0/id", did+"#docs").absent("/didDocument/service/1")
		document["verificationMethod"] = []object{{"id": did + "#key-2", "type": "Ed25519VerificationKey2020", "controller": did, "publicKeyMultibase": "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"}}
		a.answered("POST", "/did/cheqd/update", object{"did": did, "didDocument": document}, 400, "only the services")
		// Keys of other kinds, and a seed.
		a.answered("POST", "/wallet/did/create", object{"method": "cheqd", "options": object{"key_type": "p256"}}, ok, "").
			equal("/result/method", "cheqd").equal("/result/posture", "posted").equal("/result/key_type", "p256")
		old := cheqdDID(a.Controller, object{"verification_method": "Ed25519VerificationKey2018", "seed": strings.Repeat("7", 32)})
		w.ledgerHas(old).equal("/didDocument/verificationMethod/0/type", "Ed25519VerificationKey2018")
		// What is not so.
		a.answered("POST", "/did/cheqd/create", object{"options": object{"network": "mainnet"}}, 400, "testnet")
		a.answered("POST", "/did/cheqd/create", object{"didDocument": document}, 400, "didDocument")
		a.answered("POST", "/did/cheqd/create", object{"options": object{"key_type": "bls12381g2"}}, 403, "does not support")
		a.answered("POST", "/did/cheqd/create", object{"options": "x"}, 422, "Not a valid mapping type.")
		a.answered("POST", "/wallet/cheqd/set-did-endpoint", object{"did": "did:key:z6Mk", "endpoint": "https://a.example"}, 422, "is not an cheqd decentralized identifier (DID)")
		for path, body := range map[string]object{
			"/did/cheqd/update":              {"did": did, "didDocument": document},
			"/did/cheqd/deactivate":          {"did": did},
			"/wallet/cheqd/set-did-endpoint": {"did": did, "endpoint": "https://other.example"},
		} {
			status := map[bool]int{true: 400, false: 404}[strings.HasPrefix(path, "/wallet")]
			other.answered("POST", path, body, status, "Unknown DID: "+did)
			a.as(nobody).answered("POST", path, body, 401, "")
		}
		// The end.
		a.answered("POST", "/did/cheqd/deactivate", object{"did": did}, ok, "").equal("/did", did).equal("/didDocumentMetadata/deactivated", true)
		w.ledgerHas(did).equal("/didDocumentMetadata/deactivated", true)
		a.answered("POST", "/wallet/cheqd/set-did-endpoint", object{"did": did, "endpoint": "https://a.example"}, 400, "DID is deactivated")
		a.answered("POST", "/did/cheqd/update", object{"did": did, "didDocument": document}, 400, "deactivated")
	})
}

// TestNoLedger: where there is no ledger, each operation says so.
func TestNoLedger(t *testing.T) {
	suite.Guard(t, func() {
		w := start(t, "sqlite", tenants())
		a := w.wallet("acme")
		const did = "did:cheqd:testnet:099be283-4302-40cc-9850-22016bcd1d86"
		for path, body := range map[string]object{
			"/did/cheqd/create":              {},
			"/did/cheqd/deactivate":          {"did": did},
			"/did/import":                    {"did_document": object{"id": did}},
			"/wallet/cheqd/set-did-endpoint": {"did": did},
			"/wallet/did/create":             {"method": "cheqd", "options": object{"key_type": "ed25519"}},
		} {
			a.answered("POST", path, body, 501, "did:cheqd")
		}
	})
}

// ledgerHas is what the server's resolver reads on the ledger.
func (w *world) ledgerHas(did string) *reply {
	w.t.Helper()
	r := w.send(http.MethodGet, "/1.0/identifiers/"+did, nil, nobody)
	if r.Exchange.Status != http.StatusOK {
		r.Errorf("it does not resolve")
	}
	return r
}

func (r *reply) object() object {
	value, _ := suite.Pointed(r.Exchange.Body, "")
	o, _ := value.(map[string]any)
	return o
}
