package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var foldLaws = []law{
	{"who fails fails alone", neighbours},
	{"an error undoes what was done and is returned as it is", undone},
	{"a failed statement ends the transaction", broken},
	{"an answer comes after the commit", committed},
	{"who gives up while waiting is not served", abandoned},
	{"a closed store says so", closing},
	{"a view is one snapshot", snapshot},
	{"a look is one statement that changes nothing", looked},
	{"concurrent changes of one row lose nothing", contended},
	{"a transaction may end in Goexit", goexit},
}

// neighbours holds a lane up so that others gather behind it, of whom some fail in every way there is.
func neighbours(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	taken := aPrincipal(scope)
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertPrincipal(taken) })
	own := errors.New("my own reason")
	const callers = 60
	var ids [callers]string
	var errs [callers]error
	var wait sync.WaitGroup
	for range 4 { // more than there are lanes
		wait.Go(func() {
			_ = rows(h.db).Update(background(), scope, func(*sql.Tx) error { time.Sleep(20 * time.Millisecond); return nil })
		})
	}
	time.Sleep(5 * time.Millisecond)
	for i := range callers {
		p := aPrincipal(scope)
		ids[i] = p.ID
		wait.Go(func() {
			errs[i] = rows(h.db).Update(background(), scope, func(tx *sql.Tx) error {
				if err := tx.InsertPrincipal(p); err != nil {
					return err
				}
				switch i % 6 {
				case 1:
					return own
				case 2:
					panic("a fault")
				case 3: // heard late, where statements travel together
					return tx.InsertPrincipal(taken)
				case 4:
					_, err := tx.Credential("nobody")
					return err
				}
				return nil
			})
		})
	}
	wait.Wait()
	view(t, h.db, scope, func(tx *sql.Tx) error {
		for i, err := range errs {
			_, missing := tx.Principal(ids[i])
			switch i % 6 {
			case 1:
				if err != own {
					t.Errorf("%d: %v", i, err)
				}
			case 2:
				wants(t, err, vc.Internal, "panic")
			case 3:
				wants(t, err, vc.Conflict, "duplicate")
			case 4:
				wants(t, err, vc.NotFound, "")
			default:
				must(t, err)
				must(t, missing)
				continue
			}
			if missing == nil {
				t.Errorf("%d failed with %v and was kept", i, err)
			}
		}
		return nil
	})
}

func undone(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	own := fmt.Errorf("why: %w", context.DeadlineExceeded)
	p := aPrincipal(scope)
	if err := rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertPrincipal(p), own)
	}); !errors.Is(err, own) {
		t.Errorf("got %v", err)
	}
	wants(t, rows(h.db).View(t.Context(), scope, func(tx *sql.Tx) error { _, err := tx.Principal(p.ID); return err }), vc.NotFound, "")
}

func broken(t *testing.T, h *house) {
	scope, other := somewhere(t, h.db), somewhere(t, h.db)
	p := aPrincipal(scope)
	wants(t, rows(h.db).Update(t.Context(), vc.Scope{Tenant: scope.Tenant}, func(tx *sql.Tx) error {
		_ = tx.UpdateTenant(vc.Tenant{ID: scope.Tenant, Slug: other.Tenant, Name: "Tenant"}) // Conflict, not heeded
		wants(t, tx.InsertPrincipal(p), vc.Conflict, "duplicate")
		return nil
	}), vc.Conflict, "duplicate")
	wants(t, rows(h.db).View(t.Context(), scope, func(tx *sql.Tx) error { _, err := tx.Principal(p.ID); return err }), vc.NotFound, "")
}

func committed(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	other := Open(t, h.dsn)
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			for range 5 {
				p := aPrincipal(scope)
				if err := rows(h.db).Update(background(), scope, func(tx *sql.Tx) error { return tx.InsertPrincipal(p) }); err != nil {
					t.Error(err)
				}
				if err := rows(other).View(background(), scope, func(tx *sql.Tx) error { _, err := tx.Principal(p.ID); return err }); err != nil {
					t.Errorf("answered before the commit: %v", err)
				}
			}
		})
	}
	wait.Wait()
}

func abandoned(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	hold, held := make(chan struct{}), make(chan struct{}, 8)
	var wait sync.WaitGroup
	for range 8 { // enough for every lane; some only wait behind
		wait.Go(func() {
			_ = rows(h.db).Update(background(), scope, func(*sql.Tx) error { held <- struct{}{}; <-hold; return nil })
		})
	}
	<-held
	time.Sleep(10 * time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	var ran atomic.Bool
	err := rows(h.db).Update(ctx, scope, func(*sql.Tx) error { ran.Store(true); return nil })
	wants(t, err, vc.Unavailable, "")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the cause is lost: %v", err)
	}
	close(hold)
	wait.Wait()
	update(t, h.db, scope, func(*sql.Tx) error { return nil })
	if ran.Load() {
		t.Error("it was run all the same")
	}
}

