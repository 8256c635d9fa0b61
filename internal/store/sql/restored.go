package sql

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// CloseStatusLists makes every status list full and gives how many were not: after a backup was put back, the values
// that were leased since it was made must not be leased again.
func (db *DB) CloseStatusLists(ctx context.Context) (int, error) {
	var n int64
	err := db.update(ctx, vc.Scope{}, func(tx *Tx) (err error) {
		n, err = tx.plain(`UPDATE status_lists SET next = length WHERE next < length`)
		return err
	})
	return int(n), err
}
