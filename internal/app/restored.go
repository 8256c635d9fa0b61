package app

import (
	"context"
	"errors"
)

// Restored makes a database that was put back from a backup safe to issue from: its status lists are closed, so that
// no index which was given out after the backup is given again. Issuing goes on in new lists. It gives how many lists
// were closed. With SQLite no server may run.
func Restored(ctx context.Context, config Config) (closed int, err error) {
	if config.DatabaseURL == "" {
		lock, err := lockFolder(config.Data)
		if err != nil {
			return 0, err
		}
		defer func() { _ = lock.Close() }()
	}
	db, err := OpenDatabase(ctx, config)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Migrate(ctx); err != nil {
		return 0, err
	}
	return db.CloseStatusLists(ctx)
}
