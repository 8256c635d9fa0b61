// Package meeco drives a running server through Meeco's door with Meeco's own SDKs, and through them alone wherever
// they have a method. A test is
//
//	func TestSchemas(t *testing.T) {
//		engines(t, func(t *testing.T, w *world) { // on SQLite and on PostgreSQL
//			o := w.office("north")            // a tenant, an organisation, keys of their administrators
//			r := w.sdk(o.chief, "schemasControllerCreate", object{"schema": object{…}})
//			r.equal("/schema/name", "Membership")   // RFC 6901 into the answer's body, compared with what went in
//			r.succeeded()                           // 2xx, something was compared: the operation is exercised
//			r = w.sdk(o.admin, "schemasControllerCreate", …)
//			r.refused(403, "permission_denied")     // or refusedAt(400, "schema_violation", "/schema/…"): exercised, too
//			id := r.text("/schema/id")
//		})
//	}
//
// w.sdk(token, method, args…) finds the class and the package (VC API or identity network) by the method's name; nil
// is an argument left out, date(t) a Date; Meeco-Organisation-ID is among the arguments where the SDK has it. What the
// SDK itself made of the answer is r.view, r.seen(pointer, want) compares in it; it drops members that its models do
// not have ("id", "credential_id", "client_secret", …): read those from the body.
//
// w.raw(token, "POST", "/credentials/issue", body, header…) is for what no SDK has: tenancy, issue, broken requests.
// The path is below /meeco (a path that begins with /t/ or http is taken as it is), a body is JSON unless it is a
// string or bytes, headers come as pairs: orgHeader, o.org.ID.
//
// Both go through a recording proxy (capture_test.go), which is the server's public URL. It holds every answer of the
// door against the OpenAPI documents, with the corrections of docs/divergences/meeco.md: nothing has to be asserted
// about shapes in tests. Every success and refusal that a test asserts goes into the table (table_test.go) under the
// operation's id, or, for tenancy and issue, under "POST /tenants/{tenant_id}/orgs": TestMain prints it to
// build/meeco-operations.txt and fails when, in a whole run, an operation has no success or no refusal. A route of
// which Chancery says that it is not offered needs r.refused(501, "not_offered") alone.
//
// Keys of clients: w.key("EdDSA"); w.sign(unsigned, did, key) signs as Meeco's js-sdk does.
// Inside engines, must(f()) ends the test on an error.
package meeco

import (
	"bytes"
	"context"
	"encoding/json"
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

const (
	prefix    = "/meeco"
	orgHeader = "Meeco-Organisation-ID"
)

type object = map[string]any

// TestMain runs the tests and ends with the table of operations.
func TestMain(m *testing.M) {
	code := m.Run()
	if sdks.process != nil {
		sdks.process.Close()
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
	for skip := 2; skip < 10; skip++ {
		_, file, line, ok := runtime.Caller(skip)
		if ok && strings.HasSuffix(file, "_test.go") && filepath.Base(file) != "world_test.go" && filepath.Base(file) != "reply_test.go" {
			where += fmt.Sprintf("%s:%d ", filepath.Base(file), line)
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
	t       *testing.T
	app     *app.App
	url     string // of the proxy, which is the server's public URL
	secret  string // the operator's API key
	clock   *clock
	logs    *logs
	capture *capture
	client  *http.Client
	calls   int
}

// start opens a server on a free loopback port and runs it until the test ends.
func start(t *testing.T, engine string, config app.Config) *world {
	t.Helper()
	w := &world{
		t: t, clock: &clock{}, logs: &logs{}, capture: newCapture(t),
		client: &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	front := httptest.NewServer(w.capture)
	t.Cleanup(front.Close)
	config.Listen, config.PublicURL, config.Now, config.Dev = "127.0.0.1:0", front.URL, w.clock.now, true
	if engine == "postgres" {
		config.DatabaseURL, config.MasterKey = pgtest.New(t), local.NewMasterKey().Reveal()
	} else {
		config.Data = t.TempDir()
	}
	config.Log = slog.New(slog.NewJSONHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	config.Notice = func(text string) { _, w.secret, _ = strings.Cut(text, ": ") }
	server, err := app.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	w.app, w.url = server, front.URL
	w.capture.target.Store("http://" + server.Addr().String())
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ended, server.Close()); err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return w
}

// native is a client of the native API that proves itself with token: for what a test needs and does not test.
func (w *world) native(token string) *sdk.Client {
	return &sdk.Client{BaseURL: w.url, Token: token, HTTP: w.client, Attempts: 1}
}

// sdks is the process that holds Meeco's SDKs, one for all tests.
var sdks struct {
	once    sync.Once
	process *peers.Process
	err     error
}

func (w *world) node() *peers.Peer {
	w.t.Helper()
	sdks.once.Do(func() { sdks.process, sdks.err = peers.Open() })
	if sdks.err != nil {
		peers.Missing(w.t, sdks.err)
	}
	return sdks.process.For(w.t)
}

// key makes a key that is the client's own, with its did:key. Algorithms: EdDSA, ES256, ES256K, ES384.
func (w *world) key(algorithm string) (key peers.MeecoKey) {
	w.t.Helper()
	w.node().Call("meeco.key", object{"alg": algorithm}, &key)
	return key
}

// sign signs an unsigned token as Meeco's client does.
func (w *world) sign(unsigned, issuer string, key peers.MeecoKey) string {
	w.t.Helper()
	var answer struct{ Token string }
	w.node().Call("meeco.sign", peers.MeecoSign{Unsigned: unsigned, Issuer: issuer, Key: key}, &answer)
	return answer.Token
}

// prove signs the serialized payload of a signPayload action; the signature is base64.
func (w *world) prove(payload string, key peers.MeecoKey) string {
	w.t.Helper()
	var answer struct{ Signature string }
	w.node().Call("meeco.proof", peers.MeecoProof{Payload: payload, Key: key}, &answer)
	return answer.Signature
}

// token gets an access token with client credentials, as an application of Meeco's does.
func (w *world) token(id, secret string) string {
	w.t.Helper()
	return w.tokenAt(prefix+"/oauth2/token", id, secret)
}

func (w *world) tokenAt(path, id, secret string) string {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url+path,
		strings.NewReader("grant_type=client_credentials&client_id="+id+"&client_secret="+secret))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var body struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&body); err != nil || body.Token == "" {
		w.t.Fatalf("the token endpoint answers %d: %v", res.StatusCode, err)
	}
	return body.Token
}
