package meeco

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

// census is all that is stored of the fixture's tenant, to tell whether something was.
func (f *fixture) census() string {
	f.w.t.Helper()
	var out strings.Builder
	add := func(token, path string, header ...string) {
		r := f.w.raw(token, "GET", path, nil, header...).succeeds()
		fmt.Fprintf(&out, "%s %s\n", path, r.body())
	}
	add(f.w.secret, "/tenants?per_page=100")
	add(f.w.secret, "/global_admins?per_page=100")
	add(f.chief, "/tenants/"+f.tenant.ID+"/orgs?per_page=100")
	add(f.chief, "/tenants/"+f.tenant.ID+"/admins?per_page=100")
	add(f.chief, "/applications?per_page=100")
	for _, path := range []string{
		"/schemas?per_page=100", "/credential_types?per_page=100", "/credentials?per_page=100", "/presentation_definitions?per_page=100",
		"/oidc/presentations/requests?per_page=100", "/oidc/presentations/requests/" + f.request + "/submissions", "/did-owner?limit=100",
		"/applications?per_page=100", "/users/invitations?per_page=100", "/orgs/" + f.org.ID + "/admins?per_page=100", "/orgs/" + f.org.ID,
	} {
		add(f.admin, path, orgHeader, f.org.ID)
	}
	return out.String()
}

// unchanged fails when something was stored since the census.
func (f *fixture) unchanged(before string) {
	f.w.t.Helper()
	after := f.census()
	if after == before {
		return
	}
	was := strings.Split(before, "\n")
	for i, line := range strings.Split(after, "\n") {
		if i >= len(was) || line != was[i] {
			f.w.t.Errorf("something was stored: %s", suite.Shortened([]byte(line)))
		}
	}
}

// TestBadInput has each fault of a request that clients make: its own refusal, and nothing is stored.
func TestBadInput(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture()
		far := w.office("far")
		spare := w.sdk(f.chief, "schemasControllerCreate", object{"schema": object{
			"name": "Spare", "schema_json": schemaJSON(), "organization_ids": []string{f.org.ID},
		}}).text("/schema/id")
		retired := w.sdk(f.chief, "credentialTypesControllerCreate", f.org.ID, object{"credential_type": object{
			"name": "Retired", "type": []string{}, "schema_id": spare, "style": object{"text_color": "", "background": "", "image": ""},
		}}).text("/credential_type/id")
		plain := w.sdk(f.admin, "credentialsControllerGenerate", f.org.ID,
			object{"credential": merged(f.orderBody()["credential"].(object), object{"revocable": false})}, "application/json").text("/credential/id")
		revoked := w.sdk(f.admin, "credentialsControllerGenerate", f.org.ID, f.orderBody(), "application/json").text("/credential/id")
		w.sdk(f.admin, "credentialStatusControllerUpdate", f.org.ID, status(revoked, "revocation", "1")).succeeds()
		w.sdk(f.chief, "schemasControllerArchive", spare).succeeds()
		before := f.census()

		order := func(more object) *reply {
			return w.sdk(f.admin, "credentialsControllerGenerate", f.org.ID, object{"credential": merged(f.orderBody()["credential"].(object), more)}, "application/json")
		}
		claims := func(c object) *reply { return order(object{"claims": c}) }
		w.raw(f.admin, "POST", "/credentials/generate", f.orderBody()).refused(400, "organisation_id_missing")
		for _, other := range []string{far.org.ID, unknown, "acme", "x' OR '1'='1"} {
			w.raw(f.admin, "POST", "/credentials/generate", f.orderBody(), orgHeader, other).refused(404, "organisation_not_found")
		}
		w.raw(f.admin, "POST", "/credentials/generate", f.orderBody(), orgHeader, f.org.ID, orgHeader, f.org.ID).refused(400, "header_twice")

		order(object{"credential_type_id": retired}).refused(409, "schema_archived")
		claims(object{"name": planted, "level": 0}).refusedAt(400, "schema_violation", "/credential/claims/level").equal("/errors/0/extra_info/rule", "minimum")
		claims(object{"name": object{"first": planted}}).refusedAt(400, "schema_violation", "/credential/claims/name").equal("/errors/0/extra_info/rule", "type")
		claims(object{"level": 2}).refused(400, "schema_violation").equal("/errors/0/extra_info/rule", "required")
		claims(object{"name": "x", "pin": planted}).refused(400, "schema_violation").equal("/errors/0/extra_info/rule", "additionalProperties")
		order(object{"expires_at": date(w.clock.Now().Add(-time.Hour))}).refusedAt(400, "validity_past", "/credential/expires_at")
		claims(object{"name": "x", "id": "did:unheard:of"}).refusedAt(422, "did_method_not_supported", "/credential/claims/id")
		claims(object{"name": "x", "id": "did:key:zNone"}).refusedAt(422, "did_not_resolved", "/credential/claims/id")
		order(object{"issuer": "did:unheard:of"}).refusedAt(422, "did_method_not_supported", "/credential/issuer")
		order(object{"issuer": "did:key:zNone"}).refusedAt(422, "issuer_not_resolved", "/credential/issuer")
		w.raw(f.admin, "POST", "/credentials/issue", f.orderBody(), orgHeader, f.org.ID).refused(404, "identity_not_found")

		change := func(id, kind, value string) *reply {
			return w.sdk(f.admin, "credentialStatusControllerUpdate", f.org.ID, status(id, kind, value))
		}
		change(plain, "revocation", "1").refused(409, "no_status")
		change("urn:uuid:"+plain, "suspension", "1").refused(409, "no_status")
		change(revoked, "revocation", "0").refused(409, "revocation_final")
		change(unknown, "revocation", "1").refused(404, "credential_not_found")

		signed := string(w.raw("", "GET", "/oidc/presentations/requests/"+f.request+"/jwt", nil).body())
		again := w.sign(signed[:strings.LastIndex(signed, ".")], f.signer.DID, f.signer) // deterministic, so the same bytes
		second := signed[:strings.LastIndex(signed, ".")+1] + strings.Repeat("A", 86)
		w.sdk(f.admin, "presentationRequestsControllerUpdate", f.request, object{"presentation_request": object{"signed_request_jwt": second}}, f.org.ID).
			refused(409, "request_already_signed")
		if again != signed {
			t.Errorf("the second signature is another")
		}
		if err := w.node().Try("meeco.sign", peers.MeecoSign{Unsigned: f.token, Issuer: f.signer.DID, Key: f.signer}, nil); err == nil ||
			!strings.Contains(err.Error(), "already contains a signature") {
			t.Errorf("a signed token was signed again: %v", err)
		}
		f.unchanged(before)

		w.sdk(f.chief, "schemasControllerRestore", spare).succeeds()
		w.sdk(f.admin, "credentialTypesControllerRemove", retired, f.org.ID).succeeds()
		before = f.census()
		order(object{"credential_type_id": retired}).refused(409, "type_archived")
		f.unchanged(before)
		if text := w.logs.String(); strings.Contains(text, planted) || strings.Contains(text, `"level":"ERROR"`) {
			t.Error("the log tells a claim or an error")
		}
	})
}

