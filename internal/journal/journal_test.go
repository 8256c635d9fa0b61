package journal_test

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
)

// masters stands in for the key store's.
type masters map[string]string

func (m masters) MACKey(use string) (string, []byte) { return "m1", []byte(m["m1"] + use) }

func (m masters) MACKeyOf(id, use string) ([]byte, bool) { return []byte(m[id] + use), m[id] != "" }

var ours = masters{"m1": "a secret"}

var scope = vc.Scope{Tenant: "t", Organisation: "o"}

func appendTo(t *testing.T, db *sql.DB, scope vc.Scope, n int) {
	t.Helper()
	for i := range n {
		if err := sql.For[journal.Appender](db).Update(t.Context(), scope, func(rows journal.Appender) error {
			return rows.Append(vc.Entry{
				At: time.Now(), Action: "type.archived", Principal: "p", Object: fmt.Sprint("type/", i), Event: true, Subject: "s",
			})
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func reader(db *sql.DB, p *journal.Publisher) *journal.Reader {
	return &journal.Reader{Rows: sql.For[journal.Rows](db), Publisher: p}
}

func publish(t *testing.T, db *sql.DB) {
	t.Helper()
	p := &journal.Publisher{Sequencer: db, Masters: ours}
	for {
		n, err := p.Publish(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// Whoever changes the journal behind the server's back is found out.
func TestVerify(t *testing.T) {
	for _, c := range []struct {
		name     string
		sabotage string
		keys     masters
		exported bool
		want     []string
	}{
		{name: "nothing wrong"},
		{name: "nothing wrong, exported", exported: true},
		{name: "changed", sabotage: `UPDATE journal SET detail = 'x' WHERE position = 4`, want: []string{"4 changed"}},
		{name: "another actor", sabotage: `UPDATE journal SET principal = 'x' WHERE position = 10`, want: []string{"10 changed"}},
		{name: "the event face may go", sabotage: `UPDATE journal SET subject = '', data = NULL`},
		{name: "missing", sabotage: `DELETE FROM journal WHERE position IN (4, 5)`, want: []string{"4 missing"}},
		{name: "the first is missing", sabotage: `DELETE FROM journal WHERE position = 1`, want: []string{"1 missing"}},
		{name: "cut", sabotage: `DELETE FROM journal WHERE position > 7`, want: []string{"8 cut"}},
		{name: "all cut", sabotage: `DELETE FROM journal`, want: []string{"1 cut"}},
		{
			name: "cut with its head", exported: true,
			sabotage: `DELETE FROM journal WHERE position > 7;
				UPDATE audit_heads SET position = 7, hash = (SELECT hash FROM journal WHERE position = 7)`,
			want: []string{"7 head-forged", "8 cut"},
		},
		{
			name: "reordered", sabotage: `UPDATE journal SET position = 0 WHERE position = 4;
				UPDATE journal SET position = 4 WHERE position = 6; UPDATE journal SET position = 6 WHERE position = 0`,
			want: []string{"4 reordered", "5 changed", "6 reordered", "7 changed"},
		},
		{name: "head forged", sabotage: `UPDATE audit_heads SET mac = x'00'`, want: []string{"10 head-forged"}},
		{name: "head gone", sabotage: `DELETE FROM audit_heads`, want: []string{"1 head-differs"}},
		{name: "another master key", keys: masters{"m1": "other"}, exported: true, want: []string{"10 head-forged", "10 head-forged"}},
		{
			name: "added", want: []string{"11 changed", "11 head-differs"},
			sabotage: `INSERT INTO journal SELECT tenant_id, 11, org_id, 'x', at, action, principal, door, request, object,
				detail, event, subject, data, hash FROM journal WHERE position = 10`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			dsn := storetest.Fresh(t)
			db := storetest.Open(t, dsn)
			appendTo(t, db, scope, 10)
			appendTo(t, db, vc.Scope{Tenant: "other"}, 2)
			publish(t, db)
			head, err := reader(db, nil).Head(t.Context(), scope)
			if err != nil {
				t.Fatal(err)
			}
			var exported []vc.AuditHead
			if c.exported {
				h, err := journal.ParseHead(journal.FormatHead(head))
				if err != nil {
					t.Fatal(err)
				}
				exported = append(exported, h)
			}
			if c.sabotage != "" {
				raw, err := stdsql.Open("sqlite", dsn)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := raw.Exec(strings.ReplaceAll(strings.ReplaceAll(c.sabotage, "FROM journal WHERE", "FROM journal WHERE tenant_id = 't' AND"),
					"FROM journal)", "FROM journal WHERE tenant_id = 't')")); err != nil {
					t.Fatal(err)
				}
				_ = raw.Close()
			}
			keys := ours
			if c.keys != nil {
				keys = c.keys
			}
			report, err := journal.Verify(t.Context(), reader(db, nil), keys, "t", exported...)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range report.Faults {
				got = append(got, fmt.Sprint(f.Position, " ", f.Code))
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("-want +got\n%s\n%+v", d, report.Faults)
			}
		})
	}
}

// A chain can be verified while it grows.
func TestVerifyMeanwhile(t *testing.T) {
	db := storetest.Open(t, storetest.Fresh(t))
	done := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		defer close(done)
		for range 40 {
			appendTo(t, db, scope, 2)
			publish(t, db)
		}
	})
	for {
		select {
		case <-done:
			wait.Wait()
			return
		default:
		}
		report, err := journal.Verify(t.Context(), reader(db, nil), ours, "t")
		if err != nil || len(report.Faults) > 0 {
			t.Fatalf("%v %+v", err, report.Faults)
		}
	}
}

// Whoever waits hears of what any server commits, in order and without gaps.
func TestWait(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		defer func() { cancel(); running.Wait() }()
		var readers []*journal.Reader
		var servers []*sql.DB
		for range 2 {
			var p *journal.Publisher
			db := storetest.OpenWith(t, sql.Config{DSN: dsn, Appended: func() { p.Wake() }})
			p = &journal.Publisher{Sequencer: db, Masters: ours}
			running.Go(func() { p.Run(ctx) })
			servers, readers = append(servers, db), append(readers, reader(db, p))
		}
		const each = 15
		for i := range 2 {
			running.Go(func() { appendTo(t, servers[i], scope, each) })
		}
		for _, r := range readers {
			for cursor := int64(0); cursor < 2*each; {
				waiting, stop := context.WithTimeout(ctx, 20*time.Second)
				entries, err := r.Wait(waiting, scope, cursor, 7)
				stop()
				if err != nil || len(entries) == 0 {
					t.Fatalf("after %d: %d entries, %v", cursor, len(entries), err)
				}
				for _, e := range entries {
					if e.Position != cursor+1 {
						t.Errorf("%d after %d", e.Position, cursor)
					}
					cursor = e.Position
				}
			}
		}
		short, stop := context.WithTimeout(ctx, 10*time.Millisecond)
		defer stop()
		if entries, err := readers[0].Wait(short, scope, 2*each, 7); err != nil || len(entries) != 0 {
			t.Errorf("%d entries, %v", len(entries), err)
		}
	})
}

func FuzzParseHead(f *testing.F) {
	head := vc.AuditHead{Tenant: "t", Position: 7, Hash: make([]byte, 32), Key: "k"}
	f.Add(journal.FormatHead(journal.Seal(ours, head)))
	f.Add("chancery-audit-head:v1:t:-1::::")
	f.Fuzz(func(t *testing.T, text string) {
		head, err := journal.ParseHead(text)
		if err != nil {
			return
		}
		again, err := journal.ParseHead(journal.FormatHead(head))
		if d := cmp.Diff(head, again); err != nil || d != "" {
			t.Errorf("%v %s", err, d)
		}
	})
}
