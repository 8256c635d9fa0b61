package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
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
)

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
	if err == nil {
		return
	}
	where := ""
	for skip := 1; skip < 8; skip++ {
		if _, file, line, ok := runtime.Caller(skip); ok && strings.HasSuffix(file, "_test.go") {
			where += fmt.Sprintf("%s:%d ", filepath.Base(file), line)
		}
	}
	panic(failure{where + err.Error()})
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

// world is a running server and who operates it.
type world struct {
	t       *testing.T
	engine  string
	config  app.Config
	app     *app.App
	url     string
	secret  string // the operator's API key
	clock   *clock
	logs    *logs
	watch   *watch
	client  *http.Client
	stopped bool
	halt    func()
}

// start opens a server on a free loopback port and runs it until the test ends.
func start(t *testing.T, engine string, config app.Config) *world {
	t.Helper()
	w := &world{t: t, engine: engine, clock: &clock{}, logs: &logs{}, watch: &watch{t: t, doc: description(t)}}
	config.Listen, config.Now = "127.0.0.1:0", w.clock.now
	config.Dev = true
	if engine == "postgres" {
		config.DatabaseURL = pgtest.New(t)
		config.MasterKey = local.NewMasterKey().Reveal()
	} else {
		config.Data = t.TempDir()
	}
	w.config = config
	if err := w.run(); err != nil {
		t.Fatal(err)
	}
	return w
}

// run opens and runs the configured server.
func (w *world) run() error {
	w.t.Helper()
	config := w.config
	config.Log = slog.New(slog.NewJSONHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	config.Notice = func(text string) { _, w.secret, _ = strings.Cut(text, ": ") }
	server, err := app.Open(w.t.Context(), config)
	if err != nil {
		return err
	}
	w.app, w.url, w.stopped = server, server.URL, false
	w.client = &http.Client{Timeout: time.Minute, Transport: w.watch}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	w.halt = func() {
		cancel()
		if err := errors.Join(<-ended, server.Close()); err != nil {
			w.t.Errorf("the server ended with %v", err)
		}
	}
	w.t.Cleanup(w.stop)
	return nil
}

// stop ends the server as a signal would.
func (w *world) stop() {
	if !w.stopped {
		w.stopped = true
		w.halt()
	}
}

// beside is another server on the same PostgreSQL database, with the same public URL.
func (w *world) beside() *world {
	w.t.Helper()
	other := &world{t: w.t, engine: w.engine, config: w.config, clock: w.clock, logs: &logs{}, watch: w.watch}
	other.config.Dev = false // a second start would replace the key of the first
	other.config.PublicURL = w.url
	if err := other.run(); err != nil {
		w.t.Fatal(err)
	}
	other.url, other.secret = "http://"+other.app.Addr().String(), w.secret
	return other
}

// as is a client that proves itself with token.
func (w *world) as(token string) *sdk.Client {
	return &sdk.Client{BaseURL: w.url, Token: token, HTTP: w.client, Attempts: 1}
}

func (w *world) operator() *sdk.Client { return w.as(w.secret) }

// answer is a response as it came.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) problem() *sdk.Problem {
	p := &sdk.Problem{}
	_ = json.Unmarshal(a.body, p)
	return p
}

// call is one request, without a client's ways. body is sent as it is when it is a string or bytes, as JSON
// otherwise.
func (w *world) call(method, path, token string, body any, header ...string) answer {
	w.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	case []byte:
		reader = bytes.NewReader(b)
	default:
		encoded, err := json.Marshal(body)
		if err != nil {
			w.t.Fatal(err)
		}
		reader = bytes.NewReader(encoded)
	}
	target := path
	if !strings.HasPrefix(path, "http") {
		target = w.url + path
	}
	r, err := http.NewRequestWithContext(w.t.Context(), method, target, reader)
	if err != nil {
		w.t.Fatal(err)
	}
	if reader != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	res, err := w.client.Do(r)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer{res.StatusCode, res.Header, text}
}

// office is an organisation that issues: its administrator, a DID, a schema and a type.
type office struct {
	w      *world
	tenant sdk.Tenant
	org    sdk.Organisation
	root   *sdk.Client // of the operator, in the organisation
	admin  *sdk.Client // with a key of the organisation's own
	key    sdk.Principal
	did    sdk.DID
	schema sdk.Schema
	kind   sdk.Type
}

