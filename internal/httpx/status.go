package httpx

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Codes that have a status of their own beside those of decoding.
const (
	CodeNotAllowed = "method-not-allowed" // the route does not answer the method
	CodeNotOffered = "not-offered"        // the operation is known, and this server has no use for it
	CodeTooMany    = "too-many-requests"  // strangers ask more often than is taken from them
)

// Status is the status that an error deserves: its kind's, but for the few codes that HTTP has a word of its own for.
func Status(e *vc.Error) int {
	switch e.Code {
	case CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case CodeMediaType:
		return http.StatusUnsupportedMediaType
	case CodeNotAllowed:
		return http.StatusMethodNotAllowed
	case CodeTooMany:
		return http.StatusTooManyRequests
	case CodeNotOffered:
		return http.StatusNotImplemented
	case "idempotency-key-reused":
		return http.StatusUnprocessableEntity
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

// Shown is err as a caller may see it: what is ours to mend keeps its text to itself.
func Shown(err error) *vc.Error {
	e, ok := errors.AsType[*vc.Error](err)
	switch {
	case !ok && errors.Is(err, context.DeadlineExceeded), !ok && errors.Is(err, context.Canceled):
		return vc.Errorf(vc.Unavailable, "timeout", "the request took too long")
	case !ok || e.Kind == vc.Internal:
		return vc.Errorf(vc.Internal, "internal", "something went wrong here; the request id finds it in the log")
	}
	return e
}

// elsewhere are the codes of what others do not do, whom a caller named: no faults of this server's. "internalError" is what DID
// Resolution 0.3 §8 calls a document that cannot be had now.
var elsewhere = map[string]bool{
	"internalError": true, "did-not-resolved": true, "domain-unreachable": true, "fetch-failed": true, "fetch-status": true, "fetch-timeout": true,
	"fetch-too-large": true, "issuer-unreachable": true, "peer-busy": true, "peer-socket": true, "peer-status": true, "peer-unavailable": true,
}

// Refusing does what each refusal needs, whatever its shape: it logs a fault and sets the headers that go with the status. It says
// whether the status is that of a fault.
func Refusing(w http.ResponseWriter, r *http.Request, log *slog.Logger, status int, err error) (fault bool) {
	fault = status >= http.StatusInternalServerError && status != http.StatusNotImplemented
	if fault {
		LogFault(r, log, "failed", err)
	}
	switch status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="chancery"`) // RFC 6750 §3
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "1")
	}
	return fault
}

// LogFault logs a fault of ours, and as a warning one of somebody else's that the caller named (log nil: neither). What was not done
// because the caller went away is none: everybody could fill the log with it.
func LogFault(r *http.Request, log *slog.Logger, what string, err error) {
	if log == nil || left(r) && errors.Is(err, context.Canceled) {
		return
	}
	level := slog.LevelError
	if e, ok := errors.AsType[*vc.Error](err); ok && e.Kind == vc.Unavailable && elsewhere[e.Code] {
		level, what = slog.LevelWarn, what+" elsewhere"
	}
	log.Log(r.Context(), level, what, "request", RequestID(r.Context()), "error", err, "cause", errors.Unwrap(err))
}

// left tells that the caller went away before the answer.
func left(r *http.Request) bool { return errors.Is(r.Context().Err(), context.Canceled) }

// Title says a code in words: the same for every occurrence of a problem type (RFC 9457 §3.1.3).
func Title(code string) string {
	words := strings.ReplaceAll(code, "-", " ")
	if words == "" {
		return "Error"
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// Causes is an error with its causes, for a developer's eyes.
func Causes(err error) string {
	var b strings.Builder
	for ; err != nil; err = errors.Unwrap(err) {
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(err.Error())
	}
	return b.String()
}
