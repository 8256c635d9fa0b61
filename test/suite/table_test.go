package suite

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type operation struct{ name, not string }

func (o *operation) Name() string { return o.name }

// TestGap: in a whole run that passed, each operation without a success or without a refusal is an error, and so is an
// operation that is not offered and does something. In another run nothing is.
func TestGap(t *testing.T) {
	if !wholeRun() {
		t.Skip("not run: the table is judged in a whole run only")
	}
	here := filepath.Join(t.TempDir(), "test", "some")
	if err := os.MkdirAll(here, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(here)
	whole, gone := &operation{name: "GET /whole"}, &operation{name: "GET /gone", not: "501 none"}
	silent, meek, idle := &operation{name: "GET /silent"}, &operation{name: "GET /meek"}, &operation{name: "GET /idle", not: "501 none"}
	unjudged := errors.New("not what it should be")
	table := &Table[*operation]{
		File: "operations.txt", Group: func(*operation) string { return "all" }, Title: (*operation).Name,
		Success: func(*operation) string { return "200" }, NotOffered: func(o *operation) string { return o.not },
	}
	table.succeeded(whole)
	table.Refused(whole, 404, "absent")
	table.Refused(gone, 501, "none")
	table.succeeded(nil)
	if err := table.Finish([]*operation{whole, gone}, true); err != nil {
		t.Errorf("nothing is missing, and yet: %v", err)
	}
	table.Refused(silent, 404, "absent")
	table.succeeded(meek)
	table.Refused(idle, 501, "none")
	table.succeeded(idle)
	all := []*operation{whole, gone, silent, meek, idle}
	err := table.Finish(all, true)
	for _, o := range all {
		missing := err != nil && strings.Contains(err.Error(), o.name)
		if want := o != whole && o != gone; missing != want {
			t.Errorf("%s is missing: %t, want %t", o.name, missing, want)
		}
	}
	if err := table.Finish(all, false); err != nil {
		t.Errorf("after a failure the table judges, too: %v", err)
	}
	table.Also = func() error { return unjudged }
	if err := table.Finish([]*operation{whole}, true); !errors.Is(err, unjudged) {
		t.Errorf("what must hold also: %v", err)
	}
	text, err := os.ReadFile("../../build/operations.txt")
	if err != nil || !strings.Contains(string(text), "GET /whole 200 × 1      404 absent") {
		t.Errorf("the file says %q, %v", text, err)
	}
}
