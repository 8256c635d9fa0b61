// Package didweb is the did:web method's arithmetic between DIDs and places: which URL holds a DID's document, and which
// DID's document a request asks for. It fetches nothing.
//
//	did:web:example.com:user:alice ── URL ──> https://example.com/user/alice/did.json
//	example.com, /user/alice/did.json ── FromRequest ──> did:web:example.com:user:alice
package didweb

import (
	"strings"

	"github.com/chancery-vc/chancery/spec/diddoc"
)

const (
	prefix    = "did:web:"
	file      = "/did.json"
	wellKnown = "/.well-known"
)

// URL is where a DID's document is: https, or http where loopbackHTTP is set and the host is localhost or 127.0.0.1; such
// a host is refused where it is not. It fails with a *diddoc.Error (CodeDID) for a DID that names no such place: hosts are
// names with a dot, never addresses, and segments are never "." or "..". did:web §2.5.2.
func URL(did string, loopbackHTTP bool) (string, error) {
	parsed, err := diddoc.ParseDID(did)
	if err != nil {
		return "", err
	}
	if parsed.Method != "web" {
		return "", refused("the DID is not of the method web")
	}
	segments := strings.Split(parsed.ID, ":")
	name, port, _ := strings.Cut(decodePort(segments[0]), ":")
	if strings.Contains(decodePort(segments[0]), ":") && !goodPort(port) {
		return "", refused("the port is not a port")
	}
	name = strings.ToLower(name)
	scheme := "https"
	switch {
	case loopback(name) && loopbackHTTP:
		scheme = "http"
	case loopback(name) || !goodHost(name):
		return "", refused("the host is not a domain name")
	}
	place := scheme + "://" + name
	if port != "" {
		place += ":" + port
	}
	if len(segments) == 1 {
		return place + wellKnown + file, nil
	}
	for _, segment := range segments[1:] {
		plain, ok := decodeSegment(segment)
		if !ok || !goodSegment(plain) {
			return "", refused("a segment of the path is empty, a dot segment, or not text")
		}
		place += "/" + segment
	}
	return place + file, nil
}

// DID is the DID of a host and path segments, which are plain text. The host may have a port: "example.com",
// "localhost:8080". It fails as [URL] does.
func DID(host string, path []string) (string, error) {
	name, port, hasPort := strings.Cut(strings.ToLower(host), ":")
	if !goodHost(name) && !loopback(name) {
		return "", refused("the host is not a domain name")
	}
	if hasPort {
		if !goodPort(port) {
			return "", refused("the port is not a port")
		}
		name += "%3A" + port
	}
	if len(path) == 1 && path[0] == wellKnown[1:] {
		return "", refused("the path .well-known is that of the host itself")
	}
	did := prefix + name
	for _, segment := range path {
		if !goodSegment(segment) {
			return "", refused("a segment of the path is empty, a dot segment, or not text")
		}
		did += ":" + encodeSegment(segment)
	}
	if len(did) > diddoc.MaxDID {
		return "", refused("the path is too long")
	}
	return did, nil
}

// FromRequest gives the DID whose document a request asks for, by its host and its escaped path; false where it asks for
// none. The port 443 is that of https itself and is left out.
func FromRequest(host, path string) (did string, ok bool) {
	place, ok := strings.CutSuffix(path, file)
	if !ok {
		return "", false
	}
	host = strings.TrimSuffix(host, ":443")
	var segments []string
	if place != wellKnown {
		rest, ok := strings.CutPrefix(place, "/")
		if !ok {
			return "", false
		}
		for segment := range strings.SplitSeq(rest, "/") {
			plain, ok := decodeSegment(segment)
			if !ok {
				return "", false
			}
			segments = append(segments, plain)
		}
	}
	did, err := DID(host, segments)
	return did, err == nil
}

func refused(message string) error {
	return &diddoc.Error{Code: diddoc.CodeDID, Message: message}
}
