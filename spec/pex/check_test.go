package pex

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const asked = `{"id":"x","format":{"jwt_vp":{"alg":["EdDSA"]},"jwt_vc":{"alg":["EdDSA"]},"ldp_vc":{}},"input_descriptors":[
	{"id":"a","constraints":{"fields":[{"path":["$.credentialSubject.a"],"filter":{"const":1}}]}},
	{"id":"b","constraints":{"fields":[{"path":["$.vc.credentialSubject.b","$.credentialSubject.b"]}]}}]}`

// submitted is a submission of entries, each "id format path", and "format path" of what is nested.
func submitted(t *testing.T, entries ...string) *Submission {
	t.Helper()
	s := &Submission{ID: "s", DefinitionID: "x"}
	for _, one := range entries {
		word := strings.Fields(one)
		e := Entry{ID: word[0], Format: word[1], Path: mustPath(t, word[2])}
		if len(word) > 3 {
			e.Nested = &Entry{Format: word[3], Path: mustPath(t, word[4])}
		}
		s.Entries = append(s.Entries, e)
	}
	return s
}

// told is what a report says against the entries, and the whole.
func told(r Report) string {
	var out []string
	for _, f := range r.Findings {
		for _, reason := range f.Reasons {
			out = append(out, f.ID+" "+reason.Code+" "+reason.Pointer)
		}
	}
	for _, reason := range r.Reasons {
		out = append(out, reason.Code+" "+reason.Pointer)
	}
	return strings.Join(out, "; ")
}

func TestCheck(t *testing.T) {
	d, err := Parse([]byte(asked))
	if err != nil {
		t.Fatal(err)
	}
	a, b := jwt(`{"vc":{"credentialSubject":{"a":1}}}`), `{"credentialSubject":{"b":2}}`
	vp := `{"verifiableCredential":["` + a + `",` + b + `]}`
	token := `"` + jwt(`{"vp":`+vp+`}`) + `"`
	const noB = "requirement /input_descriptors/1"
	for name, c := range map[string]struct {
		presentation string
		entries      []string
		want         string
	}{
		"inside":             {vp, []string{"a jwt_vc $.verifiableCredential[0]", "b ldp_vc $.verifiableCredential[1]"}, ""},
		"beside":             {token, []string{"a jwt_vp $ jwt_vc $.vp.verifiableCredential[0]", "b jwt_vp $ ldp_vc $.verifiableCredential[1]"}, ""},
		"several":            {"[" + token + "," + b + "]", []string{"a jwt_vp $[0] jwt_vc $.vp.verifiableCredential[0]", "b ldp_vc $[1]"}, ""},
		"other names":        {token, []string{"a jwt_vp_json $ jwt_vc_json $.vp.verifiableCredential[0]", "b jwt_vp $ ldp_vc $.vp.verifiableCredential[1]"}, ""},
		"one missing":        {vp, []string{"a jwt_vc $.verifiableCredential[0]"}, noB},
		"none":               {vp, nil, "requirement /input_descriptors/0; " + noB},
		"swapped":            {vp, []string{"a ldp_vc $.verifiableCredential[1]", "b ldp_vc $.verifiableCredential[1]"}, "a missing /input_descriptors/0/constraints/fields/0/path; requirement /input_descriptors/0"},
		"unknown":            {vp, []string{"a jwt_vc $.verifiableCredential[0]", "c jwt_vc $.verifiableCredential[0]"}, "c descriptor /descriptor_map/1/id; " + noB},
		"nothing there":      {vp, []string{"a jwt_vc $.verifiableCredential[0]", "b ldp_vc $.verifiableCredential[2]"}, "b path /descriptor_map/1/path; " + noB},
		"no token":           {vp, []string{"a jwt_vc $.verifiableCredential[0]", "b ldp_vc $.verifiableCredential"}, "b path /descriptor_map/1/path; " + noB},
		"nothing nested":     {token, []string{"a jwt_vp $ jwt_vc $.vp.verifiableCredential[0]", "b jwt_vp $ ldp_vc $.vp.x"}, "b path /descriptor_map/1/path_nested/path; " + noB},
		"not a JWT":          {`{"v":["` + a + `","x.y"]}`, []string{"a jwt_vc $.v[0]", "b jwt_vc $.v[1]"}, "b token /descriptor_map/1/path; " + noB},
		"format not asked":   {vp, []string{"a jwt_vc $.verifiableCredential[0]", "b ac_vc $.verifiableCredential[1]"}, "b format /input_descriptors/1/format; " + noB},
		"envelope not":       {`{"v":` + vp + `}`, []string{"a ldp_vp $.v jwt_vc $.verifiableCredential[0]", "b ldp_vc $.v.verifiableCredential[1]"}, "a format /descriptor_map/0/format; requirement /input_descriptors/0"},
		"twice":              {vp, []string{"a jwt_vc $.verifiableCredential[0]", "b ldp_vc $.verifiableCredential[1]", "b ldp_vc $.verifiableCredential[1]"}, "b descriptor /descriptor_map/2/id"},
		"wrong value":        {`[` + b + `,{"credentialSubject":{"a":2}}]`, []string{"a ldp_vc $[1]", "b ldp_vc $[0]"}, "a filter /input_descriptors/0/constraints/fields/0/filter; requirement /input_descriptors/0"},
		"presentation alone": {token, []string{"a jwt_vp $", "b jwt_vp $ ldp_vc $.vp.verifiableCredential[1]"}, "a missing /input_descriptors/0/constraints/fields/0/path; requirement /input_descriptors/0"},
	} {
		t.Run(name, func(t *testing.T) {
			r := d.Check(submitted(t, c.entries...), Input{Claims: []byte(c.presentation)}, openJWT)
			if got := told(r); got != c.want || r.OK() != (c.want == "") || len(r.Findings) != len(c.entries) {
				t.Errorf("%s", got)
			}
		})
	}
}

