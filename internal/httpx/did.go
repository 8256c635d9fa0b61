package httpx

import (
	"net/http"
	"net/url"
	"strings"
)

// PathDID gives a wildcard of the route's pattern that may hold a DID. net/http has decoded the path once, which
// turns the did:web:localhost%3A8080 of a caller who did not encode it a second time into another DID; so the
// path as it was sent decides: a segment that reads as a DID with no encoded percent sign is taken verbatim.
func PathDID(r *http.Request, name string) string {
	value := r.PathValue(name)
	escaped := r.URL.EscapedPath()
	for segment := range strings.SplitSeq(escaped, "/") {
		if decoded, err := url.PathUnescape(segment); err == nil && decoded == value {
			return UnescapeDID(segment)
		}
	}
	return value
}

// UnescapeDID reads a DID from the escaped text of a path, whether or not its sender escaped it.
func UnescapeDID(escaped string) string {
	if strings.HasPrefix(escaped, "did:") && !strings.Contains(escaped, "%25") {
		return escaped
	}
	decoded, err := url.PathUnescape(escaped)
	if err != nil {
		return escaped
	}
	return decoded
}
