package jsonschema

import "github.com/santhosh-tekuri/jsonschema/v6"

// The bounds of what a validation may cost: how often subschemas are applied, for any instance and for each value in
// it. References make a small schema a large one: n of them, each to the next twice, apply the last 2^n times.
const (
	freeVisits  = 20_000
	valueVisits = 8

	textOfAValue = 128 // bytes
)

// children gives the subschemas of a schema, where they stand in alike: applied to the same value or to a part of it.
// What a dynamic reference may mean is decided while validating, so it stands for all that bear its anchor.
type children struct {
	self  []*jsonschema.Schema // applied to the value itself
	parts []*jsonschema.Schema // applied to each item or member, and to names
	named map[string]*jsonschema.Schema
}

// graph is the subschemas of each schema that can be reached.
type graph map[*jsonschema.Schema]*children

// graphOf walks all that a schema reaches.
func graphOf(root *jsonschema.Schema) graph {
	g := graph{}
	var dynamic []*jsonschema.Schema
	anchors := map[string][]*jsonschema.Schema{} // "" for those of 2019-09, which have no name
	for todo := []*jsonschema.Schema{root}; len(todo) > 0; {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if s == nil || g[s] != nil {
			continue
		}
		c := childrenOf(s)
		g[s] = c
		if s.DynamicRef != nil || s.RecursiveRef != nil {
			dynamic = append(dynamic, s)
		}
		if s.DynamicAnchor != "" || s.RecursiveAnchor {
			anchors[s.DynamicAnchor] = append(anchors[s.DynamicAnchor], s)
		}
		todo = append(append(append(todo, s.ContentSchema), c.self...), c.parts...)
		for _, one := range c.named {
			todo = append(todo, one)
		}
	}
	for _, s := range dynamic {
		if s.DynamicRef != nil {
			g[s].self = append(g[s].self, anchors[s.DynamicRef.Anchor]...)
		}
		if s.RecursiveRef != nil {
			g[s].self = append(g[s].self, anchors[""]...)
		}
	}
	return g
}

func childrenOf(s *jsonschema.Schema) *children {
	c := &children{named: s.Properties}
	add := func(to *[]*jsonschema.Schema, some ...any) {
		for _, one := range some {
			if plain, ok := one.(*jsonschema.Schema); ok && plain != nil {
				*to = append(*to, plain)
			}
		}
	}
	add(&c.self, s.Ref, s.RecursiveRef, s.Not, s.If, s.Then, s.Else)
	if s.DynamicRef != nil {
		add(&c.self, s.DynamicRef.Ref)
	}
	for _, list := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf} {
		c.self = append(c.self, list...)
	}
	for _, one := range s.DependentSchemas {
		add(&c.self, one)
	}
	for _, one := range s.Dependencies {
		add(&c.self, one)
	}
	add(&c.parts, s.PropertyNames, s.AdditionalProperties, s.UnevaluatedProperties, s.Contains, s.Items,
		s.AdditionalItems, s.Items2020, s.UnevaluatedItems)
	for _, one := range s.PatternProperties {
		add(&c.parts, one)
	}
	c.parts = append(c.parts, s.PrefixItems...)
	if list, ok := s.Items.([]*jsonschema.Schema); ok {
		c.parts = append(c.parts, list...)
	}
	return c
}

// bearable says that no more than so many subschemas are applied to value, at the most.
func (g graph) bearable(s *jsonschema.Schema, value any) bool {
	left := freeVisits + valueVisits*size(value)
	return g.spend(s, value, &left, 0)
}

// maxApplied bounds how deep subschemas apply one another to values; it ends circles.
const maxApplied = 2 * maxInstanceDepth

func (g graph) spend(s *jsonschema.Schema, value any, left *int, depth int) bool {
	if *left -= 1 + matching(s, value); *left < 0 {
		return false
	}
	if depth > maxApplied {
		return true // a circle, which the library refuses; all that led here was counted
	}
	c := g[s]
	for _, one := range c.self {
		if !g.spend(one, value, left, depth+1) {
			return false
		}
	}
	each := func(part any, more *jsonschema.Schema) bool {
		if more != nil && !g.spend(more, part, left, depth+1) {
			return false
		}
		for _, one := range c.parts {
			if !g.spend(one, part, left, depth+1) {
				return false
			}
		}
		return true
	}
	switch value := value.(type) {
	case string:
		if inner, ok := content(s, value); ok {
			if numbers(inner, maxInstanceDepth) != nil {
				return false
			}
			return g.spend(s.ContentSchema, inner, left, depth+1)
		}
	case map[string]any:
		for name, part := range value {
			if !each(part, c.named[name]) {
				return false
			}
		}
	case []any:
		for _, part := range value {
			if !each(part, nil) {
				return false
			}
		}
	}
	return true
}

// content is the JSON within a text, where the schema has a schema for it.
func content(s *jsonschema.Schema, text string) (inner any, ok bool) {
	if s.ContentSchema == nil || s.ContentMediaType == nil || s.ContentMediaType.UnmarshalJSON == nil {
		return nil, false
	}
	decoded := []byte(text)
	if s.ContentEncoding != nil {
		var err error
		if decoded, err = s.ContentEncoding.Decode(text); err != nil {
			return nil, false
		}
	}
	inner, err := s.ContentMediaType.UnmarshalJSON(decoded)
	return inner, err == nil
}

// size counts the values in a value, a long text as several.
func size(value any) int {
	n := 1
	switch value := value.(type) {
	case string:
		n += len(value) / textOfAValue
	case map[string]any:
		for _, part := range value {
			n += size(part)
		}
	case []any:
		for _, part := range value {
			n += size(part)
		}
	}
	return n
}
