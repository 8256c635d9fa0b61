// Package jsonschema compiles and applies JSON Schema draft-07, 2019-09 and 2020-12 without ever fetching anything:
// formats and contents are asserted, remote references and patterns that cannot run in linear time are refused with
// their place.
//
//	schema bytes ── Compile ──> Schema ── Validate(instance) ──> violations, each with pointer and keyword
package jsonschema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// The limits of a schema document. Compiling takes time quadratic in the number of subschemas.
const (
	MaxBytes      = 256 << 10
	MaxDepth      = 64
	MaxSubschemas = 4000
)

// Error says why a schema is refused. Pointer (RFC 6901) is into the schema document.
type Error struct {
	Pointer string
	Message string
}

// Error gives the message with its place.
func (e *Error) Error() string {
	if e.Pointer == "" {
		return "jsonschema: " + e.Message
	}
	return "jsonschema: " + e.Pointer + ": " + e.Message
}

// Schema is a compiled schema, safe for concurrent use.
type Schema struct {
	draft    string
	steps    int
	compiled *jsonschema.Schema
	quick    *quick
	graph    graph
}

// PatternSteps are the steps of all its patterns: matching a text with one takes at most so many for each byte.
func (s *Schema) PatternSteps() int { return s.steps }

// Draft is "draft-07", "2019-09" or "2020-12".
func (s *Schema) Draft() string { return s.draft }

// defaultBase is where a schema without a URL stands; RFC 6761 §6.4 keeps the name from ever resolving.
const defaultBase = "https://schema.invalid/schema.json"

// Compile compiles a schema that stands at baseURL, an absolute URL or "". Errors are *Error.
func Compile(document []byte, baseURL string) (schema *Schema, err error) {
	if len(document) > MaxBytes {
		return nil, &Error{Message: fmt.Sprintf("a schema has at most %d bytes", MaxBytes)}
	}
	root, err := decode(document)
	if err != nil {
		return nil, err
	}
	if baseURL == "" {
		baseURL = defaultBase
	}
	survey, err := look(root, baseURL)
	if err != nil {
		return nil, err
	}
	// The library panics on some malformed identifiers; to us that is a schema it cannot read.
	defer func() {
		if recover() != nil {
			schema, err = nil, &Error{Message: "the schema's identifiers cannot be read"}
		}
	}()
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	compiler.AssertContent()
	compiler.UseLoader(nothing{})
	patterns := newEngine()
	defer patterns.end()
	compiler.UseRegexpEngine(patterns.compile)
	for _, format := range formats() {
		compiler.RegisterFormat(format)
	}
	if err := compiler.AddResource(survey.base, root); err != nil {
		return nil, &Error{Message: "a schema cannot stand at this URL"}
	}
	compiled, err := compiler.Compile(survey.base)
	if err != nil {
		return nil, survey.explain(err)
	}
	return &Schema{survey.draft, survey.steps, compiled, plans{}.of(compiled), graphOf(compiled)}, nil
}

// nothing is the loader: nothing is fetched.
type nothing struct{}

var errNotFetched = errors.New("nothing is fetched")

func (nothing) Load(string) (any, error) { return nil, errNotFetched }

// decode reads JSON strictly: UTF-8, no duplicate names (RFC 7493 §2), numbers kept as text.
func decode(raw []byte) (any, error) {
	if value, err := ijson.Decode(raw, ijson.Limits{}); err == nil {
		return value, nil
	}
	return decodeSlowly(raw)
}

// decodeSlowly decodes what ijson refuses and a schema's instance may be: it bounds numbers and nesting elsewhere. And
// it says where a fault is.
func decodeSlowly(raw []byte) (any, error) {
	strict := jsontext.NewDecoder(bytes.NewBuffer(raw))
	if _, err := strict.ReadValue(); err != nil {
		pointer := ""
		var syntax *jsontext.SyntacticError
		if errors.As(err, &syntax) {
			pointer = string(syntax.JSONPointer)
			if syntax.Err == jsontext.ErrDuplicateName {
				return nil, &Error{pointer, "the name stands twice in one object"}
			}
		}
		return nil, &Error{pointer, "not JSON"}
	}
	if _, err := strict.ReadToken(); err != io.EOF {
		return nil, &Error{Message: "more than one JSON value"}
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, &Error{Message: "not JSON"}
	}
	return value, nil
}
