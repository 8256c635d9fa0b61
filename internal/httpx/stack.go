package httpx

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// MaxBody bounds any request body, whatever a route would take.
const MaxBody = 32 << 20

// Stack is what surrounds every request. The zero value logs nowhere and measures nothing.
type Stack struct {
	Log     *slog.Logger
	Metrics *Metrics
	HSTS    bool // the listener speaks TLS
	Now     func() time.Time
}

// Wrap gives next a request id, an access log line, metrics, security headers and a body limit, and turns a panic
// into a 500 whose cause only the log sees. The log has no query, body, address or header: nothing personal.
func (s Stack) Wrap(next http.Handler) http.Handler {
	now := s.Now
	if now == nil {
		now = time.Now
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := now()
		rec := &Record{RequestID: requestID(r.Header)}
		r = r.WithContext(context.WithValue(r.Context(), recordKey{}, rec))
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
		}
		out := &writer{ResponseWriter: w}
		s.secure(w.Header(), rec.RequestID)
		s.Metrics.begin()
		defer func() {
			p := recover()
			if p != nil && p != http.ErrAbortHandler {
				s.panicked(out, r, rec, p)
			}
			s.done(r, rec, out, now().Sub(start))
			if p == http.ErrAbortHandler {
				panic(p)
			}
		}()
		next.ServeHTTP(out, r)
	})
}

// secure sets what an answer of an API never needs to be without.
func (s Stack) secure(h http.Header, id string) {
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	if s.HSTS {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

func (s Stack) panicked(out *writer, r *http.Request, rec *Record, p any) {
	if s.Log != nil {
		s.Log.ErrorContext(r.Context(), "panic", "request", rec.RequestID, "route", rec.Route,
			"panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	}
	if out.status != 0 {
		return
	}
	EncodeAs(out, http.StatusInternalServerError, "application/problem+json", map[string]any{
		"type": "/problems/internal", "title": http.StatusText(http.StatusInternalServerError),
		"status": http.StatusInternalServerError, "requestId": rec.RequestID,
	})
}

// statusLeft stands in the log and the metrics, never on the wire, where the caller went away before the answer: that is not our
// unavailability. Others say 499 too.
const statusLeft = 499

func (s Stack) done(r *http.Request, rec *Record, out *writer, took time.Duration) {
	status := out.status
	if status == 0 {
		status = http.StatusOK
	}
	if status == http.StatusServiceUnavailable && left(r) {
		status = statusLeft
	}
	s.Metrics.end(r.Method, rec.Route, status, took)
	if s.Log == nil || !s.Log.Enabled(r.Context(), slog.LevelInfo) {
		return
	}
	s.Log.LogAttrs(r.Context(), slog.LevelInfo, "request",
		slog.String("method", knownMethod(r.Method)), slog.String("route", knownRoute(rec.Route)),
		slog.Int("status", status), slog.Duration("duration", took),
		slog.String("request", rec.RequestID), slog.String("tenant", rec.Tenant))
}

// writer remembers the status. Unwrap lets http.ResponseController flush, set deadlines and take the connection over through it;
// of a connection that was taken over the status is 101, and its request ends when its handler does.
type writer struct {
	http.ResponseWriter
	status int
}

func (w *writer) WriteHeader(status int) {
	if w.status == 0 && (status >= http.StatusOK || status == http.StatusSwitchingProtocols) {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *writer) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
