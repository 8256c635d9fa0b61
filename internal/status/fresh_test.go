package status_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/status"
	"github.com/chancery-vc/chancery/internal/vc"
)

// A fresh projection shows what was committed before it was asked for, and so does every other from then on.
func TestFresh(t *testing.T) {
	w := newWorld(t)
	s := w.slow(time.Hour)
	e := w.one(s)
	p, err := s.Projection(w.ctx, w.scope, e.List)
	check(t, err)
	for n := range 5 {
		w.change(e.List, e.Index, n+1, (n+1)%2) // by another server: nobody tells this one
		if p, err = s.Projection(w.ctx, w.scope, e.List); err != nil || p.Revision != int64(n) {
			t.Fatalf("revision %d, %v", p.Revision, err)
		}
		for range 2 {
			if p, err = s.Fresh(w.ctx, w.scope, e.List); err != nil || p.Revision != int64(n+1) {
				t.Fatalf("revision %d, %v", p.Revision, err)
			}
		}
		if value, err := p.Bits.Get(e.Index); err != nil || int(value) != (n+1)%2 {
			t.Errorf("%d %v", value, err)
		}
		if p, err = s.Projection(w.ctx, w.scope, e.List); err != nil || p.Revision != int64(n+1) {
			t.Errorf("revision %d, %v", p.Revision, err)
		}
	}
	for _, id := range []string{"x", newID()} {
		_, err := s.Fresh(w.ctx, w.scope, id)
		fails(t, err, vc.NotFound, "status-list-not-found")
	}
	_, err = s.Fresh(w.ctx, vc.Scope{Tenant: newID()}, e.List)
	fails(t, err, vc.NotFound, "status-list-not-found")
}

// However many look at once, what is shown never goes back.
func TestFreshAtOnce(t *testing.T) {
	w := newWorld(t)
	s := w.slow(time.Second)
	e := w.one(s)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			last := int64(0)
			for i := range 20 {
				ask := s.Projection
				if i%2 == 0 {
					ask = s.Fresh
				}
				p, err := ask(w.ctx, w.scope, e.List)
				if err != nil || p.Revision < last {
					t.Errorf("revision %d after %d, %v", p.Revision, last, err)
				}
				last = p.Revision
				w.pass(time.Second)
			}
		})
	}
	for n := range 10 {
		w.change(e.List, e.Index, n+1, n%2)
	}
	all.Wait()
}

func TestVisible(t *testing.T) {
	var waited []time.Duration
	for _, row := range []struct {
		config status.Config
		want   int
	}{{status.Config{Alone: true}, 0}, {status.Config{}, 1}, {status.Config{TTL: time.Minute}, 1}} {
		waited = nil
		row.config.Sleep = func(_ context.Context, d time.Duration) error { waited = append(waited, d); return nil }
		check(t, status.New(row.config).Visible(t.Context()))
		if len(waited) != row.want || row.want > 0 && waited[0] != max(row.config.TTL, time.Second) {
			t.Errorf("%+v: %v", row.config, waited)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	fails(t, status.New(status.Config{TTL: time.Hour}).Visible(gone), vc.Unavailable, "cancelled")
}

func TestLists(t *testing.T) {
	w := newWorld(t)
	s := w.server(1)
	var ids []string
	for range 3 {
		wanted := revocation()
		wanted.Identity = newID()
		entries, err := s.Reserve(w.ctx, w.scope, wanted)
		check(t, err)
		ids = append(ids, entries[0].List)
	}
	for n, id := range append(ids, "") {
		lists, err := s.Lists(w.ctx, w.scope, vc.Page{Limit: 1, Offset: n, Ascending: true})
		check(t, err)
		if id == "" && len(lists) != 0 || id != "" && (len(lists) != 1 || lists[0].ID != id) {
			t.Errorf("%d: %+v", n, lists)
		}
	}
	if lists, err := s.Lists(w.ctx, w.tenant("two"), vc.Page{}); err != nil || len(lists) != 0 {
		t.Errorf("%+v %v", lists, err)
	}
}
