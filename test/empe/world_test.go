// Package empe drives a running server through Empe's door, as a back end, a wallet and a verifier of that system do.
// A test is
//
//	func TestSchemas(t *testing.T) {
//		engines(t, func(t *testing.T, w *world) { // on SQLite and on PostgreSQL
//			o := w.office("acme")             // a tenant, its issuer, the secret of its back end
//			r := o.post("/api/v1/schemas", object{"name": "Ticket", "type": "Ticket"}, o.secret)
//			r.equal("/version", 1)            // RFC 6901 into the answer's body, compared with what went in
//			r.succeeded()                     // 2xx, something was compared: the operation is exercised
//			r = o.post("/api/v1/schemas", …, nobody)
//			r.refused(401, "UnauthenticatedError") // the error's name
//		})
//	}
//
// Every request goes through a recording proxy (capture_test.go), which is the server's public URL; wallets written in
// JavaScript and the server's own wallet, too. It holds what passes against the documents of the API that are shared, as
// corrected in docs/divergences/empe.md, and against our own, api/empe.openapi.json: nothing has to be asserted about shapes.
// What a test asserts as success or refusal goes into the table (table_test.go): TestMain prints it to
// build/empe-operations.txt and fails when, in a whole run, an operation has no success or no refusal, or when the divergences
// correct what needs no correction.
package empe

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/store/pgtest"
	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/peers"
)

const prefix = "/empe"

type object = map[string]any

// TestMain runs the tests and ends with the table of operations.
func TestMain(m *testing.M) {
	code := m.Run()
	if libraries.process != nil {
		libraries.process.Close()
	}
	if err := covered.finish(code == 0); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// engines runs a test on each database.
func engines(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			guard(t, func() { test(t, start(t, engine, app.Config{})) })
		})
	}
}

// failure is how must ends a test from inside an expression.
type failure struct{ text string }

// guard runs a test whose must may fail.
func guard(t *testing.T, test func()) {
	t.Helper()
	defer func() {
		t.Helper()
		r := recover()
		if f, ok := r.(failure); ok {
			t.Fatal(f.text)
		}
		if r != nil {
			panic(r)
		}
	}()
	test()
}

// must is the value of a call that has to succeed; only under [guard].
func must[T any](value T, err error) T {
	done(err)
	return value
}

// done is must for a call that gives nothing.
func done(err error) {
	if err != nil {
		panic(failure{lines() + err.Error()})
	}
}

// lines are those of the test that led here.
func lines() string {
	where := ""
	for skip := 2; skip < 12; skip++ {
		_, file, line, ok := runtime.Caller(skip)
		base := filepath.Base(file)
		if ok && strings.HasSuffix(file, "_test.go") && base != "world_test.go" && base != "reply_test.go" {
			where += fmt.Sprintf("%s:%d ", base, line)
		}
	}
	return where
}

// clock is the server's: the machine's, moved.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) advance(d time.Duration) { c.ahead.Add(int64(d)) }

// logs holds what a server logged.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// world is a running server behind the recording proxy, and who operates it.
type world struct {
	t        *testing.T
	url      string // of the proxy, which is the server's public URL
	operator string // the operator's API key
	clock    *clock
	logs     *logs
	capture  *capture
	client   *http.Client
	calls    *atomic.Int64
	config   app.Config
	db       *sql.DB // to look into; nil: not yet
	counting string  // the query of [world.counts]
}

// start opens a server on a free loopback port and runs it until the test ends.
func start(t *testing.T, engine string, config app.Config) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{}, logs: &logs{}, calls: new(atomic.Int64)}
	w.client = &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	config.Listen, config.Now, config.Dev = "127.0.0.1:0", w.clock.now, true
	if engine == "postgres" {
		config.DatabaseURL, config.MasterKey = pgtest.New(t), local.NewMasterKey().Reveal()
	} else {
		config.Data = t.TempDir()
	}
	config.Log = slog.New(slog.NewJSONHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	config.Notice = func(text string) { _, w.operator, _ = strings.Cut(text, ": ") }
	w.config = config
	return w.run()
}

// twin is another server on the same database, behind a proxy of its own; both say that the first is where they are.
func (w *world) twin() *world {
	w.t.Helper()
	other := *w
	other.config.Notice = nil
	return other.run()
}

func (w *world) run() *world {
	w.t.Helper()
	w.capture = newCapture(w.t)
	front := httptest.NewServer(w.capture)
	w.t.Cleanup(front.Close)
	w.url = front.URL
	if w.config.PublicURL == "" {
		w.config.PublicURL = front.URL
	}
	server, err := app.Open(w.t.Context(), w.config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.capture.target.Store("http://" + server.Addr().String())
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	w.t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ended, server.Close()); err != nil {
			w.t.Errorf("the server ended with %v", err)
		}
	})
	return w
}

// native is a client of the native API that proves itself with token: for what a test needs and does not test.
func (w *world) native(token string) *sdk.Client {
	return &sdk.Client{BaseURL: w.url, Token: token, HTTP: w.client, Attempts: 1}
}

// libraries is the process that holds what is from npm, one for all tests.
var libraries struct {
	once    sync.Once
	process *peers.Process
	err     error
}

func (w *world) node() *peers.Peer {
	w.t.Helper()
	libraries.once.Do(func() { libraries.process, libraries.err = peers.Open() })
	if libraries.err != nil {
		peers.Missing(w.t, libraries.err)
	}
	return libraries.process.For(w.t)
}

// restless are tables whose rows come and go by themselves.
var restless = map[string]bool{"jobs": true, "journal_pending": true, "meta": true, "data_keys": true, "audit_heads": true}

// counts are the numbers of rows of all tables.
func (w *world) counts() map[string]int {
	w.t.Helper()
	if w.db == nil {
		w.open()
	}
	rows := must(w.db.Query(w.counting))
	counts := map[string]int{}
	for rows.Next() {
		var (
			name string
			n    int
		)
		done(rows.Scan(&name, &n))
		counts[name] = n
	}
	done(errors.Join(rows.Err(), rows.Close()))
	return counts
}

// open looks into the server's database, beside it.
func (w *world) open() {
	driver, dsn, list := "sqlite", filepath.Join(w.config.Data, "chancery.db"), `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
	if w.config.DatabaseURL != "" {
		driver, dsn, list = "pgx", w.config.DatabaseURL, `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`
	}
	w.db = must(sql.Open(driver, dsn))
	w.t.Cleanup(func() { _ = w.db.Close() })
	rows := must(w.db.Query(list))
	var parts []string
	for rows.Next() {
		var name string
		done(rows.Scan(&name))
		switch {
		case restless[name]:
		case name == "journal": // its rows pass through journal_pending
			parts = append(parts, `SELECT 'journal', (SELECT count(*) FROM journal) + (SELECT count(*) FROM journal_pending)`)
		default:
			parts = append(parts, `SELECT '`+name+`', (SELECT count(*) FROM `+name+`)`)
		}
	}
	done(errors.Join(rows.Err(), rows.Close()))
	w.counting = strings.Join(parts, " UNION ALL ")
}

// unchanged fails when something was stored since the counts were taken.
func (w *world) unchanged(before map[string]int, what string) {
	w.t.Helper()
	for name, n := range w.counts() {
		if n != before[name] {
			w.t.Errorf("%s: %d rows of %s, before %d", what, n, name, before[name])
		}
	}
}

// landing is where holders go on after they answered a verifier, and where results are posted to: the proxy takes what comes.
func (w *world) landing() string { return w.url + "/landing" }
