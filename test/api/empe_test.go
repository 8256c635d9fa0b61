package api

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/api/empe"
	"github.com/chancery-vc/chancery/internal/api/empe/wallet"
	"github.com/chancery-vc/chancery/internal/httpx"
)

// TestIsolationAtEmpesDoor walks Empe's door for what was made here: another door is no way around. test/empe walks it
// for everything that is made there.
func TestIsolationAtEmpesDoor(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture("north")
		made := map[string]string{"/credentials/{id}": f.made.ID, "/schemas/{id}": f.schema.ID, "/schema/{id}": f.schema.ID}
		everyone, walked := w.strangers(f), 0
		for _, route := range (&empe.Door{Wallet: &wallet.Door{}}).Routes() {
			bodiless := strings.Contains(route.Pattern, "{id}/") || route.Method == http.MethodDelete
			if route.Permission == httpx.Public || route.Method != http.MethodGet && !bodiless {
				continue
			}
			path := route.Pattern
			for pattern, id := range made {
				if before, after, ok := strings.Cut(path, pattern); ok {
					path = before + pattern[:strings.Index(pattern, "{")] + id + after
				}
			}
			if strings.Contains(path, "{") {
				continue // addressed by what only that door makes
			}
			walked++
			for _, s := range everyone {
				at := "/t/north" + empe.Prefix
				if s.office != nil && !s.same && s.prefix == "/v1" {
					at = "/t/far" + empe.Prefix // where the stranger is at home
				}
				got := w.call(route.Method, at+path, s.token, nil, "x-client-secret", s.token)
				got.body = bytes.ReplaceAll(got.body, []byte(at+path), nil) // the path that was sent is told again
				w.silent(t, f, s, route.Operation, got)
				if strings.Contains(route.Pattern, "{") && got.status != 400 && got.status != 401 && got.status != 403 && got.status != 404 {
					t.Errorf("%s for %s: %d %s", route.Operation, s.name, got.status, got.body)
				}
			}
		}
		if walked < 12 {
			t.Errorf("%d routes were walked", walked)
		}
		got := w.call("GET", "/v1/credentials/"+f.made.ID, f.key.Secret, nil)
		if got.status != 200 || !strings.Contains(string(got.body), `"standing":"active"`) && strings.Contains(string(got.body), `"revoked"`) {
			t.Errorf("the credential: %d %s", got.status, got.body)
		}
	})
}
