package identity_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/cheqd"
	"github.com/chancery-vc/chancery/internal/did/cheqd/ledgersim"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	spec "github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// chain is a simulated ledger over HTTP, in front of which a test may stand.
type chain struct {
	*ledgersim.Ledger
	url string

	mu    sync.Mutex
	front func(w http.ResponseWriter, r *http.Request, next http.Handler) // nil: nobody stands there
	sent  map[string]int                                                  // broadcasts, by hash
}

func newChain(t *testing.T, config ledgersim.Config) *chain {
	t.Helper()
	price, err := spec.ParsePrice("0.05")
	if err != nil {
		t.Fatal(err)
	}
	config.Price = price
	c := &chain{Ledger: ledgersim.New(config), sent: map[string]int{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.note(r)
		c.mu.Lock()
		front := c.front
		c.mu.Unlock()
		if front == nil {
			c.Ledger.ServeHTTP(w, r)
			return
		}
		front(w, r, c.Ledger)
	}))
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

// note counts what is sent.
func (c *chain) note(r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != spec.BroadcastPath {
		return
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	var request struct {
		Tx []byte `json:"tx_bytes"`
	}
	if json.Unmarshal(body, &request) == nil {
		c.mu.Lock()
		c.sent[spec.Hash(request.Tx)]++
		c.mu.Unlock()
	}
}

func (c *chain) stand(front func(w http.ResponseWriter, r *http.Request, next http.Handler)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.front = front
}

// guarded is the guarded client as the method wants it.
type guarded struct{ client *httpx.Client }

func (g guarded) Call(ctx context.Context, method, url string, body []byte) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	response, err := g.client.Do(request)
	return response.Status, response.Body, err
}

// ledgerWorld is a server whose DIDs are on a chain.
type ledgerWorld struct {
	*identity.Service
	t      *testing.T
	dsn    string
	db     *sql.DB
	keys   *local.Store
	chain  *chain
	method cheqd.Method
	writer *cheqd.Writer
	payer  vc.LedgerAccount
	stop   func()
}

func newLedgerWorld(t *testing.T, c *chain) *ledgerWorld {
	t.Helper()
	return newLedgerWorldOn(t, c, cheqd.Network{REST: c.url, RPC: c.url})
}

func newLedgerWorldOn(t *testing.T, c *chain, network cheqd.Network) *ledgerWorld {
	t.Helper()
	w := ledgerWorldOf(t, map[string]cheqd.Network{spec.Testnet: network})
	w.chain = c
	var err error
	w.payer, err = w.accounts().Create(t.Context(), caller("", ""), spec.Testnet)
	if err != nil {
		t.Fatal(err)
	}
	c.Fund(ledgersim.Account{Address: w.payer.Address, Balance: "10000000000000"})
	w.writer = w.newWriter()
	w.start(w.writer)
	return w
}

// ledgerWorldOf is a server without an account and without a writer.
func ledgerWorldOf(t *testing.T, networks map[string]cheqd.Network) *ledgerWorld {
	t.Helper()
	w := &ledgerWorld{t: t, dsn: storetest.Fresh(t)}
	w.method = cheqd.Method{
		Call:     guarded{httpx.NewClient(httpx.ClientConfig{AllowLoopbackHTTP: true, MaxBody: cheqd.MaxAnswer})},
		Networks: networks,
	}
	var err error
	w.db, err = sql.Open(t.Context(), sql.Config{DSN: w.dsn, Enqueued: func() { w.wake() }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.db.Close() })
	if err := w.db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w.keys, err = local.New(local.Config{Master: local.MasterKeys{Current: local.NewMasterKey()}, Rows: w.db}); err != nil {
		t.Fatal(err)
	}
	w.Service = identity.New(identity.Config{
		Rows: sql.For[identity.Rows](w.db), Directory: w.db, Keys: map[string]keys.Store{"local": w.keys},
		Methods: []did.Method{w.method}, LedgerTenants: []string{identity.EveryTenant},
	})
	return w
}

func (w *ledgerWorld) wake() {
	if w.writer != nil {
		w.writer.Wake()
	}
}

func (w *ledgerWorld) accounts() cheqd.Accounts {
	return cheqd.Accounts{Rows: sql.For[cheqd.Rows](w.db), Keys: w.keys, Method: w.method}
}

