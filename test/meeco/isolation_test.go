package meeco

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/test/suite"
)

// TestIsolationById: whatever is addressed by its id answers a stranger as if it were not there.
func TestIsolationById(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture()
		everyone := f.strangers()
		for _, route := range routes() {
			body := f.body(route.Method + " " + route.Pattern)
			if !strings.Contains(route.Pattern, "{") || route.Permission == httpx.Public || strings.HasPrefix(route.Pattern, "/deployments/") {
				continue
			}
			if route.Operation == "didControllerResolve" {
				continue // DIDs are public
			}
			for _, s := range everyone {
				f.shut(t, s, route, body)
			}
		}
		// Nothing of it happened.
		r := w.sdk(f.admin, "credentialsControllerFindOne", f.credential, f.org.ID)
		r.equal("/credential/status", "active")
		w.raw(f.chief, "GET", "/orgs/"+f.org.ID, nil).equal("/org/name", "Acme Members")
		w.sdk(f.admin, "presentationRequestSubmissionsControllerFindAll", f.request, f.org.ID).equal("/submissions/0/status", "pending")
	})
}

// shut checks one route for one stranger: the answer is a refusal that says nothing, and the same as for an id that
// nobody has.
func (f *fixture) shut(t *testing.T, s stranger, route httpx.Route, body any) {
	t.Helper()
	got := f.w.raw(s.token, route.Method, s.at+f.path(route, ""), body, s.header...)
	unnamed := got.at("/errors/0/error") == "organisation_id_missing"
	if got.status() != 401 && got.status() != 403 && got.status() != 404 && !unnamed {
		t.Errorf("%s for %s: %d %s", route.Operation, s.name, got.status(), suite.Shortened(got.body()))
		return
	}
	f.silent(t, s, route.Operation, got)
	if s.same && strings.Contains(route.Pattern, "{tenant_id}") {
		return // the tenant is its own, too: that it is there is no secret
	}
	none := f.w.raw(s.token, route.Method, s.at+f.path(route, unknown), body, s.header...)
	if none.status() != got.status() || none.at("/errors/0/error") != got.at("/errors/0/error") || none.at("/errors/0/message/en") != got.at("/errors/0/message/en") {
		t.Errorf("%s for %s: %d %s; of an unknown id: %d %s", route.Operation, s.name, got.status(), got.body(), none.status(), none.body())
	}
}

// silent checks that an answer holds nothing of the fixture.
func (f *fixture) silent(t *testing.T, s stranger, operation string, got *reply) {
	t.Helper()
	for _, secret := range f.secrets() {
		if strings.Contains(string(got.body()), secret) {
			t.Errorf("%s tells %s %q: %d %s", operation, s.name, secret, got.status(), suite.Shortened(got.body()))
		}
	}
}

// TestIsolationOfLists: no list holds anything foreign, however it is asked.
func TestIsolationOfLists(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture()
		for _, s := range f.strangers() {
			for _, route := range routes() {
				if strings.Contains(route.Pattern, "{") || route.Method != http.MethodGet {
					continue
				}
				for _, query := range []string{"", "?search=" + plantedIn, "?status=all&per_page=100", "?filter_by=" + plantedIn, "?tenant_id=" + f.tenant.ID} {
					got := w.raw(s.token, route.Method, s.at+route.Pattern+query, nil, s.header...)
					if s.office == nil && route.Permission != httpx.Public && got.status() != 401 {
						t.Errorf("%s for %s: %d %s", route.Operation, s.name, got.status(), suite.Shortened(got.body()))
					}
					f.silent(t, s, route.Operation+query, got)
				}
			}
		}
	})
}

// TestIsolationOfParts: what is foreign cannot be used to make something, and is answered like what is not there.
func TestIsolationOfParts(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture()
		for _, s := range f.strangers() {
			if s.office == nil || s.at != "" || strings.Contains(s.name, "naming") {
				continue
			}
			own := fixture{office: s.office, wallet: f.wallet}
			part := func(body object, wrapper, name string) func(string) object {
				inner, _ := body[wrapper].(object)
				return func(value string) object { return object{wrapper: merged(inner, object{name: value})} }
			}
			kind, _ := own.bodies()["POST /credential_types"].(object)
			for name, c := range map[string]struct {
				path    string
				with    func(string) object
				foreign []string
				unknown string
			}{
				"type of a record":   {"/credentials/generate", part(own.orderBody(), "credential", "credential_type_id"), []string{f.kind}, unknown},
				"issuer of an issue": {"/credentials/issue", part(own.orderBody(), "credential", "issuer"), []string{f.web}, "did:web:nobody.example"},
				"schema of a type":   {"/credential_types", part(kind, "credential_type", "schema_id"), []string{f.schema}, unknown},
				"definition of a request": {
					"/oidc/presentations/requests", part(own.bodies()["POST /oidc/presentations/requests"].(object), "presentation_request", "presentation_definition_id"),
					[]string{f.definition},
					unknown,
				},
				"schema of a definition": {"/presentation_definitions", func(id string) object {
					return object{"presentation_definition": object{"name": "x", "purpose": "x", "required_credentials": []object{{"name": "x", "purpose": "x", "schema_id": id}}}}
				}, []string{f.schema}, unknown},
				"credential of a status": {"/credentials/status", func(id string) object {
					return object{"credential_id": id, "credential_status": object{"type": "revocation", "status": "1"}}
				}, []string{f.credential, "urn:uuid:" + f.credential}, unknown},
				"DID of an update": {"/did/update?method=web", func(did string) object {
					return object{"did": did, "didDocumentOperation": []string{"setDidDocument"}, "didDocument": object{}}
				}, []string{f.web}, "did:web:nobody.example"},
				"DID of a deactivation": {"/did/deactivate?method=web", func(did string) object { return object{"did": did} }, []string{f.web}, "did:web:nobody.example"},
			} {
				for _, foreign := range c.foreign {
					got := w.raw(s.token, "POST", c.path, c.with(foreign), s.header...)
					none := w.raw(s.token, "POST", c.path, c.with(c.unknown), s.header...)
					if got.status()/100 != 4 || got.status() == 409 {
						t.Errorf("%s for %s: %d %s", name, s.name, got.status(), got.body())
					}
					if got.status() != none.status() || got.at("/errors/0/error") != none.at("/errors/0/error") {
						t.Errorf("%s for %s: %d %s; one that is not there: %d %s", name, s.name, got.status(), got.body(), none.status(), none.body())
					}
				}
			}
		}
	})
}
