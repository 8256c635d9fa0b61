package api

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/sdk"
)

// TestEvents: the cursor runs without gaps for a tenant's reader, pages fit together, and a stream goes on after the
// last event that was seen.
func TestEvents(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		for range 20 {
			must(o.admin.Issue(ctx, o.order()))
		}
		all := o.events()
		issued := 0
		for i, e := range all {
			if i > 0 && e.Position <= all[i-1].Position {
				t.Errorf("position %d after %d", e.Position, all[i-1].Position)
			}
			if e.Type == "credential.issued" {
				issued++
			}
		}
		if issued != 20 {
			t.Errorf("%d events of issuing", issued)
		}
		var paged []sdk.Event
		for after := int64(0); ; {
			page, next, err := o.admin.Events(ctx, after, 7)
			done(err)
			if len(page) == 0 {
				if next != after {
					t.Errorf("the cursor moves from %d to %d with nothing", after, next)
				}
				break
			}
			paged, after = append(paged, page...), next
		}
		if fmt.Sprint(paged) != fmt.Sprint(all) {
			t.Errorf("page by page %d events, at once %d", len(paged), len(all))
		}
		middle := all[len(all)/2].Position
		seen := w.stream(t, o, fmt.Sprint(middle), len(all)-len(all)/2-1)
		for i, position := range seen {
			if want := all[len(all)/2+1+i].Position; position != fmt.Sprint(want) {
				t.Errorf("streamed %s, want %d", position, want)
			}
		}
	})
}

// stream reads the ids of n server-sent events after one.
func (w *world) stream(t *testing.T, o *office, last string, n int) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r := must(http.NewRequestWithContext(ctx, http.MethodGet, w.url+"/v1/events", nil))
	r.Header.Set("Authorization", "Bearer "+o.key.Secret)
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Last-Event-ID", last)
	res := must(http.DefaultClient.Do(r))
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("the stream answers %d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	var seen []string
	for lines := bufio.NewScanner(res.Body); len(seen) < n && lines.Scan(); {
		if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
			seen = append(seen, id)
		}
	}
	if len(seen) != n {
		t.Errorf("%d events are streamed, want %d", len(seen), n)
	}
	return seen
}

// follower collects the credentials that a stream tells of, in order.
type follower struct {
	mu     sync.Mutex
	issued []string
	last   int64
	wrong  []string
}

func (f *follower) hear(e sdk.Event) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e.Position <= f.last {
		f.wrong = append(f.wrong, fmt.Sprintf("%d after %d", e.Position, f.last))
	}
	f.last = e.Position
	if e.Type == "credential.issued" {
		f.issued = append(f.issued, e.Subject)
	}
	return nil
}

func (f *follower) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.issued)
}

// TestEventsUnderLoad: readers that follow while many issue, on one server and on two, hear of every credential
// once.
func TestEventsUnderLoad(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		servers := []*world{w}
		if w.engine == "postgres" {
			servers = append(servers, w.beside())
		}
		ctx, stop := context.WithCancel(t.Context())
		followers := make([]*follower, len(servers))
		var streams sync.WaitGroup
		for i, server := range servers {
			followers[i] = &follower{}
			streams.Go(func() {
				if err := server.as(o.key.Secret).StreamEvents(ctx, 0, followers[i].hear); !errors.Is(err, context.Canceled) {
					t.Errorf("the stream ends with %v", err)
				}
			})
		}
		const callers, each = 8, 25
		var mu sync.Mutex
		var made []string
		var calls sync.WaitGroup
		for caller := range callers {
			client := servers[caller%len(servers)].as(o.key.Secret)
			calls.Go(func() {
				for range each {
					one, err := client.Issue(ctx, o.order())
					if err != nil {
						t.Errorf("issuing: %v", err)
						return
					}
					mu.Lock()
					made = append(made, one.ID)
					mu.Unlock()
				}
			})
		}
		calls.Wait()
		slices.Sort(made)
		for i, f := range followers {
			eventually(t, "every event is heard", func() bool { return f.count() >= callers*each })
			heard := slices.Sorted(slices.Values(f.issued))
			if !slices.Equal(heard, made) || len(f.wrong) > 0 {
				t.Errorf("follower %d heard of %d, %d were made; out of order: %v", i, len(heard), len(made), f.wrong)
			}
		}
		stop()
		streams.Wait()
		w.sound(t, o, "")
	})
}

// verified are the faults of a tenant's chain; head is an exported one or "".
func (w *world) verified(o *office, head string) []string {
	var out []string
	for _, report := range must(app.VerifyAudit(w.t.Context(), w.config, o.tenant.Slug, head)) {
		for _, fault := range report.Faults {
			out = append(out, fault.Code)
		}
	}
	return out
}

func (w *world) sound(t *testing.T, o *office, head string) {
	t.Helper()
	if faults := w.verified(o, head); len(faults) > 0 {
		t.Errorf("the chain has faults %v", faults)
	}
}