func (w *ledgerWorld) newWriter() *cheqd.Writer {
	return &cheqd.Writer{
		Method: w.method, Rows: sql.For[cheqd.Rows](w.db), Queue: w.db, Keys: map[string]cheqd.Signer{"local": w.keys},
		Finish: map[string]func(context.Context, vc.LedgerTransaction) error{
			identity.LedgerPurpose: w.FinishLedger, identity.ResourcePurpose: w.FinishResource,
		},
		Lease: 5 * time.Second, Poll: 5 * time.Millisecond, Block: 2 * time.Millisecond, Resend: 50 * time.Millisecond,
	}
}

// start runs a writer until stop or the test's end.
func (w *ledgerWorld) start(writer *cheqd.Writer) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); writer.Run(ctx) }()
	var once sync.Once
	w.stop = func() { once.Do(func() { cancel(); <-ended }) }
	w.t.Cleanup(w.stop)
}

func (w *ledgerWorld) create(by vc.Caller, request identity.CreateRequest) vc.Identity {
	w.t.Helper()
	request.Method = "cheqd"
	made, err := w.Create(w.t.Context(), by, request)
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

// onChain is the document as anybody resolves it.
func (w *ledgerWorld) onChain(didText string) (diddoc.Document, diddoc.Resolution) {
	w.t.Helper()
	resolution, err := w.method.Resolve(w.t.Context(), didText)
	if err != nil {
		w.t.Fatal(err)
	}
	document, err := diddoc.Parse(resolution.Document)
	if err != nil {
		w.t.Fatal(err)
	}
	return document, resolution
}

func (w *ledgerWorld) transactions() []vc.LedgerTransaction {
	w.t.Helper()
	all, err := w.db.LedgerTransactions(w.t.Context(), 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *ledgerWorld) count(scope vc.Scope) (identities, keys int) {
	w.t.Helper()
	all, err := w.List(w.t.Context(), scope, vc.ListQuery{Page: vc.Page{Limit: 100}})
	if err != nil {
		w.t.Fatal(err)
	}
	held, err := w.Keys(w.t.Context(), scope, vc.ListQuery{Page: vc.Page{Limit: 100}})
	if err != nil {
		w.t.Fatal(err)
	}
	return len(all), len(held)
}

// TestLedgerLife lives a DID's life, over each transport: the ledger has at each step what the identity says.
func TestLedgerLife(t *testing.T) {
	for name, only := range map[string]func(*cheqd.Network){
		"both": func(*cheqd.Network) {}, "REST": func(n *cheqd.Network) { n.RPC = "" }, "RPC": func(n *cheqd.Network) { n.REST = "" },
	} {
		t.Run(name, func(t *testing.T) {
			c := newChain(t, ledgersim.Config{})
			network := cheqd.Network{REST: c.url, RPC: c.url}
			only(&network)
			ledgerLife(t, newLedgerWorldOn(t, c, network))
		})
	}
}

// ledgerLife is the life of a DID on whatever ledger.
func ledgerLife(t *testing.T, w *ledgerWorld) {
	t.Helper()
	by := caller("a", "one")
	made := w.create(by, identity.CreateRequest{Name: "Acme"})
	same := func(i vc.Identity) diddoc.Document {
		t.Helper()
		document, resolution := w.onChain(i.DID)
		if !bytes.Equal(resolution.Document, i.Document) {
			t.Errorf("the ledger has\n%s\nand the identity\n%s", resolution.Document, i.Document)
		}
		return document
	}
	same(made)
	first := made.Keys[0].Method
	if _, key, err := w.SigningKey(t.Context(), by.Scope, made.DID, ""); err != nil || key.Method != first {
		t.Errorf("signs with %q, %v", key.Method, err)
	}

	rotated, err := w.Rotate(t.Context(), by, made.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	second := rotated.Keys[1].Method
	document := same(rotated)
	if !document.Has(diddoc.AssertionMethod, first) || document.Has(diddoc.Authentication, first) || !document.Has(diddoc.Authentication, second) {
		t.Errorf("after the rotation: %s", rotated.Document)
	}

	gone, err := w.SetKeyState(t.Context(), by, made.ID, first, vc.KeyCompromised)
	if err != nil {
		t.Fatal(err)
	}
	if document = same(gone); len(document.VerificationMethods) != 1 {
		t.Errorf("after the key is gone: %s", gone.Document)
	}

	grown, err := w.AddKeyAs(t.Context(), by, made.ID, vc.P256, "")
	if err != nil {
		t.Fatal(err)
	}
	same(grown)
	multikey, err := w.AddKeyAs(t.Context(), by, made.ID, vc.Ed25519, diddoc.Multikey)
	if err != nil {
		t.Fatal(err)
	}
	document = same(multikey)
	inline := multikey.Keys[len(multikey.Keys)-1]
	if method, ok := document.Method(inline.Method); !ok || method.Type != diddoc.Multikey || len(inline.Purposes) != 1 || document.Has(diddoc.Authentication, inline.Method) {
		t.Errorf("the inline key: %+v in %s", inline, multikey.Document)
	}

	ended, err := w.Deactivate(t.Context(), by, made.ID)
	if err != nil || ended.DeactivatedAt.IsZero() {
		t.Fatalf("%+v, %v", ended, err)
	}
	if _, resolution := w.onChain(made.DID); !resolution.Metadata.Deactivated {
		t.Error("the ledger does not say that it is deactivated")
	}
	if again, err := w.Deactivate(t.Context(), by, made.ID); err != nil || again.Revision != ended.Revision {
		t.Errorf("twice: %v", err)
	}
	_, err = w.Rotate(t.Context(), by, made.ID, "")
	wantError(t, err, vc.Conflict, "identity-deactivated")
	sequences := map[int64]bool{}
	for _, tx := range w.transactions() {
		if tx.State != vc.LedgerIncluded || tx.Intent != nil || sequences[tx.Sequence] || tx.Attempts != 1 {
			t.Errorf("transaction %+v", tx)
		}
		sequences[tx.Sequence] = true
	}
	if len(sequences) != 6 {
		t.Errorf("%d transactions", len(sequences))
	}
}

// TestLedgerRefusals are asked for in vain: nothing is sent, or nothing is kept.
func TestLedgerRefusals(t *testing.T) {
	c := newChain(t, ledgersim.Config{})
	w := newLedgerWorld(t, c)
	by := caller("a", "one")
	for name, test := range map[string]struct {
		request identity.CreateRequest
		kind    vc.Kind
		code    string
	}{
		"secp256k1 controls no DID": {identity.CreateRequest{Algorithm: vc.Secp256k1}, vc.Invalid, "key-not-supported"},
		"P-384 controls no DID":     {identity.CreateRequest{Algorithm: vc.P384}, vc.Invalid, "key-not-supported"},
		"Multikey controls no DID":  {identity.CreateRequest{Options: map[string]string{"verificationMethodType": "Multikey"}}, vc.Invalid, "method-type"},
		"another network":           {identity.CreateRequest{Options: map[string]string{"network": "mainnet"}}, vc.Invalid, "network-unknown"},
		"another option":            {identity.CreateRequest{Options: map[string]string{"path": "x"}}, vc.Invalid, "unknown-option"},
	} {
		test.request.Method = "cheqd"
		if _, err := w.Create(t.Context(), by, test.request); vc.KindOf(err) != test.kind {
			t.Errorf("%s: %v", name, err)
		} else {
			wantError(t, err, test.kind, test.code)
		}
	}
	if all := w.transactions(); len(all) != 0 {
		t.Errorf("%d transactions", len(all))
	}

	made := w.create(by, identity.CreateRequest{})
	_, err := w.SetKeyState(t.Context(), by, made.ID, made.Keys[0].Method, vc.KeyCompromised)
	wantError(t, err, vc.Conflict, "no-active-key")
	_, err = w.Rotate(t.Context(), by, made.ID, vc.Secp256k1)
	wantError(t, err, vc.Invalid, "key-not-supported")

	failing := func(kind vc.Kind, code string) {
		t.Helper()
		_, err := w.Create(t.Context(), by, identity.CreateRequest{Method: "cheqd"})
		wantError(t, err, kind, code)
		if identities, held := w.count(by.Scope); identities != 1 || held != 1 {
			t.Errorf("%s: %d identities with %d keys are here", code, identities, held)
		}
	}
	w.stop()
	w.writer = w.newWriter()
	w.writer.Ceilings = map[string]*big.Int{spec.Testnet: big.NewInt(1e9)}
	w.start(w.writer)
	failing(vc.Conflict, "fee-above-ceiling")
	w.stop()
	w.writer = w.newWriter()
	w.start(w.writer)
	c.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		rw.WriteHeader(http.StatusBadGateway)
	})
	failing(vc.Unavailable, "ledger-unreachable")
	c.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.Contains(r.URL.Path, "oracle") || strings.Contains(r.URL.RawQuery, "oracle") {
			rw.WriteHeader(http.StatusInternalServerError)
			return
		}
		next.ServeHTTP(rw, r)
	})
	failing(vc.Unavailable, "ledger-price")
	c.stand(nil)
	poor, err := w.accounts().Create(t.Context(), by, spec.Testnet) // the newest pays
	if err != nil {
		t.Fatal(err)
	}
	failing(vc.Unavailable, "fee-account-empty")
	c.Fund(ledgersim.Account{Address: poor.Address, Balance: "1000"})
	failing(vc.Unavailable, "fee-account-empty")
	c.Fund(ledgersim.Account{Address: poor.Address, Balance: "1000000000000"})
	w.create(by, identity.CreateRequest{})
}

