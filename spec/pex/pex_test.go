package pex

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// again writes a definition and reads it.
func again(t testing.TB, d *Definition) {
	t.Helper()
	raw, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	read, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	more, err := read.Encode()
	if err != nil || string(more) != string(raw) {
		t.Fatalf("%v\n%s\n%s", err, raw, more)
	}
}

func againSubmission(t testing.TB, s *Submission) {
	t.Helper()
	raw, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	read, err := ParseSubmission(raw)
	if err != nil || !reflect.DeepEqual(read, s) {
		t.Fatalf("%v\n%+v\n%+v", err, s, read)
	}
}

// openJWT opens a JWT without looking at its signature, and objects as they are.
func openJWT(format string, value []byte) (Input, error) {
	var token string
	if json.Unmarshal(value, &token) != nil {
		return Input{Format: format, Algs: []string{"DataIntegrityProof"}, Claims: value}, nil
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return Input{}, errors.New("no JWT")
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return Input{}, err
	}
	in := Input{Format: format, Algs: []string{"EdDSA"}, Claims: claims}
	var payload map[string]json.RawMessage
	if err := json.Unmarshal(claims, &payload); err != nil {
		return Input{}, err
	}
	for _, name := range []string{"vc", "vp"} {
		if payload[name] != nil {
			in.Views = append(in.Views, payload[name])
		}
	}
	return in, nil
}

