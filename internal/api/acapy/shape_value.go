package acapy

import (
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// text checks a string.
func (s *shape) text(text string) []string {
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, text) {
		choices := strings.Join(s.Enum, ", ")
		if slices.Contains(namedChoices, choices) {
			return said("Value %s must be one of %s", text, choices)
		}
		return said(textChoice, choices)
	}
	if s.Pattern != "" && !matches(s.Pattern, text) {
		return said("%s", mismatch(s.Pattern, text))
	}
	return nil
}

// whole checks a number that is written out.
func (s *shape) whole(text string) []string {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	switch {
	case err != nil:
		return said(textInteger)
	case s.Least != nil && s.Most != nil && (n < *s.Least || n > *s.Most):
		return said("Must be greater than or equal to %d and less than or equal to %d.", *s.Least, *s.Most)
	case s.Least != nil && n < *s.Least:
		return said("Must be greater than or equal to %d.", *s.Least)
	case s.Most != nil && n > *s.Most:
		return said("Must be less than or equal to %d.", *s.Most)
	}
	return nil
}

// parameter checks a value of the query or of the path.
func (s *shape) parameter(text string) []string {
	switch s.Kind {
	case "integer":
		return s.whole(text)
	case "boolean":
		if !isBoolean(text) {
			return said(textBoolean)
		}
		return nil
	}
	return s.text(text)
}

// The words that marshmallow takes for a boolean.
var booleans = map[string]bool{
	"t": true, "T": true, "true": true, "True": true, "TRUE": true, "on": true, "On": true, "ON": true, "y": true, "Y": true,
	"yes": true, "Yes": true, "YES": true, "1": true,
	"f": false, "F": false, "false": false, "False": false, "FALSE": false, "off": false, "Off": false, "OFF": false, "n": false,
	"N": false, "no": false, "No": false, "NO": false, "0": false,
}

func isBoolean(text string) bool {
	_, ok := booleans[text]
	return ok
}

func objectOf(value jsontext.Value) (map[string]jsontext.Value, bool) {
	var members map[string]jsontext.Value
	if value.Kind() != '{' || json.Unmarshal(value, &members) != nil {
		return nil, false
	}
	return members, true
}

func unquoted(value jsontext.Value) string {
	var text string
	_ = json.Unmarshal(value, &text) // it is a string
	return text
}