// TestLedgerTogether has many DIDs made at once with one account, by two servers.
func TestLedgerTogether(t *testing.T) {
	c := newChain(t, ledgersim.Config{BlockTime: 4 * time.Millisecond})
	w := newLedgerWorld(t, c)
	w.start(w.newWriter())
	const n = 20
	var made sync.Map
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			by := caller([]string{"a", "b"}[i%2], "")
			created, err := w.Create(t.Context(), by, identity.CreateRequest{Method: "cheqd"})
			if err != nil {
				t.Error(err)
				return
			}
			made.Store(created.DID, true)
		})
	}
	all.Wait()
	count := 0
	made.Range(func(key, _ any) bool { count++; w.onChain(key.(string)); return true })
	var sequences []int64
	for _, tx := range w.transactions() {
		sequences = append(sequences, tx.Sequence)
	}
	slices.Sort(sequences)
	if count != n || len(sequences) != n || sequences[0] != 0 || sequences[n-1] != n-1 {
		t.Errorf("%d DIDs, sequences %v", count, sequences)
	}
}

// TestLedgerCrash stops a server at each point between the journal and the end, and goes on with another.
func TestLedgerCrash(t *testing.T) {
	for _, at := range []vc.LedgerState{vc.LedgerRequested, vc.LedgerPrepared, "broadcast", vc.LedgerSent, "block"} {
		t.Run(string(at), func(t *testing.T) {
			c := newChain(t, ledgersim.Config{BlockTime: time.Hour}) // blocks are made by hand
			w := newLedgerWorld(t, c)
			w.stop()
			first := w.newWriter()
			first.Lease = 100 * time.Millisecond // of a server that is no more
			ctx, die := context.WithCancel(context.Background())
			defer die()
			dead := make(chan struct{})
			var once sync.Once
			end := func() { once.Do(func() { close(dead) }) }
			first.Step = func(tx vc.LedgerTransaction) {
				if tx.State == at {
					end()
					select {} // it never says another word
				}
			}
			c.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
				posts := r.Method == http.MethodPost && r.URL.Path == spec.BroadcastPath
				if at == "broadcast" && posts { // taken, and nobody hears it
					next.ServeHTTP(httptest.NewRecorder(), r)
					end()
					<-ctx.Done()
					return
				}
				if at == "block" && strings.HasPrefix(r.URL.Path, spec.BroadcastPath+"/") {
					c.Commit()
					end()
					<-ctx.Done()
					return
				}
				next.ServeHTTP(rw, r)
			})
			created := make(chan error, 1)
			by := caller("a", "one")
			go func() {
				_, err := w.Create(context.Background(), by, identity.CreateRequest{Method: "cheqd"})
				created <- err
			}()
			if at == vc.LedgerRequested {
				for len(w.transactions()) == 0 {
					time.Sleep(time.Millisecond)
				}
			} else {
				go first.Run(ctx)
				<-dead
			}
			if all := w.transactions(); len(all) != 1 || !all[0].State.Open() {
				t.Fatalf("journaled: %+v", all)
			}
			if identities, held := w.count(by.Scope); identities != 0 || held != 0 {
				t.Errorf("%d identities with %d keys are half here", identities, held)
			}
			die()
			c.stand(nil)
			w.writer = w.newWriter()
			w.start(w.writer)
			for finished := false; !finished; {
				select {
				case err := <-created:
					if err != nil {
						t.Fatal(err)
					}
					finished = true
				case <-time.After(5 * time.Millisecond):
					c.Commit()
				}
			}
			all := w.transactions()
			if len(all) != 1 || all[0].State != vc.LedgerIncluded || all[0].Attempts != 1 || all[0].Sequence != 0 {
				t.Errorf("ended: %+v", all)
			}
			w.onChain(all[0].Object)
			c.mu.Lock()
			defer c.mu.Unlock()
			if len(c.sent) != 1 {
				t.Errorf("%d transactions were sent: %v", len(c.sent), c.sent)
			}
			if identities, held := w.count(by.Scope); identities != 1 || held != 1 {
				t.Errorf("%d identities, %d keys", identities, held)
			}
		})
	}
}

