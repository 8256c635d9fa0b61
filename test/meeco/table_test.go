package meeco

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/internal/api/meeco"
	"github.com/chancery-vc/chancery/internal/sharedtest"
)

// table says which operations the tests exercised.
type table struct {
	mu   sync.Mutex
	rows map[*operation]*row
}

type row struct {
	successes int
	refusals  map[string]int
}

var covered = &table{rows: map[*operation]*row{}}

func (t *table) of(o *operation) *row {
	if t.rows[o] == nil {
		t.rows[o] = &row{refusals: map[string]int{}}
	}
	return t.rows[o]
}

func (t *table) success(o *operation) {
	if o == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of(o).successes++
}

func (t *table) refusal(o *operation, status int, code string) {
	if o == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of(o).refusals[fmt.Sprint(status, " ", code)]++
}

// notOffered are what a self-hosted office has no use for; docs/divergences/meeco.md says why.
func notOffered(o *operation) bool {
	return strings.HasPrefix(o.pattern, "/deployments/") || o.pattern == "/users/me/password"
}

// line is an operation's row, and whether it is exercised: a success whose values were compared, and a refusal.
func (t *table) line(o *operation) (text string, whole bool) {
	r := t.of(o)
	refusals := slices.Sorted(maps.Keys(r.refusals))
	if notOffered(o) {
		whole = r.refusals["501 not_offered"] > 0 && r.successes == 0
		return fmt.Sprintf("%s not offered  %s", o.title(), strings.Join(refusals, ", ")), whole
	}
	whole = r.successes > 0 && len(refusals) > 0
	success := "no success"
	if r.successes > 0 {
		success = fmt.Sprintf("%d × %d", o.status, r.successes)
	}
	shown := strings.Join(refusals, ", ")
	if shown == "" {
		shown = "no refusal"
	}
	return fmt.Sprintf("%s %-11s  %s", o.title(), success, shown), whole
}

// title is an operation's path, with its id where an SDK has it.
func (o *operation) title() string {
	text := o.name()
	if !o.tenancy {
		text = fmt.Sprintf("%-76s %s", text, o.id)
	}
	return fmt.Sprintf("%-126s", text)
}

// finish writes the table; in a whole run that passed, an operation that was not exercised is an error.
func (t *table) finish(passed bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	groups := map[string][]string{}
	var missing []string
	for _, o := range described.operations {
		text, whole := t.line(o)
		groups[group(o)] = append(groups[group(o)], text)
		if !whole {
			missing = append(missing, o.name())
		}
	}
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		slices.Sort(groups[name])
		fmt.Fprintf(&out, "%s (%d)\n  %s\n", name, len(groups[name]), strings.Join(groups[name], "\n  "))
	}
	fmt.Fprintf(&out, "exercised: %d of %d\n", len(described.operations)-len(missing), len(described.operations))
	fmt.Print(out.String())
	if !passed || !wholeRun() {
		return nil
	}
	if err := keep(out.String()); err != nil || len(missing) == 0 {
		return err
	}
	slices.Sort(missing)
	return fmt.Errorf("not exercised, a success whose values are compared and a refusal:\n  %s", strings.Join(missing, "\n  "))
}

func group(o *operation) string {
	switch {
	case o.tenancy:
		return "tenancy"
	case o.described == nil || o.described.Responses.Value("2XX") == nil:
		return "VC API, beside the description"
	case strings.HasPrefix(o.id, "did"):
		return "DID service"
	}
	return "VC API"
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

// keep writes the table where make test shows it from.
func keep(text string) error {
	path := filepath.Join("..", "..", "build", "meeco-operations.txt")
	if old, err := os.ReadFile(path); err == nil && string(old) == text {
		return nil // reading it, and leaving it, lets go test keep the result for as long as the table is there
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o600)
}

// TestTable: every described operation is a route of the door, and every route is described.
func TestTable(t *testing.T) {
	sharedtest.Path(t, "npm's @meeco/vc-api-sdk and @meeco/identity-network-api-sdk, from which it is rebuilt", "apis", "meeco-vc-api-9.2.0.openapi.json")
	routes := map[string]string{}
	for _, route := range (&meeco.Door{}).Routes() {
		routes[route.Method+" "+route.Pattern] = route.Operation
	}
	counts := map[string]int{}
	for _, o := range described.operations {
		if o.described == nil {
			continue
		}
		counts[group(o)]++
		got, ok := routes[o.name()]
		switch {
		case !ok:
			t.Errorf("%s is no route of the door", o.name())
		case got != o.id:
			t.Errorf("%s is called %s, not %s", o.name(), got, o.id)
		}
		delete(routes, o.name())
	}
	for name, id := range routes {
		t.Errorf("%s (%s) is in no description", name, id)
	}
	if counts["VC API"] != 43 || counts["DID service"] != 5 {
		t.Errorf("described are %v", counts)
	}
}
