package crash

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/did/cheqd/ledgersim"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/sdk"
	spec "github.com/chancery-vc/chancery/spec/cheqd"
)

// The moments at which a node sees a server die.
const (
	unheard   = "before the node has it"
	unnoticed = "before the node's answer"
	found     = "as the version is found"
)

// ledgerDeaths are the ends that a server meets while something of it goes to the ledger.
func ledgerDeaths() []string {
	return []string{
		"ledger-" + string(vc.LedgerPrepared), unheard, unnoticed, "ledger-" + string(vc.LedgerSent), found, "ledger-" + string(vc.LedgerIncluded),
	}
}

// node is a simulated ledger, at which a request may wait for the death of who sent it.
type node struct {
	*ledgersim.Ledger
	url     string
	reached chan struct{} // a request waits

	mu    sync.Mutex
	death string // that is to come
}

func newNode(t testing.TB) *node {
	t.Helper()
	price, err := spec.ParsePrice("0.05")
	check(t, err)
	n := &node{Ledger: ledgersim.New(ledgersim.Config{Price: price, BlockTime: 20 * time.Millisecond}), reached: make(chan struct{}, 1)}
	server := httptest.NewServer(n)
	t.Cleanup(server.Close)
	n.url = server.URL
	return n
}

// arm has the next request of its kind wait for a death; "": none.
func (n *node) arm(death string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.death = death
}

// deadly says once that the death that was armed is here.
func (n *node) deadly(death string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.death != death {
		return false
	}
	n.death = ""
	return true
}

func (n *node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sends := r.Method == http.MethodPost && r.URL.Path == spec.BroadcastPath
	asks := strings.Contains(r.URL.Path, "/version/") || strings.Contains(r.URL.Path, "/resources/")
	switch {
	case sends && n.deadly(unheard):
		_, _ = io.Copy(io.Discard, r.Body) // until then nobody hears that a client goes
	case sends && n.deadly(unnoticed):
		n.Ledger.ServeHTTP(httptest.NewRecorder(), r)
	case asks:
		answer := httptest.NewRecorder()
		n.Ledger.ServeHTTP(answer, r)
		if answer.Code != http.StatusOK || !n.deadly(found) {
			w.WriteHeader(answer.Code)
			_, _ = w.Write(answer.Body.Bytes())
			return
		}
	default:
		n.Ledger.ServeHTTP(w, r)
		return
	}
	n.reached <- struct{}{}
	<-r.Context().Done() // its sender is dead
}

// ask reads the ledger beside everybody.
func ask[T any](t testing.TB, n *node, query spec.Query, parse func([]byte) (T, error)) T {
	t.Helper()
	answer := httptest.NewRecorder()
	n.Ledger.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, query.REST, nil))
	value, err := parse(answer.Body.Bytes())
	check(t, err)
	return value
}

// scribe is an office whose DIDs, schemas and lists are on a ledger, and whose server dies over it.
type scribe struct {
	office
	t      *testing.T
	server *server
	node   *node
	db     *sql.DB
	armed  string // file that names the step at which the server dies
	payer  string
	rounds int
}

const funds = 1_000_000 // CHEQ

// price is what a round costs by cheqd's prices, at 0.05 USD: a DID, a schema as JSON, a list twice as text, an update, an end.
const price = 40 + 8 + 2*4 + 20 + 8

// TestKilledOnLedger kills a server at each step of whatever it writes to a ledger, and at moments of chance, and starts it again: the
// ledger has everything once, and was paid for it once.
func TestKilledOnLedger(t *testing.T) {
	if testing.Short() {
		t.Skip("not run: it takes minutes")
	}
	binary := build(t)
	for name, open := range engines() {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // they wait more than they work
			s := newScribe(t, binary, open(t))
			for _, death := range ledgerDeaths() {
				s.round(s.dies(death), s.dies(death))
			}
			for _, death := range []string{issuer.StepPublishing, issuer.StepJournaled} {
				s.round(nil, s.dies(death))
			}
			s.round(nil, s.stumbles)
		})
	}
}

