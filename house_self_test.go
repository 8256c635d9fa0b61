package chancery_test

import (
	"strings"
	"testing"
	"testing/fstest"
)

// TestHouseSeesTrespass builds made-up houses of one file and looks whether the checker sees what is wrong with
// each, and nothing wrong where nothing is.
func TestHouseSeesTrespass(t *testing.T) {
	importing := func(name string) string { return "package x\nimport _ \"" + name + "\"\n" }
	ours := func(name string) string { return importing(module + "/" + name) }
	for _, c := range []struct{ name, file, source, want string }{
		{"a desk may use a service", "internal/issuer/x.go", ours("internal/status"), ""},
		{"a service may not use a desk", "internal/status/x.go", ours("internal/issuer"), "imports go down only, from floor 3 to 4"},
		{"ground may not use a seam", "internal/vc/x.go", ours("internal/keys"), "imports go down only, from floor 1 to 2"},
		{"a desk may use the catalogue", "internal/verifier/x.go", ours("internal/catalog"), ""},
		{"a desk may not use another", "internal/verifier/x.go", ours("internal/issuer"), "both stand on floor 4, where it knows internal/catalog"},
		{"nor the catalogue a desk", "internal/catalog/x.go", ours("internal/issuer"), "both stand on floor 4, where it knows no room"},
		{"status may use jobs", "internal/status/x.go", ours("internal/work"), ""},
		{"jobs may not use status", "internal/work/x.go", ours("internal/status"), "both stand on floor 3"},
		{"seams are strangers", "internal/did/x.go", ours("internal/keys"), "both stand on floor 2"},

		{"a door may use a desk", "internal/api/native/x.go", ours("internal/issuer"), ""},
		{"a door may use the journal", "internal/api/native/x.go", ours("internal/journal"), ""},
		{"a door may not use another", "internal/api/meeco/x.go", ours("internal/api/native"), "both stand on floor 5"},
		{"nor one of another kind", "internal/protocol/oid4vci/x.go", ours("internal/api/oauth"), "both stand on floor 5"},
		{"a door may not use keys", "internal/api/native/x.go", ours("internal/keys"), "shut to it"},
		{"a door may not use the store", "internal/console/x.go", ours("internal/store"), "shut to it"},
		{"nor a format", "internal/protocol/oid4vci/x.go", ours("internal/format"), "shut to it"},
		{"a room below a door is the door's", "internal/api/native/events/x.go", ours("internal/api/native"), ""},

		{"an implementation may use its seam", "internal/did/web/x.go", ours("internal/did"), ""},
		{"and the floors below", "internal/format/jwtvc/x.go", ours("internal/keys"), ""},
		{"but no other implementation", "internal/did/jwk/x.go", ours("internal/did/key"), "only internal/app names an implementation"},
		{"nor another seam", "internal/did/cheqd/x.go", ours("internal/store"), "both stand on floor 2"},
		{"a desk may not name one", "internal/issuer/x.go", ours("internal/format/jwtvc"), "only internal/app names an implementation"},
		{"nor a seam its own", "internal/store/x.go", ours("internal/store/sql"), "only internal/app names an implementation"},
		{"the wiring may", "internal/app/x.go", ours("internal/store/sql"), ""},
		{"a test may", "internal/issuer/x_test.go", ours("internal/store/sql"), ""},
		{"a test room may", "internal/store/storetest/x.go", ours("internal/store/sql"), ""},
		{"nobody else uses a test room", "internal/app/x.go", ours("internal/store/storetest"), "only tests use that room"},
		{"nor test/", "internal/app/x.go", ours("test/peers"), "only tests use that room"},

		{"the wiring may use the client", "internal/app/x.go", ours("sdk"), ""},
		{"the roof knows the wiring", "cmd/chancery/x.go", ours("internal/app"), ""},
		{"and nothing else", "cmd/chancery/x.go", ours("internal/vc"), "knows only internal/app, sdk"},
		{"the client knows nothing", "sdk/x.go", ours("internal/vc"), "knows only no room"},
		{"not even a library", "sdk/x.go", importing("github.com/google/uuid"), "standard library only"},
		{"the nouns neither", "internal/vc/x.go", importing("github.com/google/uuid"), "standard library only"},
		{"a desk may use a library", "internal/issuer/x.go", importing("github.com/google/uuid"), ""},
		{"a spec may use a spec", "spec/vcjwt/x.go", ours("spec/jose"), ""},
		{"and a listed library", "spec/jose/x.go", importing("golang.org/x/crypto/hkdf"), ""},
		{"a spec may not use another library", "spec/jose/x.go", importing("github.com/google/uuid"), "libraries listed for it only"},
		{"nor a name that only begins like one", "spec/jose/x.go", importing("golang.org/x/cryptography"), "libraries listed for it only"},
		{"nor the nouns", "spec/jose/x.go", ours("internal/vc"), "both stand on floor 1"},
		{"nor the network", "spec/didweb/x.go", importing("net/http"), "a specification is pure"},
		{"its test may", "spec/didweb/x_test.go", importing("net/http"), ""},
		{"nor look at the clock", "spec/vcdm/x.go", "package x\nimport \"time\"\nfunc f() time.Time { return time.Now() }\n", "a clock is a parameter"},
		{"a time is a parameter", "spec/vcdm/x.go", "package x\nimport \"time\"\nfunc f(now time.Time) time.Time { return now.Add(time.Hour) }\n", ""},

		{"a room without a floor", "internal/attic/x.go", "package x\n", "is no room of the house"},
		{"an import of one", "internal/app/x.go", ours("internal/attic"), "it is no room of the house"},
		{"code in the root", "x.go", "package chancery\n", "only tests of the house"},
		{"a folder that says nothing", "internal/app/util/x.go", "package x\n", `the name "util" says nothing`},
		{"a package", "internal/app/x.go", "package common\n", `the name "common" says nothing`},
		{"a file", "internal/app/helper.go", "package x\n", `the name "helper" says nothing`},
		{"another module", "tools/util/x.go", "package util\n", ""},
		{"npm's", "test/peers/node_modules/util/x.go", "package util\n", ""},
		{"func init", "internal/app/x.go", "package x\nfunc init() {}\n", "func init"},
		{"a method init", "internal/app/x.go", "package x\ntype t struct{}\nfunc (t) init() {}\n", ""},
		{"func init in a test", "internal/app/x_test.go", "package x\nfunc init() {}\n", "func init"},
		{"a tag on a noun", "internal/vc/x.go", "package x\ntype t struct { A int `json:\"a\"` }\n", "a struct tag"},
		{"a tag on a wire", "internal/api/native/x.go", "package x\ntype t struct { A int `json:\"a\"` }\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) { expect(t, c.file, c.source, c.want) })
	}
}

func TestHouseSeesMutableGlobals(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"an error", `var errX = errors.New("x")`, ""},
		{"a compiled table", `var table = map[string]int{"a": 1}; func f() int { return table["a"] }`, ""},
		{"an embedded file", "//go:embed x.json\nvar data []byte", ""},
		{"a compiled expression", `var re = regexp.MustCompile("x")`, ""},
		{"an assertion", "var _ T = (*U)(nil)", ""},
		{"a table made at first use", "var table = sync.OnceValue(build)", ""},
		{"no value", "var last string", "last has no value"},
		{"a lock", "var mu sync.Mutex", "mu is a sync.Mutex"},
		{"a pool", "var pool = &sync.Pool{New: f}", "pool is a sync.Pool"},
		{"a counter", "var n = new(atomic.Int64)", "n is a atomic.Int64"},
		{"a generic pointer", "var p atomic.Pointer[T]", "p is a atomic.Pointer"},
		{"a map to fill", "var seen = make(map[string]bool)", "seen is an empty map"},
		{"a channel", "var done = make(chan struct{})", "done is a channel"},
		{"a cache", "var cache = lru.New[string, int](10)", "cache is a cache"},
		{"one that is assigned", `var level = "x"; func f() { level = "y" }`, "level is changed"},
		{"a table that is written", `var table = map[string]int{}; func f() { table["a"] = 1 }`, "table is changed"},
		{"or cut", `var table = map[string]int{}; func f() { delete(table, "a") }`, "table is changed"},
		{"a field that is counted", "var state = T{}; func f() { state.n++ }", "state is changed"},
		{"a local of the same name", `var level = "x"; func f() { level := "y"; level = "z"; _ = level }`, ""},
		{"an argument of the same name", `var level = "x"; func f(level string) { level = "z" }`, ""},
		{"an excepted one", "var excepted sync.Pool", ""},
	} {
		t.Run(c.name, func(t *testing.T) { expect(t, "internal/app/x.go", "package x\n"+c.source+"\n", c.want) })
	}
	expect(t, "internal/store/pgtest/x.go", "package x\nvar started = make(chan struct{})\n", "")
	// A variable of one file, changed in another.
	found, err := inspect(fstest.MapFS{
		"internal/app/a.go": {Data: []byte("package x\nvar level = 1\n")},
		"internal/app/b.go": {Data: []byte("package x\nfunc f() { level = 2 }\n")},
	}, floors, nil)
	if err != nil || len(found.Trespasses) != 1 || !strings.HasPrefix(found.Trespasses[0], "internal/app/b.go:2: level is changed") {
		t.Errorf("across files: %v, %v", found.Trespasses, err)
	}
}

// expect wants one trespass that names file and holds the text want, or none.
func expect(t *testing.T, file, source, want string) {
	t.Helper()
	found, err := inspect(fstest.MapFS{
		file:           {Data: []byte(source)},
		"tools/go.mod": {Data: []byte("module tools\n")},
	}, floors, map[string]string{"internal/app: excepted": "only here"})
	switch {
	case err != nil:
		t.Fatal(err)
	case want == "" && len(found.Trespasses) == 0:
	case want != "" && len(found.Trespasses) == 1 && strings.HasPrefix(found.Trespasses[0], file+":") &&
		strings.Contains(found.Trespasses[0], want):
	default:
		t.Errorf("got %q, want %q", found.Trespasses, want)
	}
}
