package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/api/meeco"
	"github.com/chancery-vc/chancery/internal/httpx"
)

// TestIsolationAtMeecosDoor walks Meeco's door for what was made here: another door is no way around. test/meeco walks
// it for everything that is made there.
func TestIsolationAtMeecosDoor(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture("north")
		made := map[string]string{
			"/schemas/{id}": f.schema.ID, "/credential_types/{id}": f.kind.ID, "/credentials/{id}": f.made.ID,
			"/orgs/{org_id}": f.org.ID, "/tenants/{tenant_id}": f.tenant.ID, "/applications/{id}": f.client.ID,
		}
		everyone, walked := w.strangers(f), 0
		for _, route := range (&meeco.Door{}).Routes() {
			bodiless := strings.HasSuffix(route.Pattern, "/archive") || strings.HasSuffix(route.Pattern, "/restore") || route.Method == http.MethodDelete
			if route.Permission == httpx.Public || route.Method != http.MethodGet && !bodiless {
				continue
			}
			path := route.Pattern
			for pattern, id := range made {
				if rest, ok := strings.CutPrefix(path, pattern); ok {
					path = pattern[:strings.Index(pattern, "{")] + id + rest
				}
			}
			if strings.Contains(path, "{") {
				continue // addressed by what only that door makes
			}
			walked++
			for _, s := range everyone {
				s.prefix = strings.Replace(s.prefix, "/v1", meeco.Prefix, 1)
				w.atMeecos(t, f, s, route, path)
			}
		}
		if walked < 30 {
			t.Errorf("%d routes were walked", walked)
		}
	})
}

func (w *world) atMeecos(t *testing.T, f *fixture, s stranger, route httpx.Route, path string) {
	t.Helper()
	var header []string
	switch {
	case s.header != nil:
		header = []string{meeco.OrganisationHeader, s.header[1]}
	case s.office != nil && !strings.HasPrefix(s.name, "chief"):
		header = []string{meeco.OrganisationHeader, s.office.org.ID}
	}
	got := w.call(route.Method, s.prefix+path, s.token, nil, header...)
	w.silent(t, f, s, route.Operation, got)
	if !strings.Contains(route.Pattern, "{") {
		return
	}
	unnamed := got.status == 400 && strings.Contains(string(got.body), "organisation_id_missing")
	if got.status != 401 && got.status != 403 && got.status != 404 && !unnamed {
		t.Errorf("%s for %s: %d %s", route.Operation, s.name, got.status, got.body)
	}
}