// TestLedgerSequence has somebody else use the account, and an underpaid transaction hold it up.
func TestLedgerSequence(t *testing.T) {
	c := newChain(t, ledgersim.Config{BlockTime: 5 * time.Millisecond})
	w := newLedgerWorld(t, c)
	by := caller("a", "one")
	w.create(by, identity.CreateRequest{})
	// The account's number is read before it was used by another: its sequence is old when the transaction comes.
	var once sync.Once
	stale := 0
	c.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.Contains(r.URL.Path, "/accounts/") && stale < 2 {
			stale++
			recorder := httptest.NewRecorder()
			next.ServeHTTP(recorder, r)
			body := strings.Replace(recorder.Body.String(), `"sequence":"1"`, `"sequence":"0"`, 1)
			once.Do(func() {
				if body == recorder.Body.String() {
					t.Errorf("no sequence in %s", body)
				}
			})
			_, _ = io.WriteString(rw, body)
			return
		}
		next.ServeHTTP(rw, r)
	})
	w.create(by, identity.CreateRequest{})
	all := w.transactions()
	if all[0].Attempts != 2 || all[0].Sequence != 1 {
		t.Errorf("%+v", all[0])
	}
}

// TestLedgerSlow has a node that answers late and one that forgets: the same bytes are sent again, and taken once.
func TestLedgerSlow(t *testing.T) {
	c := newChain(t, ledgersim.Config{BlockTime: 5 * time.Millisecond})
	w := newLedgerWorld(t, c)
	by := caller("a", "one")
	lost := 0
	c.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost && lost < 3 {
			lost++
			switch lost {
			case 1: // it answers for another, over REST; over RPC it does not answer
				_, _ = io.WriteString(rw, `{"tx_response":{"txhash":"`+strings.Repeat("A", 64)+`","code":0}}`)
			case 2:
				rw.WriteHeader(http.StatusServiceUnavailable)
			case 3: // it takes it, and says that it failed
				next.ServeHTTP(httptest.NewRecorder(), r)
				rw.WriteHeader(http.StatusGatewayTimeout)
			}
			return
		}
		next.ServeHTTP(rw, r)
	})
	w.create(by, identity.CreateRequest{})
	c.mu.Lock()
	if len(c.sent) != 1 || lost != 3 {
		t.Errorf("sent %v, after %d", c.sent, lost)
	}
	c.mu.Unlock()

	// A caller who goes away is told that it goes on, and it does.
	c.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost {
			rw.WriteHeader(http.StatusGatewayTimeout)
			return
		}
		next.ServeHTTP(rw, r)
	})
	ctx, leave := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer leave()
	_, err := w.Create(ctx, by, identity.CreateRequest{Method: "cheqd"})
	if e, ok := errors.AsType[*vc.Error](err); !ok || e.Code != "ledger-pending" || !strings.Contains(e.Message, "did:cheqd:testnet:") {
		t.Errorf("%v", err)
	}
	c.stand(nil)
	for len(w.transactions()) != 2 || w.transactions()[0].State.Open() {
		time.Sleep(2 * time.Millisecond)
	}
	if identities, _ := w.count(by.Scope); identities != 2 {
		t.Errorf("%d identities", identities)
	}
}

