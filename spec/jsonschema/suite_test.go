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
		if reason, ok := outOfReach(key); ok {
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
			if reason, ok := outOfReach(key + ": " + test.Description); ok {
				t.Logf("out of reach: %s: %s: %s", key, test.Description, reason)
				continue
			}
			sure(t, compiled, test.Data)
			found, err := compiled.ValidateJSON(test.Data)
			if test.Valid && onlyAsserted(found) && (strings.HasPrefix(name, "content.") || strings.HasPrefix(name, "format.")) {
				t.Logf("out of reach: %s: %s: %s", key, test.Description, asserted)
				continue
			}
			if err != nil || (found == nil) != test.Valid {
				t.Errorf("%s: %s: valid should be %v: %v %v", key, test.Description, test.Valid, found, err)
			}
		}
	}
}

const (
	asserted = "formats and contents are asserted, as the house asks, not annotations"
	regex    = "RE2 has no lookaround, backreferences or empty classes; such a pattern is refused"
	idna     = "needs the tables of IDNA (RFC 5892)"
	custom   = "custom meta-schemas are refused"
)

// reasons say which groups, and tests in groups, are not for us; a name that ends in * is a prefix.
var reasons = []struct{ name, reason string }{
	{"vocabulary.json: *", custom},
	{"optional/format-assertion.json: *", custom},
	{"optional/format/ecmascript-regex.json: ECMA 262 named groups and backreferences are valid: an ECMA 262 named backreference \\k<name>", regex},
	{"optional/format/ecmascript-regex.json: ECMA 262 lookbehind is valid, including variable width: a variable-width lookbehind (ES2018)", regex},
	{"optional/format/ecmascript-regex.json: ECMA 262 character classes and escapes: an empty character class is valid ECMA 262", regex},
	{"optional/format/hostname.json: validation of A-label (punycode) host names*", idna},
	{"optional/format/idn-hostname.json: *", idna},
}

func onlyAsserted(found []Violation) bool {
	for _, v := range found {
		if v.Keyword != "format" && !strings.HasPrefix(v.Keyword, "content") {
			return false
		}
	}
	return len(found) > 0
}

func outOfReach(name string) (string, bool) {
	for _, r := range reasons {
		if prefix, ok := strings.CutSuffix(r.name, "*"); r.name == name || ok && strings.HasPrefix(name, prefix) {
			return r.reason, true
		}
	}
	return "", false
}
