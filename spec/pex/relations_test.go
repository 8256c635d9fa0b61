package pex

import "testing"

// TestHolder: what must be about who presents it answers for nobody else.
func TestHolder(t *testing.T) {
	ask := func(directive string) *Definition {
		d, err := Parse([]byte(asking(`"constraints":{"fields":[{"id":"f","path":["$.a"]}],"is_holder":[{"field_id":["f"],"directive":"` + directive + `"}]}`)))
		if err != nil {
			t.Fatal(err)
		}
		raw, err := d.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if d, err = Parse(raw); err != nil || len(d.Descriptors[0].Constraints.Holders) != 1 {
			t.Fatalf("%s, %v", raw, err)
		}
		return d
	}
	for _, c := range []struct {
		directive string
		held      bool
		inputs    int
	}{{"required", true, 1}, {"required", false, 0}, {"preferred", false, 1}} {
		found := ask(c.directive).Match([]Input{{Format: "ldp_vc", Claims: []byte(`{"a":1}`), Held: c.held}}).Descriptors[0]
		if len(found.Inputs) != c.inputs || c.inputs == 0 && found.Missed[0].Code != ReasonHolder {
			t.Errorf("%+v: %+v", c, found)
		}
	}
}

// TestTypesInFull: a schema names what is found in the claims, or what types stand for, whichever there is.
func TestTypesInFull(t *testing.T) {
	asked := 0
	in := Input{
		Format: "ldp_vc", Claims: []byte(`{"@context":["https://www.w3.org/2018/credentials/v1","https://w3id.org/citizenship/v1"],"type":["VerifiableCredential","PermanentResident"]}`),
		Types: func() []string {
			asked++
			return []string{"https://www.w3.org/2018/credentials#VerifiableCredential", "https://w3id.org/citizenship#PermanentResident"}
		},
	}
	for name, c := range map[string]struct {
		schema string
		want   bool
		asked  int
	}{
		"an IRI":             {`{"uri":"https://w3id.org/citizenship#PermanentResident"}`, true, 1},
		"of every one":       {`{"uri":"https://www.w3.org/2018/credentials#VerifiableCredential"}`, true, 0},
		"a context":          {`{"uri":"https://w3id.org/citizenship/v1"}`, true, 0},
		"both":               {`{"uri":"https://w3id.org/citizenship/v1"},{"uri":"https://w3id.org/citizenship#PermanentResident"}`, true, 1},
		"one of two":         {`{"uri":"https://example.com/#Other"},{"uri":"https://w3id.org/citizenship#PermanentResident"}`, true, 1},
		"neither":            {`{"uri":"https://example.com/#Other"},{"uri":"https://example.com/c"}`, false, 1},
		"one that is needed": {`{"uri":"https://example.com/#Other","required":true},{"uri":"https://w3id.org/citizenship/v1"}`, false, 1},
	} {
		asked = 0
		d, err := Parse([]byte(asking(`"schema":[` + c.schema + `]`)))
		if err != nil {
			t.Fatal(err)
		}
		if found := d.Match([]Input{in}).Descriptors[0]; (len(found.Inputs) == 1) != c.want || asked != c.asked {
			t.Errorf("%s: %+v, asked %d times", name, found, asked)
		}
	}
}
