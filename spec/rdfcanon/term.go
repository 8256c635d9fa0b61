package rdfcanon

import (
	"strings"
	"unicode/utf8"
)

// fault says why q is no quad, or "".
func (q *Quad) fault() string {
	switch q.Subject.Kind {
	case IRI, Blank:
	default:
		return "the subject is neither an IRI nor a blank node"
	}
	if q.Predicate.Kind != IRI {
		return "the predicate is no IRI"
	}
	if q.Object.Kind == None {
		return "there is no object"
	}
	if q.Graph.Kind == Literal {
		return "the graph is neither an IRI nor a blank node"
	}
	for _, term := range [...]*Term{&q.Subject, &q.Predicate, &q.Object, &q.Graph} {
		if why := term.fault(); why != "" {
			return why
		}
	}
	return ""
}

func (t *Term) fault() string {
	if t.Kind != Literal && (t.Datatype != "" || t.Language != "") {
		return "only a literal has a datatype or a language"
	}
	switch t.Kind {
	case None:
		if t.Value != "" {
			return "a term without a kind"
		}
	case IRI:
		return iriFault(t.Value)
	case Blank:
		if t.Value == "" {
			return "a blank node has no label"
		}
	case Literal:
		switch {
		case !utf8.ValidString(t.Value):
			return "a literal is not UTF-8"
		case t.Language != "" && languageEnd(t.Language) != len(t.Language):
			return "a language tag is not well-formed"
		case t.Language != "" && t.Datatype != "" && t.Datatype != langString:
			return "a literal has a language and another datatype than rdf:langString"
		case t.Datatype != "":
			return iriFault(t.Datatype)
		}
	default:
		return "a term of an unknown kind"
	}
	return ""
}

// iriFault says why iri cannot stand between "<" and ">", or "". N-Quads §2.2 wants absolute IRIs; the characters are those
// of its production IRIREF, which an escape does not make better.
func iriFault(iri string) string {
	colon := strings.IndexByte(iri, ':')
	if colon <= 0 || !isLetter(iri[0]) {
		return "an IRI is not absolute"
	}
	for i := 1; i < colon; i++ {
		if c := iri[i]; !isLetter(c) && !isDigit(c) && c != '+' && c != '-' && c != '.' {
			return "an IRI is not absolute"
		}
	}
	for i := colon + 1; i < len(iri); i++ {
		if notInIRI[iri[i]] {
			return "an IRI has a character that no IRI has"
		}
	}
	if !utf8.ValidString(iri) {
		return "an IRI is not UTF-8"
	}
	return ""
}

// notInIRI has the bytes that IRIREF excludes.
var notInIRI = func() (excluded [256]bool) {
	for c := range ' ' + 1 {
		excluded[c] = true
	}
	for _, c := range "<>\"{}|^`\\" {
		excluded[c] = true
	}
	return excluded
}()

// languageEnd gives the length of the language tag that text begins with: [a-zA-Z]+ ('-' [a-zA-Z0-9]+)*, or 0.
func languageEnd(text string) int {
	i := 0
	for i < len(text) && isLetter(text[i]) {
		i++
	}
	for i > 0 && i+1 < len(text) && text[i] == '-' && (isLetter(text[i+1]) || isDigit(text[i+1])) {
		i += 2
		for i < len(text) && (isLetter(text[i]) || isDigit(text[i])) {
			i++
		}
	}
	return i
}

// labelEnd gives the length of the label that text begins with, or 0: BLANK_NODE_LABEL after its "_:". A label does not
// end with a full stop.
func labelEnd(text string) int {
	end := 0
	for i, r := range text {
		switch {
		case isNameStart(r), r >= '0' && r <= '9':
			end = i + utf8.RuneLen(r)
		case i == 0:
			return 0
		case isNamePart(r):
			end = i + utf8.RuneLen(r)
		case r != '.':
			return end
		}
	}
	return end
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isNameStart is PN_CHARS_U of RDF 1.1 N-Quads, which has the colon.
func isNameStart(r rune) bool {
	if r < 0xc0 {
		return r < utf8.RuneSelf && isLetter(byte(r)) || r == '_' || r == ':'
	}
	switch {
	case r == 0xd7, r == 0xf7, r == 0x37e:
		return false
	case r <= 0x2ff, 0x370 <= r && r <= 0x1fff, r == 0x200c, r == 0x200d, 0x2070 <= r && r <= 0x218f:
		return true
	case 0x2c00 <= r && r <= 0x2fef, 0x3001 <= r && r <= 0xd7ff, 0xf900 <= r && r <= 0xfdcf:
		return true
	}
	return 0xfdf0 <= r && r <= 0xfffd || 0x10000 <= r && r <= 0xeffff
}

// isNamePart is what PN_CHARS has beside PN_CHARS_U and the digits.
func isNamePart(r rune) bool {
	return r == '-' || r == 0xb7 || 0x300 <= r && r <= 0x36f || r == 0x203f || r == 0x2040
}
