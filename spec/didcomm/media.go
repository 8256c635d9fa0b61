package didcomm

import "strings"

// The media types of envelopes: RFC 0044, and the older one, which peers still send.
const (
	MediaType       = "application/didcomm-envelope-enc"
	MediaTypeLegacy = "application/ssi-agent-wire"
)

// IsMediaType says whether a Content-Type may be that of an envelope. Parameters are let pass, and application/json,
// which some agents send.
func IsMediaType(contentType string) bool {
	name, _, _ := strings.Cut(contentType, ";")
	switch strings.ToLower(strings.TrimSpace(name)) {
	case MediaType, MediaTypeLegacy, "application/json":
		return true
	}
	return false
}
