package didweb

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/spec/diddoc"
)

func TestURL(t *testing.T) {
	for did, want := range map[string]string{
		// The examples of did:web §2.5.2.
		"did:web:w3c-ccg.github.io":                   "https://w3c-ccg.github.io/.well-known/did.json",
		"did:web:w3c-ccg.github.io:user:alice":        "https://w3c-ccg.github.io/user/alice/did.json",
		"did:web:example.com%3A3000:user:alice":       "https://example.com:3000/user/alice/did.json",
		"did:web:example.com%3a3000":                  "https://example.com:3000/.well-known/did.json",
		"did:web:Example.COM:User":                    "https://example.com/User/did.json",
		"did:web:example.com:user%20name":             "https://example.com/user%20name/did.json",
		"did:web:xn--bcher-kva.example":               "https://xn--bcher-kva.example/.well-known/did.json",
		"did:web:example.com:a.b:..c":                 "https://example.com/a.b/..c/did.json",
		"did:web:localhost":                           "http://localhost/.well-known/did.json",
		"did:web:localhost%3A8080:a":                  "http://localhost:8080/a/did.json",
		"did:web:127.0.0.1%3A8080":                    "http://127.0.0.1:8080/.well-known/did.json",
		"did:web:example.com:.well-known:did.json:x_": "https://example.com/.well-known/did.json/x_/did.json",
	} {
		got, err := URL(did, true)
		if err != nil || got != want {
			t.Errorf("%s: %s %v, want %s", did, got, err, want)
		}
	}
	for _, did := range []string{
		"", "did:web:", "did:key:example.com", "did:web:example.com#a", "did:web:example.com/a", "did:web:example.com?a=b", "did:web:example", "did:web:example.com.",
		"did:web:.example.com", "did:web:a..b", "did:web:-a.example", "did:web:a-.example", "did:web:a_b.example", "did:web:10.0.0.1", "did:web:127.0.0.2",
		"did:web:127.1", "did:web:0x7f.1", "did:web:2130706433", "did:web:0177.0.0.1", "did:web:a.0x7f", "did:web:a.1e", "did:web:%5B%3A%3A1%5D", "did:web:user%40example.com",
		"did:web:example.com%3A", "did:web:example.com%3A0", "did:web:example.com%3A65536", "did:web:example.com%3A080", "did:web:example.com%3A80%3A80", "did:web:example.com%3Ax",
		"did:web:example.com%2Fa", "did:web:example.com%00", "did:web:example%2Ecom", "did:web:example.com::a", "did:web:example.com:a:", "did:web:example.com:.", "did:web:example.com:..",
		"did:web:example.com:%2e%2e", "did:web:example.com:%2E", "did:web:example.com:a%2Fb", "did:web:example.com:a%5Cb", "did:web:example.com:%00", "did:web:example.com:%0a",
		"did:web:example.com:%ff", "did:web:a.localhost", "did:web:" + strings.Repeat("a", 64) + ".example", "did:web:bücher.example",
	} {
		var fault *diddoc.Error
		if got, err := URL(did, true); !errors.As(err, &fault) || fault.Code != diddoc.CodeDID {
			t.Errorf("%s: %s %v", did, got, err)
		}
	}
	for _, did := range []string{"did:web:localhost", "did:web:localhost%3A8080", "did:web:127.0.0.1"} {
		if got, err := URL(did, false); err == nil {
			t.Errorf("%s: %s", did, got)
		}
	}
}

func TestFromRequest(t *testing.T) {
	for _, c := range []struct{ host, path, want string }{
		{"example.com", "/.well-known/did.json", "did:web:example.com"},
		{"EXAMPLE.com:443", "/.well-known/did.json", "did:web:example.com"},
		{"example.com:8443", "/a/b/did.json", "did:web:example.com%3A8443:a:b"},
		{"localhost:8080", "/a/did.json", "did:web:localhost%3A8080:a"},
		{"example.com", "/user%20name/did.json", "did:web:example.com:user%20name"},
		{"example.com", "/user:x/did.json", "did:web:example.com:user%3Ax"},
		{"example.com", "/did.json", ""},
		{"example.com", "did.json", ""},
		{"example.com", "/", ""},
		{"example.com", "/a//did.json", ""},
		{"example.com", "//did.json", ""},
		{"example.com", "/../did.json", ""},
		{"example.com", "/%2e%2e/did.json", ""},
		{"example.com", "/a%2Fb/did.json", ""},
		{"example.com", "/a/did.jsonx", ""},
		{"10.0.0.1", "/.well-known/did.json", ""},
		{"", "/.well-known/did.json", ""},
		{"[::1]:80", "/.well-known/did.json", ""},
		{"a@example.com", "/a/did.json", ""},
	} {
		got, ok := FromRequest(c.host, c.path)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%s %s: %q, want %q", c.host, c.path, got, c.want)
		}
	}
	if _, err := DID("example.com", []string{".well-known"}); err == nil {
		t.Error("two DIDs have one place")
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		host := rapid.SampledFrom([]string{"example.com", "a.b.example:8443", "localhost:80", "127.0.0.1"}).Draw(t, "host")
		path := rapid.SliceOfN(rapid.String(), 0, 4).Draw(t, "path")
		did, err := DID(host, path)
		if err != nil {
			return
		}
		if _, err := diddoc.ParseDID(did); err != nil {
			t.Fatal(did, err)
		}
		place, err := URL(did, true)
		if err != nil {
			t.Fatal(did, err)
		}
		parsed, err := url.Parse(place)
		if err != nil || parsed.Host != host {
			t.Fatal(place, err)
		}
		if again, ok := FromRequest(parsed.Host, parsed.EscapedPath()); !ok || again != did {
			t.Fatalf("%q became %q by %q", did, again, place)
		}
	})
}

func FuzzURL(f *testing.F) {
	f.Add("did:web:example.com%3A3000:user:alice")
	f.Fuzz(func(t *testing.T, did string) {
		place, err := URL(did, false)
		if err != nil {
			return
		}
		parsed, err := url.Parse(place)
		if err != nil || parsed.Scheme != "https" || parsed.User != nil || parsed.RawQuery != "" || parsed.Fragment != "" || !strings.HasSuffix(parsed.Path, "/did.json") {
			t.Fatalf("%q: %q %v", did, place, err)
		}
	})
}

func FuzzFromRequest(f *testing.F) {
	f.Add("example.com:8443", "/user/alice/did.json")
	f.Fuzz(func(t *testing.T, host, path string) {
		did, ok := FromRequest(host, path)
		if !ok {
			return
		}
		if _, err := URL(did, true); err != nil {
			t.Fatalf("%q %q: %q: %v", host, path, did, err)
		}
	})
}
