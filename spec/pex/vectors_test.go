package pex

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"
)

const source = "github.com/decentralized-identity/presentation-exchange at 7cbe949c95fe1e19413b24c9b49dc34f76f5d76a"

// Every definition of the specification is read, written and read again as the same.
func TestPublishedDefinitions(t *testing.T) {
	n := 0
	published(t, func(name string, raw []byte, object map[string]any) {
		if object["presentation_definition"] == nil && object["input_descriptors"] == nil {
			return
		}
		n++
		d, err := Parse(raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		again(t, d)
	})
	if n < 10 {
		t.Fatal("too few definitions", n)
	}
}

// Every published submission is read, written and read again; every published list of requirements is read as part of
// a definition with the groups it names.
func TestPublishedSubmissions(t *testing.T) {
	submissions, requirements := 0, 0
	published(t, func(name string, raw []byte, object map[string]any) {
		if inner := envelope(object); inner != nil {
			submissions++
			raw, _ := json.Marshal(inner)
			s, err := ParseSubmission(raw)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			againSubmission(t, s)
		}
		if object["submission_requirements"] != nil && object["input_descriptors"] == nil {
			requirements++
			object["id"] = "x"
			object["input_descriptors"] = []any{
				map[string]any{"id": "1", "group": []any{"A", "B", "C", "D"}, "constraints": map[string]any{"fields": []any{}}},
			}
			raw, _ := json.Marshal(object)
			if _, err := Parse(raw); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	if submissions < 4 || requirements < 4 {
		t.Fatal("too few", submissions, requirements)
	}
}

// envelope finds a submission wherever an embed target holds it (Embed Locations).
func envelope(object map[string]any) any {
	if s, ok := object["presentation_submission"]; ok {
		return s
	}
	for _, value := range object {
		if inner, ok := value.(map[string]any); ok {
			if s := envelope(inner); s != nil {
				return s
			}
		}
	}
	return nil
}

func published(t *testing.T, visit func(name string, raw []byte, object map[string]any)) {
	t.Helper()
	folder := sharedtest.Path(t, source, "vectors", "presentation-exchange")
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var object map[string]any
		if err := json.Unmarshal(raw, &object); err != nil {
			t.Fatal(file, err)
		}
		visit(filepath.Base(file), raw, object)
	}
}

// The specification's JWT example: a credential within a presentation answers the minimal example's descriptor, which
// asks for a date of birth.
func TestPublishedAnswer(t *testing.T) {
	d, err := Parse(sharedtest.Read(t, source, "vectors", "presentation-exchange", "minimal_example.json"))
	if err != nil {
		t.Fatal(err)
	}
	var token struct {
		VP         json.RawMessage `json:"vp"`
		Submission json.RawMessage
	}
	raw := sharedtest.Read(t, source, "vectors", "presentation-exchange", "appendix_JWT_example.json")
	if err := json.Unmarshal(raw, &token); err != nil {
		t.Fatal(err)
	}
	s, err := ParseSubmission(token.VP)
	if err != nil {
		t.Fatal(err)
	}
	r := d.Check(s, Input{Claims: token.VP}, openJWT)
	if len(r.Findings) != 1 || len(r.Findings[0].Reasons) > 0 {
		t.Errorf("%+v", r.Findings)
	}
	if r.OK() || len(r.Reasons) != 1 || r.Reasons[0].Code != ReasonDefinition {
		t.Errorf("the example's submission is for another definition: %+v", r.Reasons)
	}
	s.DefinitionID = d.ID
	if !d.Check(s, Input{Claims: token.VP}, openJWT).OK() {
		t.Error("not OK")
	}
}
