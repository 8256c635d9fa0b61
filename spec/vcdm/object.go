package vcdm

import (
	"encoding/json"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Members splits a JSON object; the values share no memory with raw. Errors are those of [Parse].
func Members(raw []byte) ([]Member, error) { return open(raw) }

// VersionOf gives the version of a document by its members: that of the first base context, "" when there is none.
func VersionOf(all []Member) Version {
	_, version, _ := contexts(all)
	return version
}

// Lookup finds a member by name.
func Lookup(all []Member, name string) (json.RawMessage, bool) { return lookup(all, name) }

// Text reads a JSON string; false when value is none.
func Text(value json.RawMessage) (string, bool) { return text(value) }

// Values gives the items of an array, and any other value as its only one; none of no value.
func Values(value json.RawMessage) []json.RawMessage {
	if len(value) == 0 {
		return nil
	}
	all, _ := items(value)
	return all
}

// AppendText appends plain as a JSON string.
func AppendText(to []byte, plain string) []byte {
	if isPlain(plain) {
		return append(append(append(to, '"'), plain...), '"')
	}
	quoted, err := jsontext.AppendQuote(to, plain)
	if err != nil {
		// Only text that is not UTF-8 fails, and then what cannot be said is replaced, as encoding/json does.
		quoted, _ = jsontext.AppendQuote(to, strings.ToValidUTF8(plain, "\uFFFD"))
	}
	return quoted
}

// AppendMember appends one member to an object under construction, which begins with its brace. Value is compacted
// and must be valid JSON.
func AppendMember(to []byte, name string, value []byte) []byte {
	if len(to) > 1 {
		to = append(to, ',')
	}
	to = AppendText(to, name)
	to = append(to, ':')
	return compact(to, value)
}

// Join writes an object of members with valid values.
func Join(all []Member) []byte {
	size := 2
	for _, m := range all {
		size += len(m.Name) + len(m.Value) + 4
	}
	out := append(make([]byte, 0, size), '{')
	for _, m := range all {
		out = AppendMember(out, m.Name, m.Value)
	}
	return append(out, '}')
}
