package meeco

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/test/suite"
)

// TestPublicRoutes: what is shown to anyone holds no claim and nothing of who is a subject.
func TestPublicRoutes(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture()
		for _, route := range routes() {
			if route.Permission != httpx.Public || route.Method != http.MethodGet {
				continue
			}
			got := w.raw("", route.Method, f.path(route, ""), nil)
			for _, secret := range []string{planted, f.credential, f.wallet.DID, f.submission, f.orgAdmin, "acme.example", f.application} {
				if strings.Contains(string(got.body()), secret) {
					t.Errorf("%s shows %s: %s", route.Operation, secret, suite.Shortened(got.body()))
				}
			}
			if !strings.Contains(route.Pattern, "{") {
				continue
			}
			if none := w.raw("", route.Method, f.path(route, unknown), nil); none.status() != http.StatusNotFound {
				t.Errorf("%s of an unknown id: %d %s", route.Operation, none.status(), none.body())
			}
		}
	})
}

// TestWrongTypes gives each member of each body a value of each wrong type: a refusal that points at it, and nothing is
// stored.
func TestWrongTypes(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture()
		before := f.census()
		for _, route := range routes() {
			name := route.Method + " " + route.Pattern
			body, ok := f.body(name).(object)
			if !ok {
				continue
			}
			header := []string{orgHeader, f.org.ID}
			token := f.tokenFor(route)
			if token == w.secret || token == "" {
				header = nil
			}
			wrongs(body, "", func(pointer string, wrong any, changed object) {
				if free(name, pointer) {
					return
				}
				got := w.raw(token, route.Method, f.path(route, ""), changed, header...)
				at, _ := got.at("/errors/0/extra_info/pointer").(string)
				if got.status() < 400 || got.status() >= 500 || !strings.HasPrefix(at, pointer) {
					t.Errorf("%s with %v at %s: %d %s", name, wrong, pointer, got.status(), suite.Shortened(got.body()))
				}
				if strings.Contains(string(got.body()), sent) {
					t.Errorf("%s with %v at %s is told what it sent", name, wrong, pointer)
				}
			})
		}
		f.unchanged(before)
	})
}

// free are members that may be of several types, or that the verifier alone gives a meaning.
func free(name, pointer string) bool {
	switch {
	case strings.Contains(pointer, "/claims/"), strings.Contains(pointer, "/schema_json/"), strings.Contains(pointer, "/verification_result/"):
		return true
	case strings.HasSuffix(pointer, "/issuer"), strings.HasSuffix(pointer, "/type"):
		return strings.Contains(name, "/credentials/")
	}
	return false
}

// wrongs visits the body with one member changed, each member by each value that is of another type.
func wrongs(body object, at string, visit func(pointer string, wrong any, changed object)) {
	for name, right := range body {
		pointer := at + "/" + name
		for _, wrong := range []any{1.5, true, sent, []any{1}, object{"a": object{"b": sent}}} {
			if kindOf(wrong) != kindOf(right) {
				visit(pointer, wrong, merged(body, object{name: wrong}))
			}
		}
		if inner, ok := right.(object); ok {
			wrongs(inner, pointer, func(pointer string, wrong any, changed object) {
				visit(pointer, wrong, merged(body, object{name: changed}))
			})
		}
	}
}

func kindOf(value any) string {
	switch value.(type) {
	case string:
		return "string"
	case bool:
		return "bool"
	case object:
		return "object"
	case float64, int:
		return "number"
	}
	return "array"
}

// TestOddTexts puts a zero byte, which PostgreSQL has no place for, and a lone surrogate into each text, id and parameter:
// never a fault of ours.
func TestOddTexts(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture()
		for _, route := range routes() {
			name := route.Method + " " + route.Pattern
			header, token := []string{orgHeader, f.org.ID}, f.tokenFor(route)
			if token == w.secret || token == "" {
				header = nil
			}
			sane := func(what string, got *reply) {
				if got.status() >= 500 && got.status() != http.StatusNotImplemented {
					t.Errorf("%s with %s: %d %s", name, what, got.status(), suite.Shortened(got.body()))
				}
			}
			if strings.Contains(route.Pattern, "{") {
				for _, odd := range []string{"a%00b", "%ff%fe", "..%2f..%2fetc", strings.Repeat("a", 5000)} {
					sane(odd[:4], w.raw(token, route.Method, f.path(route, odd), f.body(name), header...))
				}
			}
			if route.Method == http.MethodGet && !strings.Contains(route.Pattern, "{") {
				for _, query := range []string{"search=a%00b", "search=%ff", "filter_by=%00", "email=%00", "tenant_id=%00", "order_by=%00", "page=9999999999999999999"} {
					sane(query, w.raw(token, route.Method, route.Pattern+"?"+query, nil, header...))
				}
			}
			if body, ok := f.body(name).(object); ok {
				texts(body, func(pointer string, changed object) {
					sane("a zero byte at "+pointer, w.raw(token, route.Method, f.path(route, ""), changed, header...))
				})
			}
		}
		if text := w.logs.String(); strings.Contains(text, `"level":"ERROR"`) {
			t.Error("the log has an error")
		}
	})
}

// texts visits the body with one text changed.
func texts(body object, visit func(pointer string, changed object)) {
	for name, right := range body {
		switch value := right.(type) {
		case string:
			visit("/"+name, merged(body, object{name: value + "\x00"}))
		case object:
			texts(value, func(pointer string, changed object) { visit("/"+name+pointer, merged(body, object{name: changed})) })
		}
	}
}
