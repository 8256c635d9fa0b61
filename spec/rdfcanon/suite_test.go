package rdfcanon

import (
	"encoding/json"
	"errors"
	"maps"
	"path"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"
)

const source = "https://github.com/w3c/rdf-canon, commit 15619df2fda7a4ca88308733789b6774517f9638, folder tests"

// TestSuite is the W3C's suite, all of it.
func TestSuite(t *testing.T) {
	var manifest struct {
		Entries []struct {
			ID, Type, Name, Action, Result, HashAlgorithm string
		}
	}
	read := func(name string) []byte { return sharedtest.Read(t, source, "vectors", "rdf-canon", path.Clean(name)) }
	if err := json.Unmarshal(read("manifest.jsonld"), &manifest); err != nil {
		t.Fatal(err)
	}
	passed := map[string]int{}
	for _, test := range manifest.Entries {
		options := Options{}
		if test.HashAlgorithm == "SHA384" {
			options.Hash = SHA384
		}
		ok := t.Run(test.ID[1:]+" "+test.Name, func(t *testing.T) {
			dataset, err := ParseNQuads(read(test.Action))
			if err != nil {
				t.Fatal(err)
			}
			result, err := Canonicalize(t.Context(), dataset, options)
			if test.Type == "rdfc:RDFC10NegativeEvalTest" {
				if refused := (*Error)(nil); !errors.As(err, &refused) || refused.Code != CodeTooComplex {
					t.Fatalf("not refused: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			switch test.Type {
			case "rdfc:RDFC10EvalTest":
				if want := read(test.Result); string(result.NQuads) != string(want) {
					t.Errorf("got\n%swant\n%s", result.NQuads, want)
				}
			case "rdfc:RDFC10MapTest":
				want := map[string]string{}
				if err := json.Unmarshal(read(test.Result), &want); err != nil {
					t.Fatal(err)
				}
				if !maps.Equal(result.Issued, want) {
					t.Errorf("got %v, want %v", result.Issued, want)
				}
			default:
				t.Fatalf("a test of the unknown type %q", test.Type)
			}
		})
		if ok {
			passed[test.Type]++
		}
	}
	t.Logf("passed of the W3C's rdf-canon suite: %d eval, %d negative, %d map tests", passed["rdfc:RDFC10EvalTest"],
		passed["rdfc:RDFC10NegativeEvalTest"], passed["rdfc:RDFC10MapTest"])
	if len(manifest.Entries) != 86 {
		t.Errorf("%d tests instead of 86", len(manifest.Entries))
	}
}
