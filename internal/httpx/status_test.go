package httpx

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/vc"
)

// What others do not do is told in the log, and is no fault: who names them could write one otherwise.
func TestRefusing(t *testing.T) {
	cause := errors.New("the cause")
	for _, c := range []struct {
		err    error
		level  string
		status int
	}{
		{vc.Errorf(vc.Unavailable, "did-not-resolved", "x").Because(cause), "WARN", http.StatusServiceUnavailable},
		{vc.Errorf(vc.Unavailable, "peer-unavailable", "x").Because(cause), "WARN", http.StatusServiceUnavailable},
		{vc.Errorf(vc.Unavailable, "internalError", "x").Because(cause), "WARN", http.StatusServiceUnavailable},
		{vc.Errorf(vc.Internal, "internalError", "x").Because(cause), "ERROR", http.StatusInternalServerError},
		{vc.Errorf(vc.Unavailable, "fetch-failed", "x").Because(cause), "WARN", http.StatusServiceUnavailable},
		{vc.Errorf(vc.Unavailable, "store", "x").Because(cause), "ERROR", http.StatusServiceUnavailable},
		{errors.Join(cause), "ERROR", http.StatusInternalServerError},
		{vc.Errorf(vc.Unauthenticated, "x", "x").Because(cause), "", http.StatusUnauthorized},
		{vc.Errorf(vc.Invalid, "not-offered", "x").Because(cause), "", http.StatusNotImplemented},
	} {
		var out bytes.Buffer
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", nil)
		fault := Refusing(w, r, slog.New(slog.NewTextHandler(&out, nil)), c.status, c.err)
		if fault != (c.level != "") || fault && (strings.Count(out.String(), "level=") != 1 || !strings.Contains(out.String(), cause.Error())) ||
			!strings.Contains(out.String(), c.level) || !fault && out.Len() > 0 {
			t.Errorf("%v: %v %s", c.err, fault, out.String())
		}
		if again := w.Header().Get("Retry-After"); (again != "") != (c.status == http.StatusServiceUnavailable) {
			t.Errorf("%v: again after %q", c.err, again)
		}
		if Refusing(httptest.NewRecorder(), r, nil, c.status, c.err) != fault {
			t.Errorf("%v: another answer without a log", c.err)
		}
	}
}
