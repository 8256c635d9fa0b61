package api

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/did/cheqd/ledgersim"
	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/test/suite"
)

// frontier is a simulated ledger whose node may be in trouble.
type frontier struct {
	*ledgersim.Ledger
	url string

	mu      sync.Mutex
	trouble trouble
	times   int // that it was in trouble
}

// trouble answers what the node says; false where the node says it.
type trouble func(w http.ResponseWriter, r *http.Request, said func() (int, string)) bool

func newFrontier(t *testing.T) *frontier {
	t.Helper()
	f := &frontier{Ledger: ledgersim.New(ledgersim.Config{Price: must(cheqd.ParsePrice("0.05")), BlockTime: 10 * time.Millisecond})}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

func (f *frontier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	trouble := f.trouble
	f.mu.Unlock()
	body := must(io.ReadAll(r.Body))
	said := func() (int, string) {
		recorder := httptest.NewRecorder()
		again := r.Clone(r.Context())
		again.Body = io.NopCloser(bytes.NewReader(body))
		f.Ledger.ServeHTTP(recorder, again)
		return recorder.Code, recorder.Body.String()
	}
	if trouble != nil && trouble(w, r, said) {
		f.mu.Lock()
		f.times++
		f.mu.Unlock()
		return
	}
	status, text := said()
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// suffers begins a trouble, and ends it; it says how often the node was in it.
func (f *frontier) suffers(trouble trouble) (end func() int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.trouble, f.times = trouble, 0
	return func() int {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.trouble = nil
		return f.times
	}
}

// edits is a node that says another thing than the ledger, about what a path has; most: how often, 0: always.
func edits(path, pattern string, most int, edit func(string) string) trouble {
	find := regexp.MustCompile(pattern)
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, r *http.Request, said func() (int, string)) bool {
		if !strings.Contains(r.URL.Path+"?"+r.URL.RawQuery, path) {
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		if n++; most > 0 && n > most {
			return false
		}
		status, text := said()
		w.WriteHeader(status)
		_, _ = io.WriteString(w, find.ReplaceAllStringFunc(text, edit))
		return true
	}
}

// times multiplies the digits in what an answer says.
func times(numerator, denominator int) func(string) string {
	digits := regexp.MustCompile(`\d+`)
	return func(text string) string {
		return digits.ReplaceAllStringFunc(text, func(n string) string {
			return strconv.Itoa(must(strconv.Atoi(n)) * numerator / denominator)
		})
	}
}

// fails is a node that answers everything with a status and a page.
func fails(status int) trouble {
	return func(w http.ResponseWriter, _ *http.Request, _ func() (int, string)) bool {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<html>")
		return true
	}
}

// outpost is an office on a frontier.
type outpost struct {
	*press
	f      *frontier
	plugin plugin
	theirs string // a DID whose keys are elsewhere
	n      int
}

func newOutpost(t *testing.T, engine string) *outpost {
	t.Helper()
	f := newFrontier(t)
	w := start(t, engine, app.Config{Cheqd: app.Cheqd{Networks: map[string]string{cheqd.Testnet: f.url}, Tenants: []string{"*"}}})
	w.payer(f.Ledger, "100000000000000")
	p := &press{office: w.office("north"), ledger: f.Ledger, node: f.url}
	p.did = must(p.admin.CreateDID(t.Context(), sdk.NewDID{Method: "cheqd"}))
	o := &outpost{press: p, f: f, theirs: "did:cheqd:testnet:" + uuid.NewString()}
	o.plugin = plugin{w, p.key.Secret, map[string]ed25519.PrivateKey{o.theirs + "#key-1": newSeed(1)}}
	o.plugin.do("create", object{"didDocument": pluginDocument(o.theirs, pluginMethod(o.theirs, "key-1", newSeed(1)))})
	return o
}

func (o *outpost) resource(content []byte) object {
	o.n++
	return object{
		"did": o.theirs, "content": base64.StdEncoding.EncodeToString(content), "options": object{"name": fmt.Sprint("Permit ", o.n), "type": "String", "versionId": "1"},
	}
}

// publishes makes a type that publishes a schema, and gives the publication once it is in a state.
func (o *outpost) publishes(state string) sdk.Publication {
	t := o.w.t
	t.Helper()
	o.n++
	kind := o.office.kind.NewType
	kind.Name, kind.Publish = fmt.Sprint("Type ", o.n), &sdk.Publishing{Identity: o.did.DID, IntervalSeconds: 3600}
	schema := must(o.admin.CreateSchema(t.Context(), sdk.NewSchema{Name: kind.Name, TypeName: "MembershipCredential", Schema: claimsSchema()}))
	kind.Schema = sdk.SchemaReference{ID: schema.ID}
	o.kind = must(o.admin.CreateType(t.Context(), kind))
	return o.reaches("schema", state)
}

// books are what the ledger and the database have.
type books struct {
	sequence, transactions, open, identities, keys int
	balance                                        string
}

func (o *outpost) books() (b books) {
	w := o.w
	w.t.Helper()
	ask := func(query cheqd.Query) []byte {
		recorder := httptest.NewRecorder()
		o.f.Ledger.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, query.REST, nil))
		return recorder.Body.Bytes()
	}
	for _, tx := range must(app.LedgerTransactions(w.t.Context(), w.config, 1000)) {
		switch tx.State {
		case "included":
			b.transactions++
		case "failed":
		default:
			b.open++
		}
	}
	for _, account := range must(app.LedgerAccounts(w.t.Context(), w.config)) {
		b.sequence += int(must(cheqd.ParseAccount(ask(cheqd.QueryAccount(account.Address)))).Sequence) //nolint:gosec // counts transactions
		b.balance += fmt.Sprint(must(cheqd.ParseBalances(ask(cheqd.QueryBalances(account.Address)))))
	}
	b.identities = len(must(o.admin.ListDIDs(w.t.Context(), sdk.ListQuery{Limit: 1000})).Items)
	b.keys = len(must(o.admin.ListKeys(w.t.Context(), sdk.ListQuery{Limit: 1000})).Items)
	return b
}

