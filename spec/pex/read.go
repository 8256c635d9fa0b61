package pex

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// decode reads a document: I-JSON, and an object.
func decode(raw []byte) (map[string]any, *Error) {
	value, err := ijson.Decode(raw, ijson.Limits{Bytes: MaxBytes})
	var fault *ijson.Error
	switch {
	case errors.As(err, &fault) && (fault.Code == ijson.CodeSize || fault.Code == ijson.CodeDepth):
		return nil, &Error{Code: CodeLimit, Pointer: fault.Pointer, Message: fault.Message}
	case errors.As(err, &fault):
		return nil, &Error{Code: CodeInvalid, Pointer: fault.Pointer, Message: fault.Message, Cites: "RFC 7493 §2"}
	case err != nil:
		return nil, &Error{Code: CodeInvalid, Message: "not JSON"}
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, &Error{Code: CodeInvalid, Message: "must be an object"}
	}
	return object, nil
}

// encode writes JSON as it is read elsewhere: without escapes for HTML.
func encode(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, &Error{Code: CodeInvalid, Message: "cannot be written as JSON"}
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// reader reads members of decoded objects and keeps the first fault; after it, what it gives has no meaning.
type reader struct{ err *Error }

func (r *reader) fail(code, at, message, cites string) {
	if r.err == nil {
		r.err = &Error{Code: code, Pointer: at, Message: message, Cites: cites}
	}
}

func (r *reader) object(value any, at string) map[string]any {
	object, ok := value.(map[string]any)
	if !ok {
		r.fail(CodeInvalid, at, "must be an object", "")
	}
	return object
}

// list gives the elements of an array; nil for a member that is not there.
func (r *reader) list(in map[string]any, at, name string, limit int) []any {
	value, there := in[name]
	if !there {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		r.fail(CodeInvalid, at+"/"+name, "must be an array", "")
	}
	if len(list) > limit {
		r.fail(CodeLimit, at+"/"+name, "has more than "+strconv.Itoa(limit)+" elements", "")
		return nil
	}
	return list
}

func (r *reader) texts(in map[string]any, at, name string) []string {
	var texts []string
	for i, value := range r.list(in, at, name, MaxList) {
		text, ok := value.(string)
		if !ok {
			r.fail(CodeInvalid, place(at, name, i), "must be a string", "")
		}
		texts = append(texts, text)
	}
	return texts
}

func (r *reader) text(in map[string]any, at, name string) string {
	value, there := in[name]
	text, ok := value.(string)
	if there && !ok {
		r.fail(CodeInvalid, at+"/"+name, "must be a string", "")
	}
	return text
}

func (r *reader) needed(in map[string]any, at, name, cites string) string {
	text := r.text(in, at, name)
	if text == "" {
		r.fail(CodeInvalid, at+"/"+name, "is missing", cites)
	}
	return text
}

func (r *reader) flag(in map[string]any, at, name string) bool {
	value, there := in[name]
	flag, ok := value.(bool)
	if there && !ok {
		r.fail(CodeInvalid, at+"/"+name, "must be true or false", "")
	}
	return flag
}

func (r *reader) whole(in map[string]any, at, name string, least int) *int {
	value, there := in[name]
	if !there {
		return nil
	}
	number, _ := value.(json.Number)
	n, err := strconv.Atoi(string(number))
	if err != nil || n < least {
		r.fail(CodeInvalid, at+"/"+name, "must be a whole number of at least "+strconv.Itoa(least), "Submission Requirement Rules")
	}
	return &n
}

// known refuses members that are not named: where constraints stand, what is not known cannot be ignored.
func (r *reader) known(in map[string]any, at, cites string, names ...string) {
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if !slices.Contains(names, name) {
			r.fail(CodeUnsupported, at+"/"+ijson.Token(name), "is not a constraint that is offered here", cites)
		}
	}
}

// place is the pointer of an element of a member.
func place(at, name string, i int) string { return at + "/" + name + "/" + strconv.Itoa(i) }
