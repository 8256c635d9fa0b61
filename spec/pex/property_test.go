package pex

import (
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/sharedtest"
)

// drawDefinition is a definition over members a, b and c of credentials, as JSON.
func drawDefinition(t *rapid.T) []byte {
	name := rapid.SampledFrom([]string{"a", "b", "c"})
	field := rapid.Custom(func(t *rapid.T) map[string]any {
		member := name.Draw(t, "member")
		f := map[string]any{
			"path":     []string{"$.vc.credentialSubject." + member, "$..credentialSubject['" + member + "']"}[rapid.IntRange(0, 1).Draw(t, "from"):],
			"optional": rapid.Bool().Draw(t, "optional"),
		}
		if rapid.Bool().Draw(t, "filtered") {
			f["filter"] = map[string]any{"type": "integer", "maximum": rapid.IntRange(0, 3).Draw(t, "maximum")}
		}
		return f
	})
	groups := rapid.Bool().Draw(t, "grouped")
	var descriptors []any
	for i := range rapid.IntRange(1, 6).Draw(t, "descriptors") {
		one := map[string]any{
			"id": fmt.Sprint("d", i), "constraints": map[string]any{"fields": rapid.SliceOfN(field, 0, 2).Draw(t, "fields")},
		}
		if groups {
			one["group"] = rapid.SampledFrom([][]string{{"A"}, {"B"}, {"A", "B"}}).Draw(t, "group")
			if i == 0 {
				one["group"] = []string{"A", "B"}
			}
		}
		descriptors = append(descriptors, one)
	}
	definition := map[string]any{"id": "x", "input_descriptors": descriptors}
	if groups {
		var rules []any
		for _, from := range []string{"A", "B"} {
			q := map[string]any{"rule": rapid.SampledFrom([]string{"all", "pick"}).Draw(t, "rule"), "from": from}
			if q["rule"] == "pick" {
				bound := rapid.SampledFrom([]string{"count", "min", "max"}).Draw(t, "bound")
				q[bound] = rapid.IntRange(1, 2).Draw(t, "number")
			}
			rules = append(rules, q)
		}
		if rapid.Bool().Draw(t, "nested") {
			rules = []any{map[string]any{"rule": "pick", "min": 1, "from_nested": rules}}
		}
		definition["submission_requirements"] = rules
	}
	raw, _ := json.Marshal(definition)
	return raw
}

// What Match picks, put into a presentation of any kind as Submission says, passes Check: what a holder thinks an
// answer, a verifier does.
func TestHolderAndVerifierAgree(t *testing.T) {
	answered := 0
	rapid.Check(t, func(t *rapid.T) {
		d, err := Parse(drawDefinition(t))
		if err != nil {
			t.Fatal(err)
		}
		var inputs []Input
		var tokens []any
		for range rapid.IntRange(0, 5).Draw(t, "inputs") {
			subject := rapid.MapOf(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.IntRange(0, 4)).Draw(t, "subject")
			vc, _ := json.Marshal(map[string]any{"credentialSubject": subject})
			format, token := "ldp_vc", any(json.RawMessage(vc))
			if rapid.Bool().Draw(t, "jwt") {
				format, token = "jwt_vc", jwt(`{"vc":`+string(vc)+`}`)
			}
			raw, _ := json.Marshal(token)
			in, err := openJWT(format, raw)
			if err != nil {
				t.Fatal(err)
			}
			inputs, tokens = append(inputs, in), append(tokens, token)
		}
		kind := rapid.SampledFrom([]Envelope{{}, {Bare: true}, {Format: "jwt_vp"}, {Format: "ldp_vp"}}).Draw(t, "envelope")
		s, picked, err := d.Match(inputs).Submission("s", kind)
		if err != nil {
			return
		}
		answered++
		raw, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		read, err := ParseSubmission(raw)
		if err != nil {
			t.Fatal(err)
		}
		if report := d.Check(read, Input{Claims: present(kind, tokens, picked)}, openJWT); !report.OK() {
			t.Fatalf("%s", told(report))
		}
		if len(read.Entries) > 0 { // and the verifier misses what is left out, or was free to be
			without := *read
			without.Entries = without.Entries[1:]
			if len(d.Requirements) == 0 && d.Check(&without, Input{Claims: present(kind, tokens, picked)}, openJWT).OK() {
				t.Fatal("an entry is not missed")
			}
		}
	})
	if answered < 10 {
		t.Error("too little was ever answered", answered)
	}
}

