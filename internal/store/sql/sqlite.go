package sql

import (
	"context"
	stdsql "database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/chancery-vc/chancery/internal/vc"
)

// sqliteWriter and sqliteReader are the settings of connections. Every commit is synced (synchronous=FULL), what
// is deleted is overwritten (secure_delete); the copier keeps the log short. Caches are small: a page takes twice its size in
// memory, a commit empties those of readers, and the system keeps the files' pages too.
const (
	sqliteCommon = "_pragma=busy_timeout(10000)&_pragma=foreign_keys(ON)&_pragma=temp_store(MEMORY)"
	sqliteWriter = sqliteCommon + "&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(ON)" +
		"&_pragma=wal_autocheckpoint(0)&_pragma=journal_size_limit(67108864)&_pragma=cache_size(-8000)"
	sqliteReader = sqliteCommon + "&_pragma=query_only(ON)&_pragma=cache_size(-1000)"
)

// maxStatements bounds the prepared statements of a connection: list queries come in many forms.
const maxStatements = 200

// sqliteEngine talks to the driver below database/sql: that saves a third of the time of small statements.
type sqliteEngine struct {
	path    string
	temp    string // folder that goes with the database; "" for one that stays
	write   chan *sqliteSession
	readers chan *sqliteSession
	all     []*sqliteSession
	copier  *copier
}

