package storetest

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var statusLaws = []law{
	{"an index is used once", usedOnce},
	{"a leased value never comes again", leases},
	{"the newest open list is found", openList},
	{"the status journal is a journal", statusJournal},
	{"a standing is set on what was seen", standings},
	{"a change belongs to whom its list belongs", changeOwner},
}

func usedOnce(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	list, second := aList(scope), aList(scope)
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertStatusList(list), tx.InsertStatusList(second), tx.InsertCredential(aCredential(list, 7)))
	})
	insert := func(c vc.Credential) error {
		return rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.InsertCredential(c) })
	}
	wants(t, insert(aCredential(list, 7)), vc.Conflict, "duplicate")
	must(t, insert(aCredential(second, 7)))
	twice := aCredential(list, 8)
	twice.Entries = append(twice.Entries, twice.Entries[0])
	wants(t, insert(twice), vc.Conflict, "duplicate")
	must(t, insert(aCredential(list, 8)))
	for _, c := range []struct {
		in   vc.Scope
		list string
		want int64
	}{{scope, list.ID, 2}, {vc.Scope{Tenant: scope.Tenant}, list.ID, 2}, {scope, second.ID, 1}, {somewhere(t, h.db), list.ID, 0}, {scope, newID(), 0}} {
		get(t, h.db, c.in, "places", c.want, func(tx *sql.Tx) (int64, error) { return tx.CountStatusEntries(c.list) })
	}

	// Two servers, the same indices at once: each is had by one.
	servers := []*sql.DB{h.db, Open(t, h.dsn)}
	var mu sync.Mutex
	got := map[int64]int{}
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for n := range int64(20) {
				err := rows(servers[i%2]).Update(background(), scope, func(tx *sql.Tx) error {
					return tx.InsertCredential(aCredential(list, 100+n))
				})
				switch {
				case err == nil:
					mu.Lock()
					got[n]++
					mu.Unlock()
				case vc.KindOf(err) != vc.Conflict:
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	for n := range int64(20) {
		same(t, "how many have the index", got[n], 1)
	}
}

func leases(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	list := aList(scope)
	list.Length = 1000
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertStatusList(list) })
	var mu sync.Mutex
	var got []int64
	lease := func(db *sql.DB, n int64) int64 {
		var first, leased int64
		if err := rows(db).Update(background(), scope, func(tx *sql.Tx) (err error) {
			first, leased, err = tx.LeaseStatus(list.ID, n)
			return err
		}); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		for i := range leased {
			got = append(got, first+i)
		}
		return leased
	}
	servers := []*sql.DB{h.db, Open(t, h.dsn)}
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for range 10 {
				lease(servers[i%2], 7)
			}
		})
	}
	wait.Wait()
	// What was leased and not used before a restart is not leased again.
	must(t, servers[1].Close())
	again := Open(t, h.dsn)
	for lease(again, 64) > 0 {
	}
	same(t, "leased in a full list", lease(again, 1), int64(0))
	slices.Sort(got)
	want := make([]int64, 1000)
	for i := range want {
		want[i] = int64(i)
	}
	same(t, "values", got, want)
}

func openList(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	old, full, other := aList(scope), aList(scope), aList(scope)
	full.Identity, full.Next, full.Length = old.Identity, 5, 5
	other.Identity, other.Purpose = old.Identity, vc.Suspension
	newer := aList(scope)
	newer.Identity = old.Identity
	linked := aList(scope)
	linked.Identity, linked.Format = old.Identity, "ldp"
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertStatusList(old), tx.InsertStatusList(newer), tx.InsertStatusList(full), tx.InsertStatusList(other),
			tx.InsertStatusList(linked))
	})
	get(t, h.db, scope, "list", newer, func(tx *sql.Tx) (vc.StatusList, error) {
		return tx.OpenStatusList(old.Identity, vc.Revocation, old.Dialect, old.Format, old.Size, old.Place)
	})
	wants(t, rows(h.db).View(t.Context(), scope, func(tx *sql.Tx) error {
		_, err := tx.OpenStatusList(old.Identity, vc.Revocation, old.Dialect, old.Format, 2, old.Place)
		return err
	}), vc.NotFound, "")
}

// statusJournal changes entries at random and holds the store against a map.
func statusJournal(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	rapid.Check(t, func(r *rapid.T) {
		list := aList(scope)
		update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertStatusList(list) })
		model := map[int64][]vc.StatusChange{}
		total := int64(0)
		for _, index := range rapid.SliceOfN(rapid.Int64Range(0, 5), 1, 12).Draw(r, "indices") {
			change := aChange(list.ID, index, len(model[index])+1)
			change.Value = rapid.IntRange(0, 3).Draw(r, "value")
			stale := rapid.Bool().Draw(r, "stale") && change.Version > 1
			if stale {
				change.Version--
			}
			err := rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.AppendStatusChange(change) })
			if stale {
				wants(t, err, vc.Conflict, "duplicate")
				continue
			}
			must(t, err)
			model[index] = append(model[index], change)
			total++
		}
		var want []vc.StatusChange
		for index := range int64(6) {
			if n := len(model[index]); n > 0 {
				want = append(want, model[index][n-1])
			}
		}
		view(t, h.db, scope, func(tx *sql.Tx) error {
			all, err := tx.StatusChanges(list.ID)
			same(t, "projection", all, want)
			n, err2 := tx.CountStatusChanges(list.ID)
			same(t, "revision", n, total)
			for _, c := range want {
				last, err := tx.LastStatusChange(list.ID, c.Index)
				must(t, err)
				same(t, "last", last, c)
			}
			return errors.Join(err, err2)
		})
	})
}

// standings: who decided on what somebody else has changed since changes nothing.
func standings(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	list := aList(scope)
	seen := aCredential(list, 1)
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertStatusList(list), tx.InsertCredential(seen)) })
	set := func(was vc.Credential, standing vc.Standing, at time.Time) error {
		return rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.SetStanding(was, standing, at) })
	}
	for _, otherwise := range []func(*vc.Credential){
		func(c *vc.Credential) { c.State = vc.Lapsed },
		func(c *vc.Credential) { c.Standing = vc.Revoked },
		func(c *vc.Credential) { c.ChangedAt = moment() },
		func(c *vc.Credential) { c.ID = newID() },
	} {
		was := seen
		otherwise(&was)
		wants(t, set(was, vc.Suspended, moment()), vc.Conflict, "stale")
	}
	now := seen
	now.Standing, now.ChangedAt = vc.Suspended, moment()
	must(t, set(seen, now.Standing, now.ChangedAt))
	get(t, h.db, scope, "credential", now, func(tx *sql.Tx) (vc.Credential, error) { return tx.Credential(seen.ID) })
	wants(t, set(seen, vc.Revoked, moment()), vc.Conflict, "stale")
}

// changeOwner: a tenant that revokes for its organisation changes what the organisation sees.
func changeOwner(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	list := aList(scope)
	change := aChange(list.ID, 3, 1)
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertStatusList(list) })
	update(t, h.db, vc.Scope{Tenant: scope.Tenant}, func(tx *sql.Tx) error { return tx.AppendStatusChange(change) })
	get(t, h.db, scope, "change", change, func(tx *sql.Tx) (vc.StatusChange, error) { return tx.LastStatusChange(list.ID, 3) })
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.ForgetReasons(list.ID, 3) })
	change.Reason = ""
	get(t, h.db, scope, "change", change, func(tx *sql.Tx) (vc.StatusChange, error) { return tx.LastStatusChange(list.ID, 3) })
}
