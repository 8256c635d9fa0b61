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
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

const prefix = "/empe"

type object = map[string]any

// TestMain runs the tests and ends with the table of operations.
func TestMain(m *testing.M) {
	code := m.Run()
	libraries.Close()
	if err := covered.Finish(described.operations, code == 0); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// engines runs a test on each database.
func engines(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	suite.Engines(t, func(t *testing.T, engine string) { test(t, start(t, engine, app.Config{})) })
}

// guard runs a test whose must may fail.
func guard(t *testing.T, test func()) {
	t.Helper()
	suite.Guard(t, test)
}

// must is the value of a call that has to succeed; only under [guard].
func must[T any](value T, err error) T { return suite.Must(value, err) }

// done is must for a call that gives nothing.
func done(err error) { suite.Done(err) }

// world is a running server behind the recording proxy, and who operates it.
type world struct {
	t        *testing.T
	url      string // of the proxy, which is the server's public URL
	operator string // the operator's API key
	clock    *suite.Clock
	logs     *suite.Logs
	capture  *capture
	client   *http.Client
	config   app.Config
	db       *sql.DB // to look into; nil: not yet
	counting string  // the query of [world.counts]
}

// start opens a server on a free loopback port and runs it until the test ends.
func start(t *testing.T, engine string, config app.Config) *world {
	t.Helper()
	w := &world{t: t, clock: &suite.Clock{}, logs: &suite.Logs{}}
	w.client = &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	w.config = suite.Prepare(t, engine, config, w.clock)
	w.config.Log, w.config.Notice = w.logs.Logger(), suite.Operator(&w.operator)
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
	w.url = w.capture.Open()
	if w.config.PublicURL == "" {
		w.config.PublicURL = w.url
	}
	server, _, err := suite.Run(w.t, w.config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.capture.Before(server.Addr().String())
	return w
}

// native is a client of the native API that proves itself with token: for what a test needs and does not test.
func (w *world) native(token string) *sdk.Client {
	return &sdk.Client{BaseURL: w.url, Token: token, HTTP: w.client, Attempts: 1}
}

// libraries is the process that holds what is from npm, one for all tests.
var libraries peers.Shared

func (w *world) node() *peers.Peer {
	w.t.Helper()
	return libraries.For(w.t)
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
