package jsonld

import (
	"slices"

	"github.com/piprate/json-gold/ld"
)

// expand is the expansion algorithm, JSON-LD 1.1 API §5.1.2; the numbers are its steps. property is the active property,
// "" for null; indexed says that the element is a value of a map by index, id or type. nil is its null.
func (r *run) expand(s *state, property string, element any, where *place, indexed bool) (any, error) {
	switch element := element.(type) {
	case nil: // 1
		return nil, nil
	case []any:
		return r.expandArray(s, property, element, where, indexed)
	case map[string]any:
		return r.expandNode(s, property, element, where, indexed)
	}
	if property == "" || property == "@graph" { // 4.1
		return nil, r.dropped(where, "a value without a property")
	}
	if definition := s.term(property); definition != nil && definition.HasContext { // 4.2
		var err error
		if s, err = r.scoped(s, s, property, definition, where, applying{override: true}); err != nil {
			return nil, err
		}
	}
	return r.expandValue(s, property, element, where) // 4.3
}

// dropped is the error for what JSON-LD leaves out.
func (r *run) dropped(where *place, what string) error {
	if r.strict {
		return fail(CodeDropped, where, "JSON-LD leaves out %s", what)
	}
	return nil
}

func (r *run) expandArray(s *state, property string, elements []any, where *place, indexed bool) (any, error) { // 5
	out := make([]any, 0, len(elements))
	list := contains(s.term(property), "@list")
	for i, element := range elements {
		at := where.element(i)
		if element == nil && property != "" {
			if err := r.dropped(at, "null"); err != nil {
				return nil, err
			}
		}
		value, err := r.expand(s, property, element, at, indexed)
		if err != nil {
			return nil, err
		}
		switch value := value.(type) {
		case nil:
		case []any:
			if list {
				out = append(out, map[string]any{"@list": value})
			} else {
				out = append(out, value...)
			}
		default:
			out = append(out, value)
		}
	}
	return out, nil
}

func (r *run) expandNode(s *state, property string, element map[string]any, where *place, indexed bool) (any, error) {
	definition, from := s.term(property), s // 3, before anything is gone back on
	keys := sorted(element)
	if s.previous != nil && !indexed && !r.keepsScope(s, keys) { // 7
		s = s.previous
	}
	var err error
	if definition != nil && definition.HasContext { // 8
		if s, err = r.scoped(s, from, property, definition, where, applying{override: true}); err != nil {
			return nil, err
		}
	}
	if local, ok := element["@context"]; ok { // 9
		if s, err = r.apply(s, local, where.member("@context"), applying{}); err != nil {
			return nil, err
		}
	}
	o := object{run: r, property: property, result: make(map[string]any, len(element))}
	if err := o.types(s, element, keys, where); err != nil { // 10 to 12
		return nil, err
	}
	if property != "" { // 12
		o.expanded = from.expandIRI(property, true, false)
	}
	if err := o.members(o.state, element, keys, where); err != nil { // 13 and 14
		return nil, err
	}
	return r.finish(o.result, property, where)
}

// keepsScope says whether an element is a value or a reference, which a type-scoped context still speaks of: step 7.
func (r *run) keepsScope(s *state, keys []string) bool {
	for _, key := range keys {
		switch s.expandIRI(key, true, false) {
		case "@value":
			return true
		case "@id":
			if len(keys) == 1 {
				return true
			}
		}
	}
	return false
}

// object is a node or value object while it is expanded.
type object struct {
	run       *run
	property  string // active property
	expanded  string // its IRI
	state     *state // with the contexts of the types
	typeState *state // without them
	inputType string
	result    map[string]any
}

// types applies the contexts of the object's types: steps 10 to 12.
func (o *object) types(s *state, element map[string]any, keys []string, where *place) error {
	o.state, o.typeState = s, s
	first := true
	for _, key := range keys {
		if s.expandIRI(key, true, false) != "@type" {
			continue
		}
		values := array(element[key])
		names := make([]string, 0, len(values))
		for _, value := range values {
			if name, ok := value.(string); ok {
				names = append(names, name)
			}
		}
		if first && len(names) > 0 && len(names) == len(values) {
			o.inputType = o.typeState.expandIRI(names[len(names)-1], true, false)
			first = false
		}
		slices.Sort(names)
		for _, name := range names {
			definition := o.typeState.term(name)
			if definition == nil || !definition.HasContext {
				continue
			}
			var err error
			o.state, err = o.run.scoped(o.state, o.typeState, name, definition, where.member(key), applying{passing: true})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// members expands the members of an object, and then those of its nested objects: steps 13 and 14.
func (o *object) members(s *state, element map[string]any, keys []string, where *place) error {
	var nests []string
	for _, key := range keys {
		if key == "@context" {
			continue
		}
		property := s.expandIRI(key, true, false)
		var err error
		switch {
		case property == "@nest":
			nests = append(nests, key)
		case keyword(property):
			err = o.keyword(s, property, element[key], where.member(key))
		case property == "" || !hasColon(property):
			err = o.run.undefined(key, where)
		default:
			if err = o.run.predicate(property, key, where); err == nil {
				err = o.member(s, key, property, element[key], where.member(key))
			}
		}
		if err != nil {
			return err
		}
	}
	for _, key := range nests {
		if err := o.nested(s, key, element[key], where.member(key)); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) undefined(key string, where *place) error {
	if !r.strict {
		return nil
	}
	e := fail(CodeUndefinedTerm, where.member(key), "no context defines the term")
	e.Term = key
	return e
}

// predicate refuses a property whose statements RDF cannot have: they would be dropped.
func (r *run) predicate(iri, key string, where *place) error {
	switch {
	case !r.strict:
		return nil
	case blank(iri):
		e := fail(CodeDropped, where.member(key), "a blank node cannot be a property")
		e.Term = key
		return e
	case !hasScheme(iri):
		return r.undefined(key, where)
	case !wellFormed(iri):
		e := fail(CodeIRI, where.member(key), "the term's IRI has a character that no IRI has")
		e.Term = key
		return e
	}
	return nil
}

// nested expands what stands under @nest as if it stood outside: step 14.
func (o *object) nested(s *state, key string, value any, where *place) error {
	if definition := s.term(key); definition != nil && definition.HasContext {
		var err error
		if s, err = o.run.scoped(s, s, key, definition, where, applying{override: true}); err != nil {
			return err
		}
	}
	_, many := value.([]any)
	for i, item := range array(value) {
		at := where
		if many {
			at = where.element(i)
		}
		inner, ok := item.(map[string]any)
		if !ok {
			return fail(CodeSyntax, at, "invalid @nest value")
		}
		keys := sorted(inner)
		for _, name := range keys {
			if s.expandIRI(name, true, false) == "@value" {
				return fail(CodeSyntax, at, "invalid @nest value")
			}
		}
		if err := o.members(s, inner, keys, at); err != nil {
			return err
		}
	}
	return nil
}

func contains(definition *ld.TermDefinition, container string) bool {
	return definition != nil && slices.Contains(definition.Container, container)
}

func hasColon(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] == ':' {
			return true
		}
	}
	return false
}
