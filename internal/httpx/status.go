package httpx

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
)

// CodeNotAllowed is the code of a method that a route does not answer.
const CodeNotAllowed = "method-not-allowed"

// Status is the status that an error deserves: its kind's, but for the few codes that HTTP has a word of its own for.
func Status(e *vc.Error) int {
	switch e.Code {
	case CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case CodeMediaType:
		return http.StatusUnsupportedMediaType
	case CodeNotAllowed:
		return http.StatusMethodNotAllowed
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
