package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/api/native"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/sdk"
)

// stranger is somebody who has business of their own on the server, and none here.
type stranger struct {
	name   string
	token  string
	prefix string
	header []string
	office *office
	same   bool // of the same tenant
}

// strangers are a neighbouring organisation of the tenant, and an organisation and the administrator of another
// tenant, each also trying the owner's tenant and organisation by name.
func (w *world) strangers(f *fixture) []stranger {
	neighbour := w.organisation(f.tenant, "Neighbour")
	neighbour.furnish()
	far := w.office("far")
	outer := w.operator()
	outer.Tenant = "far"
	chief := must(outer.CreateAPIKey(w.t.Context(), sdk.NewPrincipal{Name: "chief", Grants: []sdk.Grant{{Role: "tenant-admin"}}}))
	mine := []string{native.OrganisationHeader, f.org.ID}
	return []stranger{
		{"neighbour", neighbour.key.Secret, "/v1", nil, neighbour, true},
		{"neighbour naming the organisation", neighbour.key.Secret, "/v1", mine, neighbour, true},
		{"far", far.key.Secret, "/v1", nil, far, false},
		{"far naming the tenant", far.key.Secret, "/t/north/v1", nil, far, false},
		{"far naming the organisation", far.key.Secret, "/v1", mine, far, false},
		{"chief of far", chief.Secret, "/v1", nil, far, false},
		{"chief of far in its organisation", chief.Secret, "/v1", []string{native.OrganisationHeader, far.org.ID}, far, false},
		{"chief of far naming the organisation", chief.Secret, "/v1", mine, far, false},
		{"nobody", "", "/v1", nil, nil, false},
		{"a forged key", f.key.Secret[:len(f.key.Secret)-4] + "AAAA", "/v1", nil, nil, false},
	}
}

// TestIsolationById: whatever is addressed by its id answers a stranger as if it were not there.
func TestIsolationById(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture("north")
		everyone := w.strangers(f)
		for _, route := range nativeRoutes() {
			e, ok := f.example(route.Operation)
			if !ok {
				t.Errorf("%s %s: the walk does not know this route", route.Method, route.Pattern)
				continue
			}
			if !strings.Contains(route.Pattern, "{") {
				continue
			}
			for _, s := range everyone {
				if s.same && s.header == nil && (route.Operation == "getTenant" || route.Operation == "updateTenant") {
					continue // the tenant is its own, too
				}
				w.shut(t, f, s, route, e)
			}
		}
		// Nothing of it happened.
		if got := must(f.admin.GetCredential(t.Context(), f.made.ID)); got.Status != "active" || !got.ErasedAt.IsZero() {
			t.Errorf("the credential is %+v", got)
		}
	})
}

// shut checks one route for one stranger: the answer is a refusal that says nothing, and the same as for an id that
// nobody has.
func (w *world) shut(t *testing.T, f *fixture, s stranger, route httpx.Route, e example) {
	t.Helper()
	got := w.call(route.Method, s.prefix+e.path, s.token, e.body, s.header...)
	if got.status != 401 && got.status != 403 && got.status != 404 {
		t.Errorf("%s for %s: %d %s", route.Operation, s.name, got.status, got.body)
		return
	}
	w.silent(t, f, s, route.Operation, got)
	segments := strings.Split(e.path, "/")
	segments[2] = "019a0000-0000-7000-8000-000000000000"
	unknown := w.call(route.Method, s.prefix+strings.Join(segments, "/"), s.token, e.body, s.header...)
	if unknown.status != got.status || unknown.problem().Code() != got.problem().Code() || unknown.problem().Detail != got.problem().Detail {
		t.Errorf("%s for %s: %d %s; of an unknown id: %d %s", route.Operation, s.name, got.status, got.body, unknown.status, unknown.body)
	}
}

// silent checks that an answer holds nothing of the office.
func (w *world) silent(t *testing.T, f *fixture, s stranger, operation string, got answer) {
	t.Helper()
	for _, secret := range f.secrets() {
		if strings.Contains(string(got.body), secret) {
			t.Errorf("%s tells %s %q: %d %.500s", operation, s.name, secret, got.status, got.body)
		}
	}
}

