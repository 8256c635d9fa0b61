package access_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
)

const issuer = "https://chancery.example"

// world is a database, its keys and a clock, for one server or several.
type world struct {
	t    testing.TB
	ctx  context.Context
	db   *sql.DB
	keys *local.Store

	mu  sync.Mutex
	now time.Time
}

func newWorld(t testing.TB) *world { return newWorldOn(t, storetest.Fresh(t)) }

func newWorldOn(t testing.TB, dsn string) *world {
	w := &world{t: t, ctx: context.Background(), now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	db, err := sql.Open(w.ctx, sql.Config{DSN: dsn})
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	check(t, db.Migrate(w.ctx))
	w.db = db
	w.keys, err = local.New(local.Config{Master: local.MasterKeys{Current: local.NewMasterKey()}, Rows: db})
	check(t, err)
	return w
}

// server is one more server on the database.
func (w *world) server() *access.Service {
	return access.New(access.Config{
		Rows: storetest.Again(sql.For[access.Rows](w.db)), Directory: w.db, Keys: w.keys, Vault: w.keys, Issuer: issuer, Now: w.clock,
	})
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

// entries counts the journal's entries, which nobody publishes here.
func (w *world) entries() int {
	w.t.Helper()
	n, looked := 0, errors.New("looked")
	_, err := w.db.Sequence(w.ctx, 1000, func(found []vc.Entry, _ map[string]vc.AuditHead) ([]vc.Entry, []vc.AuditHead, error) {
		n = len(found)
		return nil, nil, looked
	})
	if !errors.Is(err, looked) && err != nil {
		w.t.Fatal(err)
	}
	return n
}

// operator bootstraps and gives the operator.
func (w *world) operator(s *access.Service) access.Actor {
	w.t.Helper()
	secret, err := s.BootstrapFresh(w.ctx, "admin")
	check(w.t, err)
	return w.actor(s, secret)
}

func (w *world) actor(s *access.Service, key string) access.Actor {
	w.t.Helper()
	p, err := s.Authenticate(w.ctx, "Bearer "+key)
	check(w.t, err)
	return access.Actor{Principal: p, Door: "test", Request: "r1"}
}

func (w *world) tenant(s *access.Service, by access.Actor, slug string) vc.Tenant {
	w.t.Helper()
	t, err := s.CreateTenant(w.ctx, by, vc.Tenant{Slug: slug, Name: "Tenant " + slug})
	check(w.t, err)
	return t
}

func (w *world) organisation(s *access.Service, by access.Actor, tenant vc.Tenant, name string) vc.Organisation {
	w.t.Helper()
	o, err := s.CreateOrganisation(w.ctx, by, vc.Organisation{Tenant: tenant.ID, Name: name, MayIssue: true})
	check(w.t, err)
	return o
}

// apiKey makes an API key with one role at its own scope.
func (w *world) apiKey(s *access.Service, by access.Actor, scope vc.Scope, role vc.Role) (vc.Principal, string) {
	w.t.Helper()
	p, key, err := s.CreatePrincipal(w.ctx, by, scope, access.NewPrincipal{
		Kind: vc.APIKey, Name: string(role), Grants: []vc.Grant{{Scope: scope, Role: role}},
	})
	check(w.t, err)
	return p, key
}

func (w *world) client(s *access.Service, by access.Actor, scope vc.Scope, role vc.Role) (vc.Principal, string) {
	w.t.Helper()
	p, secret, err := s.CreatePrincipal(w.ctx, by, scope, access.NewPrincipal{
		Kind: vc.Client, Name: string(role), Grants: []vc.Grant{{Scope: scope, Role: role}},
	})
	check(w.t, err)
	return p, secret
}

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
