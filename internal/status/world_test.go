package status_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/status"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
)

// world is a database with a tenant, its keys and a clock, for one server or several.
type world struct {
	t     testing.TB
	ctx   context.Context
	db    *sql.DB
	vault *local.Store
	scope vc.Scope

	mu  sync.Mutex
	now time.Time
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, ctx: context.Background(), now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	db, err := sql.Open(w.ctx, sql.Config{DSN: storetest.Fresh(t)})
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	check(t, db.Migrate(w.ctx))
	w.db = db
	w.vault, err = local.New(local.Config{Master: local.MasterKeys{Current: local.NewMasterKey()}, Rows: db})
	check(t, err)
	w.scope = w.tenant("one")
	return w
}

func (w *world) tenant(slug string) vc.Scope {
	w.t.Helper()
	scope := vc.Scope{Tenant: newID()}
	check(w.t, sql.For[access.Rows](w.db).Update(w.ctx, scope, func(r access.Rows) error {
		return r.InsertTenant(vc.Tenant{ID: scope.Tenant, Slug: slug, Name: slug, CreatedAt: w.clock()})
	}))
	return scope
}

// server is one more server on the database.
func (w *world) server(block int64) *status.Service {
	s := status.New(status.Config{
		Rows: storetest.Again(sql.For[status.Rows](w.db)), Directory: w.db, Vault: w.vault, PublicURL: "https://chancery.example",
		Block: block, Now: w.clock,
	})
	w.t.Cleanup(s.Close)
	return s
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// change appends to the journal as the issuer desk does.
func (w *world) change(list string, index int64, version, value int) {
	w.t.Helper()
	check(w.t, sql.For[status.Rows](w.db).Update(w.ctx, w.scope, func(r status.Rows) error {
		return r.AppendStatusChange(vc.StatusChange{
			List: list, Index: index, Version: version, Value: value, Purpose: vc.Revocation, At: w.clock(),
		})
	}))
}

func revocation() status.Wanted {
	return status.Wanted{Identity: "identity", Dialect: "BitstringStatusList", Purposes: []vc.StatusPurpose{vc.Revocation}}
}

func (w *world) one(s *status.Service) vc.StatusEntry {
	w.t.Helper()
	entries, err := s.Reserve(w.ctx, w.scope, revocation())
	check(w.t, err)
	return entries[0]
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fails checks kind and code.
func fails(t testing.TB, err error, kind vc.Kind, code string) {
	t.Helper()
	e, ok := err.(*vc.Error)
	if !ok || e.Kind != kind || e.Code != code {
		t.Fatalf("got %v, want %v %s", err, kind, code)
	}
}

// slow is a server that looks at journals less often.
func (w *world) slow(ttl time.Duration) *status.Service {
	s := status.New(status.Config{
		Rows: storetest.Again(sql.For[status.Rows](w.db)), Directory: w.db, Vault: w.vault, Block: 1, Now: w.clock, TTL: ttl,
	})
	w.t.Cleanup(s.Close)
	return s
}
