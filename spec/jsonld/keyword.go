package jsonld

import "strings"

// keyword expands a member whose name is a keyword or stands for one: step 13.4 of §5.1.2.
func (o *object) keyword(s *state, name string, value any, where *place) error {
	if o.expanded == "@reverse" {
		return fail(CodeSyntax, where, "invalid reverse property map")
	}
	if _, there := o.result[name]; there && name != "@included" && name != "@type" {
		return fail(CodeSyntax, where, "colliding keywords")
	}
	switch name {
	case "@id":
		return o.id(s, value, where)
	case "@type":
		return o.typeNames(value, where)
	case "@graph":
		expanded, err := o.run.expand(s, "@graph", value, where, false)
		if err == nil {
			o.result["@graph"] = array(expanded)
		}
		return err
	case "@included":
		return o.included(s, value, where)
	case "@value":
		return o.value(value, where)
	case "@language":
		text, ok := value.(string)
		if !ok {
			return fail(CodeSyntax, where, "invalid language-tagged string")
		}
		o.result["@language"] = strings.ToLower(text)
		return o.run.language(text, where)
	case "@direction":
		if value != "ltr" && value != "rtl" {
			return fail(CodeSyntax, where, "invalid base direction")
		}
		o.result["@direction"] = value
		return nil
	case "@index":
		if _, ok := value.(string); !ok {
			return fail(CodeSyntax, where, "invalid @index value")
		}
		o.result["@index"] = value
		return o.run.unsigned(where, "an index")
	case "@list":
		if o.property == "" || o.property == "@graph" {
			return o.run.dropped(where, "a list without a property")
		}
		expanded, err := o.run.expand(s, o.property, value, where, false)
		if err == nil {
			o.result["@list"] = array(expanded)
		}
		return err
	case "@set":
		expanded, err := o.run.expand(s, o.property, value, where, false)
		if err == nil && expanded != nil {
			o.result["@set"] = expanded
		} else if err == nil {
			return o.run.dropped(where, "null")
		}
		return err
	case "@reverse":
		return o.reverse(s, value, where)
	}
	// Keywords of contexts and frames say nothing in a document.
	return o.run.dropped(where, "a keyword that has no place here")
}

// unsigned refuses what expansion keeps and RDF does not have.
func (r *run) unsigned(where *place, what string) error {
	if r.strict {
		return fail(CodeUnsigned, where, "RDF does not say %s", what)
	}
	return nil
}

func (r *run) language(text string, where *place) error {
	if r.strict && !tag(text) {
		return fail(CodeLanguage, where, "no well-formed language tag")
	}
	return nil
}

func (o *object) id(s *state, value any, where *place) error {
	text, ok := value.(string)
	if !ok {
		return fail(CodeSyntax, where, "invalid @id value")
	}
	iri := s.expandIRI(text, false, true)
	if err := o.run.reference(iri, where); err != nil {
		return err
	}
	if keywordLike(text) && iri == "" {
		o.result["@id"] = nil
		return nil
	}
	o.result["@id"] = iri
	return nil
}

// typeNames expands types by the active context without the types' own contexts: step 13.4.4.
func (o *object) typeNames(value any, where *place) error {
	names, many := value.([]any)
	if !many {
		names = []any{value}
	}
	var out []any
	for i, item := range names {
		at := where
		if many {
			at = where.element(i)
		}
		name, ok := item.(string)
		if !ok {
			return fail(CodeSyntax, at, "invalid type value")
		}
		iri, err := o.run.typeName(o.typeState, name, at)
		if err != nil {
			return err
		}
		out = append(out, iri)
	}
	before, there := o.result["@type"]
	switch {
	case there:
		o.result["@type"] = append(array(before), out...)
	case many:
		if out == nil {
			out = []any{}
		}
		o.result["@type"] = out
	default:
		o.result["@type"] = out[0]
	}
	return nil
}

// typeName expands one type. A type that only the base made absolute is as undefined as one that stays relative.
func (r *run) typeName(s *state, name string, where *place) (any, error) {
	if !r.strict {
		iri := s.expandIRI(name, true, true)
		if iri == "" {
			return nil, nil
		}
		return iri, nil
	}
	iri := s.expandIRI(name, true, false)
	switch {
	case iri == "@json", iri == "@none", blank(iri) && len(iri) > len("_:"):
	case !hasScheme(iri):
		e := fail(CodeUndefinedType, where, "no context defines the type")
		e.Term = name
		return nil, e
	case !wellFormed(iri):
		return nil, fail(CodeIRI, where, "the IRI has a character that no IRI has")
	}
	return iri, nil
}

func (o *object) included(s *state, value any, where *place) error {
	expanded, err := o.run.expand(s, "", value, where, false)
	if err != nil {
		return err
	}
	if expanded == nil {
		return fail(CodeSyntax, where, "invalid @included value")
	}
	items := array(expanded)
	for _, item := range items {
		node, ok := item.(map[string]any)
		if !ok || has(node, "@value") || has(node, "@list") || has(node, "@set") {
			return fail(CodeSyntax, where, "invalid @included value")
		}
	}
	if before, ok := o.result["@included"].([]any); ok {
		items = append(before, items...)
	}
	o.result["@included"] = items
	return nil
}

func (o *object) value(value any, where *place) error {
	o.result["@value"] = value
	if o.inputType == "@json" {
		return o.run.exactAll(value, where)
	}
	switch value.(type) {
	case []any, map[string]any:
		return fail(CodeSyntax, where, "invalid value object value")
	}
	return o.run.exact(value, where)
}

// reverse is step 13.4.13: what is said of this object by others.
func (o *object) reverse(s *state, value any, where *place) error {
	if _, ok := value.(map[string]any); !ok {
		return fail(CodeSyntax, where, "invalid @reverse value")
	}
	expanded, err := o.run.expand(s, "@reverse", value, where, false)
	if err != nil {
		return err
	}
	said, _ := expanded.(map[string]any)
	if twice, ok := said["@reverse"].(map[string]any); ok {
		for _, property := range sorted(twice) {
			for _, item := range array(twice[property]) {
				add(o.result, property, item)
			}
		}
	}
	for _, property := range sorted(said) {
		if property == "@reverse" {
			continue
		}
		for _, item := range array(said[property]) {
			node, ok := item.(map[string]any)
			if !ok || has(node, "@value") || has(node, "@list") {
				return fail(CodeSyntax, where, "invalid reverse property value")
			}
			add(reversed(o.result), property, item)
		}
	}
	return nil
}

// reversed gives the map of reverse properties of an object, made where there is none.
func reversed(result map[string]any) map[string]any {
	if said, ok := result["@reverse"].(map[string]any); ok {
		return said
	}
	said := map[string]any{}
	result["@reverse"] = said
	return said
}

// add adds a value to a property.
func add(to map[string]any, property string, value any) {
	before, _ := to[property].([]any)
	to[property] = append(before, value)
}

func has(object map[string]any, name string) bool {
	_, ok := object[name]
	return ok
}
