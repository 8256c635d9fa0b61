package pex

import (
	"encoding/json"

	"github.com/chancery-vc/chancery/spec/jsonschema"
)

// Definition is a presentation definition, §5.
type Definition struct {
	ID           string
	Name         string
	Purpose      string
	Format       Formats
	Descriptors  []Descriptor
	Requirements []Requirement // none: every descriptor is required
}

// Formats are the claim formats that are taken, by their designation (jwt_vc, ldp_vc, …), §5 "format"; none: any.
type Formats map[string]Format

// Format is how a credential may be secured: lists by member name ("alg", "proof_type", and what other registries
// name: "cryptosuite", "sd-jwt_alg_values", …). No list: any.
type Format map[string][]string

// Descriptor is an input descriptor, §5.1: one credential that is asked for.
type Descriptor struct {
	ID          string
	Name        string
	Purpose     string
	Group       []string
	Format      Formats // where set, instead of the definition's
	Schema      []Schema
	Constraints Constraints
}

// Schema is what PE 1.0 §4.1 knows instead of a field: an input has one of the schemas, and every required one. The
// newest version has no such member; it is kept, because clients still send it and expect it back. See Input.Schemas
// for what the schemas of an input are.
type Schema struct {
	URI      string
	Required bool
}

// LimitDisclosure values, §5.1.1.
const (
	LimitRequired  = "required"
	LimitPreferred = "preferred"
)

// Constraints are what a credential must meet, §5.1.1.
type Constraints struct {
	LimitDisclosure string // "", LimitRequired or LimitPreferred
	Fields          []Field
}

// Field is one value that a credential must have, §5.1.1. Paths are tried in order until one gives a value that
// Filter passes.
type Field struct {
	Paths          []Path
	ID             string
	Name           string
	Purpose        string
	Filter         *Filter // nil: any value
	Optional       bool    // it may be missing; where it is there, Filter holds
	IntentToRetain bool
}

// Filter is a JSON Schema that a value must pass. Make it with NewFilter.
type Filter struct {
	raw    json.RawMessage
	schema *jsonschema.Schema
}

// Requirement is a submission requirement, §7.1: a rule about the descriptors of the group From, or about Nested.
type Requirement struct {
	Name    string
	Purpose string
	Rule    string // RuleAll or RulePick
	Count   *int   // RulePick alone, as Min and Max: with none of them one or more
	Min     *int
	Max     *int
	From    string
	Nested  []Requirement
}

// The rules of requirements, §7.1.3.3.
const (
	RuleAll  = "all"
	RulePick = "pick"
)

// NewFilter compiles a filter. A schema without $schema is read as the newest draft. Errors are *Error with a pointer
// into the schema.
func NewFilter(schema []byte) (*Filter, error) { return nil, nil }

// JSON is the schema as it was given.
func (f *Filter) JSON() []byte { return f.raw }

// Parse reads a presentation definition, bare or in its envelope {"presentation_definition": …}. Members that the
// specification does not know are ignored, save where constraints stand (constraints, fields, requirements): there
// they are refused, as are the features that are not offered: predicate, relational constraints, statuses, frame.
// Errors are *Error.
func Parse(raw []byte) (*Definition, error) { return nil, nil }

// Encode gives the definition as JSON. It fails with an *Error where Parse would refuse it.
func (d *Definition) Encode() ([]byte, error) { return nil, nil }
