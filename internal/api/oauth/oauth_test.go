package oauth_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/api/oauth"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
)

const issuer = "https://chancery.example"

type world struct {
	handler    http.Handler
	access     *access.Service
	id, secret string // of a verifier's client in tenant one
}

func newWorld(t testing.TB) *world {
	ctx := context.Background()
	db, err := sql.Open(ctx, sql.Config{DSN: storetest.Fresh(t)})
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	check(t, db.Migrate(ctx))
	keys, err := local.New(local.Config{Master: local.MasterKeys{Current: local.NewMasterKey()}, Rows: db})
	check(t, err)
	s := access.New(access.Config{Rows: sql.For[access.Rows](db), Directory: db, Keys: keys, Issuer: issuer})
	secret, err := s.BootstrapFresh(ctx, "admin")
	check(t, err)
	p, err := s.Authenticate(ctx, "Bearer "+secret)
	check(t, err)
	by := access.Actor{Principal: p}
	for _, slug := range []string{"one", "two"} {
		_, err = s.CreateTenant(ctx, by, vc.Tenant{Slug: slug, Name: slug})
		check(t, err)
	}
	one, err := s.Tenant(ctx, by, "one")
	check(t, err)
	scope := vc.Scope{Tenant: one.ID}
	client, clientSecret, err := s.CreatePrincipal(ctx, by, scope, access.NewPrincipal{
		Kind: vc.Client, Name: "c", Grants: []vc.Grant{{Scope: scope, Role: vc.VerifierRole}},
	})
	check(t, err)
	return &world{oauth.Handler(oauth.Config{Access: s, Issuer: issuer}), s, client.ID, clientSecret}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const formType = "application/x-www-form-urlencoded"

// send posts a body; basic is "id:secret" already encoded as RFC 6749 §2.3.1 says, "" for none.
func (w *world) send(path, contentType, basic, body string) (*httptest.ResponseRecorder, map[string]any) {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	if basic != "" {
		r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(basic)))
	}
	out := httptest.NewRecorder()
	w.handler.ServeHTTP(out, r)
	var answer map[string]any
	_ = json.Unmarshal(out.Body.Bytes(), &answer)
	return out, answer
}

func TestToken(t *testing.T) {
	w := newWorld(t)
	inBody := url.Values{"client_id": {w.id}, "client_secret": {w.secret}}.Encode()
	basic := w.id + ":" + w.secret
	escaped := strings.ReplaceAll(w.id, "-", "%2D") + ":" + w.secret
	const grant = "grant_type=client_credentials"
	for name, c := range map[string]struct {
		path, contentType, basic, body string
		status                         int
		code                           string
	}{
		"basic":                  {"/oauth2/token", formType, basic, grant, 200, ""},
		"basic, encoded":         {"/oauth2/token", formType, escaped, grant, 200, ""},
		"post":                   {"/oauth2/token", formType, "", grant + "&" + inBody, 200, ""},
		"charset":                {"/oauth2/token", formType + "; charset=utf-8", basic, grant, 200, ""},
		"scope":                  {"/oauth2/token", formType, basic, grant + "&scope=credential%3Averify", 200, ""},
		"own tenant":             {"/t/one/oauth2/token", formType, basic, grant, 200, ""},
		"client_id beside basic": {"/oauth2/token", formType, basic, grant + "&client_id=" + w.id, 200, ""},
		"unknown parameter":      {"/oauth2/token", formType, basic, grant + "&resource=x", 200, ""},
		"another tenant":         {"/t/two/oauth2/token", formType, basic, grant, 401, "invalid_client"},
		"nobody's tenant":        {"/t/three/oauth2/token", formType, basic, grant, 401, "invalid_client"},
		"wrong secret":           {"/oauth2/token", formType, w.id + ":" + "x", grant, 401, "invalid_client"},
		"unknown client":         {"/oauth2/token", formType, "x:" + w.secret, grant, 401, "invalid_client"},
		"no client":              {"/oauth2/token", formType, "", grant, 401, "invalid_client"},
		"empty secret":           {"/oauth2/token", formType, "", grant + "&client_secret=&client_id=" + w.id, 401, "invalid_client"},
		"two ways":               {"/oauth2/token", formType, basic, grant + "&" + inBody, 400, "invalid_request"},
		"two clients":            {"/oauth2/token", formType, basic, grant + "&client_id=x", 400, "invalid_request"},
		"no grant type":          {"/oauth2/token", formType, basic, "scope=x", 400, "invalid_request"},
		"empty grant type":       {"/oauth2/token", formType, basic, "grant_type=", 400, "invalid_request"},
		"twice":                  {"/oauth2/token", formType, basic, grant + "&" + grant, 400, "invalid_request"},
		"in the URL":             {"/oauth2/token?" + grant, formType, basic, "", 400, "invalid_request"},
		"password grant":         {"/oauth2/token", formType, basic, "grant_type=password", 400, "unsupported_grant_type"},
		"scope not held":         {"/oauth2/token", formType, basic, grant + "&scope=credential%3Aissue", 400, "invalid_scope"},
		"JSON":                   {"/oauth2/token", "application/json", basic, `{"grant_type":"client_credentials"}`, 400, "invalid_request"},
		"no content type":        {"/oauth2/token", "", basic, grant, 400, "invalid_request"},
		"bad escape":             {"/oauth2/token", formType, basic, grant + "&x=%zz", 400, "invalid_request"},
		"too large":              {"/oauth2/token", formType, basic, grant + "&x=" + strings.Repeat("x", 1<<14), 413, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			out, answer := w.send(c.path, c.contentType, c.basic, c.body)
			if out.Code != c.status || c.code != "" && answer["error"] != c.code {
				t.Fatalf("%d %s", out.Code, out.Body)
			}
			if out.Header().Get("Cache-Control") != "no-store" || out.Header().Get("Content-Type") != "application/json" {
				t.Errorf("headers %v", out.Header())
			}
			if (out.Code == 401) != (out.Header().Get("WWW-Authenticate") != "") {
				t.Errorf("headers %v", out.Header())
			}
			if c.status != 200 {
				return
			}
			if answer["token_type"] != "Bearer" || answer["expires_in"] != 600.0 || !strings.Contains(answer["scope"].(string), "credential:verify") {
				t.Fatalf("%s", out.Body)
			}
			p, err := w.access.Authenticate(t.Context(), "Bearer "+answer["access_token"].(string))
			check(t, err)
			if p.ID != w.id {
				t.Fatalf("%+v", p)
			}
		})
	}
}

