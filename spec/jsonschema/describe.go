package jsonschema

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// describe says in words what a kind of violation is. branches: its causes are alternatives. Kinds that only
// group others have no message. What the instance says (kind's Got) is never used but for types and counts.
func describe(found jsonschema.ErrorKind) (keyword, message string, branches bool) {
	switch k := found.(type) {
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		return "", "", false
	case *kind.AnyOf:
		return "anyOf", "fits none of the alternatives", true
	case *kind.OneOf:
		if len(k.Subschemas) > 0 {
			return "oneOf", "fits more than one of the alternatives, but must fit exactly one", false
		}
		return "oneOf", "fits none of the alternatives", true
	case *kind.Not:
		return "not", "is of a form that is excluded", false
	case *kind.FalseSchema:
		return "", "is not allowed here", false
	case *kind.RefCycle:
		return "$ref", "cannot be checked: the schema refers to itself without end", false
	case *kind.InvalidJsonValue:
		return "", "is not a JSON value", false
	case *kind.Type:
		return "type", "must be " + strings.Join(k.Want, " or ") + ", but is " + k.Got, false
	case *kind.Enum:
		return "enum", "must be one of " + scalar(k.Want), false
	case *kind.Const:
		return "const", "must be " + scalar(k.Want), false
	case *kind.Format:
		return "format", "must have the format " + k.Want, false
	}
	if keyword, message = describeObject(found); message != "" {
		return keyword, message, false
	}
	if keyword, message = describeArray(found); message != "" {
		return keyword, message, false
	}
	if keyword, message = describeScalar(found); message != "" {
		return keyword, message, false
	}
	return "", "does not fit the schema", false
}

func describeObject(found jsonschema.ErrorKind) (keyword, message string) {
	switch k := found.(type) {
	case *kind.Required:
		return "required", "lacks " + quotedList(k.Missing)
	case *kind.MinProperties:
		return "minProperties", "must have at least " + count(k.Want, "property")
	case *kind.MaxProperties:
		return "maxProperties", "must have at most " + count(k.Want, "property")
	case *kind.Dependency:
		return "dependencies", "has " + strconv.Quote(k.Prop) + " and so must have " + quotedList(k.Missing)
	case *kind.DependentRequired:
		return "dependentRequired", "has " + strconv.Quote(k.Prop) + " and so must have " + quotedList(k.Missing)
	case *kind.AdditionalProperties:
		return "additionalProperties", "must not have " + quotedList(k.Properties)
	case *kind.PropertyNames:
		return "propertyNames", "the name " + strconv.Quote(k.Property) + " is not allowed"
	}
	return "", ""
}

func describeArray(found jsonschema.ErrorKind) (keyword, message string) {
	switch k := found.(type) {
	case *kind.MinItems:
		return "minItems", "must have at least " + count(k.Want, "item")
	case *kind.MaxItems:
		return "maxItems", "must have at most " + count(k.Want, "item")
	case *kind.AdditionalItems:
		return "additionalItems", "has " + count(k.Count, "item") + " too many"
	case *kind.UniqueItems:
		return "uniqueItems", "items " + strconv.Itoa(k.Duplicates[0]) + " and " + strconv.Itoa(k.Duplicates[1]) + " are equal"
	case *kind.Contains:
		return "contains", "has no item of the form that must be among them"
	case *kind.MinContains:
		return "minContains", "must have at least " + count(k.Want, "item") + " of the form that is asked for"
	case *kind.MaxContains:
		return "maxContains", "must have at most " + count(k.Want, "item") + " of the form that is asked for"
	}
	return "", ""
}

func describeScalar(found jsonschema.ErrorKind) (keyword, message string) {
	switch k := found.(type) {
	case *kind.MinLength:
		return "minLength", "must have at least " + count(k.Want, "character")
	case *kind.MaxLength:
		return "maxLength", "must have at most " + count(k.Want, "character")
	case *kind.Pattern:
		return "pattern", "must match the pattern " + k.Want
	case *kind.ContentEncoding:
		return "contentEncoding", "must be encoded as " + k.Want
	case *kind.ContentMediaType:
		return "contentMediaType", "must hold " + k.Want
	case *kind.ContentSchema:
		return "contentSchema", "holds content that does not fit its schema"
	case *kind.Minimum:
		return "minimum", "must be at least " + number(k.Want)
	case *kind.Maximum:
		return "maximum", "must be at most " + number(k.Want)
	case *kind.ExclusiveMinimum:
		return "exclusiveMinimum", "must be more than " + number(k.Want)
	case *kind.ExclusiveMaximum:
		return "exclusiveMaximum", "must be less than " + number(k.Want)
	case *kind.MultipleOf:
		return "multipleOf", "must be a multiple of " + number(k.Want)
	}
	return "", ""
}

func number(value *big.Rat) string {
	if value.IsInt() {
		return value.Num().String()
	}
	nearest, _ := value.Float64()
	return strconv.FormatFloat(nearest, 'g', -1, 64)
}
