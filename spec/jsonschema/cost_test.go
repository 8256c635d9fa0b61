package jsonschema

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A small schema must not cost what a large one does: whoever is asked to verify a credential fetches a schema that
// the credential's maker chose.
func TestCostIsBounded(t *testing.T) {
	doubling := func(keyword string) string {
		var b strings.Builder
		b.WriteString(`{"$schema":"https://json-schema.org/draft/2020-12/schema","$defs":{"a0":{"type":"string"}`)
		for i := range 40 {
			fmt.Fprintf(&b, `,"a%d":{"%s":[{"$ref":"#/$defs/a%d"},{"$ref":"#/$defs/a%d"}]}`, i+1, keyword, i, i)
		}
		return b.String() + `},"$ref":"#/$defs/a40"}`
	}
	nested := strings.Repeat(`{"a":`, 60) + `1` + strings.Repeat(`}`, 60)
	for name, c := range map[string][2]string{
		"allOf":      {doubling("allOf"), `{}`},
		"anyOf":      {doubling("anyOf"), `{}`},
		"oneOf":      {doubling("oneOf"), `"x"`},
		"by depth":   {`{"type":"object","properties":{"a":{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}}}`, nested},
		"by items":   {`{"type":"array","items":{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}}`, strings.Repeat("[", 60) + "1" + strings.Repeat("]", 60)},
		"additional": {`{"type":"object","additionalProperties":{"allOf":[{"$ref":"#"},{"not":{"$ref":"#"}}]}}`, nested},
		"dynamic":    {`{"$id":"https://a.example/","$dynamicAnchor":"x","type":"object","properties":{"a":{"oneOf":[{"$dynamicRef":"#x"},{"$dynamicRef":"#x"}]}}}`, nested},
		"recursive":  {`{"$schema":"https://json-schema.org/draft/2019-09/schema","$recursiveAnchor":true,"type":"object","properties":{"a":{"oneOf":[{"$recursiveRef":"#"},{"$recursiveRef":"#"}]}}}`, nested},
		"content": {`{"$defs":{"x":{"type":"object","properties":{"a":{"anyOf":[{"$ref":"#/$defs/x"},{"$ref":"#/$defs/x"}]}}}},
			"contentMediaType":"application/json","contentSchema":{"$ref":"#/$defs/x"}}`, string(must(json.Marshal(nested)))},
		"number in content": {`{"contentMediaType":"application/json","contentSchema":{"multipleOf":7}}`, `"1e999999999"`},
		"conditional":       {`{"if":{"type":"number"},"else":{"properties":{"a":{"if":{"$ref":"#"},"then":{"$ref":"#"},"else":{"$ref":"#"}}}}}`, nested},
	} {
		t.Run(name, func(t *testing.T) {
			schema, err := Compile([]byte(c[0]), "")
			if err != nil {
				t.Fatal(err)
			}
			var instance any
			if err := json.Unmarshal([]byte(c[1]), &instance); err != nil {
				t.Fatal(err)
			}
			if found := schema.Validate(instance); len(found) == 0 {
				t.Error("nothing was found")
			}
		})
	}
}

func must(text []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return text
}

// What is large because the instance is, is not refused.
func TestCostGrowsWithTheInstance(t *testing.T) {
	schema, err := Compile([]byte(`{"type":"array","items":{"type":"object","properties":{
		"kind":{"oneOf":[{"const":"a"},{"const":"b"}]},"next":{"anyOf":[{"type":"null"},{"type":"object","not":{"required":["x"]}}]}}}}`), "")
	if err != nil {
		t.Fatal(err)
	}
	var instance []any
	for range 20000 {
		instance = append(instance, map[string]any{"kind": "a", "next": map[string]any{"y": 1.0}})
	}
	if found := schema.Validate(instance); found != nil {
		t.Error(found)
	}
}

// repeated is a pattern of n times two thousand steps.
func repeated(n int) string { return strings.Repeat("(x{0,1000})", n) }

