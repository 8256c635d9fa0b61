package acapy_test

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// A proof that is nothing has no verdict, wherever it stands.
func TestProofsOfNothing(t *testing.T) {
	w := start(t, nil)
	_, one := w.wallet("one", nil)
	for _, proof := range []any{[]any{nil}, []any{nil, nil}, []any{1}, []any{[]any{}}, nil, map[string]any{}, []any{}} {
		credential := map[string]any{
			"@context": []string{"https://www.w3.org/2018/credentials/v1"}, "type": []string{"VerifiableCredential"}, "issuer": "did:example:issuer",
			"issuanceDate": "2020-01-01T00:00:00Z", "credentialSubject": map[string]any{"id": "did:example:holder"}, "proof": proof,
		}
		presentation := map[string]any{
			"@context": []string{"https://www.w3.org/2018/credentials/v1"}, "type": []string{"VerifiablePresentation"},
			"verifiableCredential": []any{credential}, "proof": proof,
		}
		options := map[string]any{"challenge": "x"}
		for path, body := range map[string]any{
			"/vc/di/verify":            map[string]any{"securedDocument": credential},
			"/vc/credentials/verify":   map[string]any{"verifiableCredential": credential},
			"/vc/presentations/verify": map[string]any{"verifiablePresentation": presentation, "options": options},
		} {
			if got := w.call(http.MethodPost, path, body, one...); got.status >= http.StatusInternalServerError || strings.Contains(got.text, `"verified":true`) {
				t.Errorf("%s with the proof %v: %d %s", path, proof, got.status, got.text)
			}
		}
	}
}

// What an operation does not know is not said to it.
func TestUnknownParameters(t *testing.T) {
	w := start(t, nil)
	_, one := w.wallet("one", nil)
	for _, path := range []string{"/mediation/requests", "/discover-features-2.0/records"} {
		for _, query := range []string{"limit=-1", "limit=0", "offset=-1", "limit=99999999999999999999", "descending=maybe", "count=-1&start=-1"} {
			if got := w.ok(http.MethodGet, path+"?"+query, nil, one...); got["results"] == nil {
				t.Errorf("%s?%s: %v", path, query, got)
			}
		}
	}
}

// A filter counts however it is written; none is left out, for then everything would be listed.
func TestFiltersOddlyWritten(t *testing.T) {
	w := start(t, nil)
	_, one := w.wallet("one", nil)
	const path = "/out-of-band/create-invitation"
	w.ok(http.MethodPost, path, map[string]any{"handshake_protocols": []string{"didexchange/1.1"}, "alias": "Smith; 100% Co"}, one...)
	for query, n := range map[string]int{
		"alias=Smith;%20100%%20Co": 1, "alias=Smith%3B+100%25+Co": 1, "alias=Smith;": 0, "alias=100%": 0, "alias=%zz": 0, "alias=;": 0,
	} {
		if got := w.ok(http.MethodGet, "/connections?"+query, nil, one...); len(got["results"].([]any)) != n {
			t.Errorf("%s: %v, want %d", query, got, n)
		}
	}
	w.refused(422, "422: {'querystring': {'limit': ['Not a valid integer.']}}", http.MethodGet, "/connections?limit=1;2", nil, one...)
}

// An invitation needs neither type nor id, as the description has it; what it does need is told with its place.
func TestInvitationsAsDescribed(t *testing.T) {
	w := start(t, nil)
	_, one := w.wallet("one", nil)
	_, two := w.wallet("two", nil)
	const take = "/out-of-band/receive-invitation?auto_accept=false"
	for _, without := range [][]string{{"@type"}, {"@id"}, {"@type", "@id"}} {
		made, _ := w.ok(http.MethodPost, "/out-of-band/create-invitation", invitation, one...)["invitation"].(map[string]any)
		for _, name := range without {
			delete(made, name)
		}
		taken := w.ok(http.MethodPost, take, made, two...)
		kept, _ := taken["invitation"].(map[string]any)
		if taken["connection_id"] == nil || kept["@id"] == nil || taken["invi_msg_id"] != kept["@id"] ||
			kept["@type"] != "https://didcomm.org/out-of-band/1.1/invitation" {
			t.Errorf("without %v: %v", without, taken)
		}
	}
	made, _ := w.ok(http.MethodPost, "/out-of-band/create-invitation", invitation, one...)["invitation"].(map[string]any)
	made["@type"] = "x"
	w.refused(400, "400: the type of a message is expected (at /@type)", http.MethodPost, take, made, two...)
	delete(made, "@type")
	made["services"] = []any{map[string]any{}}
	w.refused(400, "400: an endpoint is expected (at /services/0/serviceEndpoint)", http.MethodPost, take, made, two...)
	w.refused(400, "400: a DID is expected (at /did)", http.MethodPost, "/didexchange/receive-request", map[string]any{"label": "x"}, two...)
}

