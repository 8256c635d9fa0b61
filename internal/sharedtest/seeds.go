package sharedtest

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// maxSeed keeps a fuzzer's corpus small enough to be mutated usefully.
const maxSeed = 64 << 10

// Seeds gives every file below shared material to add, for a fuzzer's corpus. Where it is missing there are fewer
// seeds, and the fuzzer goes on; in CI (CI=true) that fails.
func Seeds(t testing.TB, add func([]byte), source string, elem ...string) {
	t.Helper()
	path := filepath.Join(append([]string{Root()}, elem...)...)
	n := 0
	err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "SOURCE" || strings.HasPrefix(entry.Name(), "LICEN") {
			return err
		}
		data, err := os.ReadFile(name)
		if err == nil && len(data) <= maxSeed {
			add(data)
			n++
		}
		return err
	})
	if (err != nil || n == 0) && os.Getenv("CI") == "true" {
		t.Fatalf("no seeds: %s is missing; it comes from %s (%v)", strings.Join(elem, "/"), source, err)
	}
}

// Values gives every JSON value inside the JSON files below shared material to visit, as encoding/json decodes it,
// outer ones first; see [Seeds].
func Values(t testing.TB, visit func(any), source string, elem ...string) {
	t.Helper()
	Seeds(t, func(data []byte) {
		var value any
		if json.Unmarshal(data, &value) == nil {
			walk(value, visit)
		}
	}, source, elem...)
}

func walk(value any, visit func(any)) {
	visit(value)
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			walk(item, visit)
		}
	case map[string]any:
		for _, item := range v {
			walk(item, visit)
		}
	}
}