// TestIsolationOfLists: lists, events, audit and the CSV export hold nothing foreign, and nothing is made with
// another's parts.
func TestIsolationOfLists(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture("north")
		everyone := w.strangers(f)
		f.events() // what was done is published
		for _, route := range nativeRoutes() {
			e, ok := f.example(route.Operation)
			if !ok || strings.Contains(route.Pattern, "{") || route.Method != http.MethodGet {
				continue
			}
			for _, s := range everyone {
				got := w.call(route.Method, s.prefix+e.path, s.token, nil, s.header...)
				if got.status/100 == 5 || s.office == nil && got.status != 401 {
					t.Errorf("%s for %s: %d %s", route.Operation, s.name, got.status, got.body)
				}
				w.silent(t, f, s, route.Operation, got)
			}
		}
		for _, s := range everyone {
			sheet := w.call("GET", s.prefix+"/credentials", s.token, nil, append([]string{"Accept", "text/csv"}, s.header...)...)
			w.silent(t, f, s, "the export", sheet)
			for _, query := range []string{"subject=did:example:north-holder", "issuer=" + url.QueryEscape(f.did.DID), "type=" + f.kind.ID, "issuance=" + f.made.Issuance, "cursor=" + f.made.ID} {
				w.silent(t, f, s, "a filter", w.call("GET", s.prefix+"/credentials?"+query, s.token, nil, s.header...))
			}
			w.silent(t, f, s, "a context", w.call("GET", s.prefix+"/contexts?url="+url.QueryEscape("https://contexts.example/nort"), s.token, nil, s.header...))
			for _, list := range []string{"schemas", "types", "dids", "keys", "api-keys", "clients", "organisations", "tenants"} {
				for _, query := range []string{"search=north", "cursor=" + f.made.ID, "cursor=00000000-0000-0000-0000-000000000000", "archived=false"} {
					w.silent(t, f, s, list, w.call("GET", s.prefix+"/"+list+"?"+query, s.token, nil, s.header...))
				}
			}
		}
	})
}

// TestIsolationOfParts: what is foreign cannot be used to make something, and is answered like what is not there.
func TestIsolationOfParts(t *testing.T) {
	const unknown = "019a0000-0000-7000-8000-000000000000"
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture("north")
		for _, s := range w.strangers(f) {
			if s.office == nil || s.header != nil || s.prefix != "/v1" || strings.HasPrefix(s.name, "chief") {
				continue
			}
			own := object{"type": s.office.kind.ID, "issuer": s.office.did.DID, "claims": object{"name": "x"}}
			for name, c := range map[string]struct {
				path    string
				with    func(part string) object
				foreign []string
				unknown string
			}{
				"type of an order":    {"/credentials", func(p string) object { return merged(own, "type", p) }, []string{f.kind.ID}, unknown},
				"issuer of an order":  {"/credentials", func(p string) object { return merged(own, "issuer", p) }, []string{f.did.DID, f.did.ID, f.web.DID}, "did:web:nobody.example"},
				"method of an order":  {"/credentials", func(p string) object { return merged(own, "method", p) }, []string{f.did.Keys[0].Method}, "did:web:nobody.example#key"},
				"replaced credential": {"/credentials", func(p string) object { return merged(own, "replaces", p) }, []string{f.made.ID}, unknown},
				"type of a draft":     {"/credentials/prepare", func(p string) object { return merged(own, "type", p) }, []string{f.kind.ID}, unknown},
				"schema of a type": {"/types", func(p string) object {
					return object{"name": "Made", "types": []string{"Made"}, "schema": object{"id": p}}
				}, []string{f.schema.ID}, unknown},
				"key of a DID": {"/dids", func(p string) object { return object{"keyId": p} }, []string{f.freeKey.ID}, unknown},
				"organisation of a grant": {"/api-keys", func(p string) object {
					return object{"name": "x", "grants": []any{object{"role": "auditor", "organisation": p}}}
				}, []string{f.org.ID}, unknown},
			} {
				for _, part := range c.foreign {
					got := w.call("POST", s.prefix+c.path, s.token, c.with(part))
					none := w.call("POST", s.prefix+c.path, s.token, c.with(c.unknown))
					if got.status/100 != 4 || got.status == 409 {
						t.Errorf("%s for %s: %d %s", name, s.name, got.status, got.body)
					}
					if got.status != none.status || got.problem().Code() != none.problem().Code() {
						t.Errorf("%s for %s: %d %s; one that is not there: %d %s", name, s.name, got.status, got.body, none.status, none.body)
					}
				}
			}
			again := object{"url": f.context, "document": object{"@context": object{"b": "https://b.example/b"}}}
			if got := w.call("POST", s.prefix+"/contexts", s.token, again); !s.same && got.status != 201 {
				t.Errorf("%s cannot import a context that another tenant has: %d %s", s.name, got.status, got.body)
			}
		}
	})
}

