package acapy_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/app"
)

// What is no text is refused where it comes in, and breaks nothing that is asked for later.
func TestHostileTexts(t *testing.T) {
	w := start(t, nil)
	_, one := w.wallet("one", nil)
	made := w.ok(http.MethodPost, "/out-of-band/create-invitation", invitation, one...)
	_, two := w.wallet("two", nil)
	const get, post = http.MethodGet, http.MethodPost
	take := func(alias string) string { return "/out-of-band/receive-invitation?auto_accept=false&alias=" + alias }
	for _, c := range []struct {
		status             int
		text, method, path string
		body               any
	}{
		{422, `422: {'querystring': {'alias': ['Not a valid utf-8 string.']}}`, post, take("%ff"), made["invitation"]},
		{422, `422: {'querystring': {'alias': ['Not a valid utf-8 string.']}}`, post, take("a%00b"), made["invitation"]},
		{422, `422: {'querystring': {'thread_id': ['Not a valid utf-8 string.']}}`, get, "/issue-credential-2.0/records?thread_id=%00", nil},
		{422, `422: {'match_info': {'conn_id': ['Not a valid utf-8 string.']}}`, get, "/connections/%ff", nil},
		{422, `422: {'match_info': {'credential_id': ['Not a valid utf-8 string.']}}`, get, "/vc/credentials/%ff", nil},
		{422, `422: {'match_info': {'credential_id': ['Not a valid utf-8 string.']}}`, get, "/credential/w3c/%00", nil},
		{422, `422: {'json': {'_schema': ['Invalid input type.']}}`, post, "/issue-credential-2.0/send-offer", json.RawMessage(`null`)},
		{422, `422: {'json': {'_schema': ['Invalid input type.']}}`, post, "/issue-credential-2.0/send-offer", json.RawMessage(`7`)},
	} {
		w.refused(c.status, c.text, c.method, c.path, c.body, two...)
	}
	w.ok(get, "/connections", nil, two...)
}

// A refusal is no larger than what can be read.
func TestHostileLists(t *testing.T) {
	w := start(t, nil)
	for _, body := range []any{
		map[string]any{"wallet_webhook_urls": make([]int, 100_000)},
		json.RawMessage(`{"wallet_webhook_urls":[` + strings.Repeat(`"http://x/","`+strings.Repeat("x", 20_000)+`",`, 40) + `"y"]}`),
	} {
		got := w.call(http.MethodPost, "/multitenancy/wallet", body, "X-API-KEY", w.key)
		if got.status != http.StatusUnprocessableEntity && got.status != http.StatusBadRequest || len(got.text) > 64<<10 {
			t.Errorf("%d, %d bytes: %s", got.status, len(got.text), got.text[:min(200, len(got.text))])
		}
	}
}

// Booleans and numbers may be written as ACA-Py's clients write them.
func TestLooseValues(t *testing.T) {
	w := start(t, nil)
	_, token := w.wallet("one", nil)
	w.ok(http.MethodPost, "/credentials/w3c", map[string]any{"max_results": "5"}, token...)
	for _, said := range []any{"true", "yes", 1, true} {
		made := w.ok(http.MethodPost, "/out-of-band/create-invitation", map[string]any{"handshake_protocols": []string{"didexchange/1.1"}, "use_public_did": false, "alias": "a"}, token...)
		if made["oob_id"] == nil {
			t.Error(made)
		}
		w.refused(400, "400: Public invitations are not enabled.", http.MethodPost, "/out-of-band/create-invitation",
			map[string]any{"handshake_protocols": []string{"didexchange/1.1"}, "use_public_did": said}, token...)
	}
}

// A wallet that cannot be as it is asked to be is not made.
func TestWalletsAreMadeWhole(t *testing.T) {
	w := start(t, nil)
	key := []string{"X-API-KEY", w.key}
	many := make([]string, 33)
	for i := range many {
		many[i] = "http://127.0.0.1:9/" + strings.Repeat("x", i)
	}
	for _, body := range []map[string]any{
		{"wallet_webhook_urls": many}, {"label": strings.Repeat("l", 201)}, {"label": "a\nb"}, {"image_url": strings.Repeat("i", 8193)},
	} {
		body["wallet_name"] = "one"
		if got := w.call(http.MethodPost, "/multitenancy/wallet", body, key...); got.status != http.StatusBadRequest {
			t.Errorf("%d %s", got.status, got.text)
		}
	}
	id, _ := w.wallet("one", nil)
	w.refused(400, "400: a wallet has at most 32 receivers of webhooks", http.MethodPut, "/multitenancy/wallet/"+id, map[string]any{"wallet_webhook_urls": many}, key...)
}

// Who may look at a wallet and not change it is not told the keys of its webhooks.
func TestWebhookKeysAreShownToManagers(t *testing.T) {
	w := start(t, nil)
	id, _ := w.wallet("one", map[string]any{"wallet_webhook_urls": []string{"http://127.0.0.1:9/x#sesame"}})
	root := *w
	root.url = strings.TrimSuffix(w.url, "/acapy")
	for role, told := range map[string]bool{"tenant-admin": true, "issuer": false, "verifier": false, "holder": false} {
		made := root.ok(http.MethodPost, "/t/one/v1/api-keys", map[string]any{"name": role, "grants": []any{map[string]string{"role": role}}},
			"Authorization", "Bearer "+w.key, "Content-Type", "application/json")
		for _, path := range []string{"s", "/" + id} {
			got := w.call(http.MethodGet, "/multitenancy/wallet"+path, nil, "X-API-KEY", made["secret"].(string))
			if got.status != http.StatusOK || !strings.Contains(got.text, "http://127.0.0.1:9/x") || strings.Contains(got.text, "sesame") != told {
				t.Errorf("%s %s: %d %s", role, path, got.status, got.text)
			}
		}
	}
}

// Nobody's page drives a laptop's agents: who is asked nothing is asked from there alone.
func TestInsecureOrigins(t *testing.T) {
	w := start(t, func(c *app.Config) { c.Agents.Multitenant, c.Agents.Insecure = false, true })
	w.base()
	const get, origin = http.MethodGet, "Origin"
	w.ok(get, "/connections", nil, origin, "http://localhost:3000")
	w.ok(get, "/connections", nil, origin, "http://127.0.0.1:3000")
	for _, from := range []string{"https://evil.example", "null", "http://localhost.evil.example", "http://127.0.0.1.evil.example"} {
		w.refused(403, "403: Forbidden", get, "/connections", nil, origin, from)
		w.refused(403, "403: Forbidden", http.MethodOptions, "/connections", nil, origin, from)
	}
}
