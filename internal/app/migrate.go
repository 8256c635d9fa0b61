package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

// OpenDatabase opens the database alone, for what an operator does by hand. It makes none.
func OpenDatabase(ctx context.Context, config Config) (*sql.DB, error) {
	dsn := config.DatabaseURL
	if dsn == "" {
		dsn = filepath.Join(config.Data, "chancery.db")
		if _, err := os.Stat(dsn); err != nil {
			return nil, vc.Errorf(vc.NotFound, "no-database", "there is no database in %s", config.Data)
		}
	}
	return sql.Open(ctx, sql.Config{DSN: dsn, Logger: config.Log, Now: config.Now})
}

// Migrate brings the database up to date.
func Migrate(ctx context.Context, config Config) error {
	if config.DatabaseURL == "" {
		lock, err := lockFolder(config.Data)
		if err != nil {
			return err
		}
		defer func() { _ = lock.Close() }()
	}
	db, err := OpenDatabase(ctx, config)
	if err != nil {
		return err
	}
	return errors.Join(db.Migrate(ctx), db.Close())
}
