// Package storetest is the law that a database passes, whichever engine it is, and gives other rooms' tests a store.
//
//	func TestSQLite(t *testing.T) { storetest.Run(t, storetest.Fresh) }
//
//	db := storetest.Open(t, storetest.Fresh(t))    // a store for a desk's test
//	storetest.Each(t, func(t *testing.T, dsn string) { … }) // the same test on both engines
package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Open opens and migrates a database, and closes it after the test.
func Open(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	return OpenWith(t, sql.Config{DSN: dsn})
}

// OpenWith is Open with more to say.
func OpenWith(t testing.TB, c sql.Config) *sql.DB {
	t.Helper()
	db, err := sql.Open(t.Context(), c)
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	must(t, db.Migrate(t.Context()))
	return db
}

// Each runs a test with a new database of each engine, which is up to date.
func Each(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, Fresh(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, FreshPostgres(t)) })
}

// law is one law, held against a fresh database.
type law struct {
	name string
	hold func(*testing.T, *house)
}

// house is a database and how to open it once more.
type house struct {
	dsn string
	db  *sql.DB
}

// Run holds a kind of database to all laws. fresh gives the DSN of an empty one.
func Run(t *testing.T, fresh func(testing.TB) string) {
	for _, laws := range [][]law{
		recordLaws, peopleLaws, presentationLaws, countLaws, isolationLaws, foldLaws, statusLaws, journalLaws, jobLaws,
		serverLaws, instanceLaws, offeringLaws, exchangeLaws, walletLaws, loginLaws, versionLaws, webhookLaws, ledgerLaws,
		connectionLaws, invitationLaws, letterLaws, proofLaws, agentLaws,
	} {
		for _, l := range laws {
			t.Run(l.name, func(t *testing.T) {
				t.Parallel()
				dsn := fresh(t)
				l.hold(t, &house{dsn: dsn, db: Open(t, dsn)})
			})
		}
	}
}

// rows is the whole transaction, for tests that concern no desk.
func rows(db *sql.DB) store.Store[*sql.Tx] { return sql.For[*sql.Tx](db) }

func update(t testing.TB, db *sql.DB, scope vc.Scope, fn func(*sql.Tx) error) {
	t.Helper()
	must(t, rows(db).Update(t.Context(), scope, fn))
}

func view(t testing.TB, db *sql.DB, scope vc.Scope, fn func(*sql.Tx) error) {
	t.Helper()
	must(t, rows(db).View(t.Context(), scope, fn))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if e, ok := errors.AsType[*vc.Error](err); ok && e.Err != nil {
		t.Fatalf("%v: %v", err, e.Err)
	}
	t.Fatal(err)
}

// wants checks kind and code of an error.
func wants(t testing.TB, err error, kind vc.Kind, code string) {
	t.Helper()
	e, ok := errors.AsType[*vc.Error](err)
	if !ok || e.Kind != kind || (code != "" && e.Code != code) {
		t.Fatalf("got error %v, want %s %s", err, kind, code)
	}
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: -want +got\n%s", what, d)
	}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func random(n int) []byte {
	var b []byte
	for len(b) < n {
		u := uuid.New()
		b = append(b, u[:]...)
	}
	return b[:n]
}

// moment is a time as a store keeps it.
func moment() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// background is for what goes on when the test's own context is over.
func background() context.Context { return context.Background() }

// somewhere makes a tenant with an organisation and gives the organisation's scope.
func somewhere(t testing.TB, db *sql.DB) vc.Scope {
	t.Helper()
	scope := vc.Scope{Tenant: newID(), Organisation: newID()}
	update(t, db, vc.Scope{Tenant: scope.Tenant}, func(tx *sql.Tx) error {
		return errors.Join(
			tx.InsertTenant(vc.Tenant{ID: scope.Tenant, Slug: scope.Tenant, Name: "Tenant", CreatedAt: moment()}),
			tx.InsertOrganisation(vc.Organisation{ID: scope.Organisation, Name: "Org", MayIssue: true, CreatedAt: moment()}))
	})
	return scope
}