// TestCheqdBadLedger has everything that is written to a ledger meet a node in trouble: it is refused in one word at each door, nothing
// was sent or paid and nothing is half recorded, and all of it goes well as soon as the node does.
func TestCheqdBadLedger(t *testing.T) {
	suite.Engines(t, func(t *testing.T, engine string) {
		guard(t, func() {
			o := newOutpost(t, engine)
			ctx := t.Context()
			rotates := must(o.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd"}))
			const price = "convert_usdc_to_cheq"
			for _, row := range []struct {
				name    string
				trouble trouble
				status  int
				code    string
			}{
				{"a price above the ceiling", edits(price, `"amount":"\d+`, 0, times(100, 1)), 409, "fee-above-ceiling"},
				{"an empty account", edits("/balances/", `"amount":"\d+`, 0, func(string) string { return `"amount":"7` }), 503, "fee-account-empty"},
				{"underpaid", edits(price, `"amount":"\d+`, 0, times(1, 2)), 503, "fee-too-low"},
				{"an oracle without a price", edits(price, `(?s).*`, 0, func(string) string { return `{"code":2,"message":"no price","details":[]}` }), 503, "ledger-price"},
				{"another chain", edits("node_info", `cheqd-local-1`, 0, func(string) string { return "cheqd-mainnet-1" }), 503, "fee-account-refused"},
				{"no node", fails(502), 503, "ledger-unreachable"},
			} {
				before := o.books()
				end := o.f.suffers(row.trouble)
				_, err := o.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd"})
				refused(t, err, row.status, row.code)
				_, err = o.admin.RotateDID(ctx, rotates.ID, "")
				refused(t, err, row.status, row.code)
				failed := o.publishes("failing")
				if failed.Code != row.code || failed.Error == "" {
					t.Errorf("%s: the publication is %+v", row.name, failed)
				}
				registrar := func() registrarAnswer {
					asked := o.plugin.post("createResource", o.resource([]byte("text")))
					if asked.status != http.StatusOK {
						return asked // it was refused before it was signed for
					}
					return o.plugin.post("createResource", o.plugin.sign(asked))
				}
				if got := registrar(); got.status != row.status || got.URL.State != "failed" || got.URL.Reason == "" {
					t.Errorf("%s: the registrar: %d %s", row.name, got.status, got.body)
				}
				if end() == 0 {
					t.Errorf("%s: nobody met it", row.name)
				}
				if after := o.books(); after != before {
					t.Errorf("%s: the books were %+v, and are %+v", row.name, before, after)
				}
				must(o.admin.RetryPublication(ctx, o.kind.ID, failed.ID))
				o.reaches("schema", "published")
				rotates = must(o.admin.RotateDID(ctx, rotates.ID, ""))
				if got := registrar(); got.status != http.StatusCreated {
					t.Errorf("after %s: %d %s", row.name, got.status, got.body)
				}
				if after := o.books(); after.sequence != before.sequence+3 || after.transactions != before.transactions+3 || after.open != 0 {
					t.Errorf("after %s: the books were %+v, and are %+v", row.name, before, after)
				}
			}
		})
	})
}

// TestCheqdOddNode: a node that is out of step, loses answers or lies for a while costs nobody anything: the change is made once, with the
// next sequence, and is paid for once.
func TestCheqdOddNode(t *testing.T) {
	guard(t, func() {
		o := newOutpost(t, "sqlite")
		ctx := t.Context()
		sequence := func(by int) func(string) string {
			return func(text string) string {
				n := must(strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(text, `"sequence":"`), `"`)))
				return fmt.Sprintf(`"sequence":"%d"`, n+by)
			}
		}
		unknown := func(string) string {
			return `{"code":2,"message":"codespace sdk code 38: not found: it","details":[]}`
		}
		broadcast := func(most int, answer func(w http.ResponseWriter, r *http.Request, said func() (int, string))) trouble {
			var mu sync.Mutex
			n := 0
			return func(w http.ResponseWriter, r *http.Request, said func() (int, string)) bool {
				mu.Lock()
				defer mu.Unlock()
				if r.Method != http.MethodPost || n >= most {
					return false
				}
				n++
				answer(w, r, said)
				return true
			}
		}
		for _, row := range []struct {
			name    string
			trouble trouble
		}{
			{"behind by a sequence", edits("/accounts/", `"sequence":"\d+"`, 1, sequence(-1))},
			{"ahead by a sequence", edits("/accounts/", `"sequence":"\d+"`, 1, sequence(1))},
			{"without the newest version", edits("/version/", `(?s).*`, 5, unknown)},
			{"that fails while it is asked what became of it", edits("/version/", `(?s).*`, 5, func(string) string { return `{"code":13,"message":"panic"}` })},
			{"that takes it, and says that it failed", broadcast(1, func(w http.ResponseWriter, _ *http.Request, said func() (int, string)) {
				said()
				w.WriteHeader(http.StatusInternalServerError)
				_, _ = io.WriteString(w, `{"code":2,"message":"timed out"}`)
			})},
			{"that answers for another", broadcast(2, func(w http.ResponseWriter, _ *http.Request, _ func() (int, string)) {
				_, _ = io.WriteString(w, `{"tx_response":{"txhash":"`+strings.Repeat("A", 64)+`","code":0}}`)
			})},
			{"that hangs once", broadcast(1, func(_ http.ResponseWriter, r *http.Request, _ func() (int, string)) { <-r.Context().Done() })},
		} {
			before := o.books()
			end := o.f.suffers(row.trouble)
			o.did = must(o.admin.RotateDID(ctx, o.did.ID, ""))
			if end() == 0 {
				t.Errorf("%s: nobody met it", row.name)
			}
			after := o.books()
			if after.sequence != before.sequence+1 || after.transactions != before.transactions+1 || after.open != 0 || after.keys != before.keys+1 {
				t.Errorf("%s: the books were %+v, and are %+v", row.name, before, after)
			}
		}
		spent := must(app.LedgerTransactions(ctx, o.w.config, 1000))
		// Two new DIDs, and a rotation for each node.
		if want := fmt.Sprint("[{ncheq ", 100_000-2*40-20*(len(spent)-2), "000000000}]"); o.books().balance != want {
			t.Errorf("the account has %s, want %s", o.books().balance, want)
		}
	})
}

