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
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

const (
	prefix    = "/meeco"
	orgHeader = "Meeco-Organisation-ID"
)

type object = map[string]any

// TestMain runs the tests and ends with the table of operations.
func TestMain(m *testing.M) {
	code := m.Run()
	sdks.Close()
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
	t       *testing.T
	app     *app.App
	url     string // of the proxy, which is the server's public URL
	secret  string // the operator's API key
	clock   *suite.Clock
	logs    *suite.Logs
	capture *capture
	client  *http.Client
}

// start opens a server on a free loopback port and runs it until the test ends.
func start(t *testing.T, engine string, config app.Config) *world {
	t.Helper()
	w := &world{
		t: t, clock: &suite.Clock{}, logs: &suite.Logs{}, capture: newCapture(t),
		client: &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	w.url = w.capture.Open()
	config = suite.Prepare(t, engine, config, w.clock)
	config.PublicURL, config.Log, config.Notice = w.url, w.logs.Logger(), suite.Operator(&w.secret)
	server, _, err := suite.Run(t, config)
	if err != nil {
		t.Fatal(err)
	}
	w.app = server
	w.capture.Before(server.Addr().String())
	return w
}

// native is a client of the native API that proves itself with token: for what a test needs and does not test.
func (w *world) native(token string) *sdk.Client {
	return &sdk.Client{BaseURL: w.url, Token: token, HTTP: w.client, Attempts: 1}
}

// sdks is the process that holds Meeco's SDKs, one for all tests.
var sdks peers.Shared

func (w *world) node() *peers.Peer {
	w.t.Helper()
	return sdks.For(w.t)
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
	return suite.Token(w.t, w.client, w.url+path, id, secret)
}
