// Package sql keeps everything in SQLite or PostgreSQL, with one text of SQL for both.
//
//	Update(scope, fn) ──> queue ──> lane: BEGIN, fn, fn, fn …, COMMIT ──> every caller answered
//	View(scope, fn) ────> reader: BEGIN, fn, COMMIT (one snapshot)
//
// SQLite has one lane, PostgreSQL a few. The one type [Tx] has the rows of every desk; [For] hands a desk those it
// declared. What must differ between the engines sits in sqlite.go and postgres.go.
package sql

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Config says where the database is. DSN is a file path ("sqlite:" may stand before it), ":memory:" for a
// database that goes when it is closed, or a postgres:// URL.
type Config struct {
	DSN    string
	Logger *slog.Logger     // nil: silent
	Now    func() time.Time // nil: time.Now; used for leases only

	// Appended and Enqueued are called after each commit that held journal entries or jobs. They must not block.
	Appended func()
	Enqueued func()

	Readers int // connections for View; 0: 4 on SQLite, 8 on PostgreSQL
	Lanes   int // connections for Update on PostgreSQL; 0: 3
}

// DB is a database. It is safe for concurrent use.
type DB struct {
	engine   engine
	now      func() time.Time
	log      *slog.Logger
	appended func()
	enqueued func()

	queue   chan *waiter
	raw     chan *errand
	closing chan struct{}
	once    sync.Once
	lanes   sync.WaitGroup
	apart   sync.Mutex // see lane.alone
}

// engine is what the databases do differently.
type engine interface {
	writer(context.Context) (session, error)
	reader(context.Context) (session, error)
	lanes() int
	near() bool // its statements are no messages
	migrate(context.Context, *slog.Logger) error
	settings(session) (map[string]string, error)
	scrub(session) error
	rest(session) // between transactions, when everybody has an answer
	// given ends the statement that publishes: position and hash of each pending entry p, from $1, a JSON array of
	// [id, position, hash in hexadecimal].
	given() string
	// office is the condition of an organisation's rows ($2) in its tenant ($1), for long lists.
	office() string
	// lock makes the rest of the transaction exclusive among all servers.
	lock(session, int64) error
	// hold says how long the transaction, alone on its lane, waits for a row of another server's.
	hold(session) error
	// classify turns a driver's error into one of ours.
	classify(error) *vc.Error
	// again tells that the transaction lost against another one and deserves another try.
	again(error) bool
	close() error
}

// session is a connection and, between begin and commit or rollback, its transaction. Statements have $1…$n;
// arguments are string, int64, int, bool, []byte, []string or nil.
type session interface {
	begin() error
	commit() error // [errUncertain]: it may have happened or not
	rollback() error
	undo() error // back to SAVEPOINT one, which is released
	exec(query string, args []any) (int64, error)
	// later is exec whose outcome check (nil: no matter) hears at the next flush at the latest. Where it is not
	// heard at once the error is [deferred].
	later(query string, args []any, check func(int64) error) error
	flush() error
	query(query string, args []any, each func(row) error) error
	release() // gives the connection back
}

// row is one row of a result.
type row interface{ Scan(dest ...any) error }

// Open connects. The schema is put in place by [DB.Migrate].
func Open(ctx context.Context, c Config) (*DB, error) {
	db := &DB{
		now:      c.Now,
		log:      c.Logger,
		appended: c.Appended,
		enqueued: c.Enqueued,
		queue:    make(chan *waiter, 4*maxFold),
		raw:      make(chan *errand),
		closing:  make(chan struct{}),
	}
	if db.now == nil {
		db.now = time.Now
	}
	if db.log == nil {
		db.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	c.Logger = db.log
	var err error
	if strings.HasPrefix(c.DSN, "postgres://") || strings.HasPrefix(c.DSN, "postgresql://") {
		db.engine, err = openPostgres(ctx, c)
	} else {
		db.engine, err = openSQLite(ctx, c)
	}
	if err != nil {
		return nil, unavailable(err)
	}
	for range db.engine.lanes() {
		db.lanes.Add(1)
		go (&lane{db: db}).run()
	}
	return db, nil
}

// Close ends the transactions that were begun, answers those that wait with [vc.Unavailable] and disconnects.
func (db *DB) Close() error {
	var err error
	db.once.Do(func() {
		close(db.closing)
		db.lanes.Wait()
		err = db.engine.close()
	})
	return err
}

// Migrate brings the schema to the newest version. Several servers may do so at once. It fails when the database
// was made by a newer version of the program.
func (db *DB) Migrate(ctx context.Context) error {
	if err := db.engine.migrate(ctx, db.log); err != nil {
		return vc.Errorf(vc.Unavailable, "migration", "the database could not be brought up to date").Because(err)
	}
	return nil
}

// pingWithin is how long the database has to say that it is there: whoever asks must hear that it hangs, too.
const pingWithin = 2 * time.Second

// Ping tells whether the database answers, and soon.
func (db *DB) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingWithin)
	defer cancel()
	return db.look(ctx, vc.Scope{}, func(tx *Tx) error {
		var one int64
		return tx.one(`SELECT 1`, nil, &one)
	})
}

