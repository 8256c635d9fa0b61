package vcdm

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// check says whether raw is one JSON value under I-JSON's rules (RFC 7493 §2): UTF-8, no duplicate names.
func check(raw []byte) error {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(raw))
	if _, err := decoder.ReadValue(); err != nil {
		var syntax *jsontext.SyntacticError
		if errors.As(err, &syntax) {
			if syntax.Err == jsontext.ErrDuplicateName {
				return &Error{Pointer: string(syntax.JSONPointer), Message: "the name stands twice in one object"}
			}
			return &Error{Pointer: string(syntax.JSONPointer), Message: "not JSON"}
		}
		return &Error{Message: "not JSON"}
	}
	if _, err := decoder.ReadToken(); err != io.EOF {
		return &Error{Message: "more than one JSON value"}
	}
	return nil
}

// kind is the first byte of a JSON value: one of { [ " t f n, or 0 to say it is a number or nothing.
func kind(value []byte) byte {
	value = trim(value)
	if len(value) == 0 {
		return 0
	}
	switch value[0] {
	case '{', '[', '"', 't', 'f', 'n':
		return value[0]
	}
	return 0
}

func trim(value []byte) []byte {
	value = space(value)
	for len(value) > 0 && blank(value[len(value)-1]) {
		value = value[:len(value)-1]
	}
	return value
}

func blank(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// text reads a JSON string.
func text(value []byte) (string, bool) {
	if plain, ok := plainText(value); ok {
		return string(plain), true
	}
	if kind(value) != '"' {
		return "", false
	}
	plain, err := jsontext.AppendUnquote(nil, trim(value))
	return string(plain), err == nil
}

// plainText is a JSON string without escapes, which is not copied.
func plainText(value []byte) ([]byte, bool) {
	value = trim(value)
	last := len(value) - 1
	if last < 1 || value[0] != '"' || value[last] != '"' || bytes.IndexByte(value, '\\') >= 0 {
		return nil, false
	}
	return value[1:last], true
}

// cursor walks the members of an object. It trusts that the object is valid JSON (see check) only so far as that
// nonsense in gives nonsense out.
type cursor struct {
	rest   []byte
	quoted []byte // the member's name, as it is written
	value  json.RawMessage
	broken bool
}

// walk begins before the first member; false for a value that is no object.
func walk(value []byte) (cursor, bool) {
	value = space(value)
	if len(value) == 0 || value[0] != '{' {
		return cursor{}, false
	}
	return cursor{rest: space(trim(value)[1:])}, true
}

func (c *cursor) next() bool {
	if len(c.rest) == 0 || c.rest[0] == '}' {
		return false
	}
	end := skip(c.rest)
	c.quoted = c.rest[:end]
	if rest := space(c.rest[end:]); len(rest) > 0 && rest[0] == ':' {
		c.rest = space(rest[1:])
	} else {
		c.broken = true
		return false
	}
	if end = skip(c.rest); end == 0 {
		c.broken = true
		return false
	}
	c.value = json.RawMessage(c.rest[:end:end])
	if c.rest = space(c.rest[end:]); len(c.rest) > 0 && c.rest[0] == ',' {
		c.rest = space(c.rest[1:])
	}
	return true
}

// is compares the member's name.
func (c *cursor) is(name string) bool {
	if plain, ok := plainText(c.quoted); ok {
		return string(plain) == name
	}
	plain, ok := text(c.quoted)
	return ok && plain == name
}

// members splits an object; false when it is none.
func members(value []byte) ([]Member, bool) {
	c, ok := walk(value)
	if !ok {
		return nil, false
	}
	found := make([]Member, 0, 8)
	for c.next() {
		name, ok := text(c.quoted)
		if !ok {
			return nil, false
		}
		found = append(found, Member{name, c.value})
	}
	if c.broken {
		return nil, false
	}
	return found, true
}

// thing is what is asked of most objects: id, name and type, nil where there is none, how many members there are, and whether the
// object is a JSON-LD value or list, which is no thing at all.
type thing struct {
	id, name, kind json.RawMessage
	size           int
	literal        bool
}

// thingOf reads an object; false for another value.
func thingOf(value []byte) (thing, bool) {
	c, ok := walk(value)
	if !ok {
		return thing{}, false
	}
	found := thing{}
	for c.next() {
		found.size++
		switch {
		case found.id == nil && c.is("id"):
			found.id = c.value
		case found.kind == nil && c.is("type"):
			found.kind = c.value
		case found.name == nil && c.is("name"):
			found.name = c.value
		case !found.literal:
			found.literal = c.is("@value") || c.is("@list")
		}
	}
	if c.broken {
		return thing{}, false
	}
	return found, true
}

// items splits an array; a value that is no array is its own only item, and many is false.
func items(value []byte) (found []json.RawMessage, many bool) {
	if kind(value) != '[' {
		return []json.RawMessage{trim(value)}, false
	}
	rest := space(trim(value)[1:])
	for len(rest) > 0 && rest[0] != ']' {
		end := skip(rest)
		if end == 0 {
			break
		}
		found = append(found, json.RawMessage(rest[:end:end]))
		if rest = space(rest[end:]); len(rest) > 0 && rest[0] == ',' {
			rest = space(rest[1:])
		}
	}
	return found, true
}

func space(rest []byte) []byte {
	for len(rest) > 0 && blank(rest[0]) {
		rest = rest[1:]
	}
	return rest
}

// skip gives the length of the JSON value at the start of rest.
func skip(rest []byte) int {
	depth := 0
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '"':
			if i = closing(rest, i); i >= len(rest) {
				return len(rest)
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ':', ' ', '\n', '\r', '\t':
			if depth == 0 {
				return i
			}
		}
	}
	return len(rest)
}

// closing gives the index of the quote that ends the string beginning at open.
func closing(rest []byte, open int) int {
	for from := open + 1; from < len(rest); {
		quote := bytes.IndexByte(rest[from:], '"')
		if quote < 0 {
			break
		}
		escape := bytes.IndexByte(rest[from:from+quote], '\\')
		if escape < 0 {
			return from + quote
		}
		from += escape + 2
	}
	return len(rest)
}

// compact appends value without the white space between its tokens; strings and numbers stay as written.
func compact(to, value []byte) []byte {
	start := 0
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '"':
			i = closing(value, i)
		case ' ', '\n', '\r', '\t':
			to = append(to, value[start:i]...)
			start = i + 1
		}
	}
	return append(to, value[start:]...)
}

// member finds one member of an object.
func member(value []byte, name string) (json.RawMessage, bool) {
	c, ok := walk(value)
	for ok && c.next() {
		if c.is(name) {
			return c.value, true
		}
	}
	return nil, false
}

func lookup(all []Member, name string) (json.RawMessage, bool) {
	for _, m := range all {
		if m.Name == name {
			return m.Value, true
		}
	}
	return nil, false
}