func status(id, kind, value string) object {
	return object{"credential_id": id, "credential_status": object{"type": kind, "status": value}}
}

// sent is a value that no refusal may repeat.
const sent = "Zuse-Konrad-1910"

// broken are bodies that no writing route takes.
func broken() map[string]string {
	return map[string]string{
		"no JSON": "name=" + sent, "half JSON": `{"name":"` + sent, "two values": `{} {}`, "empty": " ", "an array": "[]", "a string": `"` + sent + `"`,
		"unknown member": `{"surprise":"` + sent + `"}`, "name twice": `{"name":"` + sent + `","name":"` + sent + `"}`,
		"too deep": `{"name":` + strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100) + `}`, "deeper than any stack": strings.Repeat("[", 60000),
		"huge number": `{"name":1e400}`, "not UTF-8": "{\"name\":\"\xff\xfe" + sent + "\"}", "half a surrogate": `{"name":"\ud800` + sent + `"}`,
		"a byte order mark": "\uFEFF{}", "wrong types": `{"schema":1,"credential_type":[],"credential":true,"presentation":"x","name":7}`,
	}
}

// TestBadBodies sends every writing route what is no request at all.
func TestBadBodies(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture()
		before := f.census()
		for _, route := range routes() {
			if body := f.body(route.Method + " " + route.Pattern); body != nil && !notOffered(&operation{pattern: route.Pattern}) {
				f.badBodies(t, route, body)
			}
		}
		f.unchanged(before)
		if text := w.logs.String(); strings.Contains(text, sent) || strings.Contains(text, `"level":"ERROR"`) {
			t.Error("the log tells a value or an error")
		}
	})
}

func (f *fixture) badBodies(t *testing.T, route httpx.Route, right any) {
	t.Helper()
	path := f.path(route, "")
	header := []string{orgHeader, f.org.ID}
	if route.Permission == httpx.Public {
		header = nil
	}
	token := f.tokenFor(route)
	if token == f.w.secret {
		header = nil
	}
	for name, body := range broken() {
		got := f.w.raw(token, route.Method, path, body, header...)
		if got.status() < 400 || got.status() >= 500 || strings.Contains(string(got.body()), sent) {
			t.Errorf("%s %s with %s: %d %s", route.Method, path, name, got.status(), suite.Shortened(got.body()))
		}
	}
	for _, media := range []string{"text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "garbage;;"} {
		if media == "application/x-www-form-urlencoded" && route.Operation == "presentationRequestSubmissionsControllerSubmit" {
			continue // SIOPv2 has wallets post a form
		}
		got := f.w.raw(token, route.Method, path, right, append([]string{"Content-Type", media}, header...)...)
		if got.status() != http.StatusUnsupportedMediaType {
			t.Errorf("%s %s as %s: %d %s", route.Method, path, media, got.status(), suite.Shortened(got.body()))
		}
	}
	large := `{"name":"` + strings.Repeat("x", 5<<20) + `"}`
	if got := f.w.raw(token, route.Method, path, large, header...); got.status() != http.StatusRequestEntityTooLarge {
		t.Errorf("%s %s with 5 MiB: %d %s", route.Method, path, got.status(), suite.Shortened(got.body()))
	}
}

// tokenFor is a key of somebody who may.
func (f *fixture) tokenFor(route httpx.Route) string {
	switch {
	case route.Permission == httpx.Public:
		return ""
	case strings.HasPrefix(route.Operation, "tenancy") && !strings.HasPrefix(route.Pattern, "/users/") && !strings.HasPrefix(route.Pattern, "/applications"):
		return f.w.secret
	case strings.HasPrefix(route.Pattern, "/schemas"), route.Pattern == "/credential_types":
		return f.chief
	}
	return f.admin
}
