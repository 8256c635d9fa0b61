package acapy_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/app"
)

// base makes the organisation of the default tenant: the base wallet.
func (w *world) base() {
	w.Helper()
	raw, err := json.Marshal(map[string]any{"name": "Base", "mayIssue": true, "mayVerify": true})
	if err != nil {
		w.Fatal(err)
	}
	r, err := http.NewRequestWithContext(w.Context(), http.MethodPost, strings.TrimSuffix(w.url, "/acapy")+"/v1/organisations", bytes.NewReader(raw))
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.key)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		w.Fatal(answer.Status)
	}
}

// refused says how a request is answered.
func (w *world) refused(status int, text, method, path string, body any, headers ...string) {
	w.Helper()
	if got := w.call(method, path, body, headers...); got.status != status || got.text != text {
		w.Errorf("%s %s: %d %s\n  not %d %s", method, path, got.status, got.text, status, text)
	}
}

func TestWhoCallsWithWallets(t *testing.T) {
	w := start(t, nil)
	w.base()
	id, token := w.wallet("one", nil)
	_, other := w.wallet("two", nil)
	const get = http.MethodGet
	key := []string{"X-API-KEY", w.key}
	w.refused(401, "401: API Key invalid or missing", get, "/status", nil)
	w.refused(401, "401: API Key invalid or missing", get, "/status", nil, "X-API-KEY", "wrong")
	w.refused(401, "401: API Key invalid or missing", get, "/multitenancy/wallets", nil, token...)
	w.refused(401, "401: Authorization token missing or invalid", get, "/connections", nil)
	w.refused(401, "401: Authorization token missing or invalid", get, "/connections", nil, key...)
	w.refused(401, "401: Unauthorized", get, "/connections", nil, "Authorization", "Bearer wrong")
	w.refused(401, "401: Invalid Authorization header structure", get, "/connections", nil, "Authorization", "Basic "+w.key)
	w.refused(400, "400: Wallet with name one already exists.", http.MethodPost, "/multitenancy/wallet", map[string]string{"wallet_name": "one"}, key...)
	w.ok(get, "/status", nil, key...)
	w.ok(get, "/connections", nil, token...)
	w.ok(get, "/connections", nil, "Authorization", "Bearer "+w.key) // the base's own, which is Chancery's way

	made := w.ok(http.MethodPost, "/out-of-band/create-invitation", map[string]any{"handshake_protocols": []string{"didexchange/1.1"}}, token...)
	oob := made["oob_id"].(string)
	w.ok(get, "/out-of-band/invitations?oob_id="+oob, nil, token...)
	w.refused(404, "404: Record not found: oob_record/"+oob+".", get, "/out-of-band/invitations?oob_id="+oob, nil, other...)

	w.ok(http.MethodDelete, "/multitenancy/wallet/"+id, nil, key...)
	w.refused(401, "401: Unauthorized", get, "/connections", nil, token...)
	w.refused(404, "404: Record not found: wallet_record/"+id+".", get, "/multitenancy/wallet/"+id, nil, key...)
	w.refused(404, "404: Record not found: wallet_record/x.", get, "/multitenancy/wallet/x", nil, key...)
}

func TestWhoCallsAlone(t *testing.T) {
	w := start(t, func(c *app.Config) { c.Agents.Multitenant = false })
	w.base()
	w.refused(401, "401: API key missing or invalid", http.MethodGet, "/connections", nil)
	w.refused(401, "401: API key missing or invalid", http.MethodGet, "/connections", nil, "X-API-KEY", "wrong")
	w.ok(http.MethodGet, "/connections", nil, "X-API-KEY", w.key)
	w.ok(http.MethodGet, "/connections/", nil, "X-API-KEY", w.key)
	w.refused(404, "404: Not Found", http.MethodGet, "/nothing", nil)
	w.refused(405, "405: Method Not Allowed", http.MethodPut, "/connections", nil)
	w.refused(501, "501: GET /ledger/taa needs an Indy ledger, which this agent does not have.", http.MethodGet, "/ledger/taa", nil, "X-API-KEY", w.key)
	w.refused(400, "400: {'json': ['Invalid JSON body.']}", http.MethodPost, "/out-of-band/create-invitation", json.RawMessage(`{"a":1,"a":2}`), "X-API-KEY", w.key)
	if got := w.call(http.MethodPost, "/out-of-band/create-invitation", map[string]string{"alias": strings.Repeat("x", 1<<20)}, "X-API-KEY", w.key); got.status != http.StatusRequestEntityTooLarge {
		t.Error(got.status, got.text[:min(200, len(got.text))])
	}
}

func TestWhoCallsInsecure(t *testing.T) {
	w := start(t, func(c *app.Config) { c.Agents.Multitenant, c.Agents.Insecure = false, true })
	w.base()
	w.ok(http.MethodGet, "/connections", nil)
	w.ok(http.MethodGet, "/status", nil)
}

// A wallet's webhooks are told in the order of the record, with its key and whose it is.
func TestWebhooks(t *testing.T) {
	server, own := receive(t), receive(t)
	w := start(t, func(c *app.Config) { c.Agents.Webhooks = []string{server.URL + "/base#bk"} })
	id, token := w.wallet("one", map[string]any{"wallet_webhook_urls": []string{own.URL + "/own#ok"}, "wallet_dispatch_type": "both"})
	made := w.ok(http.MethodPost, "/out-of-band/create-invitation", invitation, token...)
	fits := func(h hook) bool { return h.body["oob_id"] == made["oob_id"] }
	for _, c := range []struct {
		to        *receiver
		path, key string
	}{{server, "/base/topic/out_of_band/", "bk"}, {own, "/own/topic/out_of_band/", "ok"}} {
		h := c.to.until(t, c.path, fits)
		if h.path != c.path || h.header.Get("X-Api-Key") != c.key || h.header.Get("X-Wallet-Id") != id || h.body["state"] != "await-response" {
			t.Errorf("%+v", h)
		}
	}
	// What is named no more is told no more.
	w.ok(http.MethodPut, "/multitenancy/wallet/"+id, map[string]any{"wallet_webhook_urls": []string{}}, "X-API-KEY", w.key)
	again := w.ok(http.MethodPost, "/out-of-band/create-invitation", invitation, token...)
	server.until(t, "the second", func(h hook) bool { return h.body["oob_id"] == again["oob_id"] })
	own.mu.Lock()
	defer own.mu.Unlock()
	for _, h := range own.got {
		if h.body["oob_id"] == again["oob_id"] {
			t.Error("a receiver that is not named was told")
		}
	}
}
