package pex

import (
	"fmt"
	"strings"
	"testing"
)

// judged is why an input does not answer the only descriptor, "" when it does.
func judged(t *testing.T, definition string, in Input) string {
	t.Helper()
	d, err := Parse([]byte(definition))
	if err != nil {
		t.Fatal(err)
	}
	m := d.Match([]Input{in}).Descriptors[0]
	if len(m.Inputs)+len(m.Missed) != 1 {
		t.Fatalf("%+v", m)
	}
	if len(m.Inputs) == 1 {
		return ""
	}
	return m.Missed[0].Code + " " + strings.TrimPrefix(m.Missed[0].Pointer, "/input_descriptors/0")
}

func TestFields(t *testing.T) {
	const claims = `{"type":["VerifiableCredential","Licence"],"issuer":"did:a","n":null,"credentialSubject":{"age":20,"list":["x","y"]}}`
	const none, bad = "missing /constraints/fields/0/path", "filter /constraints/fields/0/filter"
	for rest, want := range map[string]string{
		`"path":["$.issuer"]`:    "",
		`"path":["$.n"]`:         "",
		`"path":["$.vc.issuer"]`: none,
		`"path":["$.vc.issuer","$.issuer"],"filter":{"const":"did:a"}`:                                 "",
		`"path":["$.issuer","$.type[1]"],"filter":{"const":"Licence"}`:                                 "", // a filter that fails sends on
		`"path":["$.issuer"],"filter":{"const":"did:b"}`:                                               bad,
		`"path":["$.type"],"filter":{"type":"array","contains":{"const":"Licence"}}`:                   "",
		`"path":["$.type[*]"],"filter":{"const":"Licence"}`:                                            bad, // the first match alone
		`"path":["$.credentialSubject.age"],"filter":{"type":"integer","minimum":18}`:                  "",
		`"path":["$.credentialSubject.age"],"filter":{"type":"integer","minimum":21}`:                  bad,
		`"path":["$.missing"],"optional":true`:                                                         "",
		`"path":["$.issuer"],"optional":true,"filter":{"const":"did:b"}`:                               bad,
		`"path":["$.missing","$.issuer"],"optional":true,"filter":{"type":"string","pattern":"^did:"}`: "",
	} {
		if got := judged(t, field(rest), Input{Format: "ldp_vc", Claims: []byte(claims)}); got != want {
			t.Errorf("%s: %q", rest, got)
		}
	}
	if got := judged(t, field(`"path":["$.a"]`), Input{Claims: []byte(`{`)}); got != "claims " {
		t.Error(got)
	}
	two := Input{Claims: []byte(`{"vc":{"issuer":"a"}}`), Views: [][]byte{[]byte(`{"issuer":"a"}`)}}
	for _, path := range []string{"$.issuer", "$.vc.issuer"} {
		if got := judged(t, field(`"path":["`+path+`"]`), two); got != "" {
			t.Error(path, got)
		}
	}
}

func TestFormats(t *testing.T) {
	const refused = "format /format"
	for _, c := range []struct{ formats, format, algs, want string }{
		{`{"jwt_vc":{"alg":["EdDSA","ES256"]}}`, "jwt_vc", "ES256", ""},
		{`{"jwt_vc":{"alg":["EdDSA","ES256"]}}`, "jwt_vc_json", "ES256", ""},
		{`{"jwt_vc_json":{"alg":["EdDSA"]}}`, "jwt_vc", "EdDSA", ""},
		{`{"jwt_vc":{"alg":["EdDSA"]}}`, "jwt_vc", "ES256", refused},
		{`{"jwt_vc":{"alg":["EdDSA"]}}`, "jwt_vc", "", refused},
		{`{"jwt_vc":{"alg":["EdDSA"]}}`, "ldp_vc", "EdDSA", refused},
		{`{"jwt_vc":{"alg":["EdDSA"]}}`, "", "EdDSA", refused},
		{`{"jwt_vc":{}}`, "jwt_vc", "", ""},
		{`{"jwt_vp":{"alg":["EdDSA"]}}`, "jwt_vc", "ES256", ""},
		{`{"jwt_vp":{"alg":["EdDSA"]}}`, "ldp_vc", "EdDSA", refused},
		{`{"jwt_vp":{"alg":["EdDSA"]}}`, "", "", refused},
		{`{"jwt_vp":{"alg":["EdDSA"]},"ldp_vc":{}}`, "jwt_vc", "EdDSA", refused},
		{`{"di_vc":{"proof_type":["DataIntegrityProof"],"cryptosuite":["a"]}}`, "di_vc", "DataIntegrityProof a", ""},
		{`{"di_vc":{"proof_type":["DataIntegrityProof"],"cryptosuite":["a"]}}`, "di_vc", "DataIntegrityProof b", refused},
		{`{"dc+sd-jwt":{"sd-jwt_alg_values":["ES256"]}}`, "vc+sd-jwt", "ES256", ""},
	} {
		in := Input{Format: c.format, Algs: strings.Fields(c.algs), Claims: []byte(`{"a":1}`)}
		whole := `{"id":"x","format":` + c.formats + `,` + strings.TrimPrefix(field(`"path":["$.a"]`), `{"id":"x",`)
		if got := judged(t, whole, in); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
		if got := judged(t, asking(`"format":`+c.formats+`,"constraints":{"fields":[]}`), in); got != c.want {
			t.Errorf("descriptor's %+v: %q", c, got)
		}
	}
}