// TestCheqdNotSent: what the ledger would never take is refused before anything is journaled.
func TestCheqdNotSent(t *testing.T) {
	guard(t, func() {
		o := newOutpost(t, "sqlite")
		ctx := t.Context()
		before := o.books()
		journaled := len(must(app.LedgerTransactions(ctx, o.w.config, 1000)))
		height := func() int { return o.books().sequence }()
		for _, algorithm := range []string{"secp256k1", "P-384"} {
			_, err := o.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd", Algorithm: algorithm})
			refused(t, err, 400, "key-not-supported")
			_, err = o.admin.RotateDID(ctx, o.did.ID, algorithm)
			refused(t, err, 400, "key-not-supported")
		}
		document := pluginDocument(o.theirs, pluginMethod(o.theirs, "key-1", newSeed(1)))
		jwk := func(id string, jwk object) object {
			document["verificationMethod"] = []object{{"id": o.theirs + "#" + id, "type": "JsonWebKey2020", "controller": o.theirs, "publicKeyJwk": jwk}}
			return document
		}
		for name, row := range map[string]struct {
			operation string
			body      object
		}{
			"secp256k1": {"update", object{"did": o.theirs, "didDocument": []any{jwk("k", object{
				"kty": "EC", "crv": "secp256k1", "x": "WfY7Px6AgH6x-_dgAoRbg8weYRJA36ON-gQiFnETrqw", "y": "IzFx3BUGztK0cyDStiunXbrZYYTtKbOUzx16SUK0sAY",
			})}, "didDocumentOperation": []string{"setDidDocument"}}},
			"X25519": {"update", object{"did": o.theirs, "didDocument": []any{jwk("x", object{
				"kty": "OKP", "crv": "X25519", "x": "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08",
			})}, "didDocumentOperation": []string{"setDidDocument"}}},
			"Multikey": {"update", object{"did": o.theirs, "didDocument": []any{func() object {
				document["verificationMethod"] = []object{{"id": o.theirs + "#m", "type": "Multikey", "controller": o.theirs, "publicKeyMultibase": "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"}}
				return document
			}()}, "didDocumentOperation": []string{"setDidDocument"}}},
			"a resource over 2 MiB":        {"createResource", o.resource(make([]byte, cheqd.MaxResource+1))},
			"an empty resource":            {"createResource", o.resource(nil)},
			"a name of 65 characters":      {"createResource", object{"did": o.theirs, "content": "AAAA", "options": object{"name": strings.Repeat("n", 65), "type": "String"}}},
			"a type of none":               {"createResource", object{"did": o.theirs, "content": "AAAA", "options": object{"name": "n"}}},
			"a resource that is no base64": {"createResource", object{"did": o.theirs, "content": "???", "options": object{"name": "n", "type": "String"}}},
			"a document of 100 KiB":        {"update", object{"did": o.theirs, "didDocument": []any{pluginDocument(o.theirs, pluginMethod(o.theirs, strings.Repeat("k", 100<<10), newSeed(1)))}}},
		} {
			got := o.plugin.post(row.operation, row.body)
			if got.status/100 != 4 || got.DID.State+got.URL.State != "failed" || got.DID.Reason+got.URL.Reason == "" {
				t.Errorf("%s: %d %.300s", name, got.status, got.body)
			}
			t.Logf("%s: %d %.300s", name, got.status, got.body)
		}
		if after := o.books(); after != before || len(must(app.LedgerTransactions(ctx, o.w.config, 1000))) != journaled || after.sequence != height {
			t.Errorf("the books were %+v, and are %+v", before, after)
		}
	})
}
