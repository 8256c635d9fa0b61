package crash

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/suite"
)

// running is a server in this process.
func (e engine) running(t testing.TB) (*app.App, string) {
	t.Helper()
	config, admin := e.config, ""
	config.Listen = suite.QuietAddress(t)
	config.Notice = func(text string) { admin = adminKey(text) }
	a, err := app.Open(t.Context(), config)
	check(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		check(t, errors.Join(<-ended, a.Close()))
	})
	return a, admin
}

// refuse makes the database refuse rows of a table, where a condition on NEW holds, until the function is called.
func (e engine) refuse(t testing.TB, db *sql.DB, table, when string) (end func()) {
	t.Helper()
	begin := []string{`CREATE TRIGGER refusal BEFORE INSERT ON ` + table + ` FOR EACH ROW WHEN (` + when + `)
		BEGIN SELECT RAISE(ABORT, 'refused by a trigger'); END`}
	last := `DROP TRIGGER refusal`
	if e.name == "postgres" {
		begin = []string{
			`CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN RAISE EXCEPTION 'refused by a trigger'; END $$`,
			`CREATE TRIGGER refusal BEFORE INSERT ON ` + table + ` FOR EACH ROW WHEN (` + when + `) EXECUTE FUNCTION refuse()`,
		}
		last += ` ON ` + table
	}
	for _, statement := range begin {
		_, err := db.Exec(statement)
		check(t, err)
	}
	return func() {
		t.Helper()
		_, err := db.Exec(last)
		check(t, err)
	}
}

// rows counts what issuing writes.
func rows(t testing.TB, db *sql.DB) string {
	t.Helper()
	var counts [4]int
	check(t, db.QueryRow(`SELECT (SELECT count(*) FROM credentials), (SELECT count(*) FROM status_entries),
		(SELECT count(*) FROM idempotency), (SELECT count(*) FROM journal_pending) + (SELECT count(*) FROM journal)`).
		Scan(&counts[0], &counts[1], &counts[2], &counts[3]))
	return fmt.Sprint(counts)
}

// clear holds an error to being a refusal that says nothing of the database and can be found in the log.
func clear(t testing.TB, err error) {
	t.Helper()
	problem, ok := errors.AsType[*sdk.Problem](err)
	if !ok || problem.Status != 500 && problem.Status != 503 {
		t.Fatalf("%v", err)
	}
	if problem.RequestID == "" || problem.Title == "" || problem.Code() == "" {
		t.Errorf("%+v", problem)
	}
	for _, word := range []string{"trigger", "insert", "sql", "refused", "credentials", "journal", "P0001", "constraint"} {
		if strings.Contains(strings.ToLower(problem.Error()), word) {
			t.Errorf("the caller reads %q in %s", word, problem)
		}
	}
}

// TestRecordRefused makes the database refuse a row after the credential was signed: the caller hears that it
// failed, nothing is kept, and the same key issues once the database takes rows again.
func TestRecordRefused(t *testing.T) {
	for name, open := range engines() {
		t.Run(name, func(t *testing.T) {
			e := open(t)
			a, admin := e.running(t)
			o := setUp(t, a.URL, admin)
			db := e.look(t)
			_, err := o.issuer.Issue(t.Context(), o.order("first"))
			check(t, err)
			for _, table := range []string{"credentials", "status_entries", "journal_pending", "idempotency"} {
				t.Run(table, func(t *testing.T) { refused(t, e, o, db, table) })
			}
			t.Run("journal", func(t *testing.T) { unpublished(t, e, o, db) })
			t.Run("neighbours", func(t *testing.T) { neighbours(t, e, o, db) })
		})
	}
}

