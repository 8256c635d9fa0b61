package status_test

import (
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/status"
	"github.com/chancery-vc/chancery/internal/vc"
)

// A projection equals what a plain map makes of the same changes, and so does each value read by itself.
func TestProjectionIsTheJournal(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		s := w.server(1)
		wanted := revocation()
		wanted.Identity = newID()
		wanted.Purposes, wanted.Size = []vc.StatusPurpose{vc.Message}, rapid.SampledFrom([]int{1, 2, 4, 8}).Draw(t, "size")
		entries, err := s.Reserve(w.ctx, w.scope, wanted)
		if err != nil {
			t.Fatal(err)
		}
		list, top := entries[0].List, 1<<wanted.Size-1
		model, versions, n := map[int64]int{}, map[int64]int{}, int64(0)
		index := rapid.OneOf(rapid.SampledFrom([]int64{0, 7, 8, 131071}), rapid.Int64Range(0, 131071))
		for range rapid.IntRange(1, 4).Draw(t, "rounds") {
			for range rapid.IntRange(0, 6).Draw(t, "changes") {
				i, value := index.Draw(t, "index"), rapid.IntRange(0, top).Draw(t, "value")
				versions[i]++
				w.change(list, i, versions[i], value)
				model[i], n = value, n+1
			}
			w.pass(time.Second)
			p, err := s.Projection(w.ctx, w.scope, list)
			if err != nil {
				t.Fatal(err)
			}
			if p.Revision != n {
				t.Fatalf("revision %d after %d changes", p.Revision, n)
			}
			for i, want := range model {
				shown, err := p.Bits.Get(i)
				exact, err2 := s.Value(w.ctx, w.scope, list, i)
				if err != nil || err2 != nil || int(shown) != want || exact != want {
					t.Fatalf("index %d: list %d, journal %d, want %d; %v %v", i, shown, exact, want, err, err2)
				}
			}
			for range 20 {
				i := index.Draw(t, "other")
				if shown, err := p.Bits.Get(i); err != nil || int(shown) != model[i] {
					t.Fatalf("index %d shows %d: %v", i, shown, err)
				}
			}
		}
	})
}

func TestProjectionOncePerSecond(t *testing.T) {
	w := newWorld(t)
	s := w.server(1)
	e := w.one(s)
	show := func() status.Projection {
		p, err := s.Projection(w.ctx, w.scope, e.List)
		check(t, err)
		return p
	}
	first := show()
	if first.Revision != 0 || !first.ChangedAt.Equal(first.List.CreatedAt) {
		t.Fatalf("%+v", first)
	}
	w.change(e.List, e.Index, 1, 1)
	s.Changed(e.List)
	if show().Revision != 0 {
		t.Fatal("made twice in a second")
	}
	if value, err := s.Value(w.ctx, w.scope, e.List, e.Index); err != nil || value != 1 {
		t.Fatalf("value %d, %v", value, err)
	}
	w.pass(time.Second)
	second := show()
	if second.Revision != 1 || !second.ChangedAt.Equal(w.clock().Add(-time.Second)) {
		t.Fatalf("%+v", second)
	}
	w.pass(time.Minute)
	third := show()
	if third.Bits != second.Bits || third.ChangedAt != second.ChangedAt {
		t.Fatal("made anew without a change")
	}
}

// With a long TTL a change of this server still shows within a second, another's after the TTL.
func TestChanged(t *testing.T) {
	w := newWorld(t)
	here, there := w.slow(10*time.Second), w.slow(10*time.Second)
	e := w.one(here)
	show := func(s *status.Service) int64 {
		p, err := s.Projection(w.ctx, w.scope, e.List)
		check(t, err)
		return p.Revision
	}
	show(here)
	show(there)
	w.change(e.List, e.Index, 1, 1)
	here.Changed(e.List)
	w.pass(time.Second)
	if show(here) != 1 || show(there) != 0 {
		t.Fatal("a change shows too late or too early")
	}
	w.pass(9 * time.Second)
	if show(there) != 1 {
		t.Fatal("another server's change does not show")
	}
}

func TestListsOfOthers(t *testing.T) {
	w := newWorld(t)
	s := w.server(1)
	other := w.tenant("two")
	e := w.one(s)
	if _, err := s.Projection(w.ctx, w.scope, e.List); err != nil {
		t.Fatal(err)
	}
	_, err := s.Projection(w.ctx, other, e.List)
	fails(t, err, vc.NotFound, "status-list-not-found")
	_, err = s.Value(w.ctx, other, e.List, e.Index)
	fails(t, err, vc.NotFound, "status-list-not-found")
	_, err = s.Value(w.ctx, w.scope, e.List, 131072)
	fails(t, err, vc.Invalid, "status-index-range")
	for _, id := range []string{"", "x", newID()} {
		_, err = s.Projection(w.ctx, w.scope, id)
		fails(t, err, vc.NotFound, "status-list-not-found")
		_, _, err = s.Lookup(w.ctx, id)
		fails(t, err, vc.NotFound, "status-list-not-found")
	}
	scope, list, err := s.Lookup(w.ctx, e.List)
	check(t, err)
	if scope != w.scope || list.ID != e.List {
		t.Fatalf("%+v %+v", scope, list)
	}
}

func TestManyReaders(t *testing.T) {
	w := newWorld(t)
	s := w.server(1)
	e := w.one(s)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 20 {
				p, err := s.Projection(w.ctx, w.scope, e.List)
				if err != nil || p.Bits == nil {
					t.Errorf("%+v %v", p, err)
				}
				w.pass(100 * time.Millisecond)
				s.Changed(e.List)
			}
		})
	}
	all.Wait()
}