// TestLedgerOneChange lets one change of a DID at a time pass.
func TestLedgerOneChange(t *testing.T) {
	c := newChain(t, ledgersim.Config{})
	w := newLedgerWorld(t, c)
	by := caller("a", "one")
	made := w.create(by, identity.CreateRequest{Algorithms: []vc.Algorithm{vc.Ed25519, vc.P256}})
	gate := make(chan struct{})
	reached := make(chan struct{})
	var once sync.Once
	c.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost {
			once.Do(func() { close(reached) })
			<-gate
		}
		next.ServeHTTP(rw, r)
	})
	rotated := make(chan error, 1)
	go func() { _, err := w.Rotate(context.Background(), by, made.ID, ""); rotated <- err }()
	<-reached
	_, err := w.Rotate(t.Context(), by, made.ID, "")
	wantError(t, err, vc.Conflict, "change-under-way")
	_, err = w.SetKeyState(t.Context(), by, made.ID, made.Keys[0].Method, vc.KeyCompromised)
	wantError(t, err, vc.Conflict, "change-under-way")
	_, err = w.Deactivate(t.Context(), by, made.ID)
	wantError(t, err, vc.Conflict, "change-under-way")
	if now, err := w.Get(t.Context(), by.Scope, made.ID); err != nil || len(now.Keys) != 2 || now.DeactivatedAt.IsZero() || now.Keys[0].State != vc.KeyCompromised {
		t.Errorf("half changed: %+v, %v", now, err)
	}
	close(gate)
	if err := <-rotated; err != nil {
		t.Error(err)
	}
	if now, err := w.Get(t.Context(), by.Scope, made.ID); err != nil || len(now.Keys) != 3 || now.Revision != 4 || now.DeactivatedAt.IsZero() || now.Keys[0].State != vc.KeyCompromised {
		t.Errorf("%+v, %v", now, err)
	}
	if _, err := w.Deactivate(t.Context(), by, made.ID); err != nil {
		t.Error(err)
	}
	if _, resolution := w.onChain(made.DID); !resolution.Metadata.Deactivated {
		t.Error("the ledger was not told")
	}
}