func openSQLite(ctx context.Context, c Config) (engine, error) {
	e := &sqliteEngine{path: strings.TrimPrefix(c.DSN, "sqlite:")}
	if e.path == "" {
		return nil, errors.New("no database is named")
	}
	if e.path == ":memory:" {
		if err := e.temporary(); err != nil {
			return nil, err
		}
	}
	var err error
	if e.path, err = filepath.Abs(e.path); err != nil {
		return nil, err
	}
	// The log and the index beside the database take its mode.
	f, err := os.OpenFile(e.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	n := c.Readers
	if n <= 0 {
		n = 4
	}
	e.write = make(chan *sqliteSession, 1)
	e.readers = make(chan *sqliteSession, n)
	if err := e.connect(ctx, sqliteWriter, `BEGIN IMMEDIATE`, e.write); err != nil {
		return nil, errors.Join(err, e.close())
	}
	for range n {
		if err := e.connect(ctx, sqliteReader, `BEGIN`, e.readers); err != nil {
			return nil, errors.Join(err, e.close())
		}
	}
	if e.copier, err = startCopier(ctx, e.dsn(sqliteWriter), e.path, c.Logger); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

// temporary makes the folder of a database that goes when it is closed: in memory where the system has such a
// folder. SQLite's own :memory: has no log and so none of the behaviour that matters.
func (e *sqliteEngine) temporary() error {
	parent := "/dev/shm"
	if info, err := os.Stat(parent); err != nil || !info.IsDir() {
		parent = ""
	}
	dir, err := os.MkdirTemp(parent, "chancery-")
	if err != nil {
		if dir, err = os.MkdirTemp("", "chancery-"); err != nil {
			return err
		}
	}
	e.temp, e.path = dir, filepath.Join(dir, "chancery.db")
	return nil
}

func (e *sqliteEngine) dsn(settings string) string {
	return (&url.URL{Scheme: "file", Path: e.path, RawQuery: settings}).String()
}

func (e *sqliteEngine) connect(ctx context.Context, settings, start string, home chan *sqliteSession) error {
	connector, err := sqlite.NewConnector(e.dsn(settings))
	if err != nil {
		return err
	}
	conn, err := connector.Connect(ctx)
	if err != nil {
		return err
	}
	s := &sqliteSession{conn: conn, statements: map[string]*sqliteStatement{}, start: start, home: home}
	e.all = append(e.all, s)
	home <- s
	return nil
}

func (e *sqliteEngine) writer(ctx context.Context) (session, error) { return take(ctx, e.write) }
func (e *sqliteEngine) reader(ctx context.Context) (session, error) { return take(ctx, e.readers) }

func take(ctx context.Context, from chan *sqliteSession) (session, error) {
	select {
	case s, ok := <-from:
		if !ok {
			return nil, closed()
		}
		return s, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (e *sqliteEngine) lanes() int { return 1 }

func (e *sqliteEngine) near() bool { return true }

// lock does nothing: SQLite has one writer.
func (e *sqliteEngine) lock(session, int64) error { return nil }

// given puts the array first in the join: the pending rows are looked up, not searched.
func (e *sqliteEngine) given() string {
	return `v.value ->> 1, unhex(v.value ->> 2) FROM json_each($1) v CROSS JOIN journal_pending p ON p.id = v.value ->> 0`
}

// sqliteOffice leaves only the organisation to an index: SQLite would else rather go through all of the tenant's rows, which are
// in the order of the list already.
const sqliteOffice = `org_id = $2 AND tenant_id || '' = $1`

func (e *sqliteEngine) office() string { return sqliteOffice }

func (e *sqliteEngine) hold(session) error { return nil }

func (e *sqliteEngine) migrate(ctx context.Context, log logger) error {
	connector, err := sqlite.NewConnector(e.dsn(sqliteWriter))
	if err != nil {
		return err
	}
	db := stdsql.OpenDB(connector)
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	return migrate(ctx, db, "sqlite", log)
}

func (e *sqliteEngine) settings(s session) (map[string]string, error) {
	settings := map[string]string{}
	for _, name := range []string{"journal_mode", "synchronous", "secure_delete", "foreign_keys"} {
		err := s.query("PRAGMA "+name, nil, func(r row) error {
			var v string
			err := r.Scan(&v)
			settings[name] = v
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return settings, nil
}

func (e *sqliteEngine) scrub(s session) error { return e.copier.empty(s.(*sqliteSession)) }

func (e *sqliteEngine) rest(s session) { e.copier.rest(s.(*sqliteSession)) }

func (e *sqliteEngine) classify(err error) *vc.Error {
	if known, ok := errors.AsType[*vc.Error](err); ok {
		return known
	}
	if failure, ok := errors.AsType[*sqlite.Error](err); ok {
		switch failure.Code() {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
			return duplicate().Because(err)
		case sqlite3.SQLITE_CONSTRAINT_CHECK:
			return constraint().Because(err)
		case sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_RANGE:
			return vc.Errorf(vc.Internal, "store", "a fault in the store").Because(err)
		}
	}
	return unavailable(err)
}

// again is never needed: the one writer loses against nobody.
func (e *sqliteEngine) again(error) bool { return false }

// close waits for the views that run.
func (e *sqliteEngine) close() error {
	var errs []error
	for range e.all {
		var s *sqliteSession
		select {
		case s = <-e.readers:
		case s = <-e.write:
		}
		errs = append(errs, s.close())
	}
	close(e.readers)
	close(e.write)
	if e.copier != nil {
		errs = append(errs, e.copier.close())
	}
	if e.temp != "" {
		errs = append(errs, os.RemoveAll(e.temp))
	}
	return errors.Join(errs...)
}

// sqliteSession is a connection with its prepared statements.
type sqliteSession struct {
	conn       driver.Conn
	statements map[string]*sqliteStatement
	named      []driver.NamedValue
	home       chan *sqliteSession
	start      string
}

// sqliteStatement is a prepared statement; order holds for each placeholder the argument it takes.
type sqliteStatement struct {
	driver.Stmt
	order []int
}

func (s *sqliteSession) begin() error {
	_, err := s.exec(s.start, nil)
	return err
}

func (s *sqliteSession) commit() error {
	_, err := s.exec(`COMMIT`, nil)
	return err
}

// rollback also succeeds when SQLite has rolled back by itself, as it does when the disk is full.
func (s *sqliteSession) rollback() error {
	_, err := s.exec(`ROLLBACK`, nil)
	if err != nil && strings.Contains(err.Error(), "no transaction is active") {
		return nil
	}
	return err
}

func (s *sqliteSession) undo() error {
	if _, err := s.exec(`ROLLBACK TO SAVEPOINT one`, nil); err != nil {
		return err
	}
	_, err := s.exec(`RELEASE SAVEPOINT one`, nil)
	return err
}

func (s *sqliteSession) flush() error { return nil }

func (s *sqliteSession) release() { s.home <- s }

func (s *sqliteSession) later(query string, args []any, check func(int64) error) error {
	n, err := s.exec(query, args)
	if err == nil && check != nil {
		err = check(n)
	}
	return err
}

func (s *sqliteSession) exec(query string, args []any) (int64, error) {
	stmt, err := s.prepare(query)
	if err != nil {
		return 0, err
	}
	named, err := s.bind(stmt, args)
	if err != nil {
		return 0, err
	}
	result, err := stmt.Stmt.(driver.StmtExecContext).ExecContext(context.Background(), named)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s *sqliteSession) query(query string, args []any, each func(row) error) (err error) {
	stmt, err := s.prepare(query)
	if err != nil {
		return err
	}
	named, err := s.bind(stmt, args)
	if err != nil {
		return err
	}
	rows, err := stmt.Stmt.(driver.StmtQueryContext).QueryContext(context.Background(), named)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	values := make(sqliteRow, len(rows.Columns()))
	for {
		switch err := rows.Next(values); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		if err := each(values); err != nil {
			return err
		}
	}
}

func (s *sqliteSession) prepare(query string) (*sqliteStatement, error) {
	if stmt, ok := s.statements[query]; ok {
		return stmt, nil
	}
	if len(s.statements) >= maxStatements {
		for query, stmt := range s.statements {
			if err := stmt.Close(); err != nil {
				return nil, err
			}
			delete(s.statements, query)
		}
	}
	text, order := sqliteText(query)
	prepared, err := s.conn.Prepare(text)
	if err != nil {
		return nil, err
	}
	stmt := &sqliteStatement{prepared, order}
	s.statements[query] = stmt
	return stmt, nil
}

// bind puts the arguments into the order of the placeholders, as the driver wants them.
func (s *sqliteSession) bind(stmt *sqliteStatement, args []any) ([]driver.NamedValue, error) {
	s.named = s.named[:0]
	for i, n := range stmt.order {
		if n >= len(args) {
			return nil, fmt.Errorf("argument $%d is missing", n+1)
		}
		v := args[n]
		switch x := v.(type) {
		case int:
			v = int64(x)
		case []byte:
			if x == nil {
				v = nil
			}
		case []string:
			list, err := json.Marshal(x)
			if err != nil {
				return nil, err
			}
			v = string(list)
		}
		s.named = append(s.named, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return s.named, nil
}

func (s *sqliteSession) close() error {
	var errs []error
	for _, stmt := range s.statements {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, s.conn.Close())...)
}

// sqliteText turns a statement into SQLite's: placeholders become plain question marks, which cost no look-up by
// name, lists are JSON, and rows need no lock because there is one writer. A limit is a sum, because SQLite plans a
// statement anew whenever a plain variable is its limit.
func sqliteText(query string) (string, []int) {
	query = strings.ReplaceAll(query, " FOR UPDATE SKIP LOCKED", "")
	query = strings.ReplaceAll(query, " FOR UPDATE", "")
	query = strings.ReplaceAll(query, " FOR SHARE", "")
	var b strings.Builder
	var order []int
	for {
		before, after, ok := strings.Cut(query, "$")
		if !ok {
			b.WriteString(query)
			return b.String(), order
		}
		digits := 0
		for digits < len(after) && after[digits] >= '0' && after[digits] <= '9' {
			digits++
		}
		n, _ := strconv.Atoi(after[:digits])
		order = append(order, n-1)
		query = after[digits:]
		if list, ok := strings.CutSuffix(before, "= ANY("); ok {
			b.WriteString(list + "IN (SELECT value FROM json_each(?)")
		} else if strings.HasSuffix(before, " LIMIT ") {
			b.WriteString(before + "? + 0")
		} else {
			b.WriteString(before + "?")
		}
	}
}

// sqliteRow is a row as the driver gives it.
type sqliteRow []driver.Value

// Scan sets what dest points to.
func (r sqliteRow) Scan(dest ...any) error {
	if len(dest) != len(r) {
		return fmt.Errorf("%d columns for %d values", len(r), len(dest))
	}
	for i, d := range dest {
		if err := assign(d, r[i]); err != nil {
			return fmt.Errorf("column %d: %w", i, err)
		}
	}
	return nil
}

func assign(dest any, v driver.Value) error {
	switch d := dest.(type) {
	case stdsql.Scanner:
		return d.Scan(v)
	case *string:
		switch x := v.(type) {
		case string:
			*d = x
			return nil
		case int64:
			*d = strconv.FormatInt(x, 10)
			return nil
		}
	case *[]byte:
		switch x := v.(type) {
		case []byte:
			*d = x
			return nil
		case nil:
			*d = nil
			return nil
		}
	case *int64:
		if x, ok := v.(int64); ok {
			*d = x
			return nil
		}
	case *int:
		if x, ok := v.(int64); ok {
			*d = int(x)
			return nil
		}
	case *bool:
		if x, ok := v.(int64); ok {
			*d = x != 0
			return nil
		}
	}
	return fmt.Errorf("%T cannot be read from %T", dest, v)
}
