package sql

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/chancery-vc/chancery/internal/vc"
)

// PostgreSQL's SQLSTATE codes that mean something to us (PostgreSQL manual, appendix A).
const (
	pgUnique        = "23505"
	pgCheck         = "23514"
	pgSerialisation = "40001"
	pgDeadlock      = "40P01"
	pgLockTimeout   = "55P03"
)

// Keys of PostgreSQL's advisory locks.
const (
	lockMigrate  int64 = 0x6368616e63657279 // "chancery"
	lockSequence int64 = lockMigrate + 1
)

// patience is how long a fold works at most; lockPatience how long it waits for a row of another server before
// its transactions go each by itself: two folds that wait for each other would otherwise sit out deadlock_timeout.
const (
	patience     = 30 * time.Second
	lockPatience = "50ms"
)

// pgEngine keeps a pool for the lanes and one for views.
type pgEngine struct {
	writers *pgxpool.Pool
	readers *pgxpool.Pool
	n       int
}

func openPostgres(ctx context.Context, c Config) (engine, error) {
	e := &pgEngine{n: c.Lanes}
	if e.n <= 0 {
		e.n = 3
	}
	readers := c.Readers
	if readers <= 0 {
		readers = 8
	}
	var err error
	if e.writers, err = pgPool(ctx, c.DSN, e.n+1, map[string]string{
		"synchronous_commit": "on", "lock_timeout": lockPatience,
	}); err != nil {
		return nil, err
	}
	if e.readers, err = pgPool(ctx, c.DSN, readers, map[string]string{"default_transaction_read_only": "on"}); err != nil {
		e.writers.Close()
		return nil, err
	}
	if err := e.writers.Ping(ctx); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

func pgPool(ctx context.Context, dsn string, n int, settings map[string]string) (*pgxpool.Pool, error) {
	c, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	c.MaxConns = int32(n)
	params := c.ConnConfig.RuntimeParams
	params["application_name"] = "chancery"
	for name, value := range settings {
		params[name] = value
	}
	return pgxpool.NewWithConfig(ctx, c)
}

func (e *pgEngine) writer(ctx context.Context) (session, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	conn, err := e.writers.Acquire(ctx)
	if err != nil {
		cancel()
		return nil, err
	}
	return &pgSession{ctx: ctx, cancel: cancel, conn: conn, start: `BEGIN ISOLATION LEVEL READ COMMITTED`}, nil
}

func (e *pgEngine) reader(ctx context.Context) (session, error) {
	conn, err := e.readers.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	return &pgSession{ctx: ctx, cancel: func() {}, conn: conn, start: `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`}, nil
}

func (e *pgEngine) lanes() int { return e.n }

func (e *pgEngine) near() bool { return false }

func (e *pgEngine) lock(s session, key int64) error {
	if _, err := s.exec(`SET LOCAL lock_timeout = '10s'`, nil); err != nil {
		return err
	}
	_, err := s.exec(`SELECT pg_advisory_xact_lock($1)`, []any{key})
	return err
}

// hold is a different time at each try: of two that wait for each other one gives up first, long before
// deadlock_timeout.
func (e *pgEngine) hold(s session) error {
	return s.later(fmt.Sprintf(`SET LOCAL lock_timeout = %d`, 50+rand.IntN(200)), nil, nil) //nolint:gosec // not a secret
}

// migrate holds a lock of the session meanwhile, so that servers that start together do it once.
func (e *pgEngine) migrate(ctx context.Context, log logger) (err error) {
	conn, err := e.writers.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `SET lock_timeout = 0`); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, lockMigrate); err != nil {
		return err
	}
	defer func() {
		_, e1 := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, lockMigrate)
		_, e2 := conn.Exec(context.WithoutCancel(ctx), `SET lock_timeout = '`+lockPatience+`'`)
		err = errors.Join(err, e1, e2)
	}()
	config := e.writers.Config().ConnConfig.Copy()
	delete(config.RuntimeParams, "lock_timeout")
	db := stdlib.OpenDB(*config)
	defer func() { _ = db.Close() }()
	return migrate(ctx, db, "postgres", log)
}

func (e *pgEngine) given() string {
	return `CAST(v ->> 1 AS BIGINT), decode(v ->> 2, 'hex')
		FROM jsonb_array_elements(CAST(CAST($1 AS TEXT) AS JSONB)) v JOIN journal_pending p ON p.id = v ->> 0`
}

// pgOffice leaves only the organisation to an index. Of coalesce PostgreSQL expects half of the rows; of an expression compared with
// a value it would expect a two-hundredth, and rather read and sort the whole table.
const pgOffice = `org_id = $2 AND coalesce(tenant_id = $1, FALSE)`

func (e *pgEngine) office() string { return pgOffice }

