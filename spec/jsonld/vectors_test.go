package jsonld

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/rdfcanon"
)

const vectorBase = "https://w3c.github.io/json-ld-api/tests/"

// vectorLoader finds the contexts of the suite among its files.
type vectorLoader string

func (l vectorLoader) LoadContext(url string) (Context, bool, error) {
	name, ok := strings.CutPrefix(url, vectorBase)
	if !ok {
		return Context{}, false, nil
	}
	document, err := os.ReadFile(filepath.Join(string(l), filepath.FromSlash(name)))
	if err != nil {
		return Context{}, false, nil
	}
	return Context{Document: document}, true, nil
}

type vector struct {
	ID     string   `json:"@id"`
	Type   []string `json:"@type"`
	Name   string
	Input  string
	Expect string
	Error  string `json:"expectErrorCode"`
	Option struct {
		SpecVersion, ProcessingMode, Base, ExpandContext, RDFDirection string
		ProduceGeneralizedRDF                                          bool
	}
}

// outOfReach are the vectors that are not passed, with the reason.
var outOfReach = map[string]string{
	"#tc033": "a scoped context that nothing uses is not looked at",
	"#tpr38": "a term whose @reverse looks like a keyword is an error here, not ignored",
	"#tpr39": "a term whose @reverse looks like a keyword is an error here, not ignored",
}

func vectors(t *testing.T, manifest string) (string, []vector) {
	dir := sharedtest.Path(t, "github w3c/json-ld-api at 92f07705", "vectors", "json-ld-api", "tests")
	raw, err := os.ReadFile(filepath.Join(dir, manifest))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Sequence []vector }
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return dir, all.Sequence
}

func (v vector) run(t *testing.T, dir string, strict bool) (*run, any) {
	if v.Option.SpecVersion == "json-ld-1.0" || v.Option.ProcessingMode == "json-ld-1.0" {
		t.Skip("JSON-LD 1.0")
	}
	switch {
	case v.Option.ExpandContext != "":
		t.Skip("the option expandContext is not offered")
	case v.Option.RDFDirection == "compound-literal":
		t.Skip("the option rdfDirection is i18n-datatype here")
	case v.Option.ProduceGeneralizedRDF:
		t.Skip("the option produceGeneralizedRdf is not offered")
	}
	if why := outOfReach[v.ID]; why != "" {
		t.Skip(why)
	}
	doc, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(v.Input)))
	if err != nil {
		t.Fatal(err)
	}
	r := new(Processor).run(vectorLoader(dir))
	r.strict = strict
	r.direction = v.Option.RDFDirection != ""
	r.base = vectorBase + v.Input
	if v.Option.Base != "" {
		r.base = v.Option.Base
	}
	value, err := ijson.Decode(doc, ijson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return r, value
}

func (v vector) negative() bool { return v.Type[0] == "jld:NegativeEvaluationTest" }

func guarded[T any](do func() (T, error)) (out T, err error) {
	defer rescue(&err)
	return do()
}

func TestExpandVectors(t *testing.T) {
	dir, all := vectors(t, "expand-manifest.jsonld")
	for _, v := range all {
		t.Run(v.ID[1:], func(t *testing.T) {
			r, value := v.run(t, dir, false)
			expanded, err := guarded(func() ([]any, error) { return r.document(value) })
			if v.negative() {
				if err == nil {
					t.Fatalf("%s: no error, but %s", v.Name, v.Error)
				}
				return
			}
			if err != nil {
				t.Fatalf("%s: %v", v.Name, err)
			}
			raw, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(v.Expect)))
			if err != nil {
				t.Fatal(err)
			}
			want, err := ijson.Decode(raw, ijson.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := unordered(t, expanded, false), unordered(t, want, false); got != want {
				t.Errorf("%s:\ngot  %s\nwant %s", v.Name, got, want)
			}
		})
	}
}

// unordered writes expanded JSON-LD so that the order of values does not matter where it has no meaning.
func unordered(t *testing.T, value any, list bool) string {
	switch value := value.(type) {
	case []any:
		parts := make([]string, len(value))
		for i, item := range value {
			parts[i] = unordered(t, item, false)
		}
		if !list {
			slices.Sort(parts)
		}
		return "[" + strings.Join(parts, ",") + "]"
	case map[string]any:
		var parts []string
		for _, name := range sorted(value) {
			parts = append(parts, name+":"+unordered(t, value[name], name == "@list" || name == "@value"))
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	text, err := canonicalJSON(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestToRDFVectors(t *testing.T) {
	dir, all := vectors(t, "toRdf-manifest.jsonld")
	refused := 0
	for _, v := range all {
		t.Run(v.ID[1:], func(t *testing.T) {
			r, value := v.run(t, dir, false)
			quads, err := guarded(func() ([]rdfcanon.Quad, error) { return r.toRDF(value) })
			if v.negative() {
				if err == nil {
					t.Fatalf("%s: no error, but %s", v.Name, v.Error)
				}
				return
			}
			if err != nil {
				t.Fatalf("%s: %v", v.Name, err)
			}
			got := canonical(t, quads)
			if v.Expect != "" {
				raw, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(v.Expect)))
				if err != nil {
					t.Fatal(err)
				}
				want, err := rdfcanon.ParseNQuads(raw)
				if err != nil {
					t.Fatal(err)
				}
				if want := canonical(t, want); got != want {
					t.Errorf("%s:\ngot\n%swant\n%s", v.Name, got, want)
				}
			}
			// Strictly, the document says the same or is refused.
			r, value = v.run(t, dir, true)
			quads, err = guarded(func() ([]rdfcanon.Quad, error) { return r.toRDF(value) })
			if err != nil {
				refused++
				if e, ok := errors.AsType[*Error](err); !ok || e.Code == CodeInternal {
					t.Errorf("%s: %v", v.Name, err)
				}
				return
			}
			if strictly := canonical(t, quads); strictly != got {
				t.Errorf("%s: strictly\n%s", v.Name, strictly)
			}
		})
	}
	t.Logf("%d vectors are refused where lies are looked for", refused)
}

func canonical(t *testing.T, quads []rdfcanon.Quad) string {
	t.Helper()
	result, err := rdfcanon.Canonicalize(context.Background(), quads, rdfcanon.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return string(result.NQuads)
}
