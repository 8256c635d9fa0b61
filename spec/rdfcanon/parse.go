package rdfcanon

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// ParseNQuads reads N-Quads of RDF 1.1 (the Recommendation of 25 February 2014), in UTF-8. It keeps the order and
// repetitions of quads and the labels of blank nodes; an escape is resolved, and the datatype xsd:string is left away. It
// fails with an *Error of CodeSyntax; relative IRIs, and what RDF 1.2 adds, are such faults.
func ParseNQuads(document []byte) ([]Quad, error) {
	if !utf8.Valid(document) {
		return nil, &Error{Code: CodeSyntax, Line: 1 + bytes.Count(document[:validLen(document)], []byte("\n")), Message: "not UTF-8"}
	}
	dataset := make([]Quad, 0, min(bytes.Count(document, []byte("\n")), len(document)/40)+1)
	rest := string(document)
	for line := 1; rest != ""; line++ {
		p := parser{text: rest}
		if end := strings.IndexAny(rest, "\r\n"); end < 0 {
			rest = ""
		} else {
			p.text = rest[:end]
			if rest[end] == '\r' && strings.HasPrefix(rest[end+1:], "\n") {
				end++
			}
			rest = rest[end+1:]
		}
		var quad Quad
		if found, why := p.statement(&quad); why != "" {
			return nil, &Error{Code: CodeSyntax, Line: line, Message: why}
		} else if found {
			dataset = append(dataset, quad)
		}
	}
	return dataset, nil
}

// validLen is the length of what of b is UTF-8 before the first fault.
func validLen(b []byte) int {
	n := 0
	for n < len(b) {
		r, size := utf8.DecodeRune(b[n:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return n
}

// parser reads one line. Its methods give why they failed, or "".
type parser struct {
	text string // what is still to be read
}

// statement reads a line into quad and says whether there was a statement.
func (p *parser) statement(quad *Quad) (found bool, why string) {
	p.space()
	if p.ended() {
		return false, ""
	}
	for _, term := range [...]*Term{&quad.Subject, &quad.Predicate, &quad.Object} {
		if why := p.term(term); why != "" {
			return false, why
		}
		p.space()
	}
	if !strings.HasPrefix(p.text, ".") {
		if why := p.term(&quad.Graph); why != "" {
			return false, why
		}
		p.space()
	}
	if !p.take(".") {
		return false, "no full stop after the terms"
	}
	p.space()
	if !p.ended() {
		return false, "more after the full stop"
	}
	switch {
	case quad.Subject.Kind == Literal:
		return false, "a literal as subject"
	case quad.Predicate.Kind != IRI:
		return false, "the predicate is no IRI"
	case quad.Graph.Kind == Literal:
		return false, "a literal as graph"
	}
	return true, ""
}

func (p *parser) space() { p.text = strings.TrimLeft(p.text, " \t") }

// ended says whether nothing is left but a comment.
func (p *parser) ended() bool { return p.text == "" || p.text[0] == '#' }

func (p *parser) take(token string) bool {
	rest, ok := strings.CutPrefix(p.text, token)
	p.text = rest
	return ok
}

func (p *parser) term(term *Term) string {
	switch {
	case p.take("<"):
		term.Kind = IRI
		return p.iri(&term.Value)
	case p.take("_:"):
		end := labelEnd(p.text)
		if end == 0 {
			return "a blank node has no label"
		}
		*term = Term{Kind: Blank, Value: p.text[:end]}
		p.text = p.text[end:]
		return ""
	case p.take(`"`):
		return p.literal(term)
	}
	return "no term where one is wanted"
}

// iri reads what follows "<".
func (p *parser) iri(iri *string) string {
	end := strings.IndexByte(p.text, '>')
	if end < 0 {
		return "an IRI does not end"
	}
	text, ok := unescape(p.text[:end], false)
	if !ok {
		return "an IRI has an escape that does not exist"
	}
	*iri = text
	p.text = p.text[end+1:]
	return iriFault(text)
}

// literal reads what follows the first quotation mark.
func (p *parser) literal(term *Term) string {
	end := 0
	for end < len(p.text) && p.text[end] != '"' {
		if p.text[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(p.text) {
		return "a literal does not end"
	}
	text, ok := unescape(p.text[:end], true)
	if !ok {
		return "a literal has an escape that does not exist"
	}
	*term = Term{Kind: Literal, Value: text}
	p.text = p.text[end+1:]
	p.space()
	switch {
	case p.take("@"):
		end := languageEnd(p.text)
		if end == 0 {
			return "a language tag is not well-formed"
		}
		term.Language, p.text = p.text[:end], p.text[end:]
	case p.take("^^"):
		p.space()
		if !p.take("<") {
			return "a datatype is no IRI"
		}
		if why := p.iri(&term.Datatype); why != "" {
			return why
		}
		if term.Datatype == xsdString {
			term.Datatype = ""
		}
	}
	return ""
}

// unescape resolves UCHAR and, where characters says so, ECHAR.
func unescape(text string, characters bool) (string, bool) {
	at := strings.IndexByte(text, '\\')
	if at < 0 {
		return text, true
	}
	out := make([]byte, 0, len(text))
	for ; at >= 0; at = strings.IndexByte(text, '\\') {
		out = append(out, text[:at]...)
		if at+1 == len(text) {
			return "", false
		}
		escape := text[at+1]
		text = text[at+2:]
		if escape == 'u' || escape == 'U' {
			digits := 4
			if escape == 'U' {
				digits = 8
			}
			r, ok := codePoint(text, digits)
			if !ok {
				return "", false
			}
			out, text = utf8.AppendRune(out, r), text[digits:]
			continue
		}
		i := strings.IndexByte(`tbnrf"'\`, escape)
		if i < 0 || !characters {
			return "", false
		}
		out = append(out, "\t\b\n\r\f\"'\\"[i])
	}
	return string(append(out, text...)), true
}

// codePoint reads so many hexadecimal digits; a surrogate is no code point of a text.
func codePoint(text string, digits int) (rune, bool) {
	if len(text) < digits {
		return 0, false
	}
	var v uint32
	for _, c := range []byte(text[:digits]) {
		switch {
		case isDigit(c):
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		v = v<<4 | uint32(c)
	}
	return rune(v), v <= utf8.MaxRune && utf8.ValidRune(rune(v))
}
