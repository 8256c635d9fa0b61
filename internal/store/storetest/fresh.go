package storetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/internal/store/pgtest"
	"github.com/chancery-vc/chancery/internal/store/sql"
)

// Bringing a new database up to date takes many times as long as copying one that is: each kind is made once for a test binary.

// Fresh gives the path of a new SQLite database, up to date and empty. It goes after the test.
func Fresh(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(pgtest.Memory(), "chancery-test-")
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	path := filepath.Join(dir, "chancery.db")
	FreshAt(t, path)
	return path
}

// FreshAt makes a new SQLite database, up to date and empty, at a path.
func FreshAt(t testing.TB, path string) {
	t.Helper()
	file, err := sqliteFile()
	must(t, err)
	must(t, os.WriteFile(path, file, 0o600))
}

// FreshPostgres is Fresh for PostgreSQL, and gives a URL.
func FreshPostgres(t testing.TB) string {
	t.Helper()
	url, err := postgresModel()
	if err != nil {
		return pgtest.New(t) // says why
	}
	return pgtest.Copy(t, url)
}

// EachEmpty is [Each] with databases that no migration has seen.
func EachEmpty(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, filepath.Join(t.TempDir(), "chancery.db")) })
	t.Run("postgres", func(t *testing.T) { test(t, pgtest.New(t)) })
}

// sqliteFile is what the file of a new database holds.
var sqliteFile = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "chancery-test-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "chancery.db")
	if err := migrated(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// postgresModel is the URL of the database that others are copies of; "" where there is none to copy.
var postgresModel = sync.OnceValues(func() (string, error) {
	url, err := pgtest.Kept()
	if err != nil || url == "" {
		return "", err
	}
	return url, migrated(url)
})

// migrated brings a database up to date, and leaves it.
func migrated(dsn string) error {
	db, err := sql.Open(context.Background(), sql.Config{DSN: dsn})
	if err != nil {
		return err
	}
	if err := db.Migrate(context.Background()); err != nil {
		_ = db.Close()
		return err
	}
	return db.Close()
}