// TestLedgerStops has a compromised key and a deactivated identity sign no more while the ledger does not answer, and the ledger
// hear of it when the call is repeated.
func TestLedgerStops(t *testing.T) {
	c := newChain(t, ledgersim.Config{})
	w := newLedgerWorld(t, c)
	by := caller("a", "one")
	made := w.create(by, identity.CreateRequest{Algorithms: []vc.Algorithm{vc.Ed25519, vc.P256}})
	alone := w.create(by, identity.CreateRequest{})
	spoilt := made.Keys[0].Method
	compromise := func(id, method string) error {
		_, err := w.SetKeyState(t.Context(), by, id, method, vc.KeyCompromised)
		return err
	}
	silent := func(err error) {
		t.Helper()
		wantError(t, err, vc.Unavailable, "ledger-unreachable")
		if !strings.Contains(err.Error(), "signs no more here") {
			t.Errorf("%v", err)
		}
	}
	signsNot := func(did, method string) {
		t.Helper()
		if _, _, err := w.SigningKey(t.Context(), by.Scope, did, method); err == nil {
			t.Errorf("%s signs", method)
		}
	}
	gone := func(rw http.ResponseWriter, _ *http.Request, _ http.Handler) {
		rw.WriteHeader(http.StatusServiceUnavailable)
	}
	if _, _, err := w.SigningKey(t.Context(), by.Scope, made.DID, spoilt); err != nil { // so that it is cached
		t.Fatal(err)
	}
	c.stand(gone)
	silent(compromise(made.ID, spoilt))
	silent(compromise(made.ID, spoilt))
	signsNot(made.DID, spoilt)
	c.stand(nil)
	if document, _ := w.onChain(made.DID); len(document.VerificationMethods) != 2 {
		t.Errorf("%s", document.Raw)
	}
	sent := len(w.transactions())
	for range 2 { // the second has nothing left to say
		if err := compromise(made.ID, spoilt); err != nil {
			t.Fatal(err)
		}
	}
	if document, _ := w.onChain(made.DID); len(document.VerificationMethods) != 1 || len(w.transactions()) != sent+1 {
		t.Errorf("%s, %d transactions", document.Raw, len(w.transactions())-sent)
	}

	c.stand(gone)
	_, err := w.Deactivate(t.Context(), by, made.ID)
	silent(err)
	signsNot(made.DID, "")
	c.stand(nil)
	if ended, err := w.Deactivate(t.Context(), by, made.ID); err != nil || ended.DeactivatedAt.IsZero() {
		t.Errorf("%+v, %v", ended, err)
	}
	if _, resolution := w.onChain(made.DID); !resolution.Metadata.Deactivated {
		t.Error("the ledger was not told")
	}

	// The only key: the ledger takes it out for another.
	wantError(t, compromise(alone.ID, alone.Keys[0].Method), vc.Conflict, "no-active-key")
	signsNot(alone.DID, "")
	if _, err := w.Rotate(t.Context(), by, alone.ID, ""); err != nil {
		t.Fatal(err)
	}
	if document, _ := w.onChain(alone.DID); len(document.VerificationMethods) != 1 || document.VerificationMethods[0].ID == alone.Keys[0].Method {
		t.Errorf("%s", document.Raw)
	}
}

// TestLedgerVersions resolves what was.
func TestLedgerVersions(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	c := newChain(t, ledgersim.Config{Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(time.Minute)
		return at
	}})
	ledgerVersions(t, newLedgerWorld(t, c))
}

