package jsonschema

import (
	"encoding/json"
	"fmt"
	"strings"
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
