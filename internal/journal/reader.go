package journal

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Reader reads a scope's journal.
type Reader struct {
	Rows      store.Store[Rows]
	Publisher *Publisher // tells of news; nil: only by looking
}

// maxRead is how many entries one read gives at most.
const maxRead = 1000

func bounded(limit int) int {
	if limit <= 0 || limit > maxRead {
		return maxRead
	}
	return limit
}

// Events gives the events after a position, oldest first.
func (r *Reader) Events(ctx context.Context, scope vc.Scope, after int64, limit int) (entries []vc.Entry, err error) {
	err = r.Rows.View(ctx, scope, func(rows Rows) error {
		entries, err = rows.Events(after, bounded(limit))
		return err
	})
	return entries, err
}

// Audit gives the audit entries after a position, oldest first.
func (r *Reader) Audit(ctx context.Context, scope vc.Scope, after int64, limit int) (entries []vc.Entry, err error) {
	err = r.Rows.View(ctx, scope, func(rows Rows) error {
		entries, err = rows.AuditEntries(after, bounded(limit))
		return err
	})
	return entries, err
}

// Head gives the end of the tenant's chain; NotFound when nothing was published yet.
func (r *Reader) Head(ctx context.Context, scope vc.Scope) (head vc.AuditHead, err error) {
	err = r.Rows.View(ctx, vc.Scope{Tenant: scope.Tenant}, func(rows Rows) error {
		head, err = rows.AuditHead()
		return err
	})
	return head, err
}

// Wait gives the events after a position as soon as there are any; none when ctx ends first.
func (r *Reader) Wait(ctx context.Context, scope vc.Scope, after int64, limit int) ([]vc.Entry, error) {
	for {
		var moved <-chan struct{}
		if r.Publisher != nil {
			moved = r.Publisher.Moved() // before reading, so that nothing falls between
		}
		entries, err := r.Events(ctx, scope, after, limit)
		if ctx.Err() != nil {
			return nil, nil
		}
		if err != nil || len(entries) > 0 {
			return entries, err
		}
		timer := time.NewTimer(publishPoll)
		select {
		case <-ctx.Done():
		case <-moved:
		case <-timer.C:
		}
		timer.Stop()
	}
}
