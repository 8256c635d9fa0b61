package identity_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/jwk"
	"github.com/chancery-vc/chancery/internal/did/key"
	"github.com/chancery-vc/chancery/internal/did/web"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// world is a database with a service on it, and a clock that moves when it is told to.
type world struct {
	*identity.Service
	t      *testing.T
	db     *sql.DB
	keys   *local.Store
	others *elsewhere
	clock  *clock
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db, err := sql.Open(t.Context(), sql.Config{DSN: storetest.Fresh(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	store, err := local.New(local.Config{Master: local.MasterKeys{Current: local.NewMasterKey()}, Rows: db})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, keys: store, others: &elsewhere{}, clock: &clock{at: time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)}}
	w.Service = w.another()
	return w
}

// another is a second server on the same database, with more methods where they are named.
func (w *world) another(more ...did.Method) *identity.Service {
	return identity.New(identity.Config{
		Rows: storetest.Again(sql.For[identity.Rows](w.db)), Directory: w.db, Keys: map[string]keys.Store{"local": w.keys},
		Methods: append([]did.Method{key.Method{}, jwk.Method{}, web.Method{LoopbackHTTP: true, Domain: "example.com"}, w.others}, more...), Now: w.clock.now,
	})
}

func (w *world) create(by vc.Caller, request identity.CreateRequest) vc.Identity {
	w.t.Helper()
	got, err := w.Create(w.t.Context(), by, request)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// acts are the journal's entries that were not read yet.
func (w *world) acts() (entries []vc.Entry) {
	w.t.Helper()
	position := map[string]int64{}
	_, err := w.db.Sequence(w.t.Context(), 1000, func(found []vc.Entry, heads map[string]vc.AuditHead) ([]vc.Entry, []vc.AuditHead, error) {
		entries = slices.Clone(found)
		var ends []vc.AuditHead
		for i := range found {
			tenant := found[i].Scope.Tenant
			if position[tenant] == 0 {
				position[tenant] = heads[tenant].Position
			}
			position[tenant]++
			found[i].Position, found[i].Hash = position[tenant], []byte{1}
		}
		for tenant, at := range position {
			ends = append(ends, vc.AuditHead{Tenant: tenant, Position: at, Hash: []byte{1}, MAC: []byte{1}, Key: "k"})
		}
		return found, ends, nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return entries
}

func (w *world) wantActs(want ...string) {
	w.t.Helper()
	var got []string
	for _, e := range w.acts() {
		got = append(got, e.Action)
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("the journal has %q, want %q", got, want)
	}
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// elsewhere is a method whose DIDs are another's: did:test:found exists, and every answer is counted.
type elsewhere struct {
	mu    sync.Mutex
	asked int
	gate  chan struct{} // where set, answers wait for it
}

func (*elsewhere) Name() string { return "test" }

func (e *elsewhere) Resolve(_ context.Context, text string) (diddoc.Resolution, error) {
	e.mu.Lock()
	e.asked++
	gate := e.gate
	e.mu.Unlock()
	if gate != nil {
		<-gate
	}
	if text != "did:test:found" {
		return diddoc.Resolution{}, vc.Errorf(vc.NotFound, did.CodeNotFound, "nothing there")
	}
	return diddoc.Resolution{Document: []byte(`{"id":"did:test:found"}`), ContentType: "application/did+json"}, nil
}

func (e *elsewhere) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.asked
}

func caller(tenant, organisation string) vc.Caller {
	return vc.Caller{Scope: vc.Scope{Tenant: tenant, Organisation: organisation}, Principal: "p", Door: "native", Request: "r"}
}

func wantError(t *testing.T, err error, kind vc.Kind, code string) {
	t.Helper()
	e, ok := errors.AsType[*vc.Error](err)
	if !ok || e.Kind != kind || e.Code != code {
		t.Errorf("got %v, want %v %q", err, kind, code)
	}
}