// RE2 writes repetitions out, so that a short pattern is a long program: how long all of a schema may be is bounded.
func TestPatternsAreBounded(t *testing.T) {
	properties := func(n int, schema string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"p%d":%s`, i, schema)
		}
		return b.String()[1:]
	}
	nine := `{"pattern":"` + repeated(9) + `"}`
	for name, c := range map[string]struct{ schema, pointer string }{
		"one":          {`{"pattern":"` + repeated(100) + `"}`, "/pattern"},
		"nested":       {`{"pattern":"` + strings.Repeat("((x{30}){30})", 120) + `"}`, "/pattern"},
		"long":         {`{"pattern":"` + strings.Repeat("x", 20_000) + `"}`, "/pattern"},
		"classes":      {`{"properties":{` + properties(10, `{"pattern":"`+strings.Repeat(`\\p{L}`, 3000)+`"}`) + `}}`, "/properties/p1/pattern"},
		"of names":     {`{"patternProperties":{"` + repeated(100) + `":{}}}`, "/patternProperties/" + repeated(100)},
		"together":     {`{"properties":{` + properties(10, nine) + `}}`, "/properties/p5/pattern"},
		"out of sight": {`{"x":{"y":{"pattern":"` + repeated(40) + `"},"z":{"pattern":"` + repeated(41) + `"}},"allOf":[{"$ref":"#/x/y"},{"$ref":"#/x/z"},{"pattern":"` + repeated(42) + `"}]}`, "/x/z/pattern"},
	} {
		_, err := Compile([]byte(c.schema), "")
		var refused *Error
		if !errors.As(err, &refused) || refused.Pointer != c.pointer {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, schema := range []string{
		`{"pattern":"^[\\p{L}\\p{M}' -]{1,1000}$"}`, `{"properties":{` + properties(100, `{"type":"string","pattern":"^.{1,255}$"}`) + `}}`, nine,
	} {
		if _, err := Compile([]byte(schema), ""); err != nil {
			t.Errorf("%.80s: %v", schema, err)
		}
	}
}

// What matching costs grows with the pattern and with the text.
func TestMatchingIsBounded(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	for schema, c := range map[string]struct {
		instance any
		refused  bool
	}{
		`{"type":"string","pattern":"^` + repeated(40) + `$"}`:                                       {long, true},
		`{"not":{"pattern":"^` + repeated(40) + `y"}}`:                                               {long, true},
		`{"patternProperties":{"^` + repeated(40) + `$":{}}}`:                                        {map[string]any{long: 1.0}, true},
		`{"allOf":[` + strings.Repeat(`{"pattern":"^x{400}"},`, 100) + `{"pattern":"x"}]}`:           {long, true},
		`{"type":"string","pattern":"^` + repeated(9) + `$"}`:                                        {long[:900], false},
		`{"type":"string","pattern":"^data:image/png;base64,[A-Za-z0-9+/]*={0,2}$"}`:                 {"data:image/png;base64," + strings.Repeat(long, 40), false},
		`{"type":"object","additionalProperties":{"type":"string","pattern":"^[\\p{L} ]{1,1000}$"}}`: {map[string]any{"a": long[:900], "b": long[:1000]}, false},
	} {
		compiled, err := Compile([]byte(schema), "")
		if err != nil {
			t.Fatal(err)
		}
		found := compiled.Validate(c.instance)
		if refused := len(found) > 0; refused != c.refused || refused && found[0].Message != "applying the schema to it takes too many steps" {
			t.Errorf("%.80s: %v", schema, found)
		}
	}
}

// A text that must be a pattern is looked at, and never made into a program; however many there are, by however many at once.
func TestTextsThatArePatterns(t *testing.T) {
	schema, err := Compile([]byte(`{"items":{"format":"regex"}}`), "")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if found := schema.Validate(slices.Repeat([]any{"^(x{0,900})$"}, 500)); found != nil {
				t.Error(found)
			}
			if found := schema.Validate([]any{"x", "(?=x)", strings.Repeat("(x{900})", 200)}); len(found) != 2 {
				t.Error(found)
			}
		})
	}
	all.Wait()
}