func closing(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	db := Open(t, h.dsn)
	var wait sync.WaitGroup
	var kept, refused atomic.Int64
	for range 16 {
		wait.Go(func() {
			for range 1000 {
				err := rows(db).Update(background(), scope, func(tx *sql.Tx) error { return tx.InsertPrincipal(aPrincipal(scope)) })
				if vc.KindOf(err) == vc.Unavailable && err != nil {
					refused.Add(1)
					return
				}
				if err != nil {
					t.Error(err)
				}
				kept.Add(1)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	must(t, db.Close())
	wait.Wait()
	must(t, db.Close())
	wants(t, rows(db).Update(t.Context(), scope, func(*sql.Tx) error { return nil }), vc.Unavailable, "")
	wants(t, rows(db).View(t.Context(), scope, func(*sql.Tx) error { return nil }), vc.Unavailable, "")
	n := int64(0)
	page := vc.Page{Limit: 1000}
	for {
		var all []vc.Principal
		view(t, h.db, scope, func(tx *sql.Tx) (err error) {
			all, err = tx.Principals(vc.ListQuery{Page: page})
			return err
		})
		if len(all) == 0 {
			break
		}
		n += int64(len(all))
		page.After = all[len(all)-1].ID
	}
	same(t, "kept", n, kept.Load())
}

func snapshot(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	count := func(tx *sql.Tx) int {
		all, err := tx.Principals(vc.ListQuery{})
		must(t, err)
		return len(all)
	}
	view(t, h.db, scope, func(tx *sql.Tx) error {
		before := count(tx)
		update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertPrincipal(aPrincipal(scope)) })
		same(t, "within the view", count(tx), before)
		return nil
	})
	view(t, h.db, scope, func(tx *sql.Tx) error { same(t, "after it", count(tx), 1); return nil })
}

func looked(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	one, two := aPrincipal(scope), aPrincipal(scope)
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertPrincipal(one), tx.InsertPrincipal(two)) })
	look := func(scope vc.Scope, fn func(*sql.Tx) error) error {
		return store.Look(t.Context(), rows(h.db), scope, fn)
	}
	must(t, look(scope, func(tx *sql.Tx) error { _, err := tx.Principal(one.ID); return err }))
	wants(t, look(scope, func(tx *sql.Tx) error {
		_, err := tx.Principal(one.ID)
		must(t, err)
		_, err = tx.Principal(two.ID)
		return err
	}), vc.Internal, "transaction")
	wants(t, look(scope, func(tx *sql.Tx) error { return tx.InsertPrincipal(aPrincipal(scope)) }), vc.Internal, "transaction")
	wants(t, look(somewhere(t, h.db), func(tx *sql.Tx) error { _, err := tx.Principal(one.ID); return err }), vc.NotFound, "")
	wants(t, look(vc.Scope{Organisation: scope.Organisation}, func(*sql.Tx) error { return nil }), vc.Internal, "scope")
}

// contended lets two servers change the same two rows in opposite orders.
func contended(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	list := aList(scope)
	a, b := aCredential(list, 1), aCredential(list, 2)
	a.SchemaVersion, b.SchemaVersion, a.Method, b.Method = 0, 0, "", ""
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertStatusList(list), tx.InsertCredential(a), tx.InsertCredential(b))
	})
	servers := []*sql.DB{h.db, Open(t, h.dsn)}
	const each = 6
	var wait sync.WaitGroup
	for i := range 8 {
		ids := []string{a.ID, b.ID}
		if i%2 == 1 {
			ids = []string{b.ID, a.ID}
		}
		wait.Go(func() {
			for range each {
				if err := rows(servers[i%2]).Update(background(), scope, func(tx *sql.Tx) error {
					for _, id := range ids {
						c, err := tx.CredentialForUpdate(id)
						if err != nil {
							return err
						}
						c.Method += "x"
						if err := tx.UpdateCredential(c); err != nil {
							return err
						}
					}
					return nil
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	view(t, h.db, scope, func(tx *sql.Tx) error {
		for _, id := range []string{a.ID, b.ID} {
			c, err := tx.Credential(id)
			must(t, err)
			same(t, "changes", len(c.Method), 8*each)
		}
		return nil
	})
}

func goexit(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	for range 5 {
		wants(t, rows(h.db).Update(t.Context(), scope, func(*sql.Tx) error { runtime.Goexit(); return nil }), vc.Internal, "")
	}
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertPrincipal(aPrincipal(scope)) })
}
