package sql_test

import (
	"bytes"
	"context"
	stdsql "database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
)

// raw runs statements beside the store, as somebody with access to the database would.
func raw(t *testing.T, dsn string, statements ...string) {
	t.Helper()
	driver := "sqlite"
	if strings.HasPrefix(dsn, "postgres:") {
		driver = "pgx"
	}
	db, err := stdsql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func pick(dsn, sqlite, postgres string) string {
	if strings.HasPrefix(dsn, "postgres:") {
		return postgres
	}
	return sqlite
}

func credential(body []byte) vc.Credential {
	return vc.Credential{
		ID: uuid.Must(uuid.NewV7()).String(), State: vc.Issued, Standing: vc.Active, Body: body, BodyKey: []byte("salt"),
	}
}

func none(t *testing.T, db *sql.DB, scope vc.Scope) {
	t.Helper()
	if err := sql.For[*sql.Tx](db).View(t.Context(), scope, func(tx *sql.Tx) error {
		all, err := tx.Credentials(vc.CredentialQuery{})
		if len(all) != 0 {
			t.Errorf("%d credentials were kept", len(all))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

var here = vc.Scope{Tenant: "t", Organisation: "o"}

// A database that refuses the row ends in a clear error, and nothing is kept.
func TestRefusedInsert(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		db := storetest.Open(t, dsn)
		raw(t, dsn, pick(dsn,
			`CREATE TRIGGER no BEFORE INSERT ON credentials BEGIN SELECT RAISE(ABORT, 'no'); END`,
			`CREATE FUNCTION no() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'no'; END $$ LANGUAGE plpgsql;
			CREATE TRIGGER no BEFORE INSERT ON credentials FOR EACH ROW EXECUTE FUNCTION no()`))
		err := sql.For[*sql.Tx](db).Update(t.Context(), here, func(tx *sql.Tx) error {
			if err := tx.Append(vc.Entry{Action: "credential.issued"}); err != nil {
				return err
			}
			return tx.InsertCredential(credential(nil))
		})
		if vc.KindOf(err) != vc.Unavailable {
			t.Errorf("got %v", err)
		}
		none(t, db, here)
		if n, err := db.Sequence(t.Context(), 10, nil); n != 0 || err != nil {
			t.Errorf("%d journal entries, %v", n, err)
		}
	})
}

// Where the commit fails nobody of the fold is told that it worked.
func TestRefusedCommit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		db := storetest.Open(t, dsn)
		raw(t, dsn, pick(dsn,
			`CREATE TABLE parent (id INTEGER PRIMARY KEY);
			CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
			CREATE TRIGGER late AFTER INSERT ON credentials BEGIN INSERT INTO child VALUES (1); END`,
			`CREATE FUNCTION no() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'no'; END $$ LANGUAGE plpgsql;
			CREATE CONSTRAINT TRIGGER late AFTER INSERT ON credentials DEFERRABLE INITIALLY DEFERRED
			FOR EACH ROW EXECUTE FUNCTION no()`))
		errs := make(chan error, 10)
		for range cap(errs) {
			go func() {
				errs <- sql.For[*sql.Tx](db).Update(context.Background(), here, func(tx *sql.Tx) error {
					return tx.InsertCredential(credential(nil))
				})
			}()
		}
		for range cap(errs) {
			if err := <-errs; vc.KindOf(err) != vc.Unavailable || err == nil {
				t.Errorf("got %v", err)
			}
		}
		none(t, db, here)
		raw(t, dsn, pick(dsn, `DROP TRIGGER late`, `DROP TRIGGER late ON credentials`))
		if err := sql.For[*sql.Tx](db).Update(t.Context(), here, func(tx *sql.Tx) error {
			return tx.InsertCredential(credential(nil))
		}); err != nil {
			t.Error(err)
		}
	})
}