// TestAuditFindsTampering changes the database behind the server's back.
func TestAuditFindsTampering(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		must(o.admin.Issue(ctx, o.order()))
		o.events()
		early := must(app.FormatAuditHead(must(o.root.AuditHead(ctx))))
		w.exec(t, `CREATE TABLE old_heads AS SELECT * FROM audit_heads WHERE tenant_id = '`+o.tenant.ID+`'`)
		for range 5 {
			must(o.admin.Issue(ctx, o.order()))
		}
		o.events()
		exported := must(o.root.AuditHead(ctx))
		head := early + "\n\n" + must(app.FormatAuditHead(exported)) + "\n" // a file that grows
		n := exported.Position
		if n < 10 {
			t.Fatalf("%d entries", n)
		}
		w.sound(t, o, head)
		w.exec(t, `CREATE TABLE whole AS SELECT * FROM journal`)
		w.exec(t, `CREATE TABLE heads AS SELECT * FROM audit_heads`)
		mine := ` WHERE tenant_id = '` + o.tenant.ID + `' AND position `
		for _, c := range []struct {
			name       string
			statements []string
			want       string // the fault without an exported head; "" none
			exported   string // the fault with it
		}{
			{"an entry changed", []string{`UPDATE journal SET detail = 'nothing'` + mine + `= 3`}, "changed", "changed"},
			{"who did it changed", []string{`UPDATE journal SET principal = 'somebody'` + mine + `= 5`}, "changed", "changed"},
			{"when changed", []string{`UPDATE journal SET at = at + 1` + mine + `= 2`}, "changed", "changed"},
			{"an entry deleted", []string{`DELETE FROM journal` + mine + `= 4`}, "missing", "missing"},
			{"the first deleted", []string{`DELETE FROM journal` + mine + `= 1`}, "missing", "missing"},
			{"two swapped", []string{`UPDATE journal SET position = -1` + mine + `= 3`, `UPDATE journal SET position = 3` + mine + `= 4`, `UPDATE journal SET position = 4` + mine + `= -1`}, "changed", "changed"},
			{"the tail cut", []string{fmt.Sprintf(`DELETE FROM journal%s > %d`, mine, n-3)}, "cut", "cut"},
			{"all cut", []string{`DELETE FROM journal` + mine + `> 0`}, "cut", "cut"},
			{"one put after the head", []string{fmt.Sprintf(`UPDATE journal SET position = %d%s = %d`, n+1, mine, n)}, "missing", "missing"},
			{"the head forged", []string{fmt.Sprintf(`DELETE FROM journal%s = %d`, mine, n), fmt.Sprintf(`UPDATE audit_heads SET position = %d, hash = (SELECT hash FROM journal%s = %d) WHERE tenant_id = '%s'`, n-1, mine, n-1, o.tenant.ID)}, "head-forged", "cut"},
			{"rolled back to an old head", []string{
				`DELETE FROM journal` + mine + `> (SELECT position FROM old_heads)`,
				`DELETE FROM audit_heads WHERE tenant_id = '` + o.tenant.ID + `'`, `INSERT INTO audit_heads SELECT * FROM old_heads`,
			}, "", "cut"},
			{"everything gone", []string{`DELETE FROM journal` + mine + `> 0`, `DELETE FROM audit_heads WHERE tenant_id = '` + o.tenant.ID + `'`}, "cut", "cut"},
		} {
			for _, statement := range c.statements {
				w.exec(t, statement)
			}
			if faults := w.verified(o, ""); c.want == "" && len(faults) > 0 || c.want != "" && !slices.Contains(faults, c.want) {
				t.Errorf("%s: faults %v, want %q", c.name, faults, c.want)
			}
			if faults := w.verified(o, head); !slices.Contains(faults, c.exported) {
				t.Errorf("%s: faults %v against the exported head, want %q", c.name, faults, c.exported)
			}
			for _, statement := range []string{`DELETE FROM journal`, `INSERT INTO journal SELECT * FROM whole`, `DELETE FROM audit_heads`, `INSERT INTO audit_heads SELECT * FROM heads`} {
				w.exec(t, statement)
			}
			w.sound(t, o, head)
		}
	})
}

// published waits until all that was committed has its place in the journal.
func (w *world) published() {
	w.t.Helper()
	const waiting = `SELECT count(*) FROM journal_pending`
	ctx := w.t.Context()
	for n := 1; n > 0; time.Sleep(5 * time.Millisecond) {
		if w.engine == "postgres" {
			conn := must(pgx.Connect(ctx, w.config.DatabaseURL))
			done(conn.QueryRow(ctx, waiting).Scan(&n))
			done(conn.Close(ctx))
			continue
		}
		db := must(sql.Open("sqlite", "file:"+filepath.Join(w.config.Data, "chancery.db")+"?_pragma=busy_timeout(5000)"))
		done(db.QueryRowContext(ctx, waiting).Scan(&n))
		done(db.Close())
	}
}

// exec runs SQL behind the server's back.
func (w *world) exec(t *testing.T, statement string) {
	t.Helper()
	ctx := t.Context()
	if w.engine == "postgres" {
		conn := must(pgx.Connect(ctx, w.config.DatabaseURL))
		defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
		if _, err := conn.Exec(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
		return
	}
	db := must(sql.Open("sqlite", "file:"+filepath.Join(w.config.Data, "chancery.db")+"?_pragma=busy_timeout(5000)"))
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