func (e *pgEngine) settings(s session) (map[string]string, error) {
	settings := map[string]string{}
	for _, name := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		err := s.query("SHOW "+name, nil, func(r row) error {
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

func (e *pgEngine) scrub(session) error { return nil }

func (e *pgEngine) rest(session) {}

func (e *pgEngine) classify(err error) *vc.Error {
	if known, ok := errors.AsType[*vc.Error](err); ok {
		return known
	}
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch {
		case failure.Code == pgUnique:
			return duplicate().Because(err)
		case failure.Code == pgCheck:
			return constraint().Because(err)
		case strings.HasPrefix(failure.Code, "22"), strings.HasPrefix(failure.Code, "42"):
			return vc.Errorf(vc.Internal, "store", "a fault in the store").Because(err)
		}
	}
	return unavailable(err)
}

func (e *pgEngine) again(err error) bool {
	failure, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (failure.Code == pgSerialisation || failure.Code == pgDeadlock || failure.Code == pgLockTimeout)
}

func (e *pgEngine) close() error {
	e.writers.Close()
	e.readers.Close()
	return nil
}

// pgSession is a connection and the statements that wait to travel together.
type pgSession struct {
	ctx    context.Context
	cancel context.CancelFunc
	conn   *pgxpool.Conn
	start  string
	queue  []pgStatement
	checks bool
}

type pgStatement struct {
	query string
	args  []any
	check func(int64) error
}

func (s *pgSession) begin() error { return s.later(s.start, nil, nil) }

// commit lets COMMIT travel with what waits, unless somebody has yet to hear how that went.
func (s *pgSession) commit() error {
	if s.checks {
		if err := s.flush(); err != nil {
			return err
		}
	}
	if err := s.later(`COMMIT`, nil, nil); err != nil {
		return err
	}
	err := s.flush()
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*pgconn.PgError](err); ok {
		return err
	}
	return fmt.Errorf("%w: %w", errUncertain, err)
}

func (s *pgSession) rollback() error {
	s.forget()
	if s.conn.Conn().PgConn().TxStatus() == 'I' {
		return nil
	}
	_, err := s.conn.Exec(s.ctx, `ROLLBACK`)
	return err
}

func (s *pgSession) undo() error {
	s.forget()
	_, err := s.conn.Exec(s.ctx, `ROLLBACK TO SAVEPOINT one`)
	if err == nil {
		err = s.later(`RELEASE SAVEPOINT one`, nil, nil)
	}
	return err
}

func (s *pgSession) forget() { s.queue, s.checks = s.queue[:0], false }

func (s *pgSession) release() {
	s.conn.Release()
	s.cancel()
}

func (s *pgSession) later(query string, args []any, check func(int64) error) error {
	s.queue = append(s.queue, pgStatement{query, args, check})
	s.checks = s.checks || check != nil
	return nil
}

func (s *pgSession) flush() error {
	return s.send(nil, nil)
}

func (s *pgSession) exec(query string, args []any) (int64, error) {
	var n int64
	err := s.send(&pgStatement{query: query, args: args}, func(r pgx.BatchResults) error {
		tag, err := r.Exec()
		n = tag.RowsAffected()
		return err
	})
	return n, err
}

func (s *pgSession) query(query string, args []any, each func(row) error) error {
	if len(s.queue) == 0 {
		return walk(each)(s.conn.Query(s.ctx, query, args...))
	}
	return s.send(&pgStatement{query: query, args: args}, func(r pgx.BatchResults) error { return walk(each)(r.Query()) })
}

// walk hands each row to each.
func walk(each func(row) error) func(pgx.Rows, error) error {
	return func(rows pgx.Rows, err error) error {
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := each(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	}
}

// send lets everything that waits travel in one round trip, and last behind it.
func (s *pgSession) send(last *pgStatement, read func(pgx.BatchResults) error) (err error) {
	if len(s.queue) == 0 && last == nil {
		return nil
	}
	batch := &pgx.Batch{}
	for _, q := range s.queue {
		batch.Queue(q.query, q.args...)
	}
	if last != nil {
		batch.Queue(last.query, last.args...)
	}
	results := s.conn.SendBatch(s.ctx, batch)
	defer func() {
		s.forget()
		if e := results.Close(); err == nil {
			err = e
		}
	}()
	var late error // of a check: the statements behind it were sent already
	for _, q := range s.queue {
		tag, err := results.Exec()
		if err != nil {
			return deferred{err}
		}
		if q.check != nil && late == nil {
			if err := q.check(tag.RowsAffected()); err != nil {
				late = deferred{err}
			}
		}
	}
	if late != nil {
		return late
	}
	if last == nil {
		return nil
	}
	return read(results)
}
