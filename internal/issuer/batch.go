package issuer

import (
	"context"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Item is one order's outcome in a batch.
type Item struct {
	Result Result
	Err    error
}

// MaxBatch is how many orders a batch may hold.
const MaxBatch = 1000

// IssueBatch carries out up to [MaxBatch] orders. Atomic: all or none, and the first refusal is the error, its
// pointer below /orders/<n>. Otherwise each order has its own outcome; those that pass are recorded together, in
// one transaction.
func (d *Desk) IssueBatch(ctx context.Context, by vc.Caller, orders []vc.Order, how How, atomic bool) ([]Item, error) {
	if len(orders) == 0 || len(orders) > MaxBatch {
		return nil, vc.Errorf(vc.Invalid, "batch-size", "a batch has 1 to %d orders", MaxBatch).At("/orders")
	}
	if err := d.mayIssue(ctx, by.Scope); err != nil {
		return nil, err
	}
	use, err := d.remember(ctx, by, how)
	if err != nil {
		return nil, err
	}
	kept, ok, err := d.recall(ctx, by.Scope, use)
	if err != nil {
		return nil, err
	}
	if ok {
		items, _, err := d.replay(ctx, by.Scope, kept)
		return items, err
	}
	makes, items := d.makeAll(ctx, by, orders, how)
	if atomic {
		for i := range items {
			if items[i].Err != nil {
				return nil, prefixed(items[i].Err, i)
			}
		}
	}
	d.step(StepRecording)
	if err := d.recordBatch(ctx, by, makes, items, how, use, atomic); err != nil {
		if use != nil && vc.KindOf(err) == vc.Conflict {
			if kept, ok, recalled := d.recall(ctx, by.Scope, use); recalled == nil && ok {
				items, _, err := d.replay(ctx, by.Scope, kept)
				return items, err
			}
		}
		return nil, err
	}
	d.step(StepCommitted)
	return items, nil
}

// makeAll checks and signs on all cores.
func (d *Desk) makeAll(ctx context.Context, by vc.Caller, orders []vc.Order, how How) ([]made, []Item) {
	makes, items := make([]made, len(orders)), make([]Item, len(orders))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(orders)) {
		workers.Go(func() {
			for i := range next {
				makes[i], items[i].Err = d.guarded(ctx, by, orders[i], how)
				items[i].Result = makes[i].result
			}
		})
	}
	for i := range orders {
		next <- i
	}
	close(next)
	workers.Wait()
	return makes, items
}

// guarded is make on a goroutine of ours, where a panic would end the process and not only the request.
func (d *Desk) guarded(ctx context.Context, by vc.Caller, order vc.Order, how How) (out made, err error) {
	defer func() {
		if p := recover(); p != nil {
			if d.Log != nil {
				d.Log.ErrorContext(ctx, "panic", "request", by.Request, "stack", string(debug.Stack()))
			}
			out, err = made{}, vc.Errorf(vc.Internal, "panic", "a fault in one order of a batch")
		}
	}()
	return d.make(ctx, by, order, how, false)
}

func (d *Desk) recordBatch(ctx context.Context, by vc.Caller, makes []made, items []Item, how How, use *remembered, atomic bool) error {
	return d.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		kept := pocket{Door: how.Pocket, Findings: make([][]vc.Finding, len(items)), Errors: map[int]*refuse{}}
		ids := make([]string, len(items))
		for i := range items {
			if items[i].Err != nil {
				kept.Errors[i] = keepError(items[i].Err)
				continue
			}
			if err := d.write(rows, by, makes[i]); err != nil {
				if atomic {
					return prefixed(err, i)
				}
				return err
			}
			ids[i], kept.Findings[i] = makes[i].row.ID, makes[i].result.Findings
		}
		return use.keep(rows, by.Scope, ids, kept, d.now(), d.window())
	})
}