// A server that loses its connections in the middle of a transaction says so and goes on.
func TestLostConnection(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		if !strings.HasPrefix(dsn, "postgres:") {
			t.Skip("SQLite has no connections to lose")
		}
		db := storetest.Open(t, dsn)
		err := sql.For[*sql.Tx](db).Update(t.Context(), here, func(tx *sql.Tx) error {
			_, err := tx.Credential("nobody")
			if vc.KindOf(err) != vc.NotFound {
				return err
			}
			raw(t, dsn, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE application_name = 'chancery' AND datname = current_database()`)
			return tx.InsertCredential(credential(nil))
		})
		if vc.KindOf(err) != vc.Unavailable || err == nil {
			t.Errorf("got %v", err)
		}
		var again error
		for range 20 { // the pools find out one connection at a time
			if again = sql.For[*sql.Tx](db).Update(t.Context(), here, func(tx *sql.Tx) error {
				return tx.InsertCredential(credential(nil))
			}); again == nil {
				break
			}
		}
		if again != nil {
			t.Error(again)
		}
	})
}

// What was erased is in no file of the database.
func TestScrub(t *testing.T) {
	dsn := filepath.Join(t.TempDir(), "scrub.db")
	db := storetest.Open(t, dsn)
	claim := []byte("planted-claim-")
	rows := sql.For[*sql.Tx](db)
	var all []vc.Credential
	for i := range 150 {
		c := credential(bytes.Repeat(claim, 5+i))
		all = append(all, c)
		if err := rows.Update(t.Context(), here, func(tx *sql.Tx) error { return tx.InsertCredential(c) }); err != nil {
			t.Fatal(err)
		}
	}
	if planted(t, dsn, claim) == 0 {
		t.Fatal("nothing was planted")
	}
	for i, c := range all {
		if i%3 == 0 { // what was completed meanwhile has grown
			c.Body, c.Method = bytes.Repeat(claim, 400), "did:example:issuer#key-1"
			if err := rows.Update(t.Context(), here, func(tx *sql.Tx) error { return tx.UpdateCredential(c) }); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range all {
		c.Body, c.BodyKey = nil, nil
		if err := rows.Update(t.Context(), here, func(tx *sql.Tx) error { return tx.UpdateCredential(c) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := planted(t, dsn, claim); n != 0 {
		t.Errorf("%d are still there", n)
	}
}

// What a wallet held, an offering said and whom a code was for goes like what a credential said.
func TestScrubDeleted(t *testing.T) {
	dsn := filepath.Join(t.TempDir(), "scrub.db")
	db := storetest.Open(t, dsn)
	claim := []byte("planted-claim-")
	rows := sql.For[*sql.Tx](db)
	update := func(fn func(*sql.Tx) error) {
		t.Helper()
		if err := rows.Update(t.Context(), here, fn); err != nil {
			t.Fatal(err)
		}
	}
	id := func(kind string, i int) string { return fmt.Sprint(kind, i) }
	digest := func(i int) []byte { return fmt.Append(nil, "digest ", i) }
	const n = 60
	for i := range n {
		body := bytes.Repeat(claim, 5+10*i)
		update(func(tx *sql.Tx) error {
			return errors.Join(
				tx.InsertHeld(vc.HeldCredential{ID: id("one", i), Digest: digest(i), Body: body}),
				tx.InsertHeld(vc.HeldCredential{ID: id("all", i), Digest: digest(n + i), Body: body}),
				tx.InsertOffering(vc.Offering{ID: id("o", i), Body: body}),
				tx.InsertExchange(vc.Exchange{ID: id("e", i), Body: body}),
				tx.InsertReply(vc.Reply{ID: id("r", i), Body: body}),
				tx.InsertLoginCode(vc.LoginCode{ID: id("used", i), Secret: digest(i), Body: body, ExpiresAt: time.Now().Add(time.Hour)}),
				tx.InsertLoginCode(vc.LoginCode{ID: id("swept", i), Secret: digest(n + i), Body: body, ExpiresAt: time.UnixMicro(1)}),
			)
		})
	}
	if planted(t, dsn, claim) == 0 {
		t.Fatal("nothing was planted")
	}
	for i := range n {
		update(func(tx *sql.Tx) error {
			return errors.Join(
				tx.DeleteHeld(id("one", i)), tx.UpdateOffering(vc.Offering{ID: id("o", i)}),
				tx.UpdateExchange(vc.Exchange{ID: id("e", i), Revision: 1}),
				tx.UpdateReply(vc.Reply{ID: id("r", i), Revision: 1}),
				tx.UpdateLoginCode(vc.LoginCode{ID: id("used", i), UsedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour)}),
			)
		})
	}
	update(func(tx *sql.Tx) error {
		_, err := tx.DeleteAllHeld()
		_, e := tx.DeleteLoginCodes(time.Now(), 1000)
		return errors.Join(err, e)
	})
	if err := db.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := planted(t, dsn, claim); n != 0 {
		t.Errorf("%d are still there", n)
	}
}

// planted counts a text in the files of a database.
func planted(t *testing.T, dsn string, what []byte) (n int) {
	t.Helper()
	files, err := filepath.Glob(dsn + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		n += bytes.Count(data, what)
	}
	return n
}

// The database is its owner's, and the temporary one goes.
func TestFiles(t *testing.T) {
	dsn := filepath.Join(t.TempDir(), "with space & ?.db")
	db := storetest.Open(t, "sqlite:"+dsn)
	if err := sql.For[*sql.Tx](db).Update(t.Context(), here, func(tx *sql.Tx) error {
		return tx.InsertCredential(credential(nil))
	}); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(dsn + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", suffix, info.Mode())
		}
	}
}

func TestNewerDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		db := storetest.Open(t, dsn)
		raw(t, dsn, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`)
		if err := db.Migrate(t.Context()); err == nil || !strings.Contains(fmt.Sprint(err.(*vc.Error).Err), "9999") {
			t.Errorf("got %v", err)
		}
	})
}

func TestFor(t *testing.T) {
	db := storetest.Open(t, ":memory:")
	defer func() {
		if recover() == nil {
			t.Error("rows that nobody has were handed out")
		}
	}()
	sql.For[interface{ NobodyHasThis() }](db)
}
