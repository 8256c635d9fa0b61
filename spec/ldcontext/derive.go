package ldcontext

import (
	"slices"
	"strconv"
	"strings"
)

// term is an expanded term definition.
type term struct {
	ID      string         `json:"@id"`
	Type    string         `json:"@type,omitempty"`
	Context map[string]any `json:"@context,omitempty"`
}

// place is a subschema and where it stands.
type place struct {
	schema  any
	pointer string
}

// scope is what the subschemas of one object say about it, gathered: the subschemas of each property.
type scope struct {
	properties map[string][]place
	seen       map[string]bool // pointers gathered already
}

func newScope() *scope { return &scope{map[string][]place{}, map[string]bool{}} }

// derivation is one run over a schema. path holds the scopes that are open, outermost first, to see recursion.
type derivation struct {
	root  any
	base  string
	path  []string
	count int
}

// inPlace are the keywords whose subschemas speak of the same value; within, those that speak of items of an array,
// which JSON-LD does not tell from a single value.
var (
	inPlace = []string{"allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas", "dependencies"}
	within  = []string{"items", "prefixItems", "additionalItems", "unevaluatedItems", "contains"}
)

// collect gathers what a subschema, and those it leans on, say of one object.
func (d *derivation) collect(schema any, pointer string, into *scope, depth int) error {
	object, ok := schema.(map[string]any)
	if !ok || into.seen[pointer] {
		return nil
	}
	if depth > MaxDepth*4 {
		return &Error{pointer, "nested too deeply"}
	}
	into.seen[pointer] = true
	if target, ok := object["$ref"].(string); ok {
		if fragment, local := strings.CutPrefix(target, "#"); local {
			if found, ok := d.at(fragment); ok {
				if err := d.collect(found, fragment, into, depth+1); err != nil {
					return err
				}
			}
		}
	}
	properties, _ := object["properties"].(map[string]any)
	for name, property := range properties {
		into.properties[name] = append(into.properties[name], place{property, pointer + "/properties/" + escape(name)})
	}
	for _, keyword := range slices.Concat(inPlace, within) {
		if err := d.collectAll(object[keyword], pointer+"/"+keyword, into, depth+1, mapped(keyword)); err != nil {
			return err
		}
	}
	return nil
}

func mapped(keyword string) bool { return keyword == "dependentSchemas" || keyword == "dependencies" }

// collectAll takes a subschema, an array of them or, where the keyword has one, a map.
func (d *derivation) collectAll(value any, pointer string, into *scope, depth int, isMap bool) error {
	switch value := value.(type) {
	case []any:
		for i, item := range value {
			if err := d.collect(item, pointer+"/"+strconv.Itoa(i), into, depth); err != nil {
				return err
			}
		}
	case map[string]any:
		if !isMap {
			return d.collect(value, pointer, into, depth)
		}
		for _, name := range sorted(value) {
			if err := d.collect(value[name], pointer+"/"+escape(name), into, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

// terms gives the definitions for one object. outer is its path in fragments, "" for the subject.
func (d *derivation) terms(s *scope, outer string, depth int) (map[string]any, error) {
	found := map[string]any{}
	for _, name := range sorted(s.properties) {
		places := s.properties[name]
		if name == "type" {
			d.kinds(places, outer, found)
			continue
		}
		if !isTerm(name) || name == "id" {
			continue
		}
		if depth == 0 {
			if definition := repeated(name); definition != nil {
				found[name] = definition
				continue
			}
			if reserved(name) {
				continue
			}
		}
		definition, err := d.term(name, places, outer, depth)
		if err != nil {
			return nil, err
		}
		found[name] = definition
	}
	return found, nil
}

func (d *derivation) term(name string, places []place, outer string, depth int) (any, error) {
	if d.count++; d.count > MaxTerms {
		return nil, &Error{places[0].pointer, "the schema has too many properties"}
	}
	path := outer + fragment(name)
	t := term{ID: d.base + path, Type: datatype(places)}
	inner := newScope()
	for _, p := range places {
		if err := d.collect(p.schema, p.pointer, inner, 0); err != nil {
			return nil, err
		}
	}
	// A schema that contains itself: its terms are in force already, since property-scoped contexts propagate.
	key := inner.key()
	if len(inner.properties) > 0 && !slices.Contains(d.path, key) {
		if depth >= MaxDepth {
			return nil, &Error{places[0].pointer, "nested too deeply"}
		}
		d.path = append(d.path, key)
		context, err := d.terms(inner, path+"/", depth+1)
		d.path = d.path[:len(d.path)-1]
		if err != nil {
			return nil, err
		}
		if len(context) > 0 {
			t.Context = context
		}
	}
	return t, nil
}

// key names a scope by the places of its properties.
func (s *scope) key() string {
	var pointers []string
	for _, places := range s.properties {
		for _, p := range places {
			pointers = append(pointers, p.pointer)
		}
	}
	slices.Sort(pointers)
	return strings.Join(pointers, "\n")
}
