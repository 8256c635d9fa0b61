package pex

import (
	"maps"
	"slices"
	"strconv"

	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jsonschema"
)

// The sections that are cited most.
const (
	inDefinition   = "Presentation Definition"
	inDescriptor   = "Input Descriptor Object"
	inRequirements = "Submission Requirement Feature"
)

// Parse reads a presentation definition, bare or in its envelope {"presentation_definition": …}. Members that the
// specification does not know are ignored, save where constraints stand (constraints, fields, requirements): there
// they are refused, as are the features that are not offered: predicate, relational constraints but is_holder, statuses, frame.
// Errors are *Error.
func Parse(raw []byte) (*Definition, error) {
	root, err := decode(raw)
	if err != nil {
		return nil, err
	}
	r, at := &definitionReader{fields: map[string]bool{}}, ""
	if inner, ok := root["presentation_definition"]; ok && root["input_descriptors"] == nil {
		at = "/presentation_definition"
		root = r.object(inner, at)
	}
	d := r.definition(root, at)
	if r.err != nil {
		return nil, r.err
	}
	return d, nil
}

type definitionReader struct {
	reader
	fields       map[string]bool // ids of fields
	requirements int
	steps        int // of the filters' patterns
}

func (r *definitionReader) definition(in map[string]any, at string) *Definition {
	d := &Definition{
		ID: r.needed(in, at, "id", inDefinition), Name: r.text(in, at, "name"), Purpose: r.text(in, at, "purpose"),
		Format: r.formats(in, at),
	}
	if _, ok := in["frame"]; ok {
		r.fail(CodeUnsupported, at+"/frame", "framing is not offered", "JSON-LD Framing Feature")
	}
	if _, ok := in["input_descriptors"]; !ok {
		r.fail(CodeInvalid, at+"/input_descriptors", "is missing", inDefinition)
	}
	for i, value := range r.list(in, at, "input_descriptors", MaxDescriptors) {
		here := place(at, "input_descriptors", i)
		one := r.descriptor(r.object(value, here), here)
		if slices.ContainsFunc(d.Descriptors, func(other Descriptor) bool { return other.ID == one.ID }) {
			r.fail(CodeInvalid, here+"/id", "another descriptor has this id", inDescriptor)
		}
		if d.Descriptors = append(d.Descriptors, one); r.err != nil {
			return d
		}
	}
	if value, ok := in["submission_requirements"]; ok {
		d.Requirements = r.nested(in, at, "submission_requirements", 1)
		if list, _ := value.([]any); len(list) == 0 {
			r.fail(CodeInvalid, at+"/submission_requirements", "has no requirement", inRequirements)
		}
		r.grouped(d, at)
	}
	return d
}

// grouped says that requirements and groups fit: with requirements every descriptor is in a group that one names, or
// nothing would ever ask for it, and every group that is named has a descriptor.
func (r *definitionReader) grouped(d *Definition, at string) {
	named := map[string]bool{}
	var walk func([]Requirement, string)
	walk = func(all []Requirement, at string) {
		for i, one := range all {
			here := at + "/" + strconv.Itoa(i)
			named[one.From] = true
			if len(one.Nested) == 0 && d.group(one.From) == 0 {
				r.fail(CodeInvalid, here+"/from", "no descriptor is in this group", inRequirements)
			}
			walk(one.Nested, here+"/from_nested")
		}
	}
	walk(d.Requirements, at+"/submission_requirements")
	for i, one := range d.Descriptors {
		if !slices.ContainsFunc(one.Group, func(group string) bool { return named[group] }) {
			r.fail(CodeInvalid, place(at, "input_descriptors", i)+"/group", "no requirement names a group of it", inRequirements)
		}
	}
}

func (r *definitionReader) formats(in map[string]any, at string) Formats {
	value, ok := in["format"]
	if !ok {
		return nil
	}
	at += "/format"
	named := r.object(value, at)
	if len(named) > MaxList {
		r.fail(CodeLimit, at, "has too many formats", "")
		return nil
	}
	formats := Formats{}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		here := at + "/" + ijson.Token(name)
		lists := r.object(named[name], here)
		if len(lists) > MaxList {
			r.fail(CodeLimit, here, "has too many members", "")
			return nil
		}
		format := Format{}
		for _, member := range slices.Sorted(maps.Keys(lists)) {
			format[member] = r.texts(lists, here, member)
			if len(format[member]) == 0 {
				r.fail(CodeInvalid, here+"/"+ijson.Token(member), "must list one or more", inDefinition)
			}
		}
		formats[name] = format
	}
	if len(formats) == 0 {
		return nil
	}
	return formats
}

