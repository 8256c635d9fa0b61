package ijson

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a string and, where it is wanted, gives it without escapes; without a copy where it has none.
func (s *scanner) text(wanted bool) ([]byte, *Error) {
	s.at++
	from := s.at
	var plain []byte // what stood before the last escape, unescaped
	escaped := false
	for {
		if s.plain(); s.at >= len(s.raw) {
			return nil, s.syntax("the end of the string")
		}
		switch c := s.raw[s.at]; {
		case c == '"':
			part := s.raw[from:s.at]
			s.at++
			if !escaped || !wanted {
				return part, nil
			}
			return append(plain, part...), nil
		case c == '\\':
			if wanted {
				plain = append(plain, s.raw[from:s.at]...)
			}
			escaped = true
			r, fault := s.escape()
			if fault != nil {
				return nil, fault
			}
			if wanted {
				plain = utf8.AppendRune(plain, r)
			}
			from = s.at
		case c < 0x20:
			return nil, s.syntax("an escape for a control character")
		default:
			r, size := utf8.DecodeRune(s.raw[s.at:])
			if r == utf8.RuneError && size <= 1 {
				return nil, &Error{Code: CodeText, Message: "the text is not UTF-8"}
			}
			if noncharacter(r) {
				return nil, &Error{Code: CodeText, Message: "a noncharacter"}
			}
			s.at += size
		}
	}
}

// plain skips ASCII that needs no second look, eight bytes at a time where that is all there is.
func (s *scanner) plain() {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	at, raw := s.at, s.raw
	for ; len(raw)-at >= 8; at += 8 {
		eight := binary.LittleEndian.Uint64(raw[at:])
		quote, escape := eight^(ones*'"'), eight^(ones*'\\')
		// A byte's top bit is set where it is: not ASCII, below 0x20, a quote, a backslash. A borrow can only set bits
		// above such a byte, so what is let pass is plain.
		if (eight|(eight-ones*0x20)|(quote-ones)|(escape-ones))&tops != 0 {
			break
		}
	}
	for at < len(raw) && raw[at] >= 0x20 && raw[at] < utf8.RuneSelf && raw[at] != '"' && raw[at] != '\\' {
		at++
	}
	s.at = at
}

// escape reads an escape at the backslash: RFC 8259 §7. Half a surrogate pair is no character.
func (s *scanner) escape() (rune, *Error) {
	s.at++
	if s.at >= len(s.raw) {
		return 0, s.syntax("an escape")
	}
	c := s.raw[s.at]
	s.at++
	switch c {
	case '"', '\\', '/':
		return rune(c), nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		r, ok := s.hex()
		if !ok {
			return 0, s.syntax("four hexadecimal digits")
		}
		if utf16.IsSurrogate(r) {
			if s.at+1 < len(s.raw) && s.raw[s.at] == '\\' && s.raw[s.at+1] == 'u' {
				s.at += 2
				low, ok := s.hex()
				if !ok {
					return 0, s.syntax("four hexadecimal digits")
				}
				r = utf16.DecodeRune(r, low)
			} else {
				r = utf8.RuneError
			}
			if r == utf8.RuneError {
				return 0, &Error{Code: CodeText, Message: "half a surrogate pair"}
			}
		}
		if noncharacter(r) {
			return 0, &Error{Code: CodeText, Message: "a noncharacter"}
		}
		return r, nil
	}
	s.at--
	return 0, s.syntax("an escape")
}

func (s *scanner) hex() (rune, bool) {
	if s.at+4 > len(s.raw) {
		return 0, false
	}
	var r rune
	for _, c := range s.raw[s.at : s.at+4] {
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case 'A' <= c && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	s.at += 4
	return r, true
}

// noncharacter: Unicode §23.7, forbidden by RFC 7493 §2.1.
func noncharacter(r rune) bool {
	return r >= 0xFDD0 && (r <= 0xFDEF || r&0xFFFE == 0xFFFE)
}

// String gives the text of a JSON string; false for another value and for what is no I-JSON.
func String(raw []byte) (string, bool) {
	s := scanner{raw: raw}
	s.space()
	if s.at >= len(raw) || raw[s.at] != '"' {
		return "", false
	}
	text, fault := s.text(true)
	if fault != nil || s.end() != nil {
		return "", false
	}
	return string(text), true
}

// AppendString appends text as a JSON string with the least of escapes: RFC 8785 §3.2.2.2. What is not UTF-8 becomes
// U+FFFD.
func AppendString(dst []byte, text string) []byte { return appendQuoted(dst, text) }

func appendQuoted[Text string | []byte](dst []byte, text Text) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0 // of what is not written yet
	for at := 0; at < len(text); {
		c := text[at]
		switch {
		case c >= 0x20 && c < utf8.RuneSelf && c != '"' && c != '\\':
			at++
			continue
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(string(text[at:min(at+utf8.UTFMax, len(text))]))
			if r == utf8.RuneError && size == 1 {
				dst = append(append(dst, text[from:at]...), "\uFFFD"...)
				from = at + 1
			}
			at += size
			continue
		}
		dst = append(append(dst, text[from:at]...), '\\')
		switch c {
		case '"', '\\':
			dst = append(dst, c)
		case '\b':
			dst = append(dst, 'b')
		case '\f':
			dst = append(dst, 'f')
		case '\n':
			dst = append(dst, 'n')
		case '\r':
			dst = append(dst, 'r')
		case '\t':
			dst = append(dst, 't')
		default:
			dst = append(dst, 'u', '0', '0', digits[c>>4], digits[c&15])
		}
		at++
		from = at
	}
	return append(append(dst, text[from:]...), '"')
}