// ledgerVersions resolves what was, on whatever ledger.
func ledgerVersions(t *testing.T, w *ledgerWorld) {
	t.Helper()
	by := caller("a", "one")
	made := w.create(by, identity.CreateRequest{})
	_, before := w.onChain(made.DID)
	if _, err := w.Rotate(t.Context(), by, made.ID, ""); err != nil {
		t.Fatal(err)
	}
	old, err := w.method.ResolveVersion(t.Context(), made.DID, before.Metadata.VersionID)
	if err != nil || !bytes.Equal(old.Document, made.Document) {
		t.Errorf("%s, %v", old.Document, err)
	}
	old, err = w.method.ResolveAt(t.Context(), made.DID, before.Metadata.Created)
	if err != nil || !bytes.Equal(old.Document, made.Document) {
		t.Errorf("%s, %v", old.Document, err)
	}
	_, err = w.method.ResolveAt(t.Context(), made.DID, before.Metadata.Created.Add(-time.Hour))
	wantError(t, err, vc.NotFound, "notFound")
	_, err = w.method.ResolveVersion(t.Context(), made.DID, "0cf4bf28-dc34-41da-aa41-124ffb453121")
	wantError(t, err, vc.NotFound, "notFound")
}

// TestLedgerRegistrar changes a DID's services through the registrar, and is refused keys that are elsewhere.
func TestLedgerRegistrar(t *testing.T) {
	ledgerRegistrar(t, newLedgerWorld(t, newChain(t, ledgersim.Config{})))
}

// ledgerRegistrar changes services, on whatever ledger.
func ledgerRegistrar(t *testing.T, w *ledgerWorld) {
	t.Helper()
	by := caller("a", "one")
	with := func(endpoint string) []byte {
		return []byte(`{"service":[{"id":"#files","type":"LinkedDomains","serviceEndpoint":"` + endpoint + `"}]}`)
	}
	made, err := w.Register(t.Context(), by, identity.Registration{Operation: identity.ToCreate, Method: "cheqd", Document: with("https://a.example")})
	if err != nil {
		t.Fatal(err)
	}
	if document, _ := w.onChain(made.DID); len(document.Services) != 1 || string(document.Services[0].Endpoint) != `"https://a.example"` {
		t.Errorf("%s", document.Raw)
	}
	var changed map[string]json.RawMessage
	if err := json.Unmarshal(made.Document, &changed); err != nil {
		t.Fatal(err)
	}
	changed["service"] = []byte(`[{"id":"` + made.DID + `#files","type":"LinkedDomains","serviceEndpoint":"https://b.example"}]`)
	text, err := json.Marshal(changed)
	if err != nil {
		t.Fatal(err)
	}
	updated, err := w.Register(t.Context(), by, identity.Registration{Operation: identity.ToUpdate, Method: "cheqd", DID: made.DID, Document: text})
	if err != nil {
		t.Fatal(err)
	}
	if document, resolution := w.onChain(made.DID); string(document.Services[0].Endpoint) != `"https://b.example"` || !bytes.Equal(resolution.Document, updated.Document) {
		t.Errorf("%s", document.Raw)
	}
	changed["service"] = []byte(`[{"id":"` + made.DID + `#files","type":"LinkedDomains","serviceEndpoint":{"origins":["https://b.example"]}}]`)
	if text, err = json.Marshal(changed); err != nil {
		t.Fatal(err)
	}
	_, err = w.Register(t.Context(), by, identity.Registration{Operation: identity.ToUpdate, Method: "cheqd", DID: made.DID, Document: text})
	wantError(t, err, vc.Invalid, "document-not-on-ledger")
	_, err = w.Register(t.Context(), by, identity.Registration{Operation: identity.ToCreate, Method: "cheqd", Client: true})
	wantError(t, err, vc.Unsupported, "keys-elsewhere-not-offered")
	if _, err := w.Register(t.Context(), by, identity.Registration{Operation: identity.ToDeactivate, Method: "cheqd", DID: made.DID}); err != nil {
		t.Fatal(err)
	}
	if _, resolution := w.onChain(made.DID); !resolution.Metadata.Deactivated {
		t.Error("not deactivated")
	}
}

// TestLedgerResources stores a resource, its next version and another, and fetches each in every way.
func TestLedgerResources(t *testing.T) {
	for name, network := range map[string]func(url string) cheqd.Network{
		"REST": func(url string) cheqd.Network { return cheqd.Network{REST: url} }, "RPC": func(url string) cheqd.Network { return cheqd.Network{RPC: url} },
	} {
		t.Run(name, func(t *testing.T) {
			c := newChain(t, ledgersim.Config{})
			ledgerResources(t, newLedgerWorldOn(t, c, network(c.url)), 1<<20)
		})
	}
}

