package native

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

func TestProblems(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		typ    string
		header string
	}{
		"invalid":       {vc.Errorf(vc.Invalid, "schema-violation", "no").At("/claims/a~1b"), 400, "schema-violation", ""},
		"too large":     {vc.Errorf(vc.Invalid, httpx.CodeTooLarge, "no"), 413, "too-large", ""},
		"media type":    {vc.Errorf(vc.Unsupported, httpx.CodeMediaType, "no"), 415, "media-type", ""},
		"who":           {vc.Errorf(vc.Unauthenticated, "no-credentials", "no"), 401, "no-credentials", "Www-Authenticate"},
		"denied":        {vc.Errorf(vc.Denied, "permission-denied", "no"), 403, "permission-denied", ""},
		"not found":     {vc.Errorf(vc.NotFound, "type-not-found", "no"), 404, "type-not-found", ""},
		"conflict":      {vc.Errorf(vc.Conflict, "stale", "no"), 409, "stale", ""},
		"reused key":    {vc.Errorf(vc.Conflict, "idempotency-key-reused", "no"), 422, "idempotency-key-reused", ""},
		"gone":          {vc.Errorf(vc.Gone, "credential-erased", "no"), 410, "credential-erased", ""},
		"cannot rotate": {vc.Errorf(vc.Unsupported, "cannot-rotate", "no"), 422, "cannot-rotate", ""},
		"method":        {vc.Errorf(vc.Unsupported, "method-not-allowed", "no"), 405, "method-not-allowed", ""},
		"later":         {vc.Errorf(vc.Unavailable, "store", "no"), 503, "store", "Retry-After"},
		"time":          {fmt.Errorf("x: %w", context.DeadlineExceeded), 503, "timeout", "Retry-After"},
		"internal":      {vc.Errorf(vc.Internal, "secret-code", "secret"), 500, "internal", ""},
		"no kind":       {errors.New("secret"), 500, "internal", ""},
		"wrapped":       {fmt.Errorf("secret: %w", vc.Errorf(vc.NotFound, "x", "no").Because(errors.New("secret"))), 404, "x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			(&Door{}).fail(w, httptest.NewRequest(http.MethodGet, "/", nil), c.err)
			var p problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
				t.Fatal(err)
			}
			if w.Code != c.status || p.Status != c.status || p.Type != "/problems/"+c.typ || p.Title == "" {
				t.Errorf("got %d %+v", w.Code, p)
			}
			if w.Header().Get("Content-Type") != "application/problem+json" || c.header != "" && w.Header().Get(c.header) == "" {
				t.Errorf("headers %v", w.Header())
			}
			if strings.Contains(w.Body.String(), "secret") {
				t.Errorf("it tells a secret: %s", w.Body)
			}
		})
	}
}

func TestProblemListsFindings(t *testing.T) {
	e := vc.Errorf(vc.Invalid, "lint", "two things")
	e.Details = []vc.Finding{{Code: "a", Pointer: "/x", Message: "m", Cites: "§1"}, {Code: "b", Warning: true}}
	p := problemOf(e)
	if len(p.Errors) != 2 || p.Errors[0] != (finding{Code: "a", Pointer: "/x", Detail: "m", Cites: "§1"}) || !p.Errors[1].Warning {
		t.Errorf("%+v", p)
	}
}

func TestVerboseIsForDevelopers(t *testing.T) {
	w := httptest.NewRecorder()
	(&Door{Verbose: true}).fail(w, httptest.NewRequest(http.MethodGet, "/", nil), errors.New("disk on fire"))
	if !strings.Contains(w.Body.String(), "disk on fire") {
		t.Error(w.Body)
	}
}

func TestHarmless(t *testing.T) {
	for in, want := range map[string]string{"": "", "did:x": "did:x", "=1+1": "'=1+1", "@a": "'@a", "-1": "'-1"} {
		if got := harmless(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}
