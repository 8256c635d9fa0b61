package empe

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

	"github.com/chancery-vc/chancery/internal/api/empe"
	"github.com/chancery-vc/chancery/internal/api/empe/verify"
	"github.com/chancery-vc/chancery/internal/api/empe/wallet"
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

func (t *table) refusal(o *operation, status int, name string) {
	if o == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of(o).refusals[strings.TrimSpace(fmt.Sprint(status, " ", name))]++
}

// notOffered is what this server has no way to do; docs/divergences/empe.md says why.
const notOffered = "POST /api/v1/blockchain/did"

// line is an operation's row, and whether it is exercised: a success whose values were compared, and a refusal.
func (t *table) line(o *operation) (text string, whole bool) {
	r := t.of(o)
	refusals := slices.Sorted(maps.Keys(r.refusals))
	title := fmt.Sprintf("%-112s", fmt.Sprintf("%-66s %s", o.name(), o.id))
	if o.name() == notOffered {
		whole = r.refusals["501 NotOfferedError"] > 0 && r.successes == 0
		return fmt.Sprintf("%s not offered  %s", title, strings.Join(refusals, ", ")), whole
	}
	whole = r.successes > 0 && len(refusals) > 0
	success, shown := "no success", strings.Join(refusals, ", ")
	if r.successes > 0 {
		success = fmt.Sprintf("done × %d", r.successes)
	}
	if shown == "" {
		shown = "no refusal"
	}
	return fmt.Sprintf("%s %-11s  %s", title, success, shown), whole
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
	err := errors.Join(keep(out.String()), corrections.check(described.paged))
	if len(missing) > 0 {
		slices.Sort(missing)
		err = errors.Join(err, fmt.Errorf("not exercised, a success whose values are compared and a refusal:\n  %s", strings.Join(missing, "\n  ")))
	}
	return err
}

func group(o *operation) string {
	switch {
	case o.exact:
		return "1 issuer: the exact page"
	case o.paged:
		return "2 issuer: the other pages"
	case o.verifier:
		return "4 verifier"
	case strings.HasPrefix(o.pattern, "/wallet/"):
		return "5 wallet server"
	}
	return "3 issuer: beside the pages"
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
	path := filepath.Join("..", "..", "build", "empe-operations.txt")
	if old, err := os.ReadFile(path); err == nil && string(old) == text {
		return nil // reading it, and leaving it, lets go test keep the result for as long as the table is there
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o600)
}

// routes are all of the three services, by method and pattern: what each is called.
func routes() map[string]string {
	all := map[string]string{}
	for _, route := range (&empe.Door{}).Routes() {
		all[route.Method+" "+route.Pattern] = route.Operation
	}
	for _, line := range append((&verify.Door{}).Lines(), (&wallet.Door{}).Lines()...) {
		all[line.Method+" "+line.Pattern] = line.Operation
	}
	return all
}

// TestTable: every described operation is a route of the door, and every route is described in ours.
func TestTable(t *testing.T) {
	sharedtest.Path(t, "docs.empe.io, from which it is rebuilt", "apis", "empe-issuer.openapi.json")
	routes := routes()
	counts := map[string]int{}
	for _, o := range described.operations {
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
	if counts["1 issuer: the exact page"] != 3 || counts["2 issuer: the other pages"] != 14 {
		t.Errorf("described are %v", counts)
	}
}
