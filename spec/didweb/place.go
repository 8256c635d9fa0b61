package didweb

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// loopback says whether the host is this machine, by the two names that are let pass.
func loopback(name string) bool { return name == "localhost" || name == "127.0.0.1" }

// goodHost says whether a host, in lower case, is a domain name of two labels or more (RFC 1123 §2.1). Its last label is
// not a number: what ends in one is an address, in whatever spelling (WHATWG URL §3.5).
func goodHost(name string) bool {
	labels := strings.Split(name, ".")
	if len(name) > 253 || len(labels) < 2 {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if c := label[i]; !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-') {
				return false
			}
		}
	}
	last := labels[len(labels)-1]
	_, err := strconv.ParseUint(last, 0, 64)
	return err != nil && (last[0] < '0' || last[0] > '9') && last != "localhost"
}

// goodPort says whether a text is a port, spelled in the one way.
func goodPort(text string) bool {
	port, err := strconv.ParseUint(text, 10, 16)
	return err == nil && port > 0 && strconv.FormatUint(port, 10) == text
}

// decodePort turns the percent-encoded colon before a port into one: did:web §2.1. Nothing else of a host is encoded.
func decodePort(host string) string {
	if at := strings.IndexByte(host, '%'); at >= 0 && len(host) > at+2 && strings.EqualFold(host[at:at+3], "%3A") {
		return host[:at] + ":" + host[at+3:]
	}
	return host
}

// goodSegment says whether a plain text may stand between two slashes and mean no other place.
func goodSegment(plain string) bool {
	return plain != "" && plain != "." && plain != ".." && utf8.ValidString(plain) &&
		!strings.ContainsFunc(plain, func(r rune) bool { return r == '/' || r == '\\' || unicode.IsControl(r) })
}

func decodeSegment(segment string) (string, bool) {
	plain, err := url.PathUnescape(segment)
	return plain, err == nil
}

// encodeSegment percent-encodes what is no idchar: DID Core §3.1.
func encodeSegment(plain string) string {
	const digits = "0123456789ABCDEF"
	var out strings.Builder
	for i := range len(plain) {
		c := plain[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte(".-_", c) >= 0 {
			out.WriteByte(c)
			continue
		}
		out.Write([]byte{'%', digits[c>>4], digits[c&15]})
	}
	return out.String()
}
