package ldcontext

import (
	"slices"
	"strconv"
	"strings"
)

// datatype gives the XML Schema datatype of a property that is always a date, "" for any other.
func datatype(places []place) string {
	found := ""
	for _, p := range places {
		object, ok := p.schema.(map[string]any)
		if !ok || object["type"] != "string" {
			return ""
		}
		name := ""
		switch object["format"] {
		case "date-time":
			name = "http://www.w3.org/2001/XMLSchema#dateTime"
		case "date":
			name = "http://www.w3.org/2001/XMLSchema#date"
		}
		if name == "" || found != "" && found != name {
			return ""
		}
		found = name
	}
	return found
}

// kinds defines the types that a schema names for an object, as const or enum of its type property: undefined types
// would be lost.
func (d *derivation) kinds(places []place, outer string, into map[string]any) {
	for _, p := range places {
		for _, name := range constants(p.schema, 0) {
			if isTerm(name) && !reserved(name) && repeated(name) == nil && into[name] == nil {
				into[name] = term{ID: d.base + outer + fragment(name)}
			}
		}
	}
}

// constants gives the strings that a subschema allows by const and enum, in it and in its items.
func constants(schema any, depth int) []string {
	object, ok := schema.(map[string]any)
	if !ok || depth > 4 {
		return nil
	}
	values := []any{object["const"]}
	if list, ok := object["enum"].([]any); ok {
		values = append(values, list...)
	}
	var found []string
	for _, value := range values {
		switch value := value.(type) {
		case string:
			found = append(found, value)
		case []any:
			for _, item := range value {
				if name, ok := item.(string); ok {
					found = append(found, name)
				}
			}
		}
	}
	for _, keyword := range slices.Concat(inPlace[:3], within) {
		switch value := object[keyword].(type) {
		case map[string]any:
			found = append(found, constants(value, depth+1)...)
		case []any:
			for _, item := range value {
				found = append(found, constants(item, depth+1)...)
			}
		}
	}
	return found
}

// at finds what a JSON pointer in a fragment points at, RFC 6901 §6.
func (d *derivation) at(pointer string) (any, bool) {
	value := d.root
	if pointer == "" {
		return value, true
	}
	if pointer[0] != '/' {
		return d.anchored(value, pointer)
	}
	for _, token := range strings.Split(pointer[1:], "/") {
		token = strings.ReplaceAll(strings.ReplaceAll(unescape(token), "~1", "/"), "~0", "~")
		switch inner := value.(type) {
		case map[string]any:
			next, ok := inner[token]
			if !ok {
				return nil, false
			}
			value = next
		case []any:
			index, err := strconv.Atoi(token)
			if err != nil || index < 0 || index >= len(inner) {
				return nil, false
			}
			value = inner[index]
		default:
			return nil, false
		}
	}
	return value, true
}

// anchored finds a definition by its $anchor.
func (d *derivation) anchored(root any, name string) (any, bool) {
	object, _ := root.(map[string]any)
	for _, keyword := range [...]string{"$defs", "definitions"} {
		definitions, _ := object[keyword].(map[string]any)
		for _, key := range sorted(definitions) {
			if definition, ok := definitions[key].(map[string]any); ok && definition["$anchor"] == name {
				return definition, true
			}
		}
	}
	return nil, false
}
