package status_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/status"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

// taken remembers entries and complains about one that comes twice.
type taken struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (t *taken) add(entries ...vc.StatusEntry) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range entries {
		key := fmt.Sprint(e.List, " ", e.Index)
		if t.seen[key] {
			return fmt.Errorf("%s was given twice", key)
		}
		if e.Index < 0 || e.Index >= 131072 {
			return fmt.Errorf("%s is not in the list", key)
		}
		t.seen[key] = true
	}
	return nil
}

// Whatever servers do and whenever they crash, no entry is given twice.
func TestNoIndexTwice(t *testing.T) {
	w := newWorld(t)
	got := &taken{seen: map[string]bool{}}
	rapid.Check(t, func(t *rapid.T) {
		servers := make([]*status.Service, 3)
		for i := range servers {
			servers[i] = w.server(int64(rapid.IntRange(1, 8).Draw(t, "block")))
		}
		for range rapid.IntRange(1, 60).Draw(t, "acts") {
			i := rapid.IntRange(0, len(servers)-1).Draw(t, "server")
			if rapid.IntRange(0, 9).Draw(t, "act") == 0 { // crash: what it leased is gone
				servers[i] = w.server(int64(rapid.IntRange(1, 8).Draw(t, "block")))
				continue
			}
			wanted := revocation()
			wanted.Identity = rapid.SampledFrom([]string{"a", "b"}).Draw(t, "identity")
			if rapid.Bool().Draw(t, "both") {
				wanted.Purposes = append(wanted.Purposes, vc.Suspension)
			}
			entries, err := servers[i].Reserve(w.ctx, w.scope, wanted)
			if err == nil {
				err = got.add(entries...)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, s := range servers {
			s.Close()
		}
	})
}

func TestManyAtOnce(t *testing.T) {
	w := newWorld(t)
	got := &taken{seen: map[string]bool{}}
	servers := []*status.Service{w.server(0), w.server(0)}
	var all errgroup.Group
	for i := range 16 {
		all.Go(func() error {
			for range 500 {
				entries, err := servers[i%2].Reserve(w.ctx, w.scope, revocation())
				if err != nil {
					return err
				}
				if err := got.add(entries...); err != nil {
					return err
				}
			}
			return nil
		})
	}
	check(t, all.Wait())
	lists := map[string]bool{}
	for key := range got.seen {
		lists[key[:36]] = true
	}
	if len(got.seen) != 8000 || len(lists) != 1 {
		t.Fatalf("%d entries in %d lists", len(got.seen), len(lists))
	}
}

// A full list is used to its last index, then there is exactly one more.
func TestFullList(t *testing.T) {
	w := newWorld(t)
	got := &taken{seen: map[string]bool{}}
	servers := []*status.Service{w.server(40_000), w.server(50_000)}
	perList := map[string]int{}
	for i := range 131072 + 1000 {
		e := w.one(servers[i/500%2])
		check(t, got.add(e))
		perList[e.List]++
	}
	if len(perList) != 2 {
		t.Fatalf("lists %v", perList)
	}
	var rows []vc.StatusList
	for id := range perList {
		_, list, err := w.server(0).Lookup(w.ctx, id)
		check(t, err)
		rows = append(rows, list)
	}
	if rows[0].URL == rows[1].URL || string(rows[0].Secret) == string(rows[1].Secret) {
		t.Fatal("two lists share an address or a secret")
	}
}

// Neighbours in time are no neighbours in the list. For random indices the mean distance is a third of the length, and
// half of the steps go up.
func TestIndicesTellNothing(t *testing.T) {
	w := newWorld(t)
	s := w.server(4096)
	const n = 4000
	up, distance := 0, int64(0)
	last := w.one(s).Index
	for range n {
		next := w.one(s).Index
		if next > last {
			up++
		}
		distance += max(next-last, last-next)
		last = next
	}
	if up < n*45/100 || up > n*55/100 {
		t.Errorf("%d of %d steps go up", up, n)
	}
	if mean := distance / n; mean < 131072*30/100 || mean > 131072*37/100 {
		t.Errorf("mean distance %d", mean)
	}
}

func TestWanted(t *testing.T) {
	w := newWorld(t)
	s := w.server(0)
	messages := func(n int) []vc.StatusMessage { return make([]vc.StatusMessage, n) }
	for name, c := range map[string]struct {
		wanted status.Wanted
		size   int
		kind   vc.Kind
		code   string
	}{
		"bitstring":       {status.Wanted{Dialect: "BitstringStatusList", Purposes: []vc.StatusPurpose{vc.Refresh}}, 1, 0, ""},
		"old":             {status.Wanted{Dialect: "StatusList2021", Purposes: []vc.StatusPurpose{vc.Suspension}}, 1, 0, ""},
		"three messages":  {status.Wanted{Dialect: "BitstringStatusList", Purposes: []vc.StatusPurpose{vc.Message}, Messages: messages(3)}, 2, 0, ""},
		"five messages":   {status.Wanted{Dialect: "BitstringStatusList", Purposes: []vc.StatusPurpose{vc.Message}, Messages: messages(5)}, 4, 0, ""},
		"size said":       {status.Wanted{Dialect: "BitstringStatusList", Purposes: []vc.StatusPurpose{vc.Message}, Size: 8}, 8, 0, ""},
		"size of no list": {status.Wanted{Dialect: "BitstringStatusList", Purposes: []vc.StatusPurpose{vc.Message}, Size: 3}, 0, vc.Invalid, "status-size"},
		"too many":        {status.Wanted{Dialect: "BitstringStatusList", Purposes: []vc.StatusPurpose{vc.Message}, Size: 1, Messages: messages(3)}, 0, vc.Invalid, "status-size"},
		"dialect":         {status.Wanted{Dialect: "x", Purposes: []vc.StatusPurpose{vc.Revocation}}, 0, vc.Unsupported, "status-dialect"},
		"purpose":         {status.Wanted{Dialect: "BitstringStatusList", Purposes: []vc.StatusPurpose{"x"}}, 0, vc.Unsupported, "status-purpose"},
		"old purpose":     {status.Wanted{Dialect: "StatusList2021", Purposes: []vc.StatusPurpose{vc.Message}}, 0, vc.Unsupported, "status-purpose"},
		"twice":           {status.Wanted{Dialect: "StatusList2021", Purposes: []vc.StatusPurpose{vc.Revocation, vc.Revocation}}, 0, vc.Invalid, "status-purpose-twice"},
	} {
		t.Run(name, func(t *testing.T) {
			c.wanted.Identity = "identity"
			entries, err := s.Reserve(w.ctx, w.scope, c.wanted)
			if c.code != "" {
				fails(t, err, c.kind, c.code)
				return
			}
			check(t, err)
			_, list, err := s.Lookup(w.ctx, entries[0].List)
			check(t, err)
			e := entries[0]
			if e.Size != c.size || list.Size != c.size || list.Dialect != c.wanted.Dialect || e.URL != list.URL ||
				e.URL != "https://chancery.example/status/"+e.List || list.Scope != w.scope || list.Length != 131072 {
				t.Fatalf("%+v of %+v", e, list)
			}
			if own, ok := s.Own(e.URL); !ok || own != e.List {
				t.Fatalf("%s is not our own", e.URL)
			}
		})
	}
	for _, url := range []string{
		"", "https://chancery.example/status/", "https://chancery.example/status/x", "https://other.example/status/" + newID(),
		"https://chancery.example/status/" + newID() + "#1",
	} {
		if _, ok := s.Own(url); ok {
			t.Errorf("%s is our own", url)
		}
	}
}

// broken is a vault that can be out of reach.
type broken struct {
	keys.Vault
	down bool
}

func (b *broken) Seal(ctx context.Context, tenant string, salt []byte, label string, plain []byte) ([]byte, error) {
	if b.down {
		return nil, vc.Errorf(vc.Unavailable, "vault-down", "the vault does not answer")
	}
	return b.Vault.Seal(ctx, tenant, salt, label, plain)
}

func TestFailedLease(t *testing.T) {
	w := newWorld(t)
	vault := &broken{Vault: w.vault, down: true}
	s := status.New(status.Config{Rows: sql.For[status.Rows](w.db), Directory: w.db, Vault: vault, Now: w.clock})
	defer s.Close()
	_, err := s.Reserve(w.ctx, w.scope, revocation())
	fails(t, err, vc.Unavailable, "vault-down")
	vault.down = false
	w.one(s)

	gone, cancel := context.WithCancel(w.ctx)
	cancel()
	other := revocation()
	other.Identity = "other"
	if _, err := s.Reserve(gone, w.scope, other); err != nil && vc.KindOf(err) != vc.Unavailable {
		t.Fatal(err)
	}
	_, err = s.Reserve(w.ctx, w.scope, other) // the lease that was begun goes on for others
	check(t, err)
}

func BenchmarkReserve(b *testing.B) {
	w := newWorld(b)
	s := w.server(0)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Reserve(w.ctx, w.scope, revocation()); err != nil {
				b.Error(err)
			}
		}
	})
}