// Settings reads the durability settings of the running writer connection back: on SQLite journal_mode,
// synchronous, secure_delete and foreign_keys, on PostgreSQL fsync, synchronous_commit and full_page_writes.
func (db *DB) Settings(ctx context.Context) (map[string]string, error) {
	var settings map[string]string
	err := db.run(ctx, func(s session) (err error) {
		settings, err = db.engine.settings(s)
		return err
	})
	return settings, err
}

// Scrub moves everything out of SQLite's write-ahead log, so that what was erased is in no file any more. On
// PostgreSQL it does nothing: its log is the operator's to keep or not.
func (db *DB) Scrub(ctx context.Context) error {
	return db.run(ctx, db.engine.scrub)
}

// For gives the store whose rows are R. It panics where a transaction has not all the rows of R: that is a
// mistake in the wiring.
func For[R any](db *DB) store.Store[R] {
	if _, ok := any((*Tx)(nil)).(R); !ok {
		panic(fmt.Sprintf("sql: *Tx does not have the rows of %T", (*R)(nil)))
	}
	return rows[R]{db}
}

type rows[R any] struct{ db *DB }

func (r rows[R]) View(ctx context.Context, scope vc.Scope, fn func(R) error) error {
	return r.db.view(ctx, scope, func(tx *Tx) error { return fn(any(tx).(R)) })
}

// Look implements what [store.Look] looks for.
func (r rows[R]) Look(ctx context.Context, scope vc.Scope, fn func(R) error) error {
	return r.db.look(ctx, scope, func(tx *Tx) error { return fn(any(tx).(R)) })
}

// Near implements what [store.Near] looks for.
func (r rows[R]) Near() bool { return r.db.engine.near() }

func (r rows[R]) Update(ctx context.Context, scope vc.Scope, fn func(R) error) error {
	return r.db.update(ctx, scope, func(tx *Tx) error { return fn(any(tx).(R)) })
}

func (db *DB) view(ctx context.Context, scope vc.Scope, fn func(*Tx) error) error {
	return db.read(ctx, scope, func(tx *Tx) error {
		if err := tx.s.begin(); err != nil {
			return db.engine.classify(err)
		}
		s := tx.s
		defer func() { _ = s.rollback() }() // also when fn panics: the panic is the caller's own
		return fn(tx)
	})
}

// look is a view of one statement, which sees one state without a transaction.
func (db *DB) look(ctx context.Context, scope vc.Scope, fn func(*Tx) error) error {
	return db.read(ctx, scope, func(tx *Tx) error {
		tx.single = true
		return fn(tx)
	})
}

// read lends fn a connection for views.
func (db *DB) read(ctx context.Context, scope vc.Scope, fn func(*Tx) error) error {
	if err := check(scope); err != nil {
		return err
	}
	s, err := db.engine.reader(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer s.release()
	tx := &Tx{db: db, s: s, scope: scope, ctx: ctx, readonly: true}
	defer tx.end()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.err
}

// check refuses an organisation without its tenant.
func check(scope vc.Scope) error {
	if scope.Tenant == "" && scope.Organisation != "" {
		return vc.Errorf(vc.Internal, "scope", "an organisation without a tenant")
	}
	return nil
}

func unavailable(err error) *vc.Error {
	if e, ok := err.(*vc.Error); ok {
		return e
	}
	return vc.Errorf(vc.Unavailable, "store", "the store is not available").Because(err)
}
