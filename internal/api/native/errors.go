package native

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// problem is a problem document, RFC 9457. Type is /problems/<code>, stable; Pointer (RFC 6901) names the place in
// the request's body.
type problem struct {
	Type      string    `json:"type"`
	Title     string    `json:"title"`
	Status    int       `json:"status"`
	Detail    string    `json:"detail,omitempty"`
	Pointer   string    `json:"pointer,omitempty"`
	Errors    []finding `json:"errors,omitempty"`
	RequestID string    `json:"requestId,omitempty"`
}

// finding is one remark about an input.
type finding struct {
	Code    string `json:"code"`
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
	Warning bool   `json:"warning,omitzero"`
	Cites   string `json:"cites,omitempty"`
}

func findings(list []vc.Finding) []finding {
	out := make([]finding, 0, len(list))
	for _, f := range list {
		out = append(out, finding{Code: f.Code, Pointer: f.Pointer, Detail: f.Message, Warning: f.Warning, Cites: f.Cites})
	}
	return out
}

// byCode are the codes whose status is not their kind's.
var byCode = map[string]int{
	httpx.CodeTooLarge:       http.StatusRequestEntityTooLarge,
	httpx.CodeMediaType:      http.StatusUnsupportedMediaType,
	"method-not-allowed":     http.StatusMethodNotAllowed,
	"idempotency-key-reused": http.StatusUnprocessableEntity,
}

// statusOf is the one map from errors to statuses.
func statusOf(e *vc.Error) int {
	if status, ok := byCode[e.Code]; ok {
		return status
	}
	switch e.Kind {
	case vc.Invalid:
		return http.StatusBadRequest
	case vc.Unauthenticated:
		return http.StatusUnauthorized
	case vc.Denied:
		return http.StatusForbidden
	case vc.NotFound:
		return http.StatusNotFound
	case vc.Conflict:
		return http.StatusConflict
	case vc.Gone:
		return http.StatusGone
	case vc.Unsupported:
		return http.StatusUnprocessableEntity
	case vc.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// problemOf turns any error into a problem document. What is ours to mend keeps its text to itself.
func problemOf(err error) problem {
	e, ok := errors.AsType[*vc.Error](err)
	switch {
	case !ok && errors.Is(err, context.DeadlineExceeded), !ok && errors.Is(err, context.Canceled):
		e = vc.Errorf(vc.Unavailable, "timeout", "the request took too long")
	case !ok || e.Kind == vc.Internal:
		e = vc.Errorf(vc.Internal, "internal", "something went wrong here; the request id finds it in the log")
	}
	return problem{
		Type: "/problems/" + e.Code, Title: title(e.Code), Status: statusOf(e), Detail: e.Message, Pointer: e.Pointer,
		Errors: findings(e.Details),
	}
}

// title says a code in words: the same for every occurrence of a type (RFC 9457 §3.1.3).
func title(code string) string {
	words := strings.ReplaceAll(code, "-", " ")
	if words == "" {
		return "Error"
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// fail answers with the problem that err is.
func (d *Door) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	p.RequestID = httpx.RequestID(r.Context())
	if p.Status >= http.StatusInternalServerError {
		if d.Log != nil {
			d.Log.ErrorContext(r.Context(), "failed", "request", p.RequestID, "error", err, "cause", errors.Unwrap(err))
		}
		if d.Verbose {
			p.Detail = verbose(err)
		}
	}
	h := w.Header()
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="chancery"`) // RFC 6750 §3
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "1")
	}
	httpx.EncodeAs(w, p.Status, "application/problem+json", p)
}

// verbose is an error with its causes, for a developer's eyes.
func verbose(err error) string {
	var b strings.Builder
	for ; err != nil; err = errors.Unwrap(err) {
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(err.Error())
	}
	return b.String()
}
