package jsonld

import (
	"slices"
	"strings"

	"github.com/piprate/json-gold/ld"
)

// sorted gives the names of an object's members in order, as expansion wants them.
func sorted(object map[string]any) []string {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// member expands a member that is a property: steps 13.5 to 13.14 of §5.1.2.
func (o *object) member(s *state, key, property string, value any, where *place) error {
	definition := s.term(key)
	object, isObject := value.(map[string]any)
	var expanded any
	var err error
	switch {
	case definition != nil && definition.Type == "@json":
		if value == nil {
			// A null is a value of @json.
			expanded = map[string]any{"@value": nil, "@type": "@json"}
		} else {
			expanded = map[string]any{"@value": value, "@type": "@json"}
		}
		err = o.run.exactAll(value, where)
	case isObject && contains(definition, "@language"):
		expanded, err = o.run.languages(s, definition, object, where)
	case isObject && (contains(definition, "@index") || contains(definition, "@type") || contains(definition, "@id")):
		expanded, err = o.run.indexed(s, key, definition, object, where)
	default:
		expanded, err = o.run.expand(s, key, value, where, false)
	}
	if err != nil {
		return err
	}
	if expanded == nil { // 13.10
		return o.run.dropped(where, "null")
	}
	if contains(definition, "@list") && !isList(expanded) {
		expanded = map[string]any{"@list": array(expanded)}
	}
	if contains(definition, "@graph") && !contains(definition, "@id") && !contains(definition, "@index") {
		graphs := []any{}
		for _, item := range array(expanded) {
			graphs = append(graphs, map[string]any{"@graph": array(item)})
		}
		expanded = graphs
	}
	into := o.result
	if definition != nil && definition.Reverse {
		into = reversed(o.result)
		for _, item := range array(expanded) {
			if node, ok := item.(map[string]any); !ok || has(node, "@value") || has(node, "@list") {
				return fail(CodeSyntax, where, "invalid reverse property value")
			}
		}
	}
	before, _ := into[property].([]any)
	if before == nil {
		before = []any{}
	}
	into[property] = append(before, array(expanded)...)
	return nil
}

func isList(value any) bool {
	object, ok := value.(map[string]any)
	return ok && has(object, "@list")
}

// languages expands a language map: step 13.7.
func (r *run) languages(s *state, definition *ld.TermDefinition, object map[string]any, where *place) (any, error) {
	out := []any{}
	direction := s.ctx.Values.Direction
	if definition.HasDirection {
		direction = ""
		if definition.Direction != nil {
			direction = *definition.Direction
		}
	}
	for _, language := range sorted(object) {
		at := where.member(language)
		for _, item := range array(object[language]) {
			if item == nil {
				if err := r.dropped(at, "null"); err != nil {
					return nil, err
				}
				continue
			}
			text, ok := item.(string)
			if !ok {
				return nil, fail(CodeSyntax, at, "invalid language map value")
			}
			value := map[string]any{"@value": text}
			if s.expandIRI(language, true, false) != "@none" {
				if err := r.language(language, at); err != nil {
					return nil, err
				}
				value["@language"] = strings.ToLower(language)
			}
			if direction != "" {
				value["@direction"] = direction
			}
			out = append(out, value)
		}
	}
	return out, nil
}

// indexed expands a map by index, id or type: step 13.8.
func (r *run) indexed(s *state, key string, definition *ld.TermDefinition, object map[string]any, where *place) (any, error) {
	out := []any{}
	byIndex := contains(definition, "@index")
	indexKey := "@index"
	if definition.Index != "" {
		indexKey = definition.Index
	}
	for _, index := range sorted(object) {
		at := where.member(index)
		inner, err := r.mapState(s, definition, index, at)
		if err != nil {
			return nil, err
		}
		expandedIndex := s.expandIRI(index, true, false)
		value, err := r.expand(inner, key, array(object[index]), at, true)
		if err != nil {
			return nil, err
		}
		for _, item := range array(value) {
			if contains(definition, "@graph") && !isGraph(item) {
				item = map[string]any{"@graph": array(item)}
			}
			node, ok := item.(map[string]any)
			if !ok {
				return nil, fail(CodeSyntax, at, "a map holds objects")
			}
			if expandedIndex != "@none" {
				switch {
				case byIndex && indexKey != "@index":
					err = r.indexProperty(s, node, indexKey, index, at)
				case byIndex:
					if !has(node, "@index") {
						node["@index"] = index
						err = r.unsigned(at, "an index")
					}
				case contains(definition, "@id"):
					if !has(node, "@id") {
						iri := s.expandIRI(index, false, true)
						node["@id"] = iri
						err = r.reference(iri, at)
					}
				default:
					var name any
					name, err = r.typeName(s, index, at)
					node["@type"] = append([]any{name}, array(node["@type"])...)
				}
			}
			if err != nil {
				return nil, err
			}
			out = append(out, node)
		}
	}
	return out, nil
}

// mapState gives the active context for the values under one key of a map.
func (r *run) mapState(s *state, definition *ld.TermDefinition, index string, where *place) (*state, error) {
	byType := contains(definition, "@type")
	if !byType && !contains(definition, "@id") {
		return s, nil
	}
	if s.previous != nil {
		s = s.previous
	}
	if scope := s.term(index); byType && scope != nil && scope.HasContext {
		return r.scoped(s, s, index, scope, where, applying{})
	}
	return s, nil
}

// indexProperty adds the index as a value of a property: step 13.8.3.7.2.
func (r *run) indexProperty(s *state, node map[string]any, indexKey, index string, where *place) error {
	value, err := r.expandValue(s, indexKey, index, where)
	if err != nil {
		return err
	}
	property := s.expandIRI(indexKey, true, false)
	if err := r.predicate(property, indexKey, where); err != nil {
		return err
	}
	node[property] = append([]any{value}, array(node[property])...)
	if has(node, "@value") {
		return fail(CodeSyntax, where, "invalid value object")
	}
	return nil
}

func isGraph(value any) bool {
	object, ok := value.(map[string]any)
	return ok && has(object, "@graph")
}
