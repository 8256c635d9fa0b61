package httpx

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/vc"
)

// A caller who goes away before the answer makes no fault of ours: neither an error in the log nor an unavailable server in the metrics.
func TestCallerLeaves(t *testing.T) {
	for _, c := range []struct {
		name   string
		leaves bool
		cause  error
		status string
		faults int
	}{
		{"left", true, context.Canceled, "499", 0},
		{"a fault of the store", false, http.ErrServerClosed, "503", 1},
		{"a fault while the caller left", true, http.ErrServerClosed, "499", 1},
		{"cancelled by ourselves", false, context.Canceled, "503", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var text bytes.Buffer
			log := slog.New(slog.NewTextHandler(&text, nil))
			metrics := NewMetrics()
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			h := Stack{Log: log, Metrics: metrics}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if c.leaves {
					leave()
				}
				err := vc.Errorf(vc.Unavailable, "store", "the store is not available").Because(c.cause)
				Refusing(w, r, log, Status(err), err)
				w.WriteHeader(Status(err))
			}))
			out := httptest.NewRecorder()
			h.ServeHTTP(out, httptest.NewRequestWithContext(ctx, "GET", "/things", nil))
			if n := strings.Count(text.String(), "level=ERROR"); n != c.faults {
				t.Errorf("%d errors in the log: %s", n, text.String())
			}
			if !strings.Contains(text.String(), "status="+c.status) {
				t.Errorf("log: %s", text.String())
			}
			seen := httptest.NewRecorder()
			metrics.Handler().ServeHTTP(seen, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
			if !strings.Contains(seen.Body.String(), `status="`+c.status+`"`) {
				t.Errorf("metrics: %s", seen.Body)
			}
		})
	}
}
