package vcdm

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"
)

const source = "github.com/w3c/vc-test-suite at 165724edbdc728f5f8ee0fc5b6f47d940cc4a66a"

// outOfReach names the bad documents of the suite that are sound as data models go, and what says they are bad.
var outOfReach = map[string]string{
	"example-015-zkp-bad-no-credential-schema.jsonld":    "only zero-knowledge proofs need credentialSchema, §5.8",
	"example-015-zkp-vp-bad-no-credential-schema.jsonld": "only zero-knowledge proofs need credentialSchema, §5.8",
	"example-015-zkp-bad-no-proof.jsonld":                "a credential that is not secured yet has no proof",
	"example-015-zkp-vp-bad-missing-proof.jsonld":        "a presentation that is not secured yet has no proof",
}

// The suite's bad documents all break rules that JSON alone can tell, but for outOfReach; none turns on JSON-LD.
func TestPublishedDocuments(t *testing.T) {
	folder := sharedtest.Path(t, source, "vectors", "vcdm1-inputs", "input")
	files, err := filepath.Glob(filepath.Join(folder, "*.jsonld"))
	if err != nil || len(files) < 50 {
		t.Fatal("too few documents", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			problems := problemsOf(t, raw)
			_, exempt := outOfReach[name]
			bad := strings.Contains(name, "-bad-")
			switch {
			case bad && !exempt && len(problems) == 0:
				t.Error("a bad document passes")
			case (!bad || exempt) && len(problems) > 0:
				t.Error("refused:", problems)
			}
			for _, p := range problems {
				if p.Message == "" || !strings.HasPrefix(p.Cites, "VCDM ") || len(p.Cites) < 12 {
					t.Errorf("half a problem: %+v", p)
				}
			}
		})
	}
}

func problemsOf(t *testing.T, raw []byte) []Problem {
	t.Helper()
	if strings.Contains(string(raw), "verifiableCredential") || strings.Contains(string(raw), `"VerifiablePresentation"`) {
		p, err := ParsePresentation(raw)
		if err != nil {
			t.Fatal(err)
		}
		roundPresentation(t, raw, p)
		return ValidatePresentation(p)
	}
	c, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	round(t, raw, c)
	return Validate(c)
}
