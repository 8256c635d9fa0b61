package vcdm

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// writer builds one object. A member that its field cannot hold is written from the shape it was read in.
type writer struct {
	buffer []byte
	shape  *shape
	err    error
}

func (w *writer) name(name string) {
	w.buffer = append(w.buffer, ',')
	w.quote(name)
	w.buffer = append(w.buffer, ':')
}

func (w *writer) quote(plain string) {
	if isPlain(plain) {
		w.buffer = append(append(append(w.buffer, '"'), plain...), '"')
		return
	}
	quoted, err := jsontext.AppendQuote(w.buffer, plain)
	if err != nil && w.err == nil {
		w.err = &Error{Message: "a string is not UTF-8"}
	}
	w.buffer = quoted
}

// isPlain says whether text stands in JSON as it is: ASCII that needs no escape.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// extra writes the members that have no field of their own; none may repeat a name.
func (w *writer) extra(all []Member, taken func(string) bool) {
	for i, m := range all {
		if _, twice := lookup(all[:i], m.Name); (twice || taken(m.Name)) && w.err == nil {
			w.err = &Error{Pointer: "/" + escape(m.Name), Message: "the name stands twice in one object"}
		}
		w.name(m.Name)
		w.value(m.Name, m.Value)
	}
}

// escape writes a name as a reference token, RFC 6901 §3.
func escape(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// value writes raw JSON. It must be one whole value: text that only fits together with its neighbours could
// smuggle members in.
func (w *writer) value(name string, raw json.RawMessage) {
	if ijson.Check(raw, ijson.Limits{}) != nil && !jsontext.Value(raw).IsValid() && w.err == nil {
		w.err = &Error{Pointer: "/" + escape(name), Message: "not JSON"}
	}
	w.buffer = compact(w.buffer, raw)
}

func (w *writer) raw(name string, raw json.RawMessage) {
	if len(raw) == 0 {
		w.odd(name)
		return
	}
	w.name(name)
	w.value(name, raw)
}

func (w *writer) odd(name string) {
	if len(w.shape.odd) == 0 {
		return
	}
	if raw, ok := w.shape.oddity(name); ok {
		w.name(name)
		w.buffer = compact(w.buffer, raw)
	}
}

func (w *writer) text(name, plain string) {
	if plain == "" {
		w.odd(name)
		return
	}
	w.name(name)
	w.quote(plain)
}

func (w *writer) date(name string, date time.Time, was written) {
	if date.IsZero() {
		w.odd(name)
		return
	}
	w.name(name)
	w.buffer = was.appendTo(w.buffer, date)
}

func (w *writer) contexts(contexts []json.RawMessage) {
	w.list("@context", contexts, w.shape.contextOne)
}

func (w *writer) list(name string, list []json.RawMessage, one bool) {
	if len(list) == 0 {
		w.odd(name)
		return
	}
	w.name(name)
	if one && len(list) == 1 {
		w.value(name, list[0])
		return
	}
	for i, item := range list {
		w.buffer = append(w.buffer, separator(i))
		w.value(name, item)
	}
	w.buffer = append(w.buffer, ']')
}

func (w *writer) types(names []string) {
	if len(names) == 0 {
		w.odd("type")
		return
	}
	w.name("type")
	if w.shape.typeOne && len(names) == 1 {
		w.quote(names[0])
		return
	}
	for i, name := range names {
		w.buffer = append(w.buffer, separator(i))
		w.quote(name)
	}
	w.buffer = append(w.buffer, ']')
}

func (w *writer) party(name string, p Issuer) {
	switch {
	case p.Raw != nil:
		w.raw(name, p.Raw)
	case p.Name != "":
		w.name(name)
		w.pair("id", p.ID, "name", p.Name)
	default:
		w.text(name, p.ID)
	}
}

// objects writes id-and-type objects, one or an array.
func (w *writer) objects(name string, n int, array bool, at func(int) (id, kind string, raw json.RawMessage)) {
	if n == 0 {
		w.odd(name)
		return
	}
	w.name(name)
	array = array || n > 1
	for i := range n {
		if array {
			w.buffer = append(w.buffer, separator(i))
		}
		if id, kind, raw := at(i); raw != nil {
			w.value(name, raw)
		} else {
			w.pair("id", id, "type", kind)
		}
	}
	if array {
		w.buffer = append(w.buffer, ']')
	}
}

// pair writes an object of two strings; the first is left out when it is empty.
func (w *writer) pair(name1, plain1, name2, plain2 string) {
	w.buffer = append(w.buffer, '{')
	if plain1 != "" {
		w.quote(name1)
		w.buffer = append(w.buffer, ':')
		w.quote(plain1)
		w.buffer = append(w.buffer, ',')
	}
	w.quote(name2)
	w.buffer = append(w.buffer, ':')
	w.quote(plain2)
	w.buffer = append(w.buffer, '}')
}

func separator(i int) byte {
	if i == 0 {
		return '['
	}
	return ','
}

// close ends the object; every member began with a comma, so the first one becomes the brace.
func (w *writer) close() ([]byte, error) {
	if w.err != nil {
		return nil, w.err
	}
	if len(w.buffer) == 0 {
		return []byte("{}"), nil
	}
	w.buffer[0] = '{'
	return append(w.buffer, '}'), nil
}