// What Check does with the caller's word about tokens and the presentation.
func TestCheckOpening(t *testing.T) {
	d, err := Parse([]byte(asked))
	if err != nil {
		t.Fatal(err)
	}
	token := []byte(`["` + jwt(`{"vc":{"credentialSubject":{"a":1,"b":2}}}`) + `"]`)
	s := submitted(t, "a jwt_vc $[0]", "b jwt_vc $[0]")
	opened := 0
	counting := func(format string, value []byte) (Input, error) {
		opened++
		return openJWT(format, value)
	}
	r := d.Check(s, Input{Claims: token}, counting)
	if !r.OK() || opened != 1 || r.Findings[1].Format != "jwt_vc" || len(r.Findings[1].Input.Claims) == 0 || r.Findings[1].Value[0] != '"' {
		t.Error(told(r), opened)
	}
	for name, c := range map[string]struct {
		open Open
		want string
	}{
		"another format": {func(_ string, value []byte) (Input, error) { return openJWT("ldp_vc", value) }, "format"},
		"another alg": {func(format string, value []byte) (Input, error) {
			in, err := openJWT(format, value)
			in.Algs = []string{"ES256"}
			return in, err
		}, "format"},
		"failing":  {func(string, []byte) (Input, error) { return Input{}, errors.New("the secret claim") }, "token"},
		"no JSON":  {func(string, []byte) (Input, error) { return Input{Claims: []byte("{")}, nil }, "token"},
		"no views": {func(string, []byte) (Input, error) { return Input{Claims: []byte("{}"), Views: [][]byte{nil}}, nil }, "token"},
		"none":     {nil, "token"},
	} {
		r := d.Check(s, Input{Claims: token}, c.open)
		if r.OK() || r.Findings[0].Reasons[0].Code != c.want || strings.Contains(fmt.Sprint(r.Findings[0].Reasons), "secret") {
			t.Error(name, told(r))
		}
	}
	for format, want := range map[string]string{"": "", "jwt_vp EdDSA": "", "jwt_vp": "format /format", "ldp_vp x": "format /format"} {
		words := append(strings.Fields(format), "", "")
		r := d.Check(s, Input{Format: words[0], Algs: words[1:], Claims: []byte(`"x"`), Views: [][]byte{token}}, openJWT)
		if told(r) != want {
			t.Error(format, told(r))
		}
	}
	s.DefinitionID = "y"
	if r := d.Check(s, Input{Claims: token}, openJWT); told(r) != "definition /definition_id" || r.OK() {
		t.Error(told(r))
	}
	if (Report{}).OK() {
		t.Error("the zero report")
	}
}

