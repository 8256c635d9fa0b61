package jsonschema

import (
	"encoding/json"
	"math"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

// sure holds quick to its promise for one instance, in both ways that numbers are decoded.
func sure(t interface {
	Helper()
	Fatalf(string, ...any)
}, s *Schema, instance []byte,
) {
	t.Helper()
	kept, err := decode(instance)
	if err != nil {
		return
	}
	values := []any{kept}
	var floats any
	if json.Unmarshal(instance, &floats) == nil {
		values = append(values, floats)
	}
	for _, value := range values {
		if numbers(value, maxInstanceDepth) == nil && s.quick.fits(value) {
			if found := s.slow(value); found != nil {
				t.Fatalf("quick lets %.200s pass: %v", instance, found)
			}
		}
	}
}

// Each member of the library's schema is read by quick, makes it unsure, or refuses nothing. A new one must be placed.
func TestQuickKnowsEveryKeyword(t *testing.T) {
	read := []string{
		"Bool", "Ref", "Types", "Enum", "Const", "AllOf", "AnyOf", "Format", "MaxProperties", "MinProperties", "Required",
		"Properties", "AdditionalProperties", "MinItems", "MaxItems", "Items", "Items2020", "MinLength", "MaxLength", "Pattern",
		"UniqueItems", "Maximum", "Minimum", "ExclusiveMaximum", "ExclusiveMinimum",
	}
	harmless := []string{
		"DraftVersion", "Location", "ID", "Anchor", "RecursiveAnchor", "DynamicAnchor", "Title", "Description",
		"Default", "Comment", "ReadOnly", "WriteOnly", "Examples", "Deprecated", "Then", "Else",
	} // the last two without If
	unsure := []string{
		"RecursiveRef", "DynamicRef", "Not", "OneOf", "If", "PropertyNames", "PatternProperties", "Dependencies",
		"DependentRequired", "DependentSchemas", "UnevaluatedProperties", "Contains", "MinContains", "MaxContains",
		"AdditionalItems", "PrefixItems", "UnevaluatedItems", "ContentEncoding", "ContentMediaType", "ContentSchema", "MultipleOf", "Extensions",
	}
	kind := reflect.TypeFor[jsonschema.Schema]()
	for i := range kind.NumField() {
		field := kind.Field(i)
		switch {
		case !field.IsExported() || slices.Contains(read, field.Name) || slices.Contains(harmless, field.Name):
			continue
		case !slices.Contains(unsure, field.Name):
			t.Errorf("%s is not placed", field.Name)
			continue
		}
		s := &jsonschema.Schema{}
		switch set := reflect.ValueOf(s).Elem().Field(i); set.Kind() {
		case reflect.Pointer:
			set.Set(reflect.New(set.Type().Elem()))
		case reflect.Slice:
			set.Set(reflect.MakeSlice(set.Type(), 1, 1))
		case reflect.Map:
			set.Set(reflect.MakeMap(set.Type()))
			key := reflect.New(set.Type().Key()).Elem()
			set.SetMapIndex(key, reflect.Zero(set.Type().Elem()))
		case reflect.Bool:
			set.SetBool(true)
		case reflect.Interface:
			set.Set(reflect.ValueOf(false))
		default:
			t.Fatalf("%s is of another kind", field.Name)
		}
		if !unknownToQuick(s) {
			t.Errorf("%s does not make quick unsure", field.Name)
		}
	}
}

// Limits and numbers that lie as near to one another as can be.
func TestQuickNumbers(t *testing.T) {
	number := rapid.Custom(func(t *rapid.T) string {
		value := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 1, -1, 0.1, 1.5, 5, 1e15, 1 << 53, 1e21, 1e-7}),
			rapid.Custom(func(t *rapid.T) float64 { return float64(rapid.Int64().Draw(t, "int")) })).Draw(t, "value")
		for range rapid.IntRange(0, 1).Draw(t, "step") {
			value = math.Nextafter(value, math.Inf(1))
		}
		return strconv.FormatFloat(value, "efg"[rapid.IntRange(0, 2).Draw(t, "form")], rapid.SampledFrom([]int{-1, 0, 1, 16, 17, 20}).Draw(t, "precision"), 64)
	})
	rapid.Check(t, func(t *rapid.T) {
		limit := number.Draw(t, "limit")
		keyword := rapid.SampledFrom([]string{"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "const"}).Draw(t, "keyword")
		kind := rapid.SampledFrom([]string{"number", "integer"}).Draw(t, "type")
		s, err := Compile([]byte(`{"type":"`+kind+`","`+keyword+`":`+limit+`}`), "")
		if err != nil {
			return
		}
		sure(t, s, []byte(limit))
		sure(t, s, []byte(number.Draw(t, "number")))
	})
}

// References in a circle neither hold quick up nor make it agree to what the library refuses.
func TestQuickInCircles(t *testing.T) {
	for _, schema := range []string{
		`{"$ref":"#"}`, `{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}`, `{"anyOf":[{"$ref":"#"},true]}`, `{"allOf":[{"$ref":"#"},true]}`,
		`{"anyOf":[{"allOf":[{"$ref":"#"},{"type":"string"}]},{"type":"number"}]}`,
		`{"properties":{"a":{"$ref":"#"}},"anyOf":[{"$ref":"#/properties/a"},{"type":"object"}]}`,
	} {
		s, err := Compile([]byte(schema), "")
		if err != nil {
			t.Fatal(schema, err)
		}
		for _, instance := range []string{`1`, `"x"`, `{}`, `{"a":{"a":{}}}`, `{"a":1}`} {
			sure(t, s, []byte(instance))
		}
	}
}

func TestQuickIsSureOfTheExample(t *testing.T) {
	s, value := example(t)
	if !s.quick.fits(value) {
		t.Error("the example takes the slow way")
	}
	if found := s.Validate(value); found != nil {
		t.Error(found)
	}
}

func example(t testing.TB) (*Schema, any) {
	t.Helper()
	document, err := os.ReadFile("../../examples/university-degree/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	claims, err := os.ReadFile("../../examples/university-degree/claims.json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Compile(document, "")
	if err != nil {
		t.Fatal(err)
	}
	var value map[string]any
	if err := json.Unmarshal(claims, &value); err != nil {
		t.Fatal(err)
	}
	value["id"] = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
	return s, value
}

func BenchmarkExample(b *testing.B) {
	s, value := example(b)
	b.Run("quick", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if s.Validate(value) != nil {
				b.Fatal("not valid")
			}
		}
	})
	b.Run("slow", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if s.slow(value) != nil {
				b.Fatal("not valid")
			}
		}
	})
}

// schemeOf is held against the grammar of RFC 3986 §3.1 as an expression.
func TestSchemeOf(t *testing.T) {
	grammar := regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`([a-zA-Z0-9+.:@\[{é-]|\PC){0,6}`).Draw(t, "text")
		if got, want := schemeOf(s), len(grammar.FindString(s)); got != want {
			t.Fatalf("%q: %d, want %d", s, got, want)
		}
	})
}
