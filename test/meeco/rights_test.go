package meeco

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/test/suite"
)

// neededRights reads from the reference's table of the VC API which rights an operation needs: one of them is enough;
// none is anyone with a token. Public operations are not in it.
func neededRights(t *testing.T) map[string][]string {
	t.Helper()
	raw, err := os.ReadFile(sharedtest.Path(t, "the reference of Meeco's API", "reference", "meeco.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(raw), "\n## 1.3 ")
	text, _, _ = strings.Cut(text, "\n### ")
	line := regexp.MustCompile("(?m)^\\| (GET|POST|PUT|PATCH|DELETE) \\| `([^`]+)` \\| Bearer([^|]*)\\|")
	right := regexp.MustCompile("vc:(tenant|org):manage")
	needed := map[string][]string{}
	for _, found := range line.FindAllStringSubmatch(text, -1) {
		needed[found[1]+" "+found[2]] = right.FindAllString(found[3], -1)
	}
	if len(needed) != 36 {
		t.Fatalf("the table has %d operations that need a token", len(needed))
	}
	return needed
}

// TestNeededRights: who has one right and nothing else may do what the table names it for, and nothing that it names
// another for.
func TestNeededRights(t *testing.T) {
	needed := neededRights(t)
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture()
		who := map[string]string{
			"vc:tenant:manage": w.holder(f.office, "", "vc:tenant:manage"), "vc:org:manage": w.holder(f.office, f.org.ID, "vc:org:manage"),
			"atom:tenant:view_tenant": w.holder(f.office, "", "atom:tenant:view_tenant"), "atom:org:view_org": w.holder(f.office, f.org.ID, "atom:org:view_org"),
		}
		walked := 0
		for _, route := range routes() {
			name := route.Method + " " + route.Pattern
			rights, ok := needed[name]
			if !ok || route.Permission == httpx.Public {
				continue
			}
			walked++
			for has, token := range who {
				got := w.raw(token, route.Method, f.path(route, ""), f.body(name), orgHeader, f.org.ID)
				switch denied := got.status() == http.StatusForbidden; {
				case len(rights) == 0 && strings.HasPrefix(has, "vc:") && denied:
					t.Errorf("%s needs no right, and with %s: %d %s", name, has, got.status(), suite.Shortened(got.body()))
				case len(rights) == 0:
				case strings.Contains(strings.Join(rights, " "), has) == denied:
					t.Errorf("%s needs %v, and with %s: %d %s", name, rights, has, got.status(), suite.Shortened(got.body()))
				case denied:
					got.refused(403, "permission_denied")
				case got.status() == http.StatusUnauthorized || got.status() >= 500:
					t.Errorf("%s needs %v, and with %s: %d %s", name, rights, has, got.status(), suite.Shortened(got.body()))
				}
			}
		}
		if walked != len(needed) {
			t.Errorf("of %d operations %d were tried", len(needed), walked)
		}
	})
}

// holder is an access token of an application that has one right and nothing else.
func (w *world) holder(o *office, organisation, right string) string {
	w.t.Helper()
	var header []string
	if organisation != "" {
		header = []string{orgHeader, organisation}
	}
	made := w.raw(w.secret, "POST", "/t/"+o.tenant.Slug+"/meeco/applications", object{"application": object{
		"name": right, "description": "", "security_rights": []string{right},
	}}, header...)
	return w.token(made.text("/application/client_id"), made.text("/application/client_secret"))
}
