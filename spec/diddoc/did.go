package diddoc

import "strings"

// MaxDID is the length of the longest DID or DID URL that is read: did:peer:4 holds a document.
const MaxDID = 16 << 10

// DID is a decentralized identifier: DID Core §3.1.
type DID struct{ Method, ID string }

func (d DID) String() string { return "did:" + d.Method + ":" + d.ID }

// URL is a DID URL: DID Core §3.2. Path is empty or begins with a slash; Query and Fragment are without their mark. All
// are as written, percent-encoded.
type URL struct {
	DID                   DID
	Path, Query, Fragment string
}

// String is the DID URL.
func (u URL) String() string {
	text := u.DID.String() + u.Path
	if u.Query != "" {
		text += "?" + u.Query
	}
	if u.Fragment != "" {
		text += "#" + u.Fragment
	}
	return text
}

// ParseDID reads a DID, nothing after it. It fails with an *Error (CodeDID).
func ParseDID(text string) (DID, error) {
	fault := &Error{Code: CodeDID, Message: "the text is no DID"}
	if len(text) > MaxDID {
		return DID{}, fault
	}
	method, id, ok := strings.Cut(strings.TrimPrefix(text, "did:"), ":")
	if !ok || !strings.HasPrefix(text, "did:") || method == "" || id == "" || strings.HasSuffix(id, ":") {
		return DID{}, fault
	}
	for i := range len(method) {
		if c := method[i]; !('a' <= c && c <= 'z' || '0' <= c && c <= '9') {
			return DID{}, fault
		}
	}
	if !every(id, func(c byte) bool { return letter(c) || strings.IndexByte(".-_:", c) >= 0 }) {
		return DID{}, fault
	}
	return DID{Method: method, ID: id}, nil
}

// ParseURL reads a DID URL. It fails with an *Error (CodeURL).
func ParseURL(text string) (URL, error) {
	fault := &Error{Code: CodeURL, Message: "the text is no DID URL"}
	if len(text) > MaxDID {
		return URL{}, fault
	}
	rest, fragment, _ := strings.Cut(text, "#")
	rest, query, _ := strings.Cut(rest, "?")
	did, path := rest, ""
	if slash := strings.IndexByte(rest, '/'); slash >= 0 {
		did, path = rest[:slash], rest[slash:]
	}
	parsed, err := ParseDID(did)
	if err != nil {
		return URL{}, fault
	}
	// RFC 3986 §3.3 to §3.5.
	segment := func(c byte) bool { return letter(c) || strings.IndexByte("-._~!$&'()*+,;=:@/", c) >= 0 }
	if !every(path, segment) || !every(query, func(c byte) bool { return segment(c) || c == '?' }) ||
		!every(fragment, func(c byte) bool { return segment(c) || c == '?' }) {
		return URL{}, fault
	}
	return URL{DID: parsed, Path: path, Query: query, Fragment: fragment}, nil
}

// every says whether text is of allowed characters and percent-encoded ones.
func every(text string, allowed func(byte) bool) bool {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '%':
			if i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2]) {
				return false
			}
			i += 2
		case !allowed(c):
			return false
		}
	}
	return true
}

func letter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
