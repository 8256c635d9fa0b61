// Package sharedtest finds the material that tests read and the project does not hold: published vectors,
// API descriptions and recorded exchanges.
package sharedtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Root is $CHANCERY_SHARED, or the folder "shared" beside the project's root; "" when there is none.
func Root() string {
	if root := os.Getenv("CHANCERY_SHARED"); root != "" {
		return root
	}
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			root := filepath.Join(dir, "..", "shared")
			if _, err := os.Stat(root); err != nil {
				return ""
			}
			return root
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

// Path gives the path of shared material. Where it is missing the test is skipped with a line that names source,
// the public repository and commit it comes from; in CI (CI=true) it fails.
func Path(t testing.TB, source string, elem ...string) string {
	t.Helper()
	root := Root()
	path := filepath.Join(append([]string{root}, elem...)...)
	if root != "" {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	line := "not run: " + strings.Join(elem, "/") + " is missing; it comes from " + source
	if os.Getenv("CI") == "true" {
		t.Fatal(line)
	}
	t.Skip(line)
	return ""
}

// Read gives the content of shared material; see [Path].
func Read(t testing.TB, source string, elem ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(Path(t, source, elem...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
