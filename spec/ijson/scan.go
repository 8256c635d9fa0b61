package ijson

import (
	"bytes"
	"strconv"
	"strings"
)

// scanner walks a text once. Pointers are made on the way back from a fault, so that a good text pays nothing for them.
type scanner struct {
	raw   []byte
	at    int
	depth int
	open  int // how many names of open objects there are, innermost last
	first [fewNames]named
	more  []named
}

// named is where a name stands in the text, without its quotes. What scanners keep of names has no pointers: Check then
// needs no memory.
type named struct {
	from, to int
	escaped  bool
}

// fewNames is how many names of open objects there is room for.
const fewNames = 24

func (s *scanner) name(i int) []byte {
	n := named{}
	if i < fewNames {
		n = s.first[i]
	} else {
		n = s.more[i-fewNames]
	}
	if !n.escaped {
		return s.raw[n.from:n.to]
	}
	again := scanner{raw: s.raw, at: n.from - 1}
	plain, _ := again.text(true)
	return plain
}

func (s *scanner) push(n named) {
	if s.open < fewNames {
		s.first[s.open] = n
	} else {
		s.more = append(s.more[:s.open-fewNames], n)
	}
	s.open++
}

func start(raw []byte, lim Limits) (scanner, error) {
	if lim.Bytes > 0 && len(raw) > lim.Bytes {
		return scanner{}, &Error{Code: CodeSize, Message: "the text is larger than " + strconv.Itoa(lim.Bytes) + " bytes"}
	}
	if lim.Depth <= 0 {
		lim.Depth = DefaultDepth
	}
	return scanner{raw: raw, depth: lim.Depth}, nil
}

func (s *scanner) end() error {
	s.space()
	if s.at < len(s.raw) {
		return &Error{Code: CodeTrailing, Message: "data after the value, at byte " + strconv.Itoa(s.at)}
	}
	return nil
}

func (s *scanner) space() {
	for s.at < len(s.raw) {
		switch s.raw[s.at] {
		case ' ', '\n', '\t', '\r':
			s.at++
		default:
			return
		}
	}
}

// value reads one value inside depth open objects and arrays.
func (s *scanner) value(depth int) *Error {
	s.space()
	if s.at >= len(s.raw) {
		return s.syntax("a value")
	}
	switch c := s.raw[s.at]; c {
	case '{':
		return s.object(depth+1, nil)
	case '[':
		return s.array(depth+1, nil)
	case '"':
		_, fault := s.text(false)
		return fault
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	default:
		return s.number()
	}
}

func (s *scanner) literal(word string) *Error {
	if string(s.raw[s.at:min(s.at+len(word), len(s.raw))]) != word {
		return s.syntax("a value")
	}
	s.at += len(word)
	return nil
}

// array reads an array; elements, where not nil, receives its elements.
func (s *scanner) array(depth int, elements *[][]byte) *Error {
	if depth > s.depth {
		return s.deep()
	}
	s.at++
	s.space()
	if s.take(']') {
		return nil
	}
	for index := 0; ; index++ {
		s.space()
		from := s.at
		if fault := s.value(depth); fault != nil {
			return fault.under(strconv.Itoa(index))
		}
		if elements != nil {
			*elements = append(*elements, s.raw[from:s.at:s.at])
		}
		s.space()
		switch {
		case s.take(','):
		case s.take(']'):
			return nil
		default:
			return s.syntax("a comma or the end of the array")
		}
	}
}

// manyNames is where a map finds a name faster than a walk over the names before it.
const manyNames = 16

// object reads an object; members, where not nil, receives its members.
func (s *scanner) object(depth int, members *[]Member) *Error {
	if depth > s.depth {
		return s.deep()
	}
	s.at++
	base := s.open
	s.space()
	if s.take('}') {
		return nil
	}
	var seen map[string]struct{}
	for {
		s.space()
		if s.at >= len(s.raw) || s.raw[s.at] != '"' {
			return s.syntax("a member name")
		}
		quote := s.at
		name, fault := s.text(true)
		if fault != nil {
			return fault
		}
		if seen == nil && s.open-base == manyNames {
			seen = make(map[string]struct{}, 2*manyNames)
			for i := base; i < s.open; i++ {
				seen[string(s.name(i))] = struct{}{}
			}
		}
		if s.repeated(base, name, seen) {
			return (&Error{Code: CodeDuplicate, Message: "the member stands twice in its object"}).under(string(name))
		}
		if seen != nil {
			seen[string(name)] = struct{}{}
		} else {
			s.push(named{quote + 1, s.at - 1, len(name) != s.at-quote-len(`""`)})
		}
		s.space()
		if !s.take(':') {
			return s.syntax("a colon").under(string(name))
		}
		s.space()
		from := s.at
		if fault := s.value(depth); fault != nil {
			return fault.under(string(name))
		}
		if members != nil {
			*members = append(*members, Member{Name: string(name), Value: s.raw[from:s.at:s.at]})
		}
		s.space()
		switch {
		case s.take(','):
		case s.take('}'):
			s.open = base
			return nil
		default:
			return s.syntax("a comma or the end of the object")
		}
	}
}

func (s *scanner) repeated(base int, name []byte, seen map[string]struct{}) bool {
	if seen != nil {
		_, is := seen[string(name)]
		return is
	}
	for i := base; i < s.open; i++ {
		if bytes.Equal(s.name(i), name) {
			return true
		}
	}
	return false
}

func (s *scanner) take(c byte) bool {
	if s.at < len(s.raw) && s.raw[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *scanner) syntax(wanted string) *Error {
	return &Error{Code: CodeSyntax, Message: "at byte " + strconv.Itoa(s.at) + ": " + wanted + " is expected"}
}

func (s *scanner) deep() *Error {
	return &Error{Code: CodeDepth, Message: "nested deeper than " + strconv.Itoa(s.depth)}
}

// under puts the fault beneath a member or index: RFC 6901 §3.
func (e *Error) under(token string) *Error {
	e.Pointer = "/" + Token(token) + e.Pointer
	return e
}

// Token escapes a member name as a token of a JSON pointer: RFC 6901 §3.
func Token(name string) string {
	if !strings.ContainsAny(name, "~/") {
		return name
	}
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}
