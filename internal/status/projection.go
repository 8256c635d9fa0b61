package status

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/statuslist"
)

const (
	rebuildEvery   = time.Second
	projectTimeout = 10 * time.Second
)

// Projection is a list as its journal makes it at one revision. Bits are shared with other callers and must not be
// written.
type Projection struct {
	List      vc.StatusList
	Bits      *statuslist.Bitstring
	Revision  int64     // how many changes the journal had: it grows with each
	ChangedAt time.Time // of the newest change; when the list was made, if there is none
}

// cell keeps a list's newest projection.
type cell struct {
	changes atomic.Int64 // told by Changed
	shown   atomic.Pointer[shown]
}

// shown is a projection, when the journal was last looked at for it, and what Changed had told by then.
type shown struct {
	Projection
	checked time.Time
	changes int64
}

// Projection gives a list's present state. A server looks at a list's journal at most once a second, however many
// ask, and makes the bits anew only when it has moved; what another server changed shows within TTL. It fails with
// [vc.NotFound] "status-list-not-found".
func (s *Service) Projection(ctx context.Context, scope vc.Scope, list string) (Projection, error) {
	if !isID(list) {
		return Projection{}, notFound()
	}
	key := listKey{scope, list}
	c := s.cell(key)
	if now := c.shown.Load(); now != nil && !s.due(c, now) {
		return now.Projection, nil
	}
	flight := scope.Tenant + "/" + scope.Organisation + "/" + list
	done := s.flight.DoChan(flight, func() (any, error) {
		if now := c.shown.Load(); now != nil && !s.due(c, now) {
			return now.Projection, nil // made while this one came
		}
		shared, cancel := context.WithTimeout(context.WithoutCancel(ctx), projectTimeout)
		defer cancel()
		next, err := s.project(shared, key, c)
		if err != nil {
			return Projection{}, err
		}
		return c.show(next), nil
	})
	select {
	case r := <-done:
		p, _ := r.Val.(Projection)
		return p, r.Err
	case <-ctx.Done():
		return Projection{}, cancelled(ctx)
	}
}

// Fresh is [Service.Projection] of now: nothing that was committed before the call is missing.
func (s *Service) Fresh(ctx context.Context, scope vc.Scope, list string) (Projection, error) {
	if !isID(list) {
		return Projection{}, notFound()
	}
	key := listKey{scope, list}
	c := s.cell(key)
	next, err := s.project(ctx, key, c)
	if err != nil {
		return Projection{}, err
	}
	return c.show(next), nil
}

// Visible waits until every server has looked again at the lists it shows: not at all where this one is alone.
func (s *Service) Visible(ctx context.Context) error {
	if s.config.Alone {
		return nil
	}
	if err := s.config.Sleep(ctx, s.config.TTL); err != nil {
		return cancelled(ctx)
	}
	return nil
}

// Changed says that this server appended to a list's journal: the next projection that may be made shows it.
func (s *Service) Changed(list string) {
	for _, key := range s.cells.Keys() {
		if key.id != list {
			continue
		}
		if c, ok := s.cells.Peek(key); ok {
			c.changes.Add(1)
		}
	}
}

func (s *Service) cell(key listKey) *cell {
	if c, ok := s.cells.Get(key); ok {
		return c
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.cells.Get(key)
	if !ok {
		c = &cell{}
		s.cells.Add(key, c)
	}
	return c
}

// show makes next what is shown, unless a later look has seen more by now, and gives what is shown then.
func (c *cell) show(next *shown) Projection {
	for {
		now := c.shown.Load()
		if now != nil && now.Revision > next.Revision {
			return now.Projection
		}
		if c.shown.CompareAndSwap(now, next) {
			return next.Projection
		}
	}
}

// due says whether the journal may and should be looked at again.
func (s *Service) due(c *cell, now *shown) bool {
	age := s.config.Now().Sub(now.checked)
	return age >= s.config.TTL || age >= rebuildEvery && c.changes.Load() != now.changes
}

// project looks at the journal, and makes the bits if it moved. Counting and reading are of one snapshot.
func (s *Service) project(ctx context.Context, key listKey, c *cell) (*shown, error) {
	next := &shown{checked: s.config.Now(), changes: c.changes.Load()}
	last := c.shown.Load()
	var changes []vc.StatusChange
	moved := true
	err := s.config.Rows.View(ctx, key.scope, func(r Rows) (err error) {
		if next.List, err = r.StatusList(key.id); err != nil {
			return named(err)
		}
		if next.Revision, err = r.CountStatusChanges(key.id); err != nil {
			return err
		}
		if moved = last == nil || last.Revision != next.Revision; moved {
			changes, err = r.StatusChanges(key.id)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if !moved {
		next.Bits, next.ChangedAt = last.Bits, last.ChangedAt
		return next, nil
	}
	next.Bits, next.ChangedAt, err = bitsOf(next.List, changes)
	return next, err
}

// bitsOf makes a list of the newest change of each entry.
func bitsOf(list vc.StatusList, changes []vc.StatusChange) (*statuslist.Bitstring, time.Time, error) {
	out, err := statuslist.New(list.Length, list.Size)
	if err != nil {
		return nil, time.Time{}, err
	}
	changedAt := list.CreatedAt
	for _, change := range changes {
		if change.At.After(changedAt) {
			changedAt = change.At
		}
		if err := out.Set(change.Index, uint8(change.Value)); err != nil {
			return nil, time.Time{}, err
		}
	}
	return out, changedAt, nil
}