// A presentation definition that cannot be used is refused with the place of the fault.
func TestFaultsOfDefinitions(t *testing.T) {
	w := start(t, nil)
	_, one := w.wallet("one", nil)
	const descriptor = `{"id":"a","schema":[{"uri":"https://example.org/a"}]}`
	for definition, says := range map[string]string{
		`{}`: "400: the presentation definition cannot be used: is missing (at /presentation_definition/input_descriptors)",
		`{"input_descriptors":[` + descriptor + `,` + descriptor + `]}`: "400: the presentation definition cannot be used: another descriptor has this id (at /presentation_definition/input_descriptors/1/id)",
	} {
		body := json.RawMessage(`{"presentation_request":{"dif":{"presentation_definition":` + definition + `}}}`)
		w.refused(400, says, http.MethodPost, "/present-proof-2.0/create-request", body, one...)
	}
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

// Nobody is told the keys of a wallet's webhooks, also not who set them; a URL that is given back without its key keeps it.
func TestWebhookKeysAreNotShown(t *testing.T) {
	own := receive(t)
	w := start(t, nil)
	made := w.ok(http.MethodPost, "/multitenancy/wallet", map[string]any{
		"wallet_name": "one", "wallet_webhook_urls": []string{own.URL + "/x#sesame"},
	}, "X-API-KEY", w.key)
	id, token := made["wallet_id"].(string), []string{"Authorization", "Bearer " + made["token"].(string)}
	root := *w
	root.url = strings.TrimSuffix(w.url, "/acapy")
	callers := map[string]string{"operator": w.key}
	for _, role := range []string{"tenant-admin", "issuer", "verifier", "holder"} {
		key := root.ok(http.MethodPost, "/t/one/v1/api-keys", map[string]any{"name": role, "grants": []any{map[string]string{"role": role}}},
			"Authorization", "Bearer "+w.key, "Content-Type", "application/json")
		callers[role] = key["secret"].(string)
	}
	look := func(secret string) {
		t.Helper()
		for role, key := range callers {
			for _, path := range []string{"s", "/" + id} {
				got := w.call(http.MethodGet, "/multitenancy/wallet"+path, nil, "X-API-KEY", key)
				if got.status != http.StatusOK || !strings.Contains(got.text, own.URL+"/x") || strings.Contains(got.text, secret) {
					t.Errorf("%s %s: %d %s", role, path, got.status, got.text)
				}
			}
		}
	}
	told := func(key string) {
		t.Helper()
		made := w.ok(http.MethodPost, "/out-of-band/create-invitation", invitation, token...)
		h := own.until(t, "a webhook", func(h hook) bool { return h.body["oob_id"] == made["oob_id"] })
		if h.header.Get("X-Api-Key") != key {
			t.Errorf("called with %q, not %q", h.header.Get("X-Api-Key"), key)
		}
	}
	set := func(url string) {
		t.Helper()
		got := w.call(http.MethodPut, "/multitenancy/wallet/"+id, map[string]any{"wallet_webhook_urls": []string{url}}, "X-API-KEY", w.key)
		if got.status != http.StatusOK || strings.Contains(got.text, "#") {
			t.Errorf("%d %s", got.status, got.text)
		}
	}
	if raw, err := json.Marshal(made); err != nil || strings.Contains(string(raw), "sesame") {
		t.Errorf("%s %v", raw, err)
	}
	look("sesame")
	told("sesame")
	set(own.URL + "/x")
	told("sesame")
	set(own.URL + "/x#barley")
	look("barley")
	told("barley")
	set(own.URL + "/x#")
	told("")
}

// What was kept before keys were sealed goes on, under the name and the key that it had, and is sealed by the next start.
func TestWebhookKeysFromBefore(t *testing.T) {
	own := receive(t)
	url := own.URL + "/x#sesame"
	folder := t.TempDir()
	var token []string
	var before string
	query := func(db *sql.DB, query string, args ...any) (text string) {
		t.Helper()
		if err := db.QueryRowContext(t.Context(), query, args...).Scan(&text); err != nil {
			t.Fatal(err)
		}
		return text
	}
	look := func() *sql.DB {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "chancery.db")+"?_pragma=busy_timeout(10000)")
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	t.Run("before", func(t *testing.T) {
		w := start(t, func(c *app.Config) { c.Data = folder })
		_, token = w.wallet("one", map[string]any{"wallet_webhook_urls": []string{url}})
	})
	func() {
		db := look()
		defer func() { _ = db.Close() }()
		before = query(db, `SELECT id FROM webhooks`)
		sum := sha256.Sum256([]byte(url))
		name := "acapy " + hex.EncodeToString(sum[:8])
		for statement, args := range map[string][]any{
			`UPDATE agent_settings SET doc = json_set(json_remove(doc, '$.hookKeys', '$.hookSalt'), '$.webhooks', json_array(?)) WHERE wallet = 'one'`: {url},
			`UPDATE webhooks SET name = ?, search = ?`: {name, name},
		} {
			if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
				t.Fatal(err)
			}
		}
	}()
	w := start(t, func(c *app.Config) { c.Data = folder })
	made := w.ok(http.MethodPost, "/out-of-band/create-invitation", invitation, token...)
	h := own.until(t, "a webhook", func(h hook) bool { return h.body["oob_id"] == made["oob_id"] })
	if h.header.Get("X-Api-Key") != "sesame" {
		t.Errorf("%+v", h)
	}
	db := look()
	defer func() { _ = db.Close() }()
	for end := time.Now().Add(20 * time.Second); strings.Contains(query(db, `SELECT doc FROM agent_settings WHERE wallet = 'one'`), "sesame"); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the key is not sealed")
		}
	}
	if after := query(db, `SELECT id FROM webhooks`); after != before {
		t.Error("the webhook was made anew, and what it had not told is lost")
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
