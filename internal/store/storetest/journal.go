package storetest

import (
	"crypto/sha256"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var journalLaws = []law{
	{"positions have no gaps", positions},
	{"a cursor never skips a slow transaction", slow},
	{"publishers do not meet", publishers},
	{"events are those marked", events},
	{"heads can be authenticated anew", heads},
}

// number gives positions, and stands in for hashes.
func number(entries []vc.Entry, heads map[string]vc.AuditHead) ([]vc.Entry, []vc.AuditHead, error) {
	var ends []vc.AuditHead
	for i, e := range entries {
		h := heads[e.Scope.Tenant]
		h.Tenant, h.Key, h.MAC = e.Scope.Tenant, "k", []byte("mac")
		h.Position++
		sum := sha256.Sum256(append(h.Hash, e.ID...))
		h.Hash = sum[:]
		entries[i].Position, entries[i].Hash = h.Position, h.Hash
		heads[h.Tenant] = h
	}
	for _, h := range heads {
		ends = append(ends, h)
	}
	return entries, ends, nil
}

// publish gives positions until all have one.
func publish(t testing.TB, db *sql.DB) (total int) {
	t.Helper()
	for {
		n, err := db.Sequence(background(), 10, number)
		must(t, err)
		if n == 0 {
			return total
		}
		total += n
	}
}

func positions(t *testing.T, h *house) {
	a, b := somewhere(t, h.db), somewhere(t, h.db)
	want := map[vc.Scope][]string{}
	for i := range 25 {
		scope := []vc.Scope{a, b, {}}[i%3]
		e := anEntry(scope)
		want[scope] = append(want[scope], e.ID)
		update(t, h.db, scope, func(tx *sql.Tx) error { return tx.Append(e) })
	}
	waits := func(tx *sql.Tx) (bool, error) { return tx.Unpublished() }
	get(t, h.db, a, "waiting", true, waits)
	get(t, h.db, somewhere(t, h.db), "another's waiting", false, waits)
	get(t, h.db, a, "before", nil, func(tx *sql.Tx) ([]vc.Entry, error) { return tx.AuditEntries(0, 100) })
	wants(t, rows(h.db).View(t.Context(), a, func(tx *sql.Tx) error { _, err := tx.AuditHead(); return err }), vc.NotFound, "")
	refused := errors.New("refused")
	if _, err := h.db.Sequence(t.Context(), 5, func([]vc.Entry, map[string]vc.AuditHead) ([]vc.Entry, []vc.AuditHead, error) {
		return nil, nil, refused
	}); !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
	same(t, "published", publish(t, h.db), 25)
	get(t, h.db, a, "waiting", false, waits)
	for scope, ids := range want {
		view(t, h.db, scope, func(tx *sql.Tx) error {
			head, err := tx.AuditHead()
			must(t, err)
			var got []string
			for after := int64(0); ; {
				some, err := tx.AuditEntries(after, 4)
				must(t, err)
				if len(some) == 0 {
					break
				}
				for _, e := range some {
					if after++; e.Position != after {
						t.Errorf("position %d, want %d", e.Position, after)
					}
					got = append(got, e.ID)
				}
			}
			same(t, "order", got, ids)
			same(t, "head", head.Position, int64(len(ids)))
			return nil
		})
	}
}

// slow begins a transaction first and ends it last, while another server's is published in between.
func slow(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	other := Open(t, h.dsn)
	late, early := anEntry(scope), anEntry(scope)
	begun := make(chan struct{})
	var once sync.Once
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := rows(h.db).Update(background(), scope, func(tx *sql.Tx) error {
			if err := tx.Append(late); err != nil {
				return err
			}
			if _, err := tx.Principals(vc.ListQuery{}); err != nil { // what waits is sent
				return err
			}
			once.Do(func() { close(begun) })
			time.Sleep(150 * time.Millisecond)
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
	<-begun
	var seen []string
	cursor := int64(0)
	read := func() {
		publish(t, other)
		view(t, other, scope, func(tx *sql.Tx) error {
			all, err := tx.Events(cursor, 10)
			for _, e := range all {
				seen, cursor = append(seen, e.ID), e.Position
			}
			return err
		})
	}
	update(t, other, scope, func(tx *sql.Tx) error { return tx.Append(early) })
	read()
	wait.Wait()
	read()
	slices.Sort(seen)
	same(t, "seen", seen, []string{late.ID, early.ID})
}

func publishers(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	servers := []*sql.DB{h.db, Open(t, h.dsn)}
	const each, writers = 25, 4
	var writing, publishing sync.WaitGroup
	done := make(chan struct{})
	for i := range 4 {
		publishing.Go(func() {
			for stop := false; !stop; {
				select {
				case <-done:
					stop = true
				default:
				}
				if _, err := servers[i%2].Sequence(background(), 7, number); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range writers {
		writing.Go(func() {
			for range each {
				if err := rows(servers[i%2]).Update(background(), scope, func(tx *sql.Tx) error { return tx.Append(anEntry(scope)) }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writing.Wait()
	close(done)
	publishing.Wait()
	publish(t, h.db)
	view(t, h.db, scope, func(tx *sql.Tx) error {
		all, err := tx.AuditEntries(0, 1000)
		same(t, "entries", len(all), each*writers)
		var hash []byte
		for i, e := range all {
			sum := sha256.Sum256(append(hash, e.ID...))
			hash = sum[:]
			if e.Position != int64(i+1) || string(e.Hash) != string(hash) {
				t.Errorf("entry %d is at %d, or its hash does not follow", i+1, e.Position)
			}
		}
		return err
	})
}

func events(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	hidden, shown := anEntry(scope), anEntry(scope)
	hidden.Event, hidden.Data = false, nil
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.Append(hidden), tx.Append(shown)) })
	publish(t, h.db)
	view(t, h.db, scope, func(tx *sql.Tx) error {
		all, err := tx.Events(0, 10)
		must(t, err)
		shown.Position, shown.Hash = all[0].Position, all[0].Hash
		same(t, "events", all, []vc.Entry{shown})
		audit, err := tx.AuditEntries(0, 10)
		same(t, "audit", len(audit), 2)
		return err
	})
}

func heads(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.Append(anEntry(scope)) })
	publish(t, h.db)
	all, err := h.db.AuditHeads(t.Context())
	must(t, err)
	same(t, "heads", len(all), 1)
	head := all[0]
	head.MAC, head.Key = []byte("other"), "k2"
	must(t, h.db.ReplaceAuditHead(t.Context(), head))
	get(t, h.db, scope, "head", head, (*sql.Tx).AuditHead)
	head.Position--
	wants(t, h.db.ReplaceAuditHead(t.Context(), head), vc.Conflict, "stale")
}
