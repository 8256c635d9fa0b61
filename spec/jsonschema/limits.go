package jsonschema

import (
	"encoding/json"
	"strconv"
	"strings"
)

// numbers refuses numbers too large to compute with and nesting too deep to walk. The pointer grows on the way back,
// since there is seldom anything to point at.
func numbers(value any, depth int) *Error {
	if depth < 0 {
		return &Error{Message: "nested too deeply"}
	}
	switch value := value.(type) {
	case json.Number:
		if !bearable(value) {
			return &Error{Message: "the number is too large or too precise"}
		}
	case []any:
		for i, item := range value {
			if err := numbers(item, depth-1); err != nil {
				err.Pointer = "/" + strconv.Itoa(i) + err.Pointer
				return err
			}
		}
	case map[string]any:
		for name, item := range value {
			if err := numbers(item, depth-1); err != nil {
				err.Pointer = "/" + escape(name) + err.Pointer
				return err
			}
		}
	}
	return nil
}

// bearable bounds a number's text: the library computes with exact rationals, in which 1e999999999 fills memory.
func bearable(number json.Number) bool {
	if len(number) > 500 {
		return false
	}
	at := strings.IndexAny(string(number), "eE")
	if at < 0 {
		return true
	}
	power, err := strconv.Atoi(string(number[at+1:]))
	return err == nil && power >= -500 && power <= 500
}
