package jsonschema

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"
)

const degree = `{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://far.example/degree.json","type":"object",
	"required":["id","degree"],"additionalProperties":false,"properties":{
	"id":{"type":"string","format":"uri"},"born":{"type":"string","format":"date"},"grade":{"type":"number","minimum":1,"maximum":5.5},
	"code":{"type":"string","pattern":"^\\d{4}\\u002d\\p{Lu}$"},"kind":{"enum":["a","b"]},"tags":{"type":"array","uniqueItems":true,"maxItems":2},
	"degree":{"$ref":"#/$defs/degree"},"either":{"oneOf":[{"required":["x"],"minProperties":2},{"type":"object","required":["z"]}]}},
	"$defs":{"degree":{"type":"object","required":["name"],"properties":{"name":{"type":"string","minLength":2}}}}}`

func compile(t testing.TB, schema string) *Schema {
	t.Helper()
	s, err := Compile([]byte(schema), "https://here.example/schemas/1")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestViolations(t *testing.T) {
	s := compile(t, degree)
	const sound = `{"id":"urn:s","born":"2001-02-03","grade":1.5,"code":"1234-X","kind":"a","tags":[1,2],"degree":{"name":"BSc"},"either":{"z":1}}`
	if found, err := s.ValidateJSON([]byte(sound)); err != nil || found != nil {
		t.Fatal(found, err)
	}
	for _, row := range []struct{ old, new, pointer, keyword, message string }{
		{`"id":"urn:s",`, ``, "", "required", `lacks "id"`},
		{`"id":"urn:s"`, `"id":"secret"`, "/id", "format", "must have the format uri"},
		{`"id":"urn:s"`, `"id":"urn:s","a/b":"secret"`, "", "additionalProperties", `must not have "a/b"`},
		{`2001-02-03`, `secret`, "/born", "format", "must have the format date"},
		{`1.5`, `0.5`, "/grade", "minimum", "must be at least 1"},
		{`1.5`, `7`, "/grade", "maximum", "must be at most 5.5"},
		{`1.5`, `"secret"`, "/grade", "type", "must be number, but is string"},
		{`1234-X`, `secret`, "/code", "pattern", `must match the pattern ^\d{4}\u002d\p{Lu}$`},
		{`"kind":"a"`, `"kind":"secret"`, "/kind", "enum", `must be one of ["a","b"]`},
		{`[1,2]`, `["secret","secret"]`, "/tags", "uniqueItems", "items 0 and 1 are equal"},
		{`[1,2]`, `[1,2,3]`, "/tags", "maxItems", "must have at most 2 items"},
		{`"BSc"`, `"B"`, "/degree/name", "minLength", "must have at least 2 characters"},
		{`{"z":1}`, `{"secret":1}`, "/either", "oneOf", "fits none of the alternatives"},
		{`1.5`, `1e999999999`, "/grade", "", "the number is too large or too precise"},
	} {
		raw := strings.Replace(sound, row.old, row.new, 1)
		found, err := s.ValidateJSON([]byte(raw))
		if err != nil || len(found) == 0 {
			t.Errorf("%s: %v", row.new, err)
			continue
		}
		if v := found[0]; v != (Violation{row.pointer, row.keyword, row.message}) {
			t.Errorf("%s: %+v", row.new, v)
		}
		for _, v := range found {
			if strings.Contains(v.Message, "secret") && !strings.Contains(row.new, `"secret":`) {
				t.Error("a value in", v.Message)
			}
		}
		var loose any
		if json.Unmarshal([]byte(raw), &loose) == nil && len(s.Validate(loose)) != len(found) {
			t.Error("float64 makes a difference", row.new)
		}
	}
	either, _ := s.ValidateJSON([]byte(strings.Replace(sound, `{"z":1}`, `{}`, 1)))
	if len(either) != 2 || either[1].Message != `lacks "z"` {
		t.Error("not the nearest alternative", either)
	}
	for _, raw := range []string{``, `{`, `{} {}`, `{"a":1,"a":2}`, "\"\xff\""} {
		if _, err := s.ValidateJSON([]byte(raw)); err == nil {
			t.Error(raw)
		}
	}
	for _, odd := range []any{math.NaN(), struct{}{}, []int{1}} {
		if s.Validate(odd) == nil {
			t.Error(odd)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, row := range []struct{ schema, pointer, reason string }{
		{`{`, "", "not JSON"},
		{`5`, "", "object or a boolean"},
		{`{"a":1,"a":2}`, "/a", "twice"},
		{`{"$schema":"http://json-schema.org/draft-04/schema#"}`, "/$schema", "draft-07"},
		{`{"$schema":"https://far.example/meta"}`, "/$schema", "draft-07"},
		{`{"$schema":7}`, "/$schema", "draft-07"},
		{`{"properties":{"a/b":{"$ref":"https://far.example/x.json"}}}`, "/properties/a~1b/$ref", "outside"},
		{`{"items":{"$ref":"other.json#/a"}}`, "/items/$ref", "outside"},
		{`{"items":{"$ref":"file:///etc/passwd"}}`, "/items/$ref", "outside"},
		{`{"allOf":[{"$dynamicRef":"https://far.example/x#a"}]}`, "/allOf/0/$dynamicRef", "outside"},
		{`{"$schema":"https://json-schema.org/draft/2019-09/schema","not":{"$recursiveRef":"x"}}`, "/not/$recursiveRef", "outside"},
		{`{"$defs":{"a":{"$id":"https://far.example/a","$schema":"https://far.example/meta"}}}`, "/$defs/a/$schema", "draft-07"},
		{`{"items":{"$ref":"#/nowhere"}}`, "/items/$ref", "does not exist"},
		{`{"items":{"$ref":"#nowhere"}}`, "/items/$ref", "does not exist"},
		{`{"unknown":{"$ref":"https://far.example/x"},"$ref":"#/unknown"}`, "", "outside"},
		{`{"properties":{"a":{"pattern":"a(?=b)"}}}`, "/properties/a/pattern", "lookahead"},
		{`{"properties":{"a":{"pattern":"(a)\\1"}}}`, "/properties/a/pattern", "backreferences"},
		{`{"pattern":"[a"}`, "/pattern", "not supported"},
		{`{"pattern":"\\Aa"}`, "/pattern", "escape"},
		{`{"pattern":"(?i)a"}`, "/pattern", "flags"},
		{`{"pattern":"a{2000}"}`, "/pattern", "not supported"},
		{`{"patternProperties":{"(?!x/)":true}}`, "/patternProperties/(?!x~1)", "lookahead"},
		{`{"properties":{"a":{"type":"strange"}}}`, "/properties/a/type", "not a schema"},
		{`{"minimum":1e999999}`, "/minimum", "too large"},
		{`{"$id":"https://far.example/%zz"}`, "/$id", "URL"},
		{`{"$defs":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}}}`, "", "twice"},
		{`{"$defs":{"a":{"$id":"x"},"b":{"$id":"x"}}}`, "", "twice"},
		{strings.Repeat(`{"not":`, 100) + `{}` + strings.Repeat(`}`, 100), "", "deep"},
		{`{"allOf":[` + strings.Repeat(`{},`, MaxSubschemas) + `{}]}`, "", "subschemas"},
		{`{"description":"` + strings.Repeat("x", MaxBytes) + `"}`, "", "bytes"},
	} {
		_, err := Compile([]byte(row.schema), "https://here.example/schemas/1")
		problem, ok := err.(*Error)
		if !ok || row.pointer != "" && problem.Pointer != row.pointer || !strings.Contains(problem.Message, row.reason) {
			t.Errorf("%.100s: %v", row.schema, err)
		}
	}
	if _, err := Compile([]byte(`{}`), "relative"); err == nil {
		t.Error("a relative URL")
	}
	if _, err := Compile([]byte(`{}`), "https://json-schema.org/draft/2020-12/schema"); err == nil {
		t.Error("the place of a meta-schema")
	}
}

func TestAccepted(t *testing.T) {
	for schema, draft := range map[string]string{
		`true`: "2020-12", `{}`: "2020-12", degree: "2020-12",
		`{"$schema":"http://json-schema.org/draft-07/schema#","$ref":"#/definitions/a","definitions":{"a":{"$id":"#a","type":"string"}}}`: "draft-07",
		`{"$schema":"https://json-schema.org/draft/2019-09/schema","items":{"$recursiveRef":"#"}}`:                                        "2019-09",
		`{"$ref":"http://json-schema.org/draft-07/schema#"}`:                                                                              "2020-12",
		`{"enum":[{"$ref":"https://far.example"}],"properties":{"$ref":{"type":"string"},"pattern":{"const":"(?="}}}`:                     "2020-12",
		`{"$id":"https://far.example/a/","$defs":{"b":{"$id":"b"}},"$ref":"https://far.example/a/b"}`:                                     "2020-12",
	} {
		for _, base := range []string{"", "https://here.example/1", "urn:uuid:0192f0c1-8f2f-7cc3-98c4-dc0c0c07398f"} {
			s, err := Compile([]byte(schema), base)
			if err != nil || s.Draft() != draft {
				t.Errorf("%s at %q: %v", schema, base, err)
			}
		}
	}
}

func TestPatternsMeanWhatECMASays(t *testing.T) {
	for _, row := range []struct {
		pattern, text string
		match         bool
	}{
		{`^\u0041$`, "A", true},
		{`^\ud83d\ude00$`, "😀", true},
		{`^\u{1F600}$`, "😀", true},
		{`^\cA$`, "\x01", true},
		{`^[\b]$`, "\b", true},
		{`^\s$`, "\u00a0", true},
		{`^\s$`, "\ufeff", true},
		{`^[\s]$`, "\u2003", true},
		{`^\S$`, "\u2003", false},
		{`^[^]$`, "\n", true},
		{`^[[:alpha:]]`, ":]", true},
		{`^[[]$`, "[", true},
		{`^(?<y>\d)-(?:a|b)$`, "1-b", true},
		{`^a/b\/c$`, "a/b/c", true},
		{`^\0$`, "\x00", true},
		{`^\w$`, "é", false},
		{`^\d$`, "١", false},
		{`^a$`, "a\n", false},
	} {
		p, err := compilePattern(row.pattern)
		if err != nil || p.MatchString(row.text) != row.match || p.String() != row.pattern {
			t.Errorf("%s on %q: %v", row.pattern, row.text, err)
		}
	}
	for _, bad := range []string{`\`, `\u12`, `\u{zz`, `\ud83d`, `\ud83dx`, `[]`, `\k<a>`, `(?<=a)b`, `(?P<a>b)`, `\Q`, `\z`} {
		if _, err := compilePattern(bad); err == nil {
			t.Error(bad)
		}
	}
}

func TestConcurrent(t *testing.T) {
	s := compile(t, degree)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				if found, err := s.ValidateJSON([]byte(`{"id":"x"}`)); err != nil || len(found) != 2 {
					t.Error(found, err)
				}
			}
		})
	}
	all.Wait()
}

func FuzzCompile(f *testing.F) {
	f.Add([]byte(degree), []byte(`{"id":"x"}`))
	for _, draft := range []string{"draft7", "draft2020-12"} {
		sharedtest.Values(f, func(value any) {
			group, ok := value.(map[string]any)
			if !ok || group["schema"] == nil {
				return
			}
			schema, err := json.Marshal(group["schema"])
			tests, _ := group["tests"].([]any)
			if err != nil || len(tests) == 0 {
				return
			}
			first, _ := tests[0].(map[string]any)
			if instance, err := json.Marshal(first["data"]); err == nil {
				f.Add(schema, instance)
			}
		}, source, "vectors", "json-schema-test-suite", draft)
	}
	f.Add([]byte(`{"$schema":"http://json-schema.org/draft-07/schema#","$ref":"#/definitions/a","definitions":{"a":{"$id":"#a"}}}`), []byte(`1`))
	f.Add([]byte(`{"$dynamicAnchor":"a","items":{"$dynamicRef":"#a"},"unevaluatedItems":false,"prefixItems":[{"pattern":"[^]\\cA"}]}`), []byte(`[[]]`))
	f.Fuzz(func(t *testing.T, schema, instance []byte) {
		s, err := Compile(schema, "https://here.example/1")
		if err != nil {
			if _, ok := err.(*Error); !ok {
				t.Fatalf("%T", err)
			}
			return
		}
		sure(t, s, instance)
		quick, err := decode(instance)
		slow, again := decodeSlowly(instance)
		if (err == nil) != (again == nil) || !reflect.DeepEqual(quick, slow) {
			t.Fatal("decoded otherwise", quick, slow)
		}
		first, err := s.ValidateJSON(instance)
		if second, again := s.ValidateJSON(instance); len(first) != len(second) || (err == nil) != (again == nil) {
			t.Fatal("another answer", first, second)
		}
	})
}

func BenchmarkValidate(b *testing.B) {
	s := compile(b, degree)
	var instance any
	_ = json.Unmarshal([]byte(`{"id":"urn:s","born":"2001-02-03","grade":1.5,"code":"1234-X","kind":"a","tags":[1,2],"degree":{"name":"BSc"}}`), &instance)
	for b.Loop() {
		if s.Validate(instance) != nil {
			b.Fatal("not valid")
		}
	}
}
