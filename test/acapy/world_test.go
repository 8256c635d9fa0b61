// Package acapy drives running servers through ACA-Py's admin API, as the businesses behind such agents do, opposite real agents: of
// ACA-Py, of Credo-TS, and Chancery's own.
//
//	func TestSeed(t *testing.T) {
//		engines(t, func(t *testing.T, w *world) {           // on SQLite and on PostgreSQL
//			issuer, holder := w.wallet("issuer"), w.wallet("holder")
//			p := connect(t, issuer.Controller, holder.Controller, "1.1")
//			x := p.issue(resident(did(p.issuer)), options)  // the page's steps, over plain HTTP and webhooks
//			issuer.get("/status").equal("/label", …).succeeded()
//			issuer.as(nobody).get("/status").refused(401, "API Key invalid or missing")
//		})
//	}
//
// What the steps are made of (seed_test.go, prove_test.go) knows a controller and nothing of whose agent it drives; two agents of
// ACA-Py go through them too (control_test.go). Every request to Chancery goes through a recording proxy, which is the server's
// public URL, as do the messages between agents. It holds what passes against the description of ACA-Py's admin API, as corrected in
// docs/divergences/acapy.md. What a test asserts as success or refusal goes into the table of operations (table_test.go), which
// TestMain prints to build/acapy-operations.txt. The recorded exchanges are replayed in replay_test.go.
package acapy

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

const prefix = "/acapy"

// acapy is the real agent, one for all tests.
var acapy = peers.SharedACAPy{Start: peers.ACAPyStart{
	Label: "acapy", Flags: []string{"--public-invites", "--requests-through-public-did", "--monitor-ping"}, Trust: trusted(),
}}

// TestMain runs the tests and ends with the table of operations.
func TestMain(m *testing.M) {
	code := m.Run()
	acapy.Close()
	if described != nil {
		if err := covered.Finish(described, code == 0); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// engines runs a test on each database, with wallets that are tenants.
func engines(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	suite.Engines(t, func(t *testing.T, engine string) { test(t, start(t, engine, tenants())) })
}

// tenants is a server whose wallets are tenants.
func tenants() app.Config {
	return app.Config{Agents: app.Agents{Multitenant: true, Preserve: true}}
}

// must is the value of a call that has to succeed; only under [suite.Guard].
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
	stop     func()
	db       *sql.DB // to look into; nil: not yet
}

// start opens a server on a free loopback port and runs it until the test ends.
func start(t *testing.T, engine string, config app.Config) *world {
	t.Helper()
	w := &world{t: t, clock: &suite.Clock{}, logs: &suite.Logs{}}
	w.client = &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	w.config = suite.Prepare(t, engine, config, w.clock)
	w.config.Log, w.config.Notice = w.logs.Logger(), suite.Operator(&w.operator)
	w.capture = &capture{T: t, Prefix: prefix, Find: find, Judge: judge}
	w.url = w.capture.Open()
	if w.config.PublicURL == "" {
		w.config.PublicURL = w.url
	}
	w.run()
	t.Cleanup(func() {
		if t.Failed() && os.Getenv("ACAPY_LOGS") != "" {
			t.Logf("the server's log\n%s", w.logs)
		}
	})
	return w
}

func (w *world) run() {
	w.t.Helper()
	server, stop, err := suite.Run(w.t, w.config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.stop = stop
	w.capture.Before(server.Addr().String())
}

// agent is a wallet of a server: a controller of it, and what the proxy saw.
type agent struct {
	*peers.Controller
	w  *world
	at string // path of the door
	id string // of the wallet
}

// wallet makes a tenant, as the admin API does, whose webhooks are heard; more is added to the request.
func (w *world) wallet(name string, more ...object) *agent {
	w.t.Helper()
	hooks, closed := peers.NewHooks("key of " + name)
	w.t.Cleanup(closed)
	body := object{
		"wallet_name": name, "wallet_key": "key", "wallet_type": "askar", "label": name, "wallet_dispatch_type": "default",
		"wallet_webhook_urls": []string{hooks.URL + "#" + hooks.Key},
	}
	for _, m := range more {
		for name, value := range m {
			body[name] = value
		}
	}
	made := w.send(http.MethodPost, prefix+"/multitenancy/wallet", body, w.admin()).succeeds()
	a := &agent{w: w, at: prefix, id: made.Text("/wallet_id")}
	a.Controller = (&peers.Controller{Name: name, URL: w.url + prefix, Header: bearer(made.Text("/token")), Hooks: hooks}).For(w.t)
	return a
}

// alone is the one wallet of a server without sub-wallets, which an API key opens.
func (w *world) alone(name string, hooks *peers.Hooks) *agent {
	w.t.Helper()
	inside := w.native(w.operator)
	_ = must(inside.CreateOrganisation(w.t.Context(), sdk.NewOrganisation{Name: name, MayIssue: true, MayVerify: true}))
	return &agent{w: w, at: prefix, Controller: (&peers.Controller{Name: name, URL: w.url + prefix, Header: w.admin(), Hooks: hooks}).For(w.t)}
}

// native is a client of the native API that proves itself with token: for what a test needs and does not test.
func (w *world) native(token string) *sdk.Client {
	return &sdk.Client{BaseURL: w.url, Token: token, HTTP: w.client, Attempts: 1}
}

// restless are tables whose rows come and go by themselves.
var restless = map[string]bool{"jobs": true, "journal_pending": true, "meta": true, "data_keys": true, "audit_heads": true}

// counts are the numbers of rows of all tables.
func (w *world) counts() map[string]int {
	w.t.Helper()
	counts := map[string]int{}
	for _, table := range w.tables() {
		counts[table] = w.number(`SELECT count(*) FROM ` + table)
	}
	return counts
}

// number is the answer of a query that gives one.
func (w *world) number(query string, args ...any) (n int) {
	w.t.Helper()
	done(w.open().QueryRowContext(w.t.Context(), query, args...).Scan(&n))
	return n
}

func (w *world) tables() (names []string) {
	list := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
	if w.config.DatabaseURL != "" {
		list = `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`
	}
	rows := must(w.open().QueryContext(w.t.Context(), list))
	for rows.Next() {
		var name string
		done(rows.Scan(&name))
		if !restless[name] && name != "journal" {
			names = append(names, name)
		}
	}
	done(errors.Join(rows.Err(), rows.Close()))
	return names
}

// open looks into the server's database, beside it.
func (w *world) open() *sql.DB {
	if w.db == nil {
		driver, dsn := "sqlite", filepath.Join(w.config.Data, "chancery.db")
		if w.config.DatabaseURL != "" {
			driver, dsn = "pgx", w.config.DatabaseURL
		}
		w.db = must(sql.Open(driver, dsn))
		w.t.Cleanup(func() { _ = w.db.Close() })
	}
	return w.db
}

// settled waits until no letter waits to be sent.
func (w *world) settled() {
	w.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		n := w.number(`SELECT count(*) FROM letters WHERE state = 'waiting'`)
		if n == 0 {
			return
		}
		if time.Now().After(end) {
			w.t.Fatalf("%d letters are not sent", n)
		}
	}
}

// unchanged fails when something was stored since the counts were taken.
func (w *world) unchanged(before map[string]int, what string) {
	w.t.Helper()
	var wrong []string
	for name, n := range w.counts() {
		if n != before[name] {
			wrong = append(wrong, fmt.Sprintf("%d rows of %s, before %d", n, name, before[name]))
		}
	}
	if len(wrong) > 0 {
		w.t.Errorf("%s: %s", what, strings.Join(wrong, ", "))
	}
}