// claimsSchema has one claim that a test can plant, and one that can be wrong.
func claimsSchema() map[string]any {
	return map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
		"properties": map[string]any{
			"id":   map[string]any{"type": "string"},
			"name": map[string]any{"type": "string"}, "level": map[string]any{"type": "integer", "minimum": 1},
		},
		"required": []string{"name"}, "additionalProperties": false,
	}
}

// bothVariants is the newest shape and the one for those who still read VCDM 1.1.
func bothVariants() []sdk.Variant {
	return []sdk.Variant{
		{Name: "vcdm2", Format: "jwtvc", Model: "2.0", SchemaReference: "JsonSchema", Status: sdk.StatusDialect{EntryType: "BitstringStatusListEntry"}},
		{
			Name: "vcdm1", Format: "jwtvc", Model: "1.1", SchemaReference: "JsonSchemaValidator2018",
			Status: sdk.StatusDialect{EntryType: "StatusList2021Entry", Array: true},
		},
	}
}

// tenant makes a tenant; slug must be new.
func (w *world) tenant(slug string) sdk.Tenant {
	return must(w.operator().CreateTenant(w.t.Context(), sdk.NewTenant{Slug: slug, Name: "Tenant " + slug}))
}

// organisation makes an issuing organisation of a tenant and its administrator's key.
func (w *world) organisation(tenant sdk.Tenant, name string) *office {
	ctx := w.t.Context()
	o := &office{w: w, tenant: tenant}
	inside := w.operator()
	inside.Tenant = tenant.Slug
	o.org = must(inside.CreateOrganisation(ctx, sdk.NewOrganisation{Name: name, MayIssue: true, MayVerify: true}))
	inside.Organisation = o.org.ID
	o.root = inside
	o.key = must(inside.CreateAPIKey(ctx, sdk.NewPrincipal{
		Name: "administrator", Grants: []sdk.Grant{{Role: "organisation-admin", Organisation: o.org.ID}},
	}))
	o.admin = w.as(o.key.Secret)
	return o
}

// office makes all that issuing needs, in a tenant of its own.
func (w *world) office(slug string) *office {
	o := w.organisation(w.tenant(slug), "Organisation "+slug)
	o.furnish()
	return o
}

// furnish gives an organisation DID, schema and type.
func (o *office) furnish() {
	ctx := o.w.t.Context()
	o.did = must(o.admin.CreateDID(ctx, sdk.NewDID{Method: "key", Algorithm: "Ed25519", Name: o.org.Name}))
	o.schema = must(o.admin.CreateSchema(ctx, sdk.NewSchema{Name: "Membership", TypeName: "MembershipCredential", Schema: claimsSchema()}))
	o.kind = must(o.admin.CreateType(ctx, sdk.NewType{
		Name: "Membership", Types: []string{"MembershipCredential"}, Schema: sdk.SchemaReference{ID: o.schema.ID},
		Purposes: []string{"revocation", "suspension"}, Variants: bothVariants(),
	}))
}

// order is an order that passes.
func (o *office) order() sdk.Order {
	return sdk.Order{Type: o.kind.ID, Issuer: o.did.DID, Claims: map[string]any{"id": "did:example:member", "name": "Ada", "level": 3}}
}

// refused checks that err is a problem of that status and code.
func refused(t *testing.T, err error, status int, code string) {
	t.Helper()
	p, ok := errors.AsType[*sdk.Problem](err)
	switch {
	case !ok:
		t.Errorf("got %v, want a problem %d %s", err, status, code)
	case p.Status != status || p.Code() != code:
		t.Errorf("got %d %v, want %d %s", p.Status, p, status, code)
	case p.RequestID == "":
		t.Errorf("%s has no request id", code)
	}
}

// eventually waits for what a background loop does.
func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if check() {
			return
		}
	}
	t.Fatalf("%s: not after 15 s", what)
}

// decoded tells whether text is JSON that fits into.
func decoded(text []byte, into any) bool { return json.Unmarshal(text, into) == nil }