func TestCheckRequirements(t *testing.T) {
	d, err := Parse([]byte(grouped(`[{"rule":"pick","count":1,"from":"A"},{"rule":"pick","max":1,"min":1,"from":"B"}]`)))
	if err != nil {
		t.Fatal(err)
	}
	for ids, want := range map[string]string{
		"ac": "", "bc": "", "d": "",
		"abc": "requirement /submission_requirements/0",
		"acd": "requirement /submission_requirements/0; requirement /submission_requirements/1",
		"a":   "requirement /submission_requirements/1",
	} {
		var entries []string
		for _, id := range ids {
			entries = append(entries, string(id)+" ldp_vc $")
		}
		r := d.Check(submitted(t, entries...), Input{Claims: []byte(`{"a":1,"b":1,"c":1,"d":1}`)}, nil)
		if told(r) != want {
			t.Errorf("%s: %s", ids, told(r))
		}
	}
}

func TestSubmissionRefused(t *testing.T) {
	entry := `{"id":"a","format":"f","path":"$"}`
	nest := `{"id":"a","format":"f","path":"$"` + strings.Repeat(`,"path_nested":{"format":"f","path":"$"`, MaxNesting) + strings.Repeat("}", MaxNesting+1)
	list := func(entries string) string {
		return `{"id":"s","definition_id":"x","descriptor_map":[` + entries + `]}`
	}
	for raw, at := range map[string]string{
		`[]`:                            "",
		`{"presentation_submission":1}`: "/presentation_submission",
		`{"definition_id":"x","descriptor_map":[]}`:     "/id",
		`{"id":"s","descriptor_map":[]}`:                "/definition_id",
		`{"id":"s","definition_id":"x"}`:                "/descriptor_map",
		list(`{"format":"f","path":"$"}`):               "/descriptor_map/0/id",
		list(`{"id":"a","path":"$"}`):                   "/descriptor_map/0/format",
		list(`{"id":"a","format":"f"}`):                 "/descriptor_map/0/path",
		list(`{"id":"a","format":"f","path":"$[0:1]"}`): "/descriptor_map/0/path",
		list(entry + "," + entry):                       "/descriptor_map/1/id",
		list(`{"id":"a","format":"f","path":"$","path_nested":{"id":"b","format":"f","path":"$"}}`): "/descriptor_map/0/path_nested/id",
		list(`{"id":"a","format":"f","path":"$","path_nested":[]}`):                                 "/descriptor_map/0/path_nested",
		list(nest): "/descriptor_map/0" + strings.Repeat("/path_nested", MaxNesting),
		list(strings.Repeat(entry+",", MaxDescriptors) + entry): "/descriptor_map",
	} {
		_, err := ParseSubmission([]byte(raw))
		if fault, ok := err.(*Error); !ok || fault.Pointer != at {
			t.Errorf("%s: %v", raw, err)
		}
	}
	loop := Entry{ID: "a", Format: "f", Path: mustPath(t, "$")}
	loop.Nested = &loop
	s := Submission{ID: "s", DefinitionID: "x", Entries: []Entry{loop}}
	if _, err := s.Encode(); err == nil {
		t.Error("a loop is written")
	}
	d := Definition{ID: "x", Descriptors: []Descriptor{{ID: "a"}}}
	if d.Check(&s, Input{Claims: []byte(`{}`)}, nil).OK() {
		t.Error("a loop is followed")
	}
}