func refused(t *testing.T, e engine, o office, db *sql.DB, table string) {
	before := rows(t, db)
	end := sync.OnceFunc(e.refuse(t, db, table, "1 = 1"))
	defer end()
	_, err := o.issuer.Issue(t.Context(), o.order(table))
	clear(t, err)
	_, err = o.issuer.IssueBatch(t.Context(), o.batch(table))
	clear(t, err)
	loose := o.batch(table + "-loose")
	loose.Atomic = false
	_, err = o.issuer.IssueBatch(t.Context(), loose)
	clear(t, err)
	if after := rows(t, db); after != before {
		t.Errorf("rows %s became %s", before, after)
	}
	end()
	made, err := o.issuer.Issue(t.Context(), o.order(table))
	check(t, err)
	again, err := o.issuer.Issue(t.Context(), o.order(table))
	check(t, err)
	if made.ID != again.ID || made.Credential != again.Credential {
		t.Error("the key gave two credentials")
	}
	items, err := o.issuer.IssueBatch(t.Context(), o.batch(table))
	check(t, err)
	if len(items) != batchSize || items[0].Credential == nil {
		t.Errorf("%d items", len(items))
	}
}

// unpublished makes the publisher fail: issuing goes on, and the events come when it works again.
func unpublished(t *testing.T, e engine, o office, db *sql.DB) {
	end := sync.OnceFunc(e.refuse(t, db, "journal", "1 = 1"))
	defer end()
	made, err := o.issuer.Issue(t.Context(), o.order("unpublished"))
	check(t, err)
	time.Sleep(50 * time.Millisecond)
	end()
	seen := 0
	var after int64
	for until := time.Now().Add(10 * time.Second); seen == 0 && time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		events, next, err := o.issuer.Events(t.Context(), after, 1000)
		check(t, err)
		for _, event := range events {
			if event.Subject == made.ID {
				seen++
			}
		}
		after = next
	}
	if seen != 1 {
		t.Errorf("%d events of a credential that was issued while nothing could be published", seen)
	}
}

// neighbours refuses the rows of one type while another type is issued: who shares a transaction shares no fate.
func neighbours(t *testing.T, e engine, o office, db *sql.DB) {
	bad := o
	bad.kind = o.newType(t, "Refused")
	_, err := bad.issuer.Issue(t.Context(), bad.order("warm"))
	check(t, err)
	var before, after int
	check(t, db.QueryRow(`SELECT count(*) FROM credentials`).Scan(&before))
	end := e.refuse(t, db, "credentials", "NEW.type_id = '"+bad.kind+"'")
	const each = 15
	var work sync.WaitGroup
	for n := range clients {
		work.Go(func() {
			for i := range each {
				key := fmt.Sprintf("neighbour%d-%d", n, i)
				if n%4 > 0 {
					if _, err := o.issuer.Issue(t.Context(), o.order(key)); err != nil {
						t.Errorf("a neighbour: %v", err)
					}
				} else if _, err := bad.issuer.Issue(t.Context(), bad.order(key)); err == nil {
					t.Error("the trigger let a row pass")
				}
			}
		})
	}
	work.Wait()
	end()
	check(t, db.QueryRow(`SELECT count(*) FROM credentials`).Scan(&after))
	if after-before != each*clients*3/4 {
		t.Errorf("%d new credentials, want %d", after-before, each*clients*3/4)
	}
}

// TestDurable reads the settings of the running writer back: what is answered is on the disk.
func TestDurable(t *testing.T) {
	want := map[string]map[string]string{
		"sqlite":   {"journal_mode": "wal", "synchronous": "2", "secure_delete": "1", "foreign_keys": "1"},
		"postgres": {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"},
	}
	for name, open := range engines() {
		t.Run(name, func(t *testing.T) {
			e := open(t)
			if name == "postgres" { // the server's own setting wins over what the database's default is
				var database string
				db := e.look(t)
				check(t, db.QueryRow(`SELECT current_database()`).Scan(&database))
				_, err := db.Exec(`ALTER DATABASE ` + database + ` SET synchronous_commit = off`)
				check(t, err)
			}
			a, _ := e.running(t)
			for range 5 { // PostgreSQL has several writers
				got, err := a.DB.Settings(t.Context())
				check(t, err)
				if fmt.Sprint(got) != fmt.Sprint(want[name]) {
					t.Fatalf("%v, want %v", got, want[name])
				}
			}
		})
	}
}