func jwt(claims string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"EdDSA"}`)) + "." + encode([]byte(claims)) + ".AAAA"
}

// asking is a definition with one descriptor d and what stands beside its id.
func asking(rest string) string { return `{"id":"x","input_descriptors":[{"id":"d",` + rest + `}]}` }

// field is a definition with one descriptor of one field.
func field(rest string) string { return asking(`"constraints":{"fields":[{` + rest + `}]}`) }

// grouped is a definition with descriptors a, b (group A), c (B) and d (A and B), and requirements.
func grouped(requirements string) string {
	one := func(id, group string) string {
		return `{"id":"` + id + `","group":` + group + `,"constraints":{"fields":[{"path":["$.` + id + `"]}]}}`
	}
	return `{"id":"x","submission_requirements":` + requirements + `,"input_descriptors":[` + one("a", `["A"]`) + `,` +
		one("b", `["A"]`) + `,` + one("c", `["B"]`) + `,` + one("d", `["A","B"]`) + `]}`
}

func TestRefused(t *testing.T) {
	const f = "/input_descriptors/0/constraints/fields/0"
	deep := strings.Repeat(`[{"rule":"all","from_nested":`, 9) + `[{"rule":"all","from":"A"}]` + strings.Repeat(`}]`, 9)
	all := `{"rule":"all","from":"A"},{"rule":"all","from":"B"}`
	for name, c := range map[string]struct{ raw, code, at string }{
		"no object":          {`[]`, CodeInvalid, ""},
		"twice":              {`{"id":"x","id":"y"}`, CodeInvalid, "/id"},
		"no id":              {`{"input_descriptors":[]}`, CodeInvalid, "/id"},
		"no descriptors":     {`{"id":"x"}`, CodeInvalid, "/input_descriptors"},
		"framing":            {`{"id":"x","input_descriptors":[],"frame":{}}`, CodeUnsupported, "/frame"},
		"envelope":           {`{"presentation_definition":{"id":"x"}}`, CodeInvalid, "/presentation_definition/input_descriptors"},
		"format":             {`{"id":"x","input_descriptors":[],"format":{"jwt_vc":{"alg":[]}}}`, CodeInvalid, "/format/jwt_vc/alg"},
		"no constraints":     {asking(`"name":"n"`), CodeInvalid, "/input_descriptors/0/constraints"},
		"empty constraints":  {asking(`"constraints":{}`), CodeInvalid, "/input_descriptors/0/constraints"},
		"unknown constraint": {asking(`"constraints":{"fields":[],"age":18}`), CodeUnsupported, "/input_descriptors/0/constraints/age"},
		"limit":              {asking(`"constraints":{"limit_disclosure":"maybe"}`), CodeInvalid, "/input_descriptors/0/constraints/limit_disclosure"},
		"statuses":           {asking(`"constraints":{"statuses":{}}`), CodeUnsupported, "/input_descriptors/0/constraints/statuses"},
		"holder":             {asking(`"constraints":{"is_holder":[]}`), CodeInvalid, "/input_descriptors/0/constraints/is_holder"},
		"holder's field":     {asking(`"constraints":{"fields":[{"id":"f","path":["$.a"]}],"is_holder":[{"field_id":["g"],"directive":"required"}]}`), CodeInvalid, "/input_descriptors/0/constraints/is_holder/0/field_id/0"},
		"no field":           {asking(`"constraints":{"fields":[{"path":["$.a"]}],"is_holder":[{"field_id":[],"directive":"required"}]}`), CodeInvalid, "/input_descriptors/0/constraints/is_holder/0/field_id"},
		"holder's directive": {asking(`"constraints":{"fields":[{"id":"f","path":["$.a"]}],"is_holder":[{"field_id":["f"],"directive":"maybe"}]}`), CodeInvalid, "/input_descriptors/0/constraints/is_holder/0/directive"},
		"holder's member":    {asking(`"constraints":{"fields":[{"id":"f","path":["$.a"]}],"is_holder":[{"field_id":["f"],"directive":"required","x":1}]}`), CodeUnsupported, "/input_descriptors/0/constraints/is_holder/0/x"},
		"same subject":       {asking(`"constraints":{"same_subject":[]}`), CodeUnsupported, "/input_descriptors/0/constraints/same_subject"},
		"self":               {asking(`"constraints":{"subject_is_issuer":"preferred"}`), CodeUnsupported, "/input_descriptors/0/constraints/subject_is_issuer"},
		"schema":             {asking(`"schema":[{"uri":""}]`), CodeInvalid, "/input_descriptors/0/schema/0/uri"},
		"same id":            {`{"id":"x","input_descriptors":[{"id":"d","schema":[{"uri":"u"}]},{"id":"d","schema":[{"uri":"u"}]}]}`, CodeInvalid, "/input_descriptors/1/id"},
		"predicate":          {field(`"path":["$.a"],"filter":{},"predicate":"required"`), CodeUnsupported, f + "/predicate"},
		"unknown member":     {field(`"path":["$.a"],"filters":{}`), CodeUnsupported, f + "/filters"},
		"no path":            {field(`"path":[]`), CodeInvalid, f + "/path"},
		"script":             {field(`"path":["$.a","$[?(@.b)]"]`), CodeInvalid, f + "/path/1"},
		"filter":             {field(`"path":["$.a"],"filter":{"type":"text"}`), CodeInvalid, f + "/filter/type"},
		"filter's pattern":   {field(`"path":["$.a"],"filter":{"pattern":"(?=a)"}`), CodeInvalid, f + "/filter/pattern"},
		"filter's reference": {field(`"path":["$.a"],"filter":{"$ref":"https://example.com"}`), CodeInvalid, f + "/filter/$ref"},
		"filter's extension": {field(`"path":["$.a"],"filter":{"formatMinimum":"2020-01-01"}`), CodeUnsupported, f + "/filter/formatMinimum"},
		"optional":           {field(`"path":["$.a"],"optional":"yes"`), CodeInvalid, f + "/optional"},
		"rule":               {grouped(`[{"rule":"some","from":"A"}]`), CodeInvalid, "/submission_requirements/0/rule"},
		"both":               {grouped(`[{"rule":"all","from":"A","from_nested":[` + all + `]}]`), CodeInvalid, "/submission_requirements/0"},
		"neither":            {grouped(`[{"rule":"all"}]`), CodeInvalid, "/submission_requirements/0"},
		"none":               {grouped(`[]`), CodeInvalid, "/submission_requirements"},
		"count":              {grouped(`[{"rule":"pick","count":0,"from":"A"}]`), CodeInvalid, "/submission_requirements/0/count"},
		"max":                {grouped(`[{"rule":"pick","min":2,"max":1,"from":"A"}]`), CodeInvalid, "/submission_requirements/0/max"},
		"all with count":     {grouped(`[{"rule":"all","count":1,"from":"A"}]`), CodeInvalid, "/submission_requirements/0"},
		"unknown rule":       {grouped(`[{"rule":"pick","weight":1,"from":"A"}]`), CodeUnsupported, "/submission_requirements/0/weight"},
		"no such group":      {grouped(`[` + all + `,{"rule":"all","from":"C"}]`), CodeInvalid, "/submission_requirements/2/from"},
		"not grouped":        {grouped(`[{"rule":"all","from":"A"}]`), CodeInvalid, "/input_descriptors/2/group"},
		"too deep":           {grouped(deep), CodeLimit, "/submission_requirements" + strings.Repeat("/0/from_nested", 8)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(c.raw))
			fault, ok := err.(*Error)
			if !ok || fault.Code != c.code || fault.Pointer != c.at || fault.Message == "" {
				t.Errorf("%+v", err)
			}
		})
	}
}

func TestBounds(t *testing.T) {
	many := func(one, between string, n int) string {
		return strings.TrimSuffix(strings.Repeat(one+between, n), between)
	}
	for name, raw := range map[string]string{
		"bytes":       strings.Repeat(" ", MaxBytes) + `{}`,
		"descriptors": `{"id":"x","input_descriptors":[` + many(`{}`, ",", MaxDescriptors+1) + `]}`,
		"fields":      asking(`"constraints":{"fields":[` + many(`{}`, ",", MaxFields+1) + `]}`),
		"paths":       field(`"path":[` + many(`"$"`, ",", MaxPaths+1) + `]`),
		"path":        field(`"path":["$.` + strings.Repeat("a", MaxPath) + `"]`),
		"steps":       field(`"path":["$` + strings.Repeat(".a", MaxSteps+1) + `"]`),
		"patterns":    asking(`"constraints":{"fields":[` + many(`{"path":["$.a"],"filter":{"pattern":"^x{0,1000}$"}}`, ",", MaxFields-1) + `]}`),
		"rules":       grouped(`[` + many(`{"rule":"all","from_nested":[{"rule":"all","from":"A"}]}`, ",", MaxRequirements/2+1) + `]`),
	} {
		fault := &Error{}
		if _, err := Parse([]byte(raw)); !errors.As(err, &fault) || fault.Code != CodeLimit {
			t.Error(name, err)
		}
	}
}

// What is unknown and constrains nothing is ignored; an older draft's schema is kept.
func TestRead(t *testing.T) {
	d, err := Parse([]byte(`{"comment":"c","presentation_definition":{"id":"x","name":"n","purpose":"p","icon":{},
		"format":{"jwt_vc":{"alg":["EdDSA"]},"ldp_vc":{}},"input_descriptors":[{"id":"d","colour":"red",
		"schema":[{"uri":"https://a.example/s.json","required":true}],
		"constraints":{"limit_disclosure":"preferred","fields":[{"id":"f","path":["$.vc.a","$['a b']"],"purpose":"fp",
		"name":"fn","filter":{"type":"string","pattern":"<a>"},"optional":true,"intent_to_retain":true}]}}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	again(t, d)
	f := d.Descriptors[0].Constraints.Fields[0]
	raw, _ := d.Encode()
	want := `{"id":"x","name":"n","purpose":"p","format":{"jwt_vc":{"alg":["EdDSA"]},"ldp_vc":{}},` +
		`"input_descriptors":[{"id":"d","schema":[{"uri":"https://a.example/s.json","required":true}],` +
		`"constraints":{"limit_disclosure":"preferred","fields":[{"id":"f","name":"fn","purpose":"fp",` +
		`"path":["$.vc.a","$['a b']"],"filter":{"pattern":"<a>","type":"string"},"optional":true,"intent_to_retain":true}]}}]}`
	if string(raw) != want {
		t.Errorf("%s", raw)
	}
	if f.ID != "f" || len(f.Paths) != 2 || f.Paths[1].String() != "$['a b']" || !f.Optional || !f.IntentToRetain {
		t.Errorf("%+v", f)
	}
}

// A definition that was put together and would not be read is not written.
func TestEncodeRefuses(t *testing.T) {
	loop := Requirement{Rule: RuleAll, Nested: make([]Requirement, 1)}
	loop.Nested[0] = loop
	loop.Nested[0].Nested = loop.Nested
	for name, d := range map[string]Definition{
		"no id":    {},
		"no path":  {ID: "x", Descriptors: []Descriptor{{ID: "d", Constraints: Constraints{Fields: []Field{{}}}}}},
		"zero":     {ID: "x", Descriptors: []Descriptor{{ID: "d", Constraints: Constraints{Fields: []Field{{Paths: []Path{{}}}}}}}},
		"filter":   {ID: "x", Descriptors: []Descriptor{{ID: "d", Constraints: Constraints{Fields: []Field{{Paths: []Path{mustPath(t, "$")}, Filter: &Filter{}}}}}}},
		"endless":  {ID: "x", Requirements: []Requirement{loop}},
		"no group": {ID: "x", Requirements: []Requirement{{Rule: RuleAll, From: "A"}}},
	} {
		fault := &Error{}
		if raw, err := d.Encode(); !errors.As(err, &fault) {
			t.Errorf("%s: %s %v", name, raw, err)
		}
	}
}

func mustPath(t testing.TB, text string) Path {
	t.Helper()
	p, err := ParsePath(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
