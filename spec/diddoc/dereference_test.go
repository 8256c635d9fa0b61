package diddoc

import (
	"strings"
	"testing"
)

// TestPart finds what a fragment names, wherever it stands and whether its id is absolute.
func TestPart(t *testing.T) {
	const did = "did:example:a"
	const document = `{"id":"did:example:a","verificationMethod":[{"id":"did:example:a#one","type":"X"}],
		"assertionMethod":["#one",{"id":"#two","type":"Y"}],"service":[{"id":"#place","type":"Z","serviceEndpoint":"https://a.example/b/c?d"},
		{"id":"did:example:a#many","type":"Z","serviceEndpoint":[{"x":1},"didcomm:x"]},{"id":"#map","type":"Z","serviceEndpoint":{"uri":"https://x"}}]}`
	for fragment, want := range map[string]string{"one": `"X"`, "two": `"Y"`, "place": "a.example", "nobody": "", "": ""} {
		part, ok := Part([]byte(document), did, fragment)
		if ok != (want != "") || !strings.Contains(string(part), want) {
			t.Errorf("%q: %s", fragment, part)
		}
	}
	for _, c := range []struct{ name, relative, want string }{
		{"place", "", "https://a.example/b/c?d"},
		{"place", "/x?y#z", "https://a.example/x?y#z"},
		{"place", "x", "https://a.example/b/x"},
		{"place", "https://evil.example/", ""},
		{"place", "//evil.example/", ""},
		{did + "#many", "", "didcomm:x"},
		{"map", "", ""},
		{"nobody", "", ""},
	} {
		got, ok := ServicePlace([]byte(document), did, c.name, c.relative)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