// PE 1.0: one of the schemas, and each that is required.
func TestSchemas(t *testing.T) {
	in := Input{Claims: []byte(`{"vc":{"@context":["c",{"d":"e"}],"type":["VerifiableCredential","T"],
		"credentialSchema":[{"id":"s1"},{"id":"s2"}],"credentialSubject":{"type":"no"}}}`), Schemas: []string{"https://a.example#T"}}
	for schema, met := range map[string]bool{
		`[{"uri":"s1"}]`: true, `[{"uri":"s2"}]`: true, `[{"uri":"T"}]`: true, `[{"uri":"c"}]`: true, `[{"uri":"no"}]`: false,
		`[{"uri":"x"},{"uri":"s1"}]`:                                           true,
		`[{"uri":"x","required":true},{"uri":"s1"}]`:                           false,
		`[{"uri":"x"},{"uri":"s1","required":true}]`:                           true,
		`[{"uri":"https://www.w3.org/2018/credentials#VerifiableCredential"}]`: true,
		`[{"uri":"https://a.example#T"}]`:                                      true, `[{"uri":"https://b.example#T"}]`: false,
	} {
		want := "schema /schema"
		if met {
			want = ""
		}
		for _, rest := range []string{"", `,"constraints":{}`} {
			if got := judged(t, asking(`"schema":`+schema+rest), in); got != want {
				t.Errorf("%s: %q", schema, got)
			}
		}
	}
}

func TestLimitDisclosure(t *testing.T) {
	const refused = "disclosure /constraints/limit_disclosure"
	limited := func(fields string) string {
		return asking(`"constraints":{"limit_disclosure":"required","fields":[` + fields + `]}`)
	}
	name := `{"path":["$.credentialSubject.name","$.vc.credentialSubject.name"],"optional":true}`
	for _, c := range []struct{ definition, claims, want string }{
		{limited(name), `{"issuer":"i","credentialSubject":{"id":"s","name":"n"}}`, ""},
		{limited(name), `{"iss":"i","vc":{"credentialSubject":{"id":"s","name":{"first":"n"}}}}`, ""},
		{limited(name), `{"credentialSubject":{"id":"s","name":"n","age":1}}`, refused},
		{limited(name), `{"vc":{"credentialSubject":{"name":"n","age":1}}}`, refused},
		{limited(name), `{"credentialSubject":[{"name":"n"},{"age":1}]}`, refused},
		{limited(`{"path":["$.credentialSubject"]}`), `{"credentialSubject":{"age":1}}`, ""},
		{limited(`{"path":["$.vc"]}`), `{"vc":{"credentialSubject":{"age":1}}}`, ""},
		{limited(``), `{"credentialSubject":{"id":"s"}}`, ""},
		{limited(``), `{"credentialSubject":{"age":1}}`, refused},
		{limited(`{"path":["$.name"]}`), `{"iss":"i","vct":"v","name":"n"}`, ""},
		{limited(`{"path":["$.name"]}`), `{"iss":"i","vct":"v","name":"n","age":1}`, refused},
		{limited(``), `"text"`, refused},
	} {
		if got := judged(t, c.definition, Input{Claims: []byte(c.claims)}); got != c.want {
			t.Errorf("%s: %q", c.claims, got)
		}
		if got := judged(t, c.definition, Input{Claims: []byte(c.claims), Selective: true}); got != "" {
			t.Errorf("%s: %q", c.claims, got)
		}
		preferred := strings.Replace(c.definition, "required", "preferred", 1)
		if got := judged(t, preferred, Input{Claims: []byte(c.claims)}); got != "" {
			t.Errorf("%s: %q", c.claims, got)
		}
	}
}

