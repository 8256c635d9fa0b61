package jsonld

import (
	"strings"
	"unicode/utf8"
)

// expandIRI is IRI expansion, JSON-LD 1.1 API §5.2, of an active context that is done. "" is its null.
func (s *state) expandIRI(value string, vocab, relative bool) string {
	if keywordLike(value) {
		if keyword(value) {
			return value
		}
		return ""
	}
	if definition, ok := s.ctx.TermDefinitions[value]; ok {
		switch {
		case definition == nil:
			if vocab {
				return ""
			}
		case vocab || keyword(definition.ID):
			return definition.ID
		}
	}
	if colon := strings.IndexByte(value, ':'); colon > 0 {
		prefix, suffix := value[:colon], value[colon+1:]
		if prefix == "_" || strings.HasPrefix(suffix, "//") {
			return value
		}
		if definition := s.term(prefix); definition != nil && definition.ID != "" && definition.Prefix != nil && *definition.Prefix {
			return definition.ID + suffix
		}
		if hasScheme(value) {
			return value
		}
	}
	switch {
	case vocab && s.ctx.Values.Vocab != nil:
		return *s.ctx.Values.Vocab + value
	case relative:
		return resolve(s.ctx.Values.Base, value)
	}
	return value
}

// keywordLike: what looks like a keyword is none of anything else (§5.2 step 2).
func keywordLike(value string) bool {
	if len(value) < 2 || value[0] != '@' {
		return false
	}
	for i := 1; i < len(value); i++ {
		if !letter(value[i]) {
			return false
		}
	}
	return true
}

// keyword says whether value is a keyword of JSON-LD 1.1 §1.7.
func keyword(value string) bool {
	switch value {
	case "@base", "@container", "@context", "@direction", "@graph", "@id", "@import", "@included", "@index", "@json",
		"@language", "@list", "@nest", "@none", "@prefix", "@propagate", "@protected", "@reverse", "@set", "@type",
		"@value", "@version", "@vocab":
		return true
	}
	return false
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func digit(c byte) bool { return c >= '0' && c <= '9' }

// hasScheme says whether value begins as an absolute IRI does: RFC 3987 §2.2.
func hasScheme(value string) bool {
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case letter(c):
		case i > 0 && (digit(c) || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':':
			return true
		default:
			return false
		}
	}
	return false
}

func blank(value string) bool { return strings.HasPrefix(value, "_:") }

// wellFormed says whether an absolute IRI can be written in N-Quads as it is (production IRIREF, without its escapes)
// and has one fragment.
func wellFormed(iri string) bool {
	fragment := false
	for i := 0; i < len(iri); i++ {
		switch c := iri[i]; {
		case c <= ' ', c == '<', c == '>', c == '"', c == '{', c == '}', c == '|', c == '^', c == '`', c == '\\':
			return false
		case c == '#':
			if fragment {
				return false
			}
			fragment = true
		}
	}
	return utf8.ValidString(iri)
}

// tag says whether value is a well-formed language tag for RDF: [a-zA-Z]+ and then parts of letters and digits.
func tag(value string) bool {
	for i, part := range strings.Split(value, "-") {
		if part == "" {
			return false
		}
		for j := 0; j < len(part); j++ {
			if c := part[j]; !letter(c) && (i == 0 || !digit(c)) {
				return false
			}
		}
	}
	return true
}

// reference checks an id or a reference that was expanded.
func (r *run) reference(iri string, where *place) error {
	switch {
	case !r.strict || blank(iri) && len(iri) > len("_:"):
		return nil
	case !hasScheme(iri):
		return fail(CodeRelative, where, "an id must be an absolute IRI or a blank node")
	case !wellFormed(iri):
		return fail(CodeIRI, where, "the IRI has a character that no IRI has")
	}
	return nil
}