func (r *definitionReader) descriptor(in map[string]any, at string) Descriptor {
	d := Descriptor{
		ID: r.needed(in, at, "id", inDescriptor), Name: r.text(in, at, "name"), Purpose: r.text(in, at, "purpose"),
		Group: r.texts(in, at, "group"), Format: r.formats(in, at),
	}
	for i, value := range r.list(in, at, "schema", MaxList) {
		here := place(at, "schema", i)
		one := r.object(value, here)
		r.known(one, here, "PE 1.0, Input Descriptor Object", "uri", "required")
		d.Schema = append(d.Schema, Schema{
			URI: r.needed(one, here, "uri", "PE 1.0, Input Descriptor Object"), Required: r.flag(one, here, "required"),
		})
	}
	value, ok := in["constraints"]
	if !ok {
		if len(d.Schema) == 0 {
			r.fail(CodeInvalid, at+"/constraints", "is missing", inDescriptor)
		}
		return d
	}
	at += "/constraints"
	constraints := r.object(value, at)
	if len(constraints) == 0 && len(d.Schema) == 0 {
		r.fail(CodeInvalid, at, "has no constraint", inDescriptor)
	}
	d.Constraints = r.constraints(constraints, at)
	return d
}

func (r *definitionReader) constraints(in map[string]any, at string) Constraints {
	r.features(in, at)
	r.known(in, at, inDescriptor, "limit_disclosure", "fields", "is_holder")
	c := Constraints{LimitDisclosure: r.text(in, at, "limit_disclosure")}
	if _, ok := in["limit_disclosure"]; ok && c.LimitDisclosure != LimitRequired && c.LimitDisclosure != LimitPreferred {
		r.fail(CodeInvalid, at+"/limit_disclosure", "must be required or preferred", inDescriptor)
	}
	for i, value := range r.list(in, at, "fields", MaxFields) {
		here := place(at, "fields", i)
		if c.Fields = append(c.Fields, r.field(r.object(value, here), here)); r.err != nil {
			break
		}
	}
	if _, ok := in["is_holder"]; ok && r.err == nil {
		c.Holders = r.holders(in, at, c.Fields)
	}
	return c
}

// features refuses what the specification knows and nothing here judges, each by its name.
func (r *definitionReader) features(in map[string]any, at string) {
	for _, name := range []string{"same_subject", "subject_is_issuer"} {
		if _, ok := in[name]; ok {
			r.fail(CodeUnsupported, at+"/"+name, "relational constraints are not offered", "Relational Constraint Feature")
		}
	}
	if _, ok := in["statuses"]; ok {
		r.fail(CodeUnsupported, at+"/statuses", "status constraints are not offered", "Credential Status Constraint Feature")
	}
}

func (r *definitionReader) field(in map[string]any, at string) Field {
	if _, ok := in["predicate"]; ok {
		r.fail(CodeUnsupported, at+"/predicate", "predicates are not offered", "Predicate Feature")
	}
	r.known(in, at, inDescriptor, "path", "id", "name", "purpose", "filter", "optional", "intent_to_retain")
	f := Field{
		ID: r.text(in, at, "id"), Name: r.text(in, at, "name"), Purpose: r.text(in, at, "purpose"),
		Optional: r.flag(in, at, "optional"), IntentToRetain: r.flag(in, at, "intent_to_retain"),
	}
	if r.fields[f.ID] {
		r.fail(CodeInvalid, at+"/id", "another field has this id", inDescriptor)
	}
	r.fields[f.ID] = f.ID != ""
	paths := r.list(in, at, "path", MaxPaths)
	if len(paths) == 0 {
		r.fail(CodeInvalid, at+"/path", "must list one path or more", inDescriptor)
	}
	for i, value := range paths {
		text, ok := value.(string)
		if !ok {
			r.fail(CodeInvalid, place(at, "path", i), "must be a string", inDescriptor)
		}
		f.Paths = append(f.Paths, r.path(text, place(at, "path", i)))
	}
	if value, ok := in["filter"]; ok {
		var err *Error
		if f.Filter, err = filter(value, at+"/filter"); err != nil {
			r.fail(err.Code, err.Pointer, err.Message, err.Cites)
		}
		if r.steps += f.Filter.steps(); r.steps > jsonschema.MaxPatternSteps {
			r.fail(CodeLimit, at+"/filter", "the patterns of the filters repeat too much", "")
		}
	}
	return f
}

func (r *reader) path(text, at string) Path {
	p, err := compile(text)
	if err != nil {
		r.fail(err.Code, at, err.Message, err.Cites)
	}
	return p
}