func newScribe(t *testing.T, binary string, e engine) *scribe {
	n := newNode(t)
	armed := filepath.Join(t.TempDir(), "armed")
	s := &scribe{t: t, node: n, armed: armed}
	s.server = newServer(t, binary, append(e.env, "CHANCERY_DEV=true", "CHANCERY_CHEQD_TENANT=*", "CHANCERY_CHEQD_NETWORK=testnet="+n.url+","+n.url)...)
	s.server.start("")
	s.office = setUp(t, s.server.url, s.server.admin)
	s.server.kill()
	account, err := app.CreateLedgerAccount(t.Context(), e.config, spec.Testnet, "")
	check(t, err)
	s.payer = account.Address
	n.Fund(ledgersim.Account{Address: s.payer, Balance: fmt.Sprint(funds, "000000000")})
	s.db = e.look(t)
	s.server.start("@" + armed)
	return s
}

// again starts the server anew after its death, when what it had borrowed is due again.
func (s *scribe) again() {
	s.t.Helper()
	for _, table := range []string{"ledger_transactions", "jobs"} {
		_, err := s.db.Exec(`UPDATE ` + table + ` SET leased_to = 0`)
		check(s.t, err)
	}
	s.server.start("@" + s.armed)
}

// dies has the server die once of a death, while it does what it is asked.
func (s *scribe) dies(death string) func(act func()) {
	return func(act func()) {
		s.t.Helper()
		_, ofStep := strings.CutPrefix(death, "ledger-")
		ofStep = ofStep || death == issuer.StepPublishing || death == issuer.StepJournaled
		if ofStep {
			check(s.t, os.WriteFile(s.armed+".new", []byte(death), 0o600))
			check(s.t, os.Rename(s.armed+".new", s.armed))
		} else {
			s.node.arm(death)
		}
		var acting sync.WaitGroup
		acting.Go(act)
		if ofStep {
			s.server.died()
		} else {
			select {
			case <-s.node.reached:
			case <-time.After(40 * time.Second):
				s.t.Errorf("%s: it was not reached", death)
			}
			s.server.kill()
		}
		acting.Wait()
		s.again()
		s.settles()
	}
}

// stumbles has the server die several times while it publishes what was asked for.
func (s *scribe) stumbles(act func()) {
	s.t.Helper()
	act()
	for range 4 {
		time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
		s.server.kill()
		s.again()
	}
	s.settles()
}

// settles waits until the ledger has what it is to have, and the database knows.
func (s *scribe) settles() {
	s.t.Helper()
	for end := time.Now().Add(40 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var open int
		check(s.t, s.db.QueryRow(`SELECT (SELECT count(*) FROM ledger_transactions WHERE state NOT IN ('included', 'failed'))
			+ (SELECT count(*) FROM publications WHERE job <> '')`).Scan(&open))
		if open == 0 {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("%d are open", open)
		}
	}
}

