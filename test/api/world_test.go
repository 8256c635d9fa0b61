package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/suite"
)

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

// clock is the server's: the machine's, moved.
type clock struct{ suite.Clock }

func (c *clock) advance(d time.Duration) { c.Advance(d) }

// world is a running server and who operates it.
type world struct {
	t      *testing.T
	engine string
	config app.Config
	app    *app.App
	url    string
	secret string // the operator's API key
	clock  *clock
	logs   *suite.Logs
	watch  *watch
	client *http.Client
	stop   func() // ends the server as a signal would
}

// start opens a server on a free loopback port and runs it until the test ends.
func start(t *testing.T, engine string, config app.Config) *world {
	t.Helper()
	w := &world{t: t, engine: engine, clock: &clock{}, logs: &suite.Logs{}, watch: &watch{t: t, doc: description(t)}}
	w.config = suite.Prepare(t, engine, config, &w.clock.Clock)
	if err := w.run(); err != nil {
		t.Fatal(err)
	}
	return w
}

// run opens and runs the configured server.
func (w *world) run() error {
	w.t.Helper()
	config := w.config
	config.Log, config.Notice = w.logs.Logger(), suite.Operator(&w.secret)
	server, stop, err := suite.Run(w.t, config)
	if err != nil {
		return err
	}
	w.app, w.url, w.stop = server, server.URL, stop
	w.client = &http.Client{Timeout: time.Minute, Transport: w.watch}
	return nil
}

// beside is another server on the same PostgreSQL database, with the same public URL.
func (w *world) beside() *world {
	w.t.Helper()
	other := &world{t: w.t, engine: w.engine, config: w.config, clock: w.clock, logs: &suite.Logs{}, watch: w.watch}
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
	reader := suite.Body(body)
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