// present puts what was picked into a presentation, as JSON.
func present(e Envelope, tokens []any, picked []int) []byte {
	credentials := []any{}
	for _, i := range picked {
		credentials = append(credentials, tokens[i])
	}
	vp, _ := json.Marshal(map[string]any{"verifiableCredential": credentials})
	var out any = json.RawMessage(vp)
	switch {
	case e.Bare && len(credentials) == 1:
		out = credentials[0]
	case e.Bare:
		out = credentials
	case e.Format == "jwt_vp":
		out = jwt(`{"vp":` + string(vp) + `}`)
	}
	raw, _ := json.Marshal(out)
	return raw
}

// FuzzParse: what is read can be written, is read again as the same, and matches and checks anything without harm.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{asked, grouped(`[{"rule":"pick","from_nested":[{"rule":"all","from":"A"},{"rule":"all","from":"B"}]}]`), field(`"path":["$..a"],"filter":{"type":"string"}`)} {
		f.Add([]byte(seed))
	}
	sharedtest.Seeds(f, func(raw []byte) { f.Add(raw) }, source, "vectors", "presentation-exchange")
	input := Input{Format: "jwt_vc", Algs: []string{"EdDSA"}, Claims: []byte(`{"vc":{"credentialSubject":{"a":[1,{"b":"c"}]}}}`)}
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := Parse(raw)
		if err != nil {
			if fault, ok := err.(*Error); !ok || fault.Code == "" || fault.Message == "" {
				t.Fatalf("%#v", err)
			}
			return
		}
		if len(raw) < MaxBytes/4 { // writing may make it longer
			again(t, d)
		}
		s, _, err := d.Match([]Input{input}).Submission("s", Envelope{Bare: true})
		if err != nil {
			return
		}
		open := func(string, []byte) (Input, error) { return input, nil }
		if r := d.Check(s, Input{Claims: []byte(`"token"`)}, open); !r.OK() {
			t.Fatal(told(r))
		}
	})
}

// FuzzPath: a path that is read selects without harm, and what it is written as is read as the same.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"$", "$.a", "$..b[*]", "$['a',\"b\",-1]", `$['it\'s']`, "$[?(@.a)]", "$..*..*..*", "$[0:1]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePath(text)
		if err != nil {
			return
		}
		if p.String() != text {
			t.Fatal(p)
		}
		p.First(decoded(t, store))
	})
}

// FuzzSubmission: a submission that is read can be written and checked without harm.
func FuzzSubmission(f *testing.F) {
	f.Add([]byte(`{"id":"s","definition_id":"x","descriptor_map":[{"id":"a","format":"jwt_vp","path":"$","path_nested":{"format":"jwt_vc","path":"$.vp[0]"}}]}`))
	sharedtest.Seeds(f, func(raw []byte) { f.Add(raw) }, source, "vectors", "presentation-exchange")
	d, err := Parse([]byte(asked))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := ParseSubmission(raw)
		if err != nil {
			return
		}
		if len(raw) < MaxBytes/4 {
			againSubmission(t, s)
		}
		if d.Check(s, Input{Claims: []byte(`{"verifiableCredential":["` + jwt(`{}`) + `",{"x":[1]}]}`)}, openJWT).OK() {
			t.Fatal("nothing in it answers")
		}
	})
}
