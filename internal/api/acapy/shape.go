package acapy

import (
	_ "embed"
	"maps"
	"regexp"
	"slices"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// shapes.json is what ACA-Py 1.6.1rc0's description says of requests: its operations, and the schemas that their bodies need.
// The test of this package makes it from the description, with -update, and compares.
//
//go:embed shapes.json
var shapesJSON []byte

// cheqd_shapes.json is the same for the operations of ACA-Py's cheqd plugin, which has no description.
//
//go:embed cheqd_shapes.json
var cheqdJSON []byte

// page is the description as far as requests go.
type page struct {
	Operations map[string]operation `json:"operations"` // by "POST /path"
	Schemas    map[string]*shape    `json:"schemas"`
}

// operation is how a request of one is shaped.
type operation struct {
	Status int               `json:"status,omitempty"` // of its answer; 0: 200
	Body   string            `json:"body,omitempty"`   // name of a schema
	Query  map[string]*shape `json:"query,omitempty"`
	Path   map[string]*shape `json:"path,omitempty"`
}

// shape is what a value must be. The zero shape takes anything.
type shape struct {
	Kind     string            `json:"kind,omitempty"` // string, integer, number, boolean, array, object; "": any
	Ref      string            `json:"ref,omitempty"`
	Fields   map[string]*shape `json:"fields,omitempty"`
	Items    *shape            `json:"items,omitempty"`
	Values   *shape            `json:"values,omitempty"` // of members that are no fields
	Enum     []string          `json:"enum,omitempty"`
	Pattern  string            `json:"pattern,omitempty"`
	Required bool              `json:"required,omitempty"`
	Nullable bool              `json:"nullable,omitempty"`
	Least    *int              `json:"least,omitempty"`
	Most     *int              `json:"most,omitempty"`
}

// description reads shapes.json once.
var description = sync.OnceValue(func() *page {
	p := &page{Operations: map[string]operation{}, Schemas: map[string]*shape{}}
	for _, text := range [][]byte{shapesJSON, cheqdJSON} {
		more := new(page)
		if err := json.Unmarshal(text, more); err != nil {
			panic(err) // it is ours
		}
		maps.Copy(p.Operations, more.Operations)
		maps.Copy(p.Schemas, more.Schemas)
	}
	return p
})

// The texts of marshmallow.
const (
	textMissing  = "Missing data for required field."
	textNull     = "Field may not be null."
	textString   = "Not a valid string."
	textInteger  = "Not a valid integer."
	textNumber   = "Not a valid number."
	textBoolean  = "Not a valid boolean."
	textList     = "Not a valid list."
	textMapping  = "Not a valid mapping type."
	textNested   = "Invalid input type."
	textUnicode  = "Not a valid utf-8 string."
	textChoice   = "Must be one of: %s."
	schemaMember = "_schema"
)

// checkBody says what is wrong with a body; nil: nothing.
func (p *page) checkBody(schema string, body jsontext.Value) *faults {
	f, _ := p.check(&shape{Ref: schema}, body).(*faults)
	return f
}

// check gives *faults or texts; nil where the value is as it should be.
func (p *page) check(s *shape, value jsontext.Value) any {
	if value.Kind() == 'n' {
		if s.Nullable || s.Kind == "" && s.Ref == "" {
			return nil
		}
		return said(textNull)
	}
	if s.Ref != "" {
		return p.nested(s.Ref, value)
	}
	switch s.Kind {
	case "object":
		return p.mapping(s, value)
	case "array":
		return p.list(s, value)
	case "string":
		if value.Kind() != '"' {
			return said(textString)
		}
		return orNil(s.text(unquoted(value)))
	case "boolean":
		if _, ok := isOn(value); !ok {
			return said(textBoolean)
		}
	case "integer":
		text := string(value)
		if value.Kind() == '"' {
			text = unquoted(value)
		}
		return orNil(s.whole(text))
	case "number":
		if value.Kind() != '0' {
			return said(textNumber)
		}
	}
	return nil
}

func orNil(texts []string) any {
	if texts == nil {
		return nil
	}
	return texts
}

// loose are schemas that ACA-Py takes in more forms than its description says: a list of URIs too.
var loose = map[string]bool{"SchemasInputDescriptorFilter": true}

// nested checks an object of a schema. Members that it does not have are not looked at, as ACA-Py does not.
func (p *page) nested(name string, value jsontext.Value) any {
	schema := p.Schemas[name]
	if schema == nil || loose[name] {
		return nil
	}
	members, ok := objectOf(value)
	if !ok {
		f := new(faults)
		f.add(schemaMember, said(textNested))
		return f
	}
	f := new(faults)
	for _, field := range slices.Sorted(maps.Keys(schema.Fields)) {
		p.member(f, field, schema.Fields[field], members[field])
	}
	if rule := memberRules[name]; rule != nil {
		rule(members, f)
	}
	if f.empty() {
		if rule := rules[name]; rule != nil {
			rule(members, f)
		}
	}
	if f.empty() {
		return nil
	}
	return f
}

func (p *page) member(f *faults, name string, s *shape, value jsontext.Value) {
	if value == nil {
		if s.Required {
			f.add(name, said(textMissing))
		}
		return
	}
	if found := p.check(s, value); found != nil {
		f.add(name, found)
	}
}

func (p *page) mapping(s *shape, value jsontext.Value) any {
	members, ok := objectOf(value)
	if !ok {
		return said(textMapping)
	}
	if s.Values == nil {
		return nil
	}
	f := new(faults)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if found := p.check(s.Values, members[name]); found != nil {
			inner := new(faults)
			inner.add("value", found)
			f.add(name, inner)
		}
	}
	if f.empty() {
		return nil
	}
	return f
}

func (p *page) list(s *shape, value jsontext.Value) any {
	var items []jsontext.Value
	if value.Kind() != '[' || json.Unmarshal(value, &items) != nil {
		return said(textList)
	}
	if s.Items == nil {
		return nil
	}
	f := new(faults)
	for i, item := range items {
		if found := p.check(s.Items, item); found != nil {
			f.add(i, found)
		}
	}
	if f.empty() {
		return nil
	}
	return f
}

// patterns are those of shapes.json. Python's match is bound to the beginning alone.
var patterns = sync.OnceValue(func() map[string]*regexp.Regexp {
	all := map[string]*regexp.Regexp{}
	each := func(s *shape) {
		if s.Pattern != "" && all[s.Pattern] == nil {
			all[s.Pattern] = regexp.MustCompile(`\A(?:` + s.Pattern + `)`)
		}
	}
	for _, o := range description().Operations {
		for _, s := range o.Query {
			walk(s, each)
		}
		for _, s := range o.Path {
			walk(s, each)
		}
	}
	for _, s := range description().Schemas {
		walk(s, each)
	}
	return all
})

func walk(s *shape, each func(*shape)) {
	if s == nil {
		return
	}
	each(s)
	for _, field := range s.Fields {
		walk(field, each)
	}
	walk(s.Items, each)
	walk(s.Values, each)
}

func matches(pattern, text string) bool {
	compiled := patterns()[pattern]
	return compiled == nil || compiled.MatchString(text)
}
