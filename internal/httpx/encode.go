package httpx

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// EncodeJSON answers with v as JSON. A value that cannot be encoded is a fault of ours and ends in a bare 500.
func EncodeJSON(w http.ResponseWriter, status int, v any) {
	EncodeAs(w, status, "application/json", v)
}

// EncodeAs is [EncodeJSON] under another JSON media type.
func EncodeAs(w http.ResponseWriter, status int, contentType string, v any) {
	body, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller has gone away: nobody to tell
}

// ServeCached answers GET and HEAD with a body that changes only with its entity tag, 304 when the caller has it
// (RFC 9110 §13.1.2). etag is without quotes; maxAge 0 means the caller must ask again each time.
func ServeCached(w http.ResponseWriter, r *http.Request, body []byte, contentType, etag string, maxAge time.Duration) {
	h := w.Header()
	quoted := `"` + etag + `"`
	h.Set("ETag", quoted)
	if maxAge > 0 {
		h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(maxAge/time.Second)))
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	if matches(r.Header.Get("If-None-Match"), quoted) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// matches is the weak comparison of RFC 9110 §8.8.3.2 over a list of entity tags.
func matches(header, etag string) bool {
	if header == "" {
		return false
	}
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == etag || tag == "*" {
			return true
		}
	}
	return false
}