// What is picked from descriptors a, b (group A), c (B) and d (both), of which some can be answered.
func TestRequirements(t *testing.T) {
	for _, c := range []struct{ rules, have, want string }{
		{`{"rule":"all","from":"A"},{"rule":"pick","min":0,"from":"B"}`, "abcd", "abd"},
		{`{"rule":"all","from":"A"},{"rule":"pick","min":0,"from":"B"}`, "abc", "/submission_requirements/0"},
		{`{"rule":"pick","from":"A"},{"rule":"pick","from":"B"}`, "abc", "ac"},
		{`{"rule":"pick","count":1,"from":"A"},{"rule":"pick","count":1,"from":"B"}`, "abd", "d"},
		{`{"rule":"pick","count":1,"from":"A"},{"rule":"pick","count":1,"from":"B"}`, "ab", "/submission_requirements/1"},
		{`{"rule":"pick","min":2,"from":"A"},{"rule":"pick","max":0,"from":"B"}`, "abcd", "ab"},
		{`{"rule":"pick","count":2,"from":"A"},{"rule":"pick","max":0,"from":"B"}`, "ad", "/submission_requirements"},
		{`{"rule":"pick","count":1,"from_nested":[{"rule":"all","from":"A"},{"rule":"pick","count":1,"from":"B"}]}`, "abc", "c"},
		{`{"rule":"pick","count":1,"from_nested":[{"rule":"all","from":"A"},{"rule":"pick","count":2,"from":"B"}]}`, "abd", "abd"},
		{`{"rule":"all","from_nested":[{"rule":"pick","max":1,"from":"A"},{"rule":"pick","count":2,"from":"B"}]}`, "abcd", "cd"},
		{`{"rule":"pick","count":3,"from_nested":[{"rule":"all","from":"A"},{"rule":"all","from":"B"}]}`, "abcd", "/submission_requirements/0"},
	} {
		d, err := Parse([]byte(grouped("[" + c.rules + "]")))
		if err != nil {
			t.Fatal(err)
		}
		again(t, d)
		var inputs []Input
		for _, name := range c.have {
			inputs = append(inputs, Input{Format: "jwt_vc", Claims: fmt.Appendf(nil, `{%q:1}`, string(name))})
		}
		s, picked, err := d.Match(inputs).Submission("s", Envelope{})
		got := ""
		if fault, ok := err.(*Error); ok {
			got = fault.Pointer
		} else {
			for i, e := range s.Entries {
				got += e.ID
				if e.Path.String() != fmt.Sprintf("$.verifiableCredential[%d]", i) || c.have[picked[i]] != e.ID[0] {
					t.Errorf("%+v %v", e, picked)
				}
			}
		}
		if got != c.want {
			t.Errorf("%s of %s: %s", c.rules, c.have, got)
		}
	}
}

func TestEnvelopes(t *testing.T) {
	d, err := Parse([]byte(`{"id":"x","input_descriptors":[{"id":"a","constraints":{"fields":[{"path":["$.a"]}]}},
		{"id":"b","constraints":{"fields":[{"path":["$.b"]}]}},{"id":"c","constraints":{"fields":[{"path":["$.a"]}]}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	r := d.Match([]Input{{Format: "f", Claims: []byte(`{"b":1}`)}, {Format: "g", Claims: []byte(`{"a":1}`)}})
	for want, e := range map[string]Envelope{
		"a g $.verifiableCredential[0];b f $.verifiableCredential[1];c g $.verifiableCredential[0];":                                     {},
		"a jwt_vp $ g $.vp.verifiableCredential[0];b jwt_vp $ f $.vp.verifiableCredential[1];c jwt_vp $ g $.vp.verifiableCredential[0];": {Format: "jwt_vp"},
		"a ldp_vp $[1] g $.verifiableCredential[0];b ldp_vp $[1] f $.verifiableCredential[1];c ldp_vp $[1] g $.verifiableCredential[0];": {Format: "ldp_vp", Path: "$[1]"},
		"a jwt_vp $ g $.verifiableCredential[0];b jwt_vp $ f $.verifiableCredential[1];c jwt_vp $ g $.verifiableCredential[0];":          {Format: "jwt_vp", Credentials: "$.verifiableCredential"},
		"a g $[0];b f $[1];c g $[0];": {Bare: true},
	} {
		s, picked, err := r.Submission("s", e)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, one := range s.Entries {
			got += one.ID + " " + one.Format + " " + one.Path.String()
			if one.Nested != nil {
				got += " " + one.Nested.Format + " " + one.Nested.Path.String()
			}
			got += ";"
		}
		if got != want || fmt.Sprint(picked) != "[1 0]" {
			t.Errorf("%s %v", got, picked)
		}
		againSubmission(t, s)
	}
	if _, _, err := r.Submission("s", Envelope{Path: "nonsense", Bare: true}); err == nil {
		t.Error("a path that is none")
	}
	if _, _, err := d.Match(nil).Submission("s", Envelope{}); err == nil || err.(*Error).Code != CodeUnmet {
		t.Error(err)
	}
	if _, _, err := (Result{}).Submission("s", Envelope{}); err == nil {
		t.Error("the zero result")
	}
}
