package verifier_test

import (
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/pex"
)

// TestQuery: each alternative is a descriptor of one group, of which one is picked; paths are tried below $.vc too.
func TestQuery(t *testing.T) {
	o := newOffice(t)
	query := []byte(`[{"fields":[{"path":["$.credentialSubject.a","$.vc.type"],"filter":{"type":"string"}},{"path":["$['x']"]}]},{"fields":[{"path":["$.b"]}]}]`)
	made, err := o.desk.CreateDefinition(t.Context(), o.by, verifier.NewDefinition{Query: query})
	o.must(err)
	want := `{"id":"` + made.ID + `","name":"query","submission_requirements":[{"rule":"pick","count":1,"from":"A"}],"input_descriptors":[` +
		`{"id":"q0","group":["A"],"constraints":{"fields":[` +
		`{"path":["$.credentialSubject.a","$.vc.type","$.vc.credentialSubject.a"],"filter":{"type":"string"}},{"path":["$['x']","$.vc['x']"]}]}},` +
		`{"id":"q1","group":["A"],"constraints":{"fields":[{"path":["$.b","$.vc.b"]}]}}]}`
	if string(made.Document) != want || string(made.Query) != string(query) {
		t.Errorf("%s\nwant\n%s", made.Document, want)
	}
	if _, err := pex.Parse(made.Document); err != nil {
		t.Error(err)
	}
	again, err := o.desk.Definition(t.Context(), o.by.Scope, made.ID)
	if o.must(err); string(again.Query) != string(query) {
		t.Errorf("%s", again.Query)
	}
}

func TestQueryRefused(t *testing.T) {
	o := newOffice(t)
	for name, c := range map[string]struct{ query, pointer string }{
		"no list":        {`{}`, "/query"},
		"not JSON":       {`[`, "/query"},
		"nothing":        {`[]`, "/query"},
		"too much":       {"[" + strings.TrimSuffix(strings.Repeat(`{"fields":[{"path":["$.x"]}]},`, 65), ",") + "]", "/query"},
		"no fields":      {`[{"fields":[{"path":["$.x"]}]},{}]`, "/query/1/fields"},
		"unknown member": {`[{"fields":[{"path":["$.x"],"optional":true}]}]`, "/query/0/fields/0/optional"},
		"no path":        {`[{"fields":[{}]}]`, "/query/0/fields/0/path"},
		"a bad path":     {`[{"fields":[{"path":["$.x","nowhere"]}]}]`, "/query/0/fields/0/path/1"},
		"many paths":     {`[{"fields":[{"path":["$.a","$.b","$.c","$.d","$.e","$.f","$.g","$.h","$.i"]}]}]`, "/query/0/fields/0/path"},
		"a bad filter":   {`[{"fields":[{"path":["$.x"],"filter":{"type":7}}]}]`, "/query/0/fields/0/filter/type"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := o.desk.CreateDefinition(t.Context(), o.by, verifier.NewDefinition{Query: []byte(c.query)})
			o.wantError(err, vc.Invalid, "definition-invalid", c.pointer)
		})
	}
	if _, total, err := o.desk.Definitions(t.Context(), o.tenant.Scope, vc.ListQuery{}); err != nil || total != 0 {
		t.Error("something was stored", err, total)
	}
}
