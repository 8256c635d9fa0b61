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

func trim(value []byte) []byte { return bytes.Trim(value, " \t\r\n") }

// text reads a JSON string.
func text(value []byte) (string, bool) {
	if kind(value) != '"' {
		return "", false
	}
	value = trim(value)
	if len(value) >= 2 && bytes.IndexByte(value, '\\') < 0 && value[len(value)-1] == '"' {
		return string(value[1 : len(value)-1]), true
	}
	plain, err := jsontext.AppendUnquote(nil, value)
	return string(plain), err == nil
}

// members splits an object; false when it is none. It trusts that value is valid JSON (see check) only so far
// as that nonsense in gives nonsense out.
func members(value []byte) ([]Member, bool) {
	if kind(value) != '{' {
		return nil, false
	}
	found := make([]Member, 0, 8)
	rest := space(trim(value)[1:])
	for len(rest) > 0 && rest[0] != '}' {
		end := skip(rest)
		name, ok := text(rest[:end])
		if !ok {
			return nil, false
		}
		rest = space(rest[end:])
		if len(rest) == 0 || rest[0] != ':' {
			return nil, false
		}
		rest = space(rest[1:])
		end = skip(rest)
		if end == 0 {
			return nil, false
		}
		found = append(found, Member{name, json.RawMessage(rest[:end:end])})
		if rest = space(rest[end:]); len(rest) > 0 && rest[0] == ',' {
			rest = space(rest[1:])
		}
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
	for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\n' || rest[0] == '\r' || rest[0] == '\t') {
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
	for i := open + 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '"':
			return i
		}
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
	all, _ := members(value)
	return lookup(all, name)
}

func lookup(all []Member, name string) (json.RawMessage, bool) {
	for _, m := range all {
		if m.Name == name {
			return m.Value, true
		}
	}
	return nil, false
}