func merged(base object, name string, value any) object {
	out := object{}
	for k, v := range base {
		out[k] = v
	}
	out[name] = value
	return out
}

// TestIsolationOfIdempotency: a key is its principal's.
func TestIsolationOfIdempotency(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture("north")
		first := w.call("POST", "/v1/credentials", f.key.Secret, f.orderBody(), "Idempotency-Key", "shared")
		if first.status != 201 {
			t.Fatalf("%d %s", first.status, first.body)
		}
		for _, s := range w.strangers(f) {
			if s.office == nil {
				continue
			}
			got := w.call("POST", s.prefix+"/credentials", s.token, f.orderBody(), append([]string{"Idempotency-Key", "shared"}, s.header...)...)
			if got.status != 404 && got.status != 403 {
				t.Errorf("%s with another's order and key: %d %s", s.name, got.status, got.body)
			}
			w.silent(t, f, s, "a replay", got)
			if s.header != nil || s.prefix != "/v1" || strings.HasPrefix(s.name, "chief") {
				continue
			}
			own := object{"type": s.office.kind.ID, "issuer": s.office.did.DID, "claims": object{"name": "x"}}
			got = w.call("POST", s.prefix+"/credentials", s.token, own, "Idempotency-Key", "shared")
			if got.status != 201 || got.header.Get("Idempotency-Replayed") != "" {
				t.Errorf("%s with another's key: %d %s", s.name, got.status, got.body)
			}
		}
	})
}

// TestIsolationOfPublicDoors walks the doors that ask for nobody: what they show is public, and a client of one
// tenant gets no token at another.
func TestIsolationOfPublicDoors(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture("north")
		far := w.tenant("far")
		for _, route := range publicRoutes() {
			switch route.Operation {
			case "getStatusList", "getPublicSchema", "getPublicClaimsSchema", "getPublicContext", "getDidDocument", "resolveDid", "jwks", "metadata":
				if route.Permission != httpx.Public {
					t.Errorf("%s is not public", route.Operation)
				}
				f.showsNoClaims(t, route)
			case "token":
				for prefix, want := range map[string]int{"": 200, "/t/north": 200, "/t/" + far.Slug: 401, "/t/nowhere": 401} {
					got := w.call("POST", prefix+"/oauth2/token", "", url.Values{
						"grant_type": {"client_credentials"}, "client_id": {f.client.ID}, "client_secret": {f.client.Secret},
					}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
					if got.status != want {
						t.Errorf("a token at %q: %d %s", prefix, got.status, got.body)
					}
					var body struct {
						Token string `json:"access_token"`
					}
					if json.Unmarshal(got.body, &body) == nil && body.Token != "" {
						if got := w.call("GET", "/t/far/v1/credentials", body.Token, nil); got.status != 404 {
							t.Errorf("the token at another tenant: %d %s", got.status, got.body)
						}
					}
				}
			default:
				t.Errorf("%s %s: the walk does not know this route", route.Method, route.Pattern)
			}
		}
	})
}

// showsNoClaims gets a public route filled with the office's ids.
func (f *fixture) showsNoClaims(t *testing.T, route httpx.Route) {
	t.Helper()
	entry := f.made.StatusEntries[0]
	path := map[string]string{
		"getStatusList":         "/status/" + entry.List,
		"getPublicSchema":       "/schemas/" + f.schema.ID + "/1/schema.json",
		"getPublicClaimsSchema": "/schemas/" + f.schema.ID + "/1/claims.json",
		"getPublicContext":      "/contexts/" + f.schema.ID + "/1/context.jsonld",
		"getDidDocument":        "/north/web/did.json", "resolveDid": "/1.0/identifiers/" + f.did.DID,
		"jwks": "/oauth2/jwks", "metadata": "/.well-known/oauth-authorization-server",
	}[route.Operation]
	got := f.w.call(route.Method, path, "", nil)
	if got.status != 200 {
		t.Errorf("%s: %d %s", path, got.status, got.body)
	}
	for _, secret := range []string{planted, "north-holder", f.made.ID, f.org.Name, f.org.ID, f.key.ID} {
		if strings.Contains(string(got.body), secret) {
			t.Errorf("%s shows %s", path, secret)
		}
	}
}
