package storetest

import (
	"context"
	"errors"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Again gives a store of which every Update loses twice before it works: once no statement of fn works, as when another
// server holds the first row that it wants, and once all do and are undone, as when the commit loses. What fn leaves in its
// caller's variables must make no difference: fn may run more than once, see [store.Store].
func Again[R any](s store.Store[R]) store.Store[R] { return again[R]{s} }

type again[R any] struct{ store.Store[R] }

var errUndone = errors.New("undone")

func (a again[R]) Update(ctx context.Context, scope vc.Scope, fn func(R) error) error {
	var over R // rows of a transaction that has ended: all they do fails
	if err := a.Store.Update(ctx, scope, func(rows R) error { over = rows; return nil }); err != nil {
		return err
	}
	_ = fn(over)
	_ = a.Store.Update(ctx, scope, func(rows R) error { return errors.Join(fn(rows), errUndone) })
	return a.Store.Update(ctx, scope, fn)
}
