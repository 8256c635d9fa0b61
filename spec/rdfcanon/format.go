package rdfcanon

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// FormatNQuads writes a dataset as canonical N-Quads (RDFC-1.0 appendix A) with the blank nodes' labels as they are: a line
// a quad, in code point order, without repetitions. It fails with an *Error of CodeTerm.
func FormatNQuads(dataset []Quad) ([]byte, error) {
	var text []byte
	lines := make([]span, len(dataset))
	for i := range dataset {
		quad := &dataset[i]
		if why := quad.fault(); why != "" {
			return nil, &Error{Code: CodeTerm, Quad: i + 1, Message: why}
		}
		for _, term := range [...]*Term{&quad.Subject, &quad.Object, &quad.Graph} {
			if term.Kind == Blank && (labelEnd(term.Value) != len(term.Value) || !utf8.ValidString(term.Value)) {
				return nil, &Error{Code: CodeTerm, Quad: i + 1, Message: "a blank node's label is none of N-Quads"}
			}
		}
		lines[i].start = len(text)
		for _, term := range [...]*Term{&quad.Subject, &quad.Predicate, &quad.Object, &quad.Graph} {
			if term.Kind != None {
				text = append(appendTerm(text, term), ' ')
			}
		}
		text = append(text, '.', '\n')
		lines[i].end = len(text)
	}
	return arranged(text, lines), nil
}

// span is where a line stands in a text.
type span struct{ start, end int }

// arranged gives the lines of text in code point order, each once. The bytes of UTF-8 order as its code points do.
func arranged(text []byte, lines []span) []byte {
	slices.SortFunc(lines, func(a, b span) int { return bytes.Compare(text[a.start:a.end], text[b.start:b.end]) })
	size := 0
	for _, line := range lines {
		size += line.end - line.start
	}
	out := make([]byte, 0, size)
	for i, line := range lines {
		if this := text[line.start:line.end]; i == 0 || !bytes.Equal(this, text[lines[i-1].start:lines[i-1].end]) {
			out = append(out, this...)
		}
	}
	return out
}

// appendTerm writes a term that has no fault.
func appendTerm(dst []byte, term *Term) []byte {
	switch term.Kind {
	case IRI:
		return appendIRI(dst, term.Value)
	case Blank:
		return append(append(dst, "_:"...), term.Value...)
	case Literal:
		dst = append(dst, '"')
		dst = append(appendEscaped(dst, term.Value), '"')
		switch {
		case term.Language != "":
			return append(append(dst, '@'), term.Language...)
		case term.Datatype != "" && term.Datatype != xsdString:
			return appendIRI(append(dst, "^^"...), term.Datatype)
		}
	}
	return dst
}

func appendIRI(dst []byte, iri string) []byte {
	return append(append(append(dst, '<'), iri...), '>')
}

// appendEscaped escapes what RDFC-1.0 appendix A wants escaped inside of quotation marks, and nothing else: ECHAR for \b \t
// \n \f \r " \, UCHAR with four upper-case digits for the other controls below U+0020, for U+007F, and for U+FFFE and
// U+FFFF, which are no Char of XML 1.1.
func appendEscaped(dst []byte, text string) []byte {
	const hex = "0123456789ABCDEF"
	done := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' && c != 0x7f && c != 0xef {
			continue
		}
		if c == 0xef {
			if after := text[i+1:]; strings.HasPrefix(after, "\xbf\xbe") || strings.HasPrefix(after, "\xbf\xbf") {
				dst = append(append(dst, text[done:i]...), `\uFFF`...)
				dst = append(dst, hex[after[1]&0xf])
				i += 2
				done = i + 1
			}
			continue
		}
		dst = append(dst, text[done:i]...)
		done = i + 1
		if at := strings.IndexByte("\b\t\n\f\r\"\\", c); at >= 0 {
			dst = append(dst, '\\', `btnfr"\`[at])
		} else {
			dst = append(append(dst, `\u00`...), hex[c>>4], hex[c&0xf])
		}
	}
	return append(dst, text[done:]...)
}
