package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/did/cheqd/ledgersim"
	"github.com/chancery-vc/chancery/sdk"
	spec "github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/test/suite"
)

// registrarPeer is a registrar and resolver that pays for others: Chancery's, on a simulated ledger. A test may stand in front.
type registrarPeer struct {
	url    string
	key    string
	ledger *ledgersim.Ledger
	node   string
	proxy  http.Handler

	mu     sync.Mutex
	front  func(w http.ResponseWriter, r *http.Request, body []byte, next http.Handler) // of the registrar's routes; nil: nobody
	second map[string]int                                                               // second steps, by job
	first  int
}

func newRegistrarPeer(t *testing.T) *registrarPeer {
	t.Helper()
	p := &registrarPeer{second: map[string]int{}}
	p.ledger, p.node = ledgerOf(t)
	w := start(t, "sqlite", onTestnet(p.node))
	w.payer(p.ledger, "10000000000000")
	p.key = w.office("payer").key.Secret
	p.proxy = httputil.NewSingleHostReverseProxy(must(url.Parse(w.url)))
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

// config is that of a server which has neither node nor account.
func (p *registrarPeer) config() app.Config {
	name := spec.Testnet
	return app.Config{Cheqd: app.Cheqd{
		Registrars: map[string]string{name: p.url + "/1.0/"}, Tokens: map[string]string{name: p.key},
		Resolvers: map[string]string{name: p.url + "/1.0/identifiers/"}, Tenants: []string{"*"},
	}}
}

func (p *registrarPeer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := must(io.ReadAll(r.Body))
	r.Body = io.NopCloser(bytes.NewReader(body))
	p.mu.Lock()
	front := p.front
	if r.Method == http.MethodPost {
		var step struct {
			Job string `json:"jobId"`
		}
		_ = json.Unmarshal(body, &step)
		if step.Job == "" {
			p.first++
		} else {
			p.second[step.Job]++
		}
	}
	p.mu.Unlock()
	if front == nil || r.Method != http.MethodPost {
		p.proxy.ServeHTTP(w, r)
		return
	}
	front(w, r, body, p.proxy)
}

func (p *registrarPeer) stand(front func(w http.ResponseWriter, r *http.Request, body []byte, next http.Handler)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.front = front
}

// steps counts what was asked: first steps, jobs whose second step came, and the most that one came.
func (p *registrarPeer) steps() (first, jobs, most int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range p.second {
		most = max(most, n)
	}
	return p.first, len(p.second), most
}

// resolved is a DID's document as this server resolves it.
func (w *world) resolved(did string) (document []byte, deactivated bool) {
	w.t.Helper()
	got := w.get("/1.0/identifiers/"+did, "")
	var result struct {
		Document json.RawMessage `json:"didDocument"`
		Metadata struct {
			Deactivated bool `json:"deactivated"`
		} `json:"didDocumentMetadata"`
	}
	if got.status != http.StatusOK || json.Unmarshal(got.body, &result) != nil {
		w.t.Fatalf("%s: %d %s", did, got.status, got.body)
	}
	return result.Document, result.Metadata.Deactivated
}

// TestCheqdThroughRegistrar lives the life of a DID, and publishes its resources, with a registrar and a resolver and nothing else.
func TestCheqdThroughRegistrar(t *testing.T) {
	suite.Engines(t, func(t *testing.T, engine string) {
		guard(t, func() {
			peer := newRegistrarPeer(t)
			w, far := start(t, engine, peer.config()), start(t, "sqlite", onTestnet(peer.node))
			ctx := t.Context()
			o, other := w.office("north"), far.office("south").admin
			did := must(o.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd", Algorithms: []string{"Ed25519", "Ed25519", "secp256k1"}, Options: map[string]string{"assertionMethodType": "Multikey"}}))
			same := func() diddoc.Document {
				t.Helper()
				document, _ := far.resolved(did.DID)
				here := must(o.admin.GetDID(ctx, did.ID)).Document
				if !must(ijson.Equal(document, here)) {
					t.Errorf("the ledger has\n%s\nand the server\n%s", document, here)
				}
				return must(diddoc.Parse(document))
			}
			same()
			must(o.admin.RotateDID(ctx, did.ID, ""))
			if document := same(); len(document.Methods(diddoc.Authentication)) != 1 {
				t.Errorf("after the rotation: %s", document.Raw)
			}
			must(o.admin.AddDIDKey(ctx, did.ID, sdk.NewDIDKey{Algorithm: "P-256"}))
			document := same()
			kind := o.kind.NewType
			kind.Name, kind.Publish = "Published", &sdk.Publishing{Identity: did.DID, IntervalSeconds: 3600, Reference: "did-url"}
			p := &press{office: o, node: peer.node, did: did, kind: must(o.admin.CreateType(ctx, kind))}
			if schema := p.reaches("schema", "published"); !strings.HasPrefix(schema.URL, did.DID+"/resources/") {
				t.Errorf("%+v", schema)
			}
			w.clock.advance(2 * time.Second)
			made := p.issue()
			eventually(t, "the lists", func() bool { return p.versions("BitstringStatusListCredential") == 2 })
			for name, who := range map[string]*sdk.Client{"through the resolver": o.admin, "by the ledger": other} {
				if report := must(who.Verify(ctx, sdk.Verification{Credential: made.Credential})); report.Outcome != "passed" {
					t.Errorf("%s: %s %s", name, report.Outcome, told(report))
				}
			}
			// The interval counts from when the server knows of a publication, which is later than the ledger does.
			eventually(t, "all is published", func() bool {
				for _, one := range must(o.admin.ListPublications(ctx, p.kind.ID, sdk.ListQuery{})).Items {
					if one.State != "published" {
						return false
					}
				}
				return true
			})
			must(o.admin.Revoke(ctx, made.ID, ""))
			w.clock.advance(time.Hour)
			eventually(t, "the next version", func() bool { return p.versions("BitstringStatusListCredential") >= 3 })

			for _, text := range []string{did.DID, did.DID + "/versions", did.DID + "/metadata", did.DID + "#" + strings.Split(document.VerificationMethods[0].ID, "#")[1]} {
				path := "/1.0/identifiers/" + strings.Replace(text, "#", "%23", 1)
				if near, distant := w.get(path, ""), far.get(path, ""); near.status != 200 || distant.status != 200 {
					t.Errorf("%s: %d %s, and %d", text, near.status, near.body, distant.status)
				}
			}
			must(o.admin.DeactivateDID(ctx, did.ID))
			if _, deactivated := far.resolved(did.DID); !deactivated {
				t.Error("the ledger was not told")
			}
			first, jobs, most := peer.steps()
			all := must(app.LedgerTransactions(ctx, w.config, 100))
			for _, tx := range all {
				if tx.State != "included" || tx.Hash != "" || tx.Fee != "" || tx.Account != peer.url+"/1.0/" {
					t.Errorf("%+v", tx)
				}
			}
			if first != jobs || most != 1 || len(all) != jobs {
				t.Errorf("%d first steps, %d jobs, at most %d second steps, %d transactions", first, jobs, most, len(all))
			}
			if accounts := must(app.LedgerAccounts(ctx, w.config)); len(accounts) != 0 {
				t.Errorf("accounts: %+v", accounts)
			}
		})
	})
}
