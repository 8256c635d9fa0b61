package dif

import (
	"mime"
	"strconv"
	"strings"
)

// The media types this door answers in. A result is document and metadata, a document is itself.
const (
	typeJSON       = "application/json"
	typeResolution = "application/did-resolution"
	typeLD         = "application/ld+json"
	typeDIDLD      = "application/did+ld+json"
	typeDIDJSON    = "application/did+json"
	typeDID        = "application/did"
	profile        = "https://w3id.org/did-resolution"
)

// wanted is the representation chosen for an answer.
type wanted struct {
	contentType string
	alone       bool // the document without its metadata
}

// choose picks a representation for the Accept header (RFC 9110 §12.5.1): the most wanted that there is, the full
// result as plain JSON when nothing is asked for. ok is false when nothing asked for is offered.
func choose(accept []string) (best wanted, ok bool) {
	header := strings.Join(accept, ",")
	if strings.TrimSpace(header) == "" {
		return wanted{contentType: typeJSON}, true
	}
	quality := 0.0
	for _, part := range ranges(header) {
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q := 1.0
		if text, has := params["q"]; has {
			if q, err = strconv.ParseFloat(text, 64); err != nil {
				continue
			}
		}
		if offer, known := offered(media, params["profile"]); known && q > quality {
			best, quality, ok = offer, q, true
		}
	}
	return best, ok
}

func offered(media, asked string) (wanted, bool) {
	switch media {
	case "*/*", "application/*", typeJSON:
		return wanted{contentType: typeJSON}, true
	case typeResolution:
		return wanted{contentType: typeResolution}, true
	case typeLD:
		if asked == profile {
			return wanted{contentType: typeLD + `;profile="` + profile + `"`}, true
		}
		return wanted{contentType: typeDIDLD, alone: true}, asked == ""
	case typeDIDLD, typeDIDJSON, typeDID:
		return wanted{contentType: media, alone: true}, true
	}
	return wanted{}, false
}

// ranges splits at the commas that are not inside a quoted parameter.
func ranges(header string) []string {
	var parts []string
	quoted, start := false, 0
	for i, c := range header {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			parts, start = append(parts, header[start:i]), i+1
		}
	}
	return append(parts, header[start:])
}
