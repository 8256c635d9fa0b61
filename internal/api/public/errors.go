package public

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// problem is an RFC 9457 problem document. This door tells no details: who asks is not known.
type problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail,omitempty"`
	RequestID string `json:"requestId,omitempty"`
}

func status(err error) int {
	e, ok := errors.AsType[*vc.Error](err)
	if !ok {
		return http.StatusInternalServerError
	}
	if e.Code == httpx.CodeNotAllowed {
		return http.StatusMethodNotAllowed
	}
	switch e.Kind {
	case vc.Invalid:
		return http.StatusBadRequest
	case vc.NotFound, vc.Denied, vc.Unauthenticated, vc.Unsupported, vc.Conflict:
		return http.StatusNotFound
	case vc.Gone:
		return http.StatusGone
	case vc.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// answer runs a handler and writes the problem it ends in.
func (d *Door) answer(handle func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := handle(w, r); err != nil {
			d.fail(w, r, err)
		}
	})
}

func (d *Door) fail(w http.ResponseWriter, r *http.Request, err error) {
	code, detail := "internal", ""
	status := status(err)
	if e, ok := errors.AsType[*vc.Error](err); ok && status != http.StatusInternalServerError {
		code, detail = e.Code, e.Message
	}
	if status >= http.StatusInternalServerError {
		httpx.LogFault(r, d.Log, "public", err)
	}
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	httpx.EncodeAs(w, status, "application/problem+json", problem{
		Type: "/problems/" + code, Title: httpx.Title(code), Status: status, Detail: detail,
		RequestID: httpx.RequestID(r.Context()),
	})
}

// tag is a digest as an entity tag.
func tag(digest []byte) string { return base64.RawURLEncoding.EncodeToString(digest) }

func sum(body []byte) string {
	digest := sha256.Sum256(body)
	return tag(digest[:])
}
