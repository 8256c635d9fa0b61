package app_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

// TestRestored: after a backup was put back no status index is leased again.
func TestRestored(t *testing.T) {
	folder := t.TempDir()
	config := app.Config{Data: folder, Listen: "127.0.0.1:0"}
	server, err := app.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	scope := vc.Scope{Tenant: "0199a3c0-0000-7000-8000-00000000000a", Organisation: "0199a3c0-0000-7000-8000-00000000000b"}
	list := vc.StatusList{
		ID: "0199a3c0-0000-7000-8000-00000000000c", Scope: scope, Identity: "i", Purpose: vc.Revocation,
		Dialect: "BitstringStatusList", Size: 1, Length: 131072, URL: "https://x.example/status/1",
	}
	if err := rows(server.DB).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.InsertStatusList(list) }); err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(t.TempDir(), "chancery.db")
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	copyFile(t, filepath.Join(folder, "chancery.db"), backup)

	lease := func() (first, n int64) {
		db, err := app.OpenDatabase(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		if err := rows(db).Update(context.Background(), scope, func(tx *sql.Tx) (err error) {
			first, n, err = tx.LeaseStatus(list.ID, 100)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return first, n
	}
	if first, n := lease(); first != 0 || n != 100 {
		t.Fatalf("leased %d from %d", n, first)
	}
	copyFile(t, backup, filepath.Join(folder, "chancery.db"))
	closed, err := app.Restored(t.Context(), config)
	if err != nil || closed != 1 {
		t.Fatalf("closed %d: %v", closed, err)
	}
	if first, n := lease(); n != 0 {
		t.Errorf("leased %d from %d again", n, first)
	}
}

func rows(db *sql.DB) store.Store[*sql.Tx] { return sql.For[*sql.Tx](db) }

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
