package known

import (
	"crypto/sha256"
	"os"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/spec/ijson"
)

func TestDocuments(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, file := range files {
		if strings.HasSuffix(file.Name(), ".jsonld") {
			count++
		}
	}
	if count != len(table) {
		t.Errorf("%d files, %d in the table", count, len(table))
	}
	seen := map[string]bool{}
	for _, context := range All() {
		t.Run(context.URL, func(t *testing.T) {
			if seen[context.URL] {
				t.Error("twice in the table")
			}
			seen[context.URL] = true
			if sum := sha256.Sum256(context.Document); sum != context.Digest {
				t.Errorf("SHA-256 is %x, pinned is %x", sum, context.Digest)
			}
			value, err := ijson.Decode(context.Document, ijson.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if object, ok := value.(map[string]any); !ok || object["@context"] == nil {
				t.Error("no member @context")
			}
			if context.Source == "" || context.Licence == "" {
				t.Error("no source or no licence")
			}
			found, ok := Lookup(context.URL)
			if !ok || found.Digest != context.Digest {
				t.Error("is not found by its URL")
			}
		})
	}
	if _, ok := Lookup("https://example.org/none"); ok {
		t.Error("an unknown URL was found")
	}
}