// ledgerResources stores and fetches resources on whatever ledger; largest is the size of one in bytes.
func ledgerResources(t *testing.T, w *ledgerWorld, largest int) {
	t.Helper()
	by := caller("a", "one")
	made := w.create(by, identity.CreateRequest{})
	publish := func(name, version, data string) did.LinkedResource {
		t.Helper()
		got, err := w.PublishResource(t.Context(), by, made.DID, did.LinkedResource{Name: name, Type: "JsonSchema", Version: version, Data: []byte(data)})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	first := publish("degree", "1", `{"a":1}`)
	second := publish("degree", "2", `{"a":2}`)
	other := publish("badge", "", "text")
	if second.Previous != first.URL || !strings.HasPrefix(first.URL, made.DID+"/resources/") || string(first.Data) != `{"a":1}` || first.MediaType != "application/json" {
		t.Errorf("%+v, then %+v", first, second)
	}
	id := func(r did.LinkedResource) string { return r.URL[strings.LastIndex(r.URL, "/")+1:] }
	for want, query := range map[string]did.ResourceQuery{
		first.URL: {ID: id(first)}, second.URL: {Name: "degree", Type: "JsonSchema"}, other.URL: {Name: "badge"},
		first.URL + " ": {Name: "degree", Version: "1"}, first.URL + "  ": {Name: "degree", Time: first.Created},
	} {
		query.DID = made.DID
		if got, err := w.Resource(t.Context(), query); err != nil || got.URL != strings.TrimSpace(want) {
			t.Errorf("%+v: %+v, %v", query, got, err)
		}
	}
	_, err := w.Resource(t.Context(), did.ResourceQuery{DID: made.DID})
	wantError(t, err, vc.Invalid, "resource-ambiguous")
	_, err = w.Resource(t.Context(), did.ResourceQuery{DID: made.DID, Name: "none"})
	wantError(t, err, vc.NotFound, "notFound")
	_, err = w.Resource(t.Context(), did.ResourceQuery{DID: made.DID, ID: "0cf4bf28-dc34-41da-aa41-124ffb453121"})
	wantError(t, err, vc.NotFound, "notFound")

	before := len(w.transactions())
	for _, bad := range []did.LinkedResource{
		{Name: "", Type: "t", Data: []byte("x")},
		{Name: "n", Type: strings.Repeat("t", 65), Data: []byte("x")},
		{Name: "n", Type: "t"},
		{Name: "n", Type: "t", Data: make([]byte, spec.MaxResource+1)},
	} {
		_, err := w.PublishResource(t.Context(), by, made.ID, bad)
		wantError(t, err, vc.Invalid, "resource-not-on-ledger")
	}
	if after := w.transactions(); len(after) != before || after[0].Message != nil || after[0].Raw != nil {
		t.Errorf("%d transactions, then %d", before, len(after))
	}
	large := publish("large", "", strings.Repeat("0123456789abcdef", largest/16))
	if len(large.Data) != largest {
		t.Errorf("%d bytes", len(large.Data))
	}
	if _, err := w.Deactivate(t.Context(), by, made.ID); err != nil {
		t.Fatal(err)
	}
	_, err = w.PublishResource(t.Context(), by, made.ID, did.LinkedResource{Name: "n", Type: "t", Data: []byte("x")})
	wantError(t, err, vc.Conflict, "identity-deactivated")
}

// TestLedgerStuck has a node that may have taken a transaction, and that says then, and for ever, that it is none: nobody waits
// behind it for ever.
func TestLedgerStuck(t *testing.T) {
	c := newChain(t, ledgersim.Config{})
	w := newLedgerWorld(t, c)
	stuck, posts := "", 0
	c.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method != http.MethodPost || r.URL.Path != spec.BroadcastPath {
			if r.Method == http.MethodPost && posts < 2 {
				rw.WriteHeader(http.StatusGatewayTimeout)
				return
			}
			next.ServeHTTP(rw, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		var request struct {
			Tx []byte `json:"tx_bytes"`
		}
		_ = json.Unmarshal(body, &request)
		hash := spec.Hash(request.Tx)
		if posts++; posts == 1 {
			stuck = hash
			rw.WriteHeader(http.StatusGatewayTimeout)
			return
		}
		if hash == stuck {
			_, _ = io.WriteString(rw, `{"tx_response":{"txhash":"`+hash+`","codespace":"sdk","code":21,"raw_log":"tx too large"}}`)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(rw, r)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := w.Create(ctx, caller("a", "one"), identity.CreateRequest{Method: "cheqd"})
	wantError(t, err, vc.Invalid, "too-large")
	if _, err := w.Create(ctx, caller("b", "two"), identity.CreateRequest{Method: "cheqd"}); err != nil {
		t.Errorf("behind it: %v", err)
	}
	if identities, _ := w.count(caller("a", "one").Scope); identities != 0 {
		t.Errorf("%d identities of a change that failed", identities)
	}
}
