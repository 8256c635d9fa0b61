package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var serverLaws = []law{
	{"commits are durable", durable},
	{"servers migrate at once", migrating},
	{"the first data key stays", dataKeys},
	{"meta values", meta},
}

// durable reads back what the running connections are set to.
func durable(t *testing.T, h *house) {
	got, err := h.db.Settings(t.Context())
	must(t, err)
	want := map[string]string{"journal_mode": "wal", "synchronous": "2", "secure_delete": "1", "foreign_keys": "1"}
	if _, ok := got["fsync"]; ok {
		want = map[string]string{"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
	}
	same(t, "settings", got, want)
	must(t, h.db.Ping(t.Context()))
	must(t, h.db.Scrub(t.Context()))
}

func migrating(t *testing.T, h *house) {
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			db, err := sql.Open(background(), sql.Config{DSN: h.dsn})
			if err == nil {
				err = errors.Join(db.Migrate(background()), db.Migrate(background()), db.Close())
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	begun := time.Now()
	must(t, h.db.Migrate(t.Context()))
	if took := time.Since(begun); took > time.Second { // a few milliseconds; more only where the machine is busy
		t.Errorf("nothing to migrate took %s", took)
	}
}

func dataKeys(t *testing.T, h *house) {
	ctx := t.Context()
	_, _, err := h.db.DataKey(ctx, "t")
	wants(t, err, vc.NotFound, "")
	var mu sync.Mutex
	winners := map[string]bool{}
	var wait sync.WaitGroup
	for _, db := range []*sql.DB{h.db, Open(t, h.dsn), Open(t, h.dsn)} {
		wait.Go(func() {
			sealed, master, err := db.PutDataKey(background(), "t", random(32), "m1")
			if err != nil || master != "m1" {
				t.Error(master, err)
			}
			mu.Lock()
			winners[string(sealed)] = true
			mu.Unlock()
		})
	}
	wait.Wait()
	same(t, "winners", len(winners), 1)
	old, _, err := h.db.DataKey(ctx, "t")
	must(t, err)
	must(t, h.db.ReplaceDataKey(ctx, "t", old, []byte("new"), "m2"))
	wants(t, h.db.ReplaceDataKey(ctx, "t", old, []byte("newer"), "m3"), vc.Conflict, "stale")
	all, err := h.db.DataKeys(ctx)
	must(t, err)
	same(t, "keys", all, []vc.DataKey{{Tenant: "t", Sealed: []byte("new"), MasterKey: "m2"}})
}

func meta(t *testing.T, h *house) {
	ctx := t.Context()
	_, err := h.db.Meta(ctx, "k")
	wants(t, err, vc.NotFound, "")
	for _, v := range []string{"first", "second"} {
		got, err := h.db.ClaimMeta(ctx, "k", []byte(v))
		must(t, err)
		same(t, "claimed", string(got), "first")
	}
	must(t, h.db.SetMeta(ctx, "k", []byte("third")))
	got, err := h.db.Meta(ctx, "k")
	must(t, err)
	same(t, "set", string(got), "third")
}