// round lives a DID's life with a type that publishes under it. What goes to the ledger meets an end: what is said of the
// DID, where that is set, and what is published.
func (s *scribe) round(ofDIDs, ofPublications func(act func())) {
	s.t.Helper()
	if ofDIDs == nil {
		ofDIDs = func(act func()) { act() }
	}
	t, ctx := s.t, s.t.Context()
	s.rounds++
	name := fmt.Sprint("Round ", s.rounds)
	ofDIDs(func() { _, _ = s.issuer.CreateDID(ctx, sdk.NewDID{Method: "cheqd", Name: name}) }) // who asks may die with it
	did := named(t, name, s.issuer.ListDIDs, func(d sdk.DID) string { return d.Name })
	schema, err := s.issuer.CreateSchema(ctx, sdk.NewSchema{Name: name, TypeName: "Round", Schema: map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
		"properties": map[string]any{"id": map[string]any{"type": "string"}},
	}})
	check(t, err)
	ofPublications(func() {
		_, _ = s.issuer.CreateType(ctx, sdk.NewType{
			Name: name, Types: []string{"Round"}, Schema: sdk.SchemaReference{ID: schema.ID}, Purposes: []string{"revocation"},
			Publish: &sdk.Publishing{Identity: did.ID, IntervalSeconds: 1},
		})
	})
	kind := named(t, name, s.issuer.ListTypes, func(k sdk.Type) string { return k.Name })
	order := sdk.Order{Type: kind.ID, Issuer: did.DID, IdempotencyKey: name, Claims: map[string]any{"id": "did:example:holder"}}
	ofPublications(func() { _, _ = s.issuer.Issue(ctx, order) })
	made, err := s.issuer.Issue(ctx, order)
	check(t, err)
	ofPublications(func() { _, _ = s.issuer.Revoke(ctx, made.ID, "crash") })
	ofDIDs(func() { _, _ = s.issuer.RotateDID(ctx, did.ID, "") })
	ofDIDs(func() { _, _ = s.issuer.DeactivateDID(ctx, did.ID) })
	s.settles()
	s.hasOnce(did.ID, kind.ID)
}

// named finds the one that is called so.
func named[T any](t testing.TB, name string, list func(context.Context, sdk.ListQuery) (sdk.List[T], error), of func(T) string) (found T) {
	t.Helper()
	all, err := list(t.Context(), sdk.ListQuery{Limit: 1000})
	check(t, err)
	n := 0
	for _, one := range all.Items {
		if of(one) == name {
			found, n = one, n+1
		}
	}
	if n != 1 {
		t.Fatalf("%d are called %s", n, name)
	}
	return found
}

// hasOnce holds the ledger and the database to what a round does.
func (s *scribe) hasOnce(id, kind string) {
	t := s.t
	t.Helper()
	did, err := s.issuer.GetDID(t.Context(), id)
	check(t, err)
	versions := ask(t, s.node, spec.QueryVersions(did.DID), spec.ParseVersions)
	if len(did.Keys) != 2 || did.DeactivatedAt.IsZero() || len(versions) != 3 {
		t.Errorf("the DID has %d keys, %d versions, and ended %s", len(did.Keys), len(versions), did.DeactivatedAt)
	}
	parsed, err := spec.ParseDID(did.DID)
	check(t, err)
	count := map[string]int{}
	for _, resource := range ask(t, s.node, spec.QueryResources(parsed.ID), spec.ParseResources) {
		count[resource.Type]++
	}
	if count["JSONSchema"] != 1 || count["BitstringStatusListCredential"] != 2 || len(count) != 2 {
		t.Errorf("the ledger has %v", count)
	}
	publications, err := s.issuer.ListPublications(t.Context(), kind, sdk.ListQuery{})
	check(t, err)
	for _, p := range publications.Items {
		if p.State != "published" || p.Failures != 0 {
			t.Errorf("%+v", p)
		}
	}
	const each = 6 // transactions of a round
	account := ask(t, s.node, spec.QueryAccount(s.payer), spec.ParseAccount)
	if account.Sequence != uint64(each*s.rounds) {
		t.Errorf("after %d rounds the ledger counts %d transactions", s.rounds, account.Sequence)
	}
	balance := ask(t, s.node, spec.QueryBalances(s.payer), spec.ParseBalances)
	if want := fmt.Sprint(funds-price*s.rounds, "000000000"); len(balance) != 1 || balance[0].Amount != want {
		t.Errorf("after %d rounds the account has %v, want %s", s.rounds, balance, want)
	}
	var all, included, sequences int
	check(t, s.db.QueryRow(`SELECT count(*), count(CASE state WHEN 'included' THEN 1 END), count(DISTINCT sequence) FROM ledger_transactions`).
		Scan(&all, &included, &sequences))
	if all != each*s.rounds || included != all || sequences != all {
		t.Errorf("after %d rounds there are %d transactions, %d of them included, with %d sequences", s.rounds, all, included, sequences)
	}
}
