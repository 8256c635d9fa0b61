package jsonschema

import (
	"encoding/json"
	"math"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// quick is what of a compiled schema can be told without the library's cost: exact rationals, a trail of scopes, a tree
// of errors. It says yes or "not sure", never no; whatever it is not sure of, the library decides. Each condition is at
// least the library's, so a yes is the library's yes too.
type quick struct {
	types      kinds // 0: any
	enums      [][]string
	formats    []func(any) error
	all        []*quick // $ref, allOf
	any        []*quick
	required   []string
	properties map[string]*quick
	additional *quick // nil: anything
	items      *quick // nil: anything
	unsure     bool
	closed     bool // no additional properties
	unique     bool // no item twice

	minLength, maxLength, minItems, maxItems, minProperties, maxProperties *int
	pattern                                                                jsonschema.Regexp
	minimum, maximum, above, below                                         *bound
}

// kinds is a set of JSON types.
type kinds uint8

const (
	null kinds = 1 << iota
	boolean
	numeric
	whole
	text
	array
	object
)

// The bounds of a walk: how deep, and how many visits. References may go in a circle, and alternatives multiply.
const (
	quickDepth  = 100
	quickVisits = 10000
)

// plans makes the quick schemas of a compiled one; schemas refer to one another in circles.
type plans map[*jsonschema.Schema]*quick

func (p plans) of(s *jsonschema.Schema) *quick {
	if s == nil {
		return nil
	}
	if known, ok := p[s]; ok {
		return known
	}
	q := &quick{}
	p[s] = q
	if s.Bool != nil {
		q.unsure = !*s.Bool
		return q
	}
	q.unsure = unknownToQuick(s)
	if s.Types != nil {
		q.types = kindsOf(s.Types.ToStrings())
	}
	if s.Enum != nil {
		q.enums = append(q.enums, stringsOf(s.Enum.Values))
	}
	if s.Const != nil {
		q.enums = append(q.enums, stringsOf([]any{*s.Const}))
	}
	if s.Format != nil {
		q.formats = append(q.formats, s.Format.Validate)
	}
	if s.Ref != nil {
		q.all = append(q.all, p.of(s.Ref))
	}
	for _, one := range s.AllOf {
		q.all = append(q.all, p.of(one))
	}
	for _, one := range s.AnyOf {
		q.any = append(q.any, p.of(one))
	}
	q.minLength, q.maxLength, q.pattern = s.MinLength, s.MaxLength, s.Pattern
	q.minimum, q.maximum = boundOf(s.Minimum), boundOf(s.Maximum)
	q.above, q.below = boundOf(s.ExclusiveMinimum), boundOf(s.ExclusiveMaximum)
	p.object(q, s)
	p.array(q, s)
	return q
}

// unknownToQuick names every keyword that can refuse an instance and is not looked at here.
func unknownToQuick(s *jsonschema.Schema) bool {
	return s.RecursiveRef != nil || s.DynamicRef != nil || s.Not != nil || len(s.OneOf) > 0 || s.If != nil ||
		s.PropertyNames != nil || len(s.PatternProperties) > 0 || len(s.Dependencies) > 0 ||
		len(s.DependentRequired) > 0 || len(s.DependentSchemas) > 0 || s.UnevaluatedProperties != nil ||
		s.Contains != nil || s.MinContains != nil || s.MaxContains != nil ||
		s.AdditionalItems != nil || len(s.PrefixItems) > 0 || s.UnevaluatedItems != nil ||
		s.ContentEncoding != nil || s.ContentMediaType != nil || s.ContentSchema != nil ||
		s.MultipleOf != nil || len(s.Extensions) > 0
}

func (p plans) object(q *quick, s *jsonschema.Schema) {
	q.required, q.minProperties, q.maxProperties = s.Required, s.MinProperties, s.MaxProperties
	q.properties = make(map[string]*quick, len(s.Properties))
	for name, property := range s.Properties {
		q.properties[name] = p.of(property)
	}
	switch additional := s.AdditionalProperties.(type) {
	case nil:
	case bool:
		q.closed = !additional
	case *jsonschema.Schema:
		q.additional = p.of(additional)
	default:
		q.unsure = true
	}
}

func (p plans) array(q *quick, s *jsonschema.Schema) {
	q.minItems, q.maxItems, q.unique = s.MinItems, s.MaxItems, s.UniqueItems
	q.items = p.of(s.Items2020)
	switch items := s.Items.(type) {
	case nil:
	case *jsonschema.Schema:
		if q.items != nil {
			q.unsure = true
		}
		q.items = p.of(items)
	default:
		q.unsure = true
	}
}

func kindsOf(names []string) kinds {
	all := map[string]kinds{
		"null": null, "boolean": boolean, "number": numeric | whole, "integer": whole,
		"string": text, "array": array, "object": object,
	}
	var found kinds
	for _, name := range names {
		found |= all[name]
	}
	return found
}

func stringsOf(values []any) []string {
	found := []string{}
	for _, value := range values {
		if plain, ok := value.(string); ok {
			found = append(found, plain)
		}
	}
	return found
}

// fits says that the value surely fits.
func (q *quick) fits(value any) bool {
	w := walk{depth: quickDepth, visits: quickVisits}
	return w.fits(q, value)
}

// walk is what is left of its bounds.
type walk struct{ depth, visits int }

func (w *walk) fits(q *quick, value any) bool {
	if q.unsure || w.depth == 0 || w.visits == 0 {
		return false
	}
	w.visits--
	w.depth--
	defer func() { w.depth++ }()
	for _, one := range q.all {
		if !w.fits(one, value) {
			return false
		}
	}
	if len(q.any) > 0 && !w.fitsAny(q.any, value) {
		return false
	}
	for _, format := range q.formats {
		if format(value) != nil {
			return false
		}
	}
	switch value := value.(type) {
	case string:
		return q.is(text) && q.fitsText(value)
	case map[string]any:
		return q.is(object) && len(q.enums) == 0 && w.fitsObject(q, value)
	case []any:
		return q.is(array) && len(q.enums) == 0 && w.fitsArray(q, value)
	case float64, json.Number:
		return len(q.enums) == 0 && q.fitsNumber(value)
	case bool:
		return q.is(boolean) && len(q.enums) == 0
	case nil:
		return q.is(null) && len(q.enums) == 0
	}
	return false
}

func (q *quick) is(one kinds) bool { return q.types == 0 || q.types&one != 0 }

func (w *walk) fitsAny(some []*quick, value any) bool {
	for _, one := range some {
		if w.fits(one, value) {
			return true
		}
	}
	return false
}

func (q *quick) fitsText(value string) bool {
	for _, allowed := range q.enums {
		found := false
		for _, one := range allowed {
			found = found || one == value
		}
		if !found {
			return false
		}
	}
	if q.minLength != nil || q.maxLength != nil {
		if !within(utf8.RuneCountInString(value), q.minLength, q.maxLength) {
			return false
		}
	}
	return q.pattern == nil || isQuick(q.pattern, value) && q.pattern.MatchString(value)
}

func (w *walk) fitsObject(q *quick, value map[string]any) bool {
	if !within(len(value), q.minProperties, q.maxProperties) {
		return false
	}
	for _, name := range q.required {
		if _, has := value[name]; !has {
			return false
		}
	}
	for name, inner := range value {
		next, named := q.properties[name]
		if !named {
			if q.closed {
				return false
			}
			next = q.additional
		}
		if next != nil && !w.fits(next, inner) {
			return false
		}
	}
	return true
}

func (w *walk) fitsArray(q *quick, value []any) bool {
	if !within(len(value), q.minItems, q.maxItems) {
		return false
	}
	if q.unique && !distinct(value) {
		return false
	}
	if q.items == nil {
		return true
	}
	for _, item := range value {
		if !w.fits(q.items, item) {
			return false
		}
	}
	return true
}

// distinct says that a few strings and doubles surely differ. A json.Number is none: 1 and 1.0 are equal.
func distinct(all []any) bool {
	if len(all) > 20 {
		return false
	}
	for i, one := range all {
		switch value := one.(type) {
		case string:
		case float64:
			if math.IsNaN(value) || math.IsInf(value, 0) {
				return false
			}
		default:
			return len(all) < 2
		}
		if slices.Contains(all[:i], one) {
			return false
		}
	}
	return true
}

func within(n int, from, to *int) bool { return (from == nil || n >= *from) && (to == nil || n <= *to) }

// fitsNumber compares doubles. To the library a number is the decimal that is written, or the shortest that gives the
// double; either lies between the neighbours of the double it gives, so where doubles differ, decimals do alike.
func (q *quick) fitsNumber(value any) bool {
	number, short, integer := double(value)
	switch {
	case math.IsNaN(number) || math.IsInf(number, 0):
		return false
	case !q.is(numeric) && (!q.is(whole) || !integer):
		return false
	}
	return (q.minimum == nil || number > q.minimum.value || number == q.minimum.value && q.minimum.short && short) &&
		(q.maximum == nil || number < q.maximum.value || number == q.maximum.value && q.maximum.short && short) &&
		(q.above == nil || q.above.exact && number > q.above.value) &&
		(q.below == nil || q.below.exact && number < q.below.value)
}

// shortDigits is how many digits every double keeps: two decimals of as many are equal where their doubles are.
const shortDigits = 15

// double gives the double of a number, NaN for none; whether its decimal surely has at most shortDigits digits; whether
// it surely is an integer.
func double(value any) (number float64, short, integer bool) {
	switch value := value.(type) {
	case float64:
		integer = value == math.Trunc(value) && math.Abs(value) < 1e15
		return value, integer, integer
	case json.Number:
		digits := strings.TrimPrefix(string(value), "-")
		if digits == "" || strings.Trim(digits, "0123456789.eE+-") != "" {
			return math.NaN(), false, false
		}
		number, err := value.Float64()
		if err != nil {
			return math.NaN(), false, false
		}
		return number, len(digits) <= shortDigits && !strings.ContainsAny(digits, "eE"), !strings.ContainsAny(digits, ".eE+-")
	}
	return math.NaN(), false, false
}

// bound is a limit: its nearest double, whether that is the limit itself, and whether it is an integer of at most
// shortDigits digits.
type bound struct {
	value        float64
	exact, short bool
}

func boundOf(limit *big.Rat) *bound {
	if limit == nil {
		return nil
	}
	b := &bound{}
	b.value, b.exact = limit.Float64()
	b.short = b.exact && limit.IsInt() && math.Abs(b.value) < 1e15
	if math.IsInf(b.value, 0) {
		b.value, b.exact = math.NaN(), false // nothing compares with it
	}
	return b
}
