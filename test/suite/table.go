package suite

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Operation is one of a description. Name is its method and pattern: "POST /schemas".
type Operation interface {
	comparable
	Name() string
}

// Table says which operations the tests of a suite exercised: each needs a success whose values were compared, and a
// refusal.
type Table[O Operation] struct {
	File       string         // where make test shows it from, in the project's build folder
	Group      func(O) string // the heading that an operation stands under
	Title      func(O) string // the row's first column
	Success    func(O) string // what a success is called: "201"
	NotOffered func(O) string // the one refusal of an operation that is not offered: "501 not_offered"; else ""
	Also       func() error   // what else must hold after a whole run; nil: nothing

	mu   sync.Mutex
	rows map[O]*row
}

type row struct {
	successes int
	refusals  map[string]int
}

func (t *Table[O]) of(o O) *row {
	if t.rows == nil {
		t.rows = map[O]*row{}
	}
	if t.rows[o] == nil {
		t.rows[o] = &row{refusals: map[string]int{}}
	}
	return t.rows[o]
}

// succeeded enters a success; the zero operation is none.
func (t *Table[O]) succeeded(o O) {
	var none O
	if o == none {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of(o).successes++
}

// Refused enters a refusal that was compared; the zero operation is none.
func (t *Table[O]) Refused(o O, status int, name string) {
	var none O
	if o == none {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of(o).refusals[strings.TrimSpace(fmt.Sprint(status, " ", name))]++
}

// line is an operation's row, and whether it is exercised.
func (t *Table[O]) line(o O) (text string, whole bool) {
	r := t.of(o)
	refusals := slices.Sorted(maps.Keys(r.refusals))
	shown := strings.Join(refusals, ", ")
	if only := t.NotOffered(o); only != "" {
		return fmt.Sprintf("%s not offered  %s", t.Title(o), shown), r.refusals[only] > 0 && r.successes == 0
	}
	success := "no success"
	if r.successes > 0 {
		success = fmt.Sprintf("%s × %d", t.Success(o), r.successes)
	}
	if shown == "" {
		shown = "no refusal"
	}
	return fmt.Sprintf("%s %-11s  %s", t.Title(o), success, shown), r.successes > 0 && len(refusals) > 0
}

// Finish prints the table of all operations. In a whole run that passed it is written to its file, too, and an operation
// that was not exercised is an error.
func (t *Table[O]) Finish(all []O, passed bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	groups := map[string][]string{}
	var missing []string
	for _, o := range all {
		text, whole := t.line(o)
		groups[t.Group(o)] = append(groups[t.Group(o)], text)
		if !whole {
			missing = append(missing, o.Name())
		}
	}
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		slices.Sort(groups[name])
		fmt.Fprintf(&out, "%s (%d)\n  %s\n", name, len(groups[name]), strings.Join(groups[name], "\n  "))
	}
	fmt.Fprintf(&out, "exercised: %d of %d%s\n", len(all)-len(missing), len(all), t.kinds(all))
	fmt.Print(out.String())
	if !passed || !wholeRun() {
		return nil
	}
	err := t.keep(out.String())
	if t.Also != nil {
		err = errors.Join(err, t.Also())
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		err = errors.Join(err, fmt.Errorf("not exercised, a success whose values are compared and a refusal:\n  %s", strings.Join(missing, "\n  ")))
	}
	return err
}

// kinds says how many operations work and how many answer what; "" where all work.
func (t *Table[O]) kinds(all []O) string {
	answers := map[string]int{}
	for _, o := range all {
		if status, _, _ := strings.Cut(t.NotOffered(o), " "); status != "" {
			answers[status]++
		}
	}
	if len(answers) == 0 {
		return ""
	}
	work := len(all)
	var rest []string
	for _, status := range slices.Sorted(maps.Keys(answers)) {
		work -= answers[status]
		rest = append(rest, fmt.Sprintf("%d answer %s", answers[status], status))
	}
	return fmt.Sprintf(" (%d work, %s)", work, strings.Join(rest, ", "))
}

// wholeRun tells that no test was left out.
func wholeRun() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return false
		}
	}
	return !testing.Short()
}

// keep writes the table. Tests run in their package's folder, two below the project's.
func (t *Table[O]) keep(text string) error {
	path := filepath.Join("..", "..", "build", t.File)
	if old, err := os.ReadFile(path); err == nil && string(old) == text {
		return nil // reading it, and leaving it, lets go test keep the result for as long as the table is there
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o600)
}

// SameRoutes compares what is described with the routes of a door: names of operations by "POST /schemas".
func SameRoutes(t testing.TB, described, routes map[string]string) {
	t.Helper()
	for name, id := range described {
		switch got, ok := routes[name]; {
		case !ok:
			t.Errorf("%s is no route of the door", name)
		case got != id:
			t.Errorf("%s is called %s, not %s", name, got, id)
		}
	}
	for name, id := range routes {
		if _, ok := described[name]; !ok {
			t.Errorf("%s (%s) is in no description", name, id)
		}
	}
}
