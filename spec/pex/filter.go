package pex

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jsonschema"
)

// Filter is a JSON Schema that a value must pass. Make it with NewFilter; the zero Filter passes nothing.
type Filter struct {
	raw    json.RawMessage
	schema *jsonschema.Schema
}

// NewFilter compiles a filter. A schema without $schema is read as the newest draft, and of the keywords that JSON
// Schema does not know those that are known to constrain (formatMinimum and the like) are refused. Errors are *Error
// with a pointer into the schema.
func NewFilter(schema []byte) (*Filter, error) {
	value, err := ijson.Decode(schema, ijson.Limits{Bytes: MaxBytes})
	if err != nil {
		return nil, &Error{Code: CodeInvalid, Message: "not JSON", Cites: "RFC 7493 §2"}
	}
	f, fault := filter(value, "")
	if fault != nil {
		return nil, fault
	}
	return f, nil
}

// JSON is the schema as it was given, its members in the order of their names.
func (f *Filter) JSON() []byte { return f.raw }

func filter(value any, at string) (*Filter, *Error) {
	if object, ok := value.(map[string]any); !ok {
		return nil, &Error{Code: CodeInvalid, Pointer: at, Message: "must be a JSON Schema object"}
	} else if err := extended(object, at); err != nil {
		return nil, err
	}
	raw, err := encode(value)
	if err != nil {
		return nil, &Error{Code: CodeInvalid, Pointer: at, Message: "cannot be written as JSON"}
	}
	schema, err := jsonschema.Compile(raw, "")
	var fault *jsonschema.Error
	switch {
	case errors.As(err, &fault):
		return nil, &Error{Code: CodeInvalid, Pointer: at + fault.Pointer, Message: fault.Message, Cites: "JSON Schema"}
	case err != nil:
		return nil, &Error{Code: CodeInvalid, Pointer: at, Message: "not a JSON Schema", Cites: "JSON Schema"}
	}
	return &Filter{raw, schema}, nil
}

// extended finds keywords of wide-spread extensions that constrain. JSON Schema would have them ignored, and then an
// expired credential would pass.
func extended(schema any, at string) *Error {
	switch schema := schema.(type) {
	case []any:
		for i, one := range schema {
			if err := extended(one, at+"/"+strconv.Itoa(i)); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(schema)) {
			value := schema[name]
			below := at + "/" + ijson.Token(name)
			switch name {
			case "const", "enum", "default", "examples":
				continue
			case "formatMinimum", "formatMaximum", "formatExclusiveMinimum", "formatExclusiveMaximum":
				if _, object := value.(map[string]any); !object {
					return &Error{Code: CodeUnsupported, Pointer: below, Message: "is not a keyword of JSON Schema"}
				}
			}
			if err := extended(value, below); err != nil {
				return err
			}
		}
	}
	return nil
}

// passes says whether a value meets the filter; nil lets all pass.
func (f *Filter) passes(value any) bool {
	return f == nil || f.schema != nil && len(f.schema.Validate(value)) == 0
}

// effort is what trying the filter on a value is reckoned at. A filter may cost milliseconds, but only a long one: each doubling
// by references takes some forty bytes; or one whose patterns are long programs, on a long text.
func (f *Filter) effort(value any) int {
	if f == nil {
		return 0
	}
	effort := 1 + len(f.raw)/128
	if steps := f.steps(); steps > 0 {
		effort += steps * textIn(value) / stepsOfAnEffort
	}
	return effort
}

// stepsOfAnEffort are steps of patterns, times bytes of text.
const stepsOfAnEffort = 100_000

func (f *Filter) steps() int {
	if f == nil || f.schema == nil {
		return 0
	}
	return f.schema.PatternSteps()
}

// textIn counts the bytes of text in a value.
func textIn(value any) (n int) {
	switch value := value.(type) {
	case string:
		n = len(value)
	case []any:
		for _, one := range value {
			n += textIn(one)
		}
	case map[string]any:
		for name, one := range value {
			n += len(name) + textIn(one)
		}
	}
	return n
}
