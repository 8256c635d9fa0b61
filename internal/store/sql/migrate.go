package sql

import (
	"context"
	stdsql "database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
)

type logger = *slog.Logger

// migrations holds a folder of forward steps per engine.
//
//go:embed migrations/sqlite/*.sql migrations/postgres/*.sql
var migrations embed.FS

// migrate applies what is missing. Where nothing is, it asks one question of the database.
func migrate(ctx context.Context, db *stdsql.DB, engine string, log logger) error {
	folder, err := fs.Sub(migrations, "migrations/"+engine)
	if err != nil {
		return err
	}
	steps, err := fs.Glob(folder, "*.sql")
	if err != nil {
		return err
	}
	var version int64
	err = db.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version`).Scan(&version)
	if err == nil && version == int64(len(steps)) {
		return nil
	}
	if err == nil && version > int64(len(steps)) {
		return fmt.Errorf("the database has version %d, this program knows %d", version, len(steps))
	}
	dialect := goose.DialectSQLite3
	if engine == "postgres" {
		dialect = goose.DialectPostgres
	}
	provider, err := goose.NewProvider(dialect, db, folder, goose.WithSlog(log), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}
