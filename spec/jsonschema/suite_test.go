package jsonschema

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"
)

const source = "github.com/json-schema-org/JSON-Schema-Test-Suite at 44401e0c046704b476ec9d2e2fccdaee618f259d"

type group struct {
	Description string
	Schema      json.RawMessage
	Tests       []struct {
		Description string
		Data        json.RawMessage
		Valid       bool
	}
}

func TestSuite(t *testing.T) {
	for _, draft := range []string{"draft7", "draft2020-12"} {
		folder := sharedtest.Path(t, source, "vectors", "json-schema-test-suite", draft)
		var files []string
		err := filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
			if err == nil && strings.HasSuffix(path, ".json") {
				files = append(files, path)
			}
			return err
		})
		if err != nil || len(files) < 40 {
			t.Fatal(len(files), err)
		}
		slices.Sort(files)
		for _, file := range files {
			name, _ := filepath.Rel(folder, file)
			t.Run(draft+"/"+name, func(t *testing.T) { runFile(t, draft, name, file) })
		}
	}
}

func runFile(t *testing.T, draft, name, file string) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var groups []group
	if err := json.Unmarshal(raw, &groups); err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		key := name + ": " + g.Description
		if reason, ok := outOfReach[key]; ok {
			t.Logf("out of reach: %s: %s", key, reason)
			continue
		}
		schema := g.Schema
		if draft == "draft7" && bytes.HasPrefix(bytes.TrimSpace(schema), []byte("{")) && !bytes.Contains(schema, []byte(`"$schema"`)) {
			rest := bytes.TrimSpace(schema)[1:]
			comma := ","
			if bytes.TrimSpace(rest)[0] == '}' {
				comma = ""
			}
			schema = append([]byte(`{"$schema":"http://json-schema.org/draft-07/schema#"`+comma), rest...)
		}
		compiled, err := Compile(schema, "")
		if err != nil {
			problem := err.(*Error)
			if strings.Contains(problem.Message, "outside the document") && problem.Pointer != "" {
				t.Logf("out of reach: %s: %v", key, err)
				continue
			}
			t.Errorf("%s: %v", key, err)
			continue
		}
		for _, test := range g.Tests {
			if reason, ok := outOfReach[key+": "+test.Description]; ok {
				t.Logf("out of reach: %s: %s: %s", key, test.Description, reason)
				continue
			}
			found, err := compiled.ValidateJSON(test.Data)
			if err != nil || (found == nil) != test.Valid {
				t.Errorf("%s: %s: valid should be %v: %v %v", key, test.Description, test.Valid, found, err)
			}
		}
	}
}

// outOfReach names groups, and tests in groups, that are not for us, with the reason.
var outOfReach = map[string]string{}
