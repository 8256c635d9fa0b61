package dif

import (
	"cmp"
	"mime"
	"slices"
	"strconv"
	"strings"
)

// The media types this door answers in. A result is document and metadata, a document is itself.
const (
	typeJSON       = "application/json"
	typeResolution = "application/did-resolution"
	typeURL        = "application/did-url-dereferencing"
	typeLD         = "application/ld+json"
	typeDIDLD      = "application/did+ld+json"
	typeDIDJSON    = "application/did+json"
	typeDID        = "application/did"
	profile        = "https://w3id.org/did-resolution"
	profileURL     = "https://w3id.org/did-url-dereferencing"
)

// wanted is the representation chosen for an answer.
type wanted struct {
	contentType string
	alone       bool // the document, or the content, without its metadata
	url         bool // the result of dereferencing rather than of resolving
}

// preference is a media range of an Accept header: RFC 9110 §12.5.1.
type preference struct {
	media, profile string
	quality        float64
}

// preferences reads an Accept header, the most wanted first. Without one anything is wanted.
func preferences(accept []string) []preference {
	header := strings.Join(accept, ",")
	if strings.TrimSpace(header) == "" {
		return []preference{{media: "*/*", quality: 1}}
	}
	var list []preference
	for _, part := range ranges(header) {
		media, params, err := mime.ParseMediaType(unquoted(part))
		if err != nil {
			continue
		}
		q := 1.0
		if text, has := params["q"]; has {
			if q, err = strconv.ParseFloat(text, 64); err != nil {
				continue
			}
		}
		if q > 0 {
			list = append(list, preference{media: media, profile: params["profile"], quality: q})
		}
	}
	slices.SortStableFunc(list, func(a, b preference) int { return cmp.Compare(b.quality, a.quality) })
	return list
}

// unquoted quotes the profile of a media range that is sent without quotes, as clients of cheqd's resolver do: a URI is no token.
func unquoted(part string) string {
	before, uri, ok := strings.Cut(part, "profile=")
	if !ok || strings.HasPrefix(uri, `"`) {
		return part
	}
	uri, after, more := strings.Cut(uri, ";")
	if more {
		after = ";" + after
	}
	return before + `profile="` + strings.TrimSpace(uri) + `"` + after
}

// choose picks a representation of a document: the most wanted that there is, the full result as plain JSON when nothing is asked
// for. ok is false when nothing asked for is offered.
func choose(list []preference) (best wanted, ok bool) {
	for _, p := range list {
		if offer, known := offered(p.media, p.profile); known {
			return offer, true
		}
	}
	return wanted{}, false
}

func offered(media, asked string) (wanted, bool) {
	switch media {
	case "*/*", "application/*", typeJSON:
		return wanted{contentType: typeJSON}, true
	case typeResolution:
		return wanted{contentType: typeResolution}, true
	case typeURL:
		return wanted{contentType: typeURL, url: true}, true
	case typeLD:
		switch asked {
		case profile:
			return wanted{contentType: typeLD + `;profile="` + profile + `"`}, true
		case profileURL:
			return wanted{contentType: typeLD + `;profile="` + profileURL + `"`, url: true}, true
		}
		return wanted{contentType: typeDIDLD, alone: true}, asked == ""
	case typeDIDLD, typeDIDJSON, typeDID:
		return wanted{contentType: media, alone: true}, true
	}
	return wanted{}, false
}

// chooseContent picks between a content of a media type, as it is, and the result that says what it is. There is nothing else
// to be had.
func chooseContent(list []preference, mediaType string) (wanted, bool) {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	family, _, _ := strings.Cut(mediaType, "/")
	for _, p := range list {
		switch {
		case p.media == typeURL, p.media == typeResolution:
			return wanted{contentType: typeURL, url: true}, true
		case p.media == typeLD && (p.profile == profile || p.profile == profileURL):
			return wanted{contentType: typeLD + `;profile="` + profileURL + `"`, url: true}, true
		case p.media == "*/*", p.media == family+"/*", p.media == mediaType:
			return wanted{contentType: mediaType, alone: true}, true
		}
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