func TestDocuments(t *testing.T) {
	w := newWorld(t)
	if out, _ := w.send("/oauth2/token", formType, w.id+":"+w.secret, "grant_type=client_credentials"); out.Code != 200 {
		t.Fatal(out.Body)
	}
	get := func(method, path string) (int, http.Header, map[string]any) {
		out := httptest.NewRecorder()
		w.handler.ServeHTTP(out, httptest.NewRequestWithContext(t.Context(), method, path, nil))
		var answer map[string]any
		check(t, json.Unmarshal(out.Body.Bytes(), &answer))
		return out.Code, out.Header(), answer
	}
	code, header, set := get(http.MethodGet, "/oauth2/jwks")
	if code != 200 || len(set["keys"].([]any)) != 1 || header.Get("ETag") == "" || header.Get("Content-Type") != "application/jwk-set+json" {
		t.Errorf("%d %v %v", code, header, set)
	}
	if _, private := set["keys"].([]any)[0].(map[string]any)["d"]; private {
		t.Error("a private key is published")
	}
	code, _, meta := get(http.MethodGet, "/.well-known/oauth-authorization-server")
	if code != 200 || meta["issuer"] != issuer || meta["token_endpoint"] != issuer+"/oauth2/token" || meta["jwks_uri"] != issuer+"/oauth2/jwks" {
		t.Errorf("%d %v", code, meta)
	}
	code, header, _ = get(http.MethodGet, "/oauth2/token")
	if code != 405 || header.Get("Allow") != "POST" {
		t.Errorf("%d %v", code, header)
	}
	if code, _, _ = get(http.MethodGet, "/oauth2/nothing"); code != 404 {
		t.Errorf("%d", code)
	}
}

func FuzzToken(f *testing.F) {
	w := newWorld(f)
	f.Add("grant_type=client_credentials", "Basic eDp5")
	f.Add("grant_type=client_credentials&client_id="+w.id+"&client_secret=x&scope=a+b", "")
	f.Add("a=%zz&;", "Basic %")
	f.Fuzz(func(t *testing.T, body, authorization string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/oauth2/token", strings.NewReader(body))
		r.Header.Set("Content-Type", formType)
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		out := httptest.NewRecorder()
		w.handler.ServeHTTP(out, r)
		if out.Code < 400 || out.Code >= 500 || !json.Valid(out.Body.Bytes()) {
			t.Fatalf("%d %s", out.Code, out.Body)
		}
	})
}
