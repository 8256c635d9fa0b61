package verifier_test

import (
	"context"
	stdsql "database/sql"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/chancery-vc/chancery/internal/did/empe"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/dataintegrity"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didempe"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/jsonld"
)

// TestProve: whoever holds a key proves its DID once, with a JWT or an embedded proof, and nothing of it is kept.
func TestProve(t *testing.T) {
	g := newGate(t)
	for name, c := range map[string]struct {
		by    signer
		model vc.ModelVersion
		suite string // "": a JWT
	}{
		"a JWT":                     {g.holder, vc.VCDM11, ""},
		"a JWT of today":            {g.holder, vc.VCDM20, ""},
		"a JWT of an off-chain DID": {g.wallet, vc.VCDM11, ""},
		"secp256k1":                 {g.wallet, vc.VCDM11, dataintegrity.EcdsaSecp256k1Signature2019},
		"JWS 2020":                  {g.wallet, vc.VCDM11, "JsonWebSignature2020"},
		"Ed25519 2020":              {g.holder, vc.VCDM11, "Ed25519Signature2020"},
		"Data Integrity":            {g.holder, vc.VCDM20, dataintegrity.EdDSARDFC2022},
	} {
		t.Run(name, func(t *testing.T) {
			r := g.login(nil)
			m := g.proof(c.by, r)
			m.Model = c.model
			var token []byte
			if c.suite == "" {
				token = g.present(c.by, m)
			} else {
				token = g.embedded(c.by, c.suite, m)
			}
			a := verifier.Answer{VPToken: string(token), State: r.State}
			proven, err := g.desk.Prove(t.Context(), vc.Caller{Scope: g.by.Scope}, r.ID, a)
			g.must(err)
			if proven.DID != c.by.did || proven.Request.Status != vc.RequestCompleted || proven.Request.ID != r.ID {
				t.Errorf("%+v", proven)
			}
			if g.row(r.ID).Status != vc.RequestCompleted || g.answers(r.ID) != 0 {
				t.Error("not as it was stored")
			}
			_, err = g.desk.Prove(t.Context(), vc.Caller{}, r.ID, a)
			g.wantError(err, vc.Conflict, "request-completed", "")
		})
	}
}

// TestProveRefused: what proves nothing, why, and that it counts.
func TestProveRefused(t *testing.T) {
	g := newGate(t)
	other := newWallet(t, "other")
	for name, c := range map[string]struct {
		code string
		make func(vc.PresentationRequest) []byte
	}{
		"by another DID": {"holder-mismatch", func(r vc.PresentationRequest) []byte {
			m := g.proof(g.holder, r)
			m.Method = g.issuer.method
			return g.present(g.issuer, m)
		}},
		"by another off-chain DID": {"did-unreachable", func(r vc.PresentationRequest) []byte { return g.present(other, g.proof(g.wallet, r)) }},
		"by another key, embedded": {"did-unreachable", func(r vc.PresentationRequest) []byte {
			return g.embedded(other, dataintegrity.EcdsaSecp256k1Signature2019, g.proof(g.wallet, r))
		}},
		"another nonce": {"nonce-mismatch", func(r vc.PresentationRequest) []byte {
			m := g.proof(g.holder, r)
			m.Nonce = "another"
			return g.present(g.holder, m)
		}},
		"no nonce": {"nonce-missing", func(r vc.PresentationRequest) []byte {
			m := g.proof(g.holder, r)
			m.Nonce = ""
			return g.present(g.holder, m)
		}},
		"no audience": {"audience-mismatch", func(r vc.PresentationRequest) []byte {
			m := g.proof(g.holder, r)
			m.Audience = nil
			return g.present(g.holder, m)
		}},
		"no domain": {"audience-mismatch", func(r vc.PresentationRequest) []byte {
			m := g.proof(g.wallet, r)
			m.Audience = nil
			return g.embedded(g.wallet, dataintegrity.EcdsaSecp256k1Signature2019, m)
		}},
		"for another": {"audience-mismatch", func(r vc.PresentationRequest) []byte {
			m := g.proof(g.holder, r)
			m.Audience = []string{"https://elsewhere.example"}
			return g.present(g.holder, m)
		}},
		"tampered": {"signature-invalid", func(r vc.PresentationRequest) []byte {
			token := g.present(g.holder, g.proof(g.holder, r))
			return spoilt(token, len(token)-43)
		}},
		"tampered, off-chain": {"did-unreachable", func(r vc.PresentationRequest) []byte {
			token := g.present(g.wallet, g.proof(g.wallet, r))
			return spoilt(token, len(token)-43)
		}},
		"unsigned": {"no-signature", func(r vc.PresentationRequest) []byte {
			token := g.present(g.holder, g.proof(g.holder, r))
			return token[:strings.LastIndexByte(string(token), '.')]
		}},
		"unsigned object": {"no-signature", func(r vc.PresentationRequest) []byte {
			return []byte(`{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiablePresentation"],"holder":"` + g.holder.did + `"}`)
		}},
		"over": {"expired", func(r vc.PresentationRequest) []byte {
			m := g.proof(g.holder, r)
			m.Created, m.Expires = g.now.Add(-time.Hour), g.now.Add(-30*time.Minute)
			return g.present(g.holder, m)
		}},
		"another's credential": {"subject-not-holder", func(r vc.PresentationRequest) []byte {
			return g.present(g.holder, g.proof(g.holder, r, g.signedOld(g.issuer, g.held(g.issuer, g.wallet.did))))
		}},
		"a credential that is over": {"expired", func(r vc.PresentationRequest) []byte {
			token := g.signed(g.issuer, g.held(g.issuer, g.holder.did).with("validUntil", "2026-02-01T00:00:00Z"))
			return g.present(g.holder, g.proof(g.holder, r, token))
		}},
		"no presentation": {"unknown-format", func(vc.PresentationRequest) []byte { return []byte("garbage") }},
	} {
		t.Run(name, func(t *testing.T) {
			r := g.login(nil)
			_, err := g.desk.Prove(t.Context(), vc.Caller{}, r.ID, verifier.Answer{VPToken: string(c.make(r)), State: r.State})
			if e := g.wantError(err, vc.Invalid, "presentation-invalid", "/vpToken"); !slices.Contains(codes(e), c.code) {
				t.Errorf("%v, want %s", codes(e), c.code)
			}
			if row := g.row(r.ID); row.Attempts != 1 || row.Status != vc.RequestPending || g.answers(r.ID) != 0 {
				t.Errorf("%+v", row)
			}
		})
	}
}

// TestProveForm: what costs nothing to see is no attempt, and a request of somebody else is none.
func TestProveForm(t *testing.T) {
	g := newGate(t)
	r := g.login(nil)
	token := string(g.present(g.holder, g.proof(g.holder, r)))
	foreign := g.asks(nil)
	for name, c := range map[string]struct {
		by            vc.Caller
		id            string
		a             verifier.Answer
		kind          vc.Kind
		code, pointer string
	}{
		"no such request":         {vc.Caller{}, newID(), verifier.Answer{VPToken: token, State: r.State}, vc.NotFound, "request-not-found", ""},
		"another tenant's":        {g.strange, r.ID, verifier.Answer{VPToken: token, State: r.State}, vc.NotFound, "request-not-found", ""},
		"another organisation's":  {g.other, r.ID, verifier.Answer{VPToken: token, State: r.State}, vc.NotFound, "request-not-found", ""},
		"no login":                {vc.Caller{}, foreign.ID, verifier.Answer{VPToken: token, State: foreign.State}, vc.NotFound, "request-not-found", ""},
		"nothing":                 {vc.Caller{}, r.ID, verifier.Answer{State: r.State}, vc.Invalid, "answer-empty", ""},
		"an ID token":             {vc.Caller{}, r.ID, verifier.Answer{State: r.State, IDToken: token}, vc.Invalid, "answer-empty", ""},
		"no state":                {vc.Caller{}, r.ID, verifier.Answer{VPToken: token}, vc.Invalid, "state-mismatch", "/state"},
		"another state":           {vc.Caller{}, r.ID, verifier.Answer{VPToken: token, State: "s"}, vc.Invalid, "state-mismatch", "/state"},
		"too much":                {vc.Caller{}, r.ID, verifier.Answer{VPToken: strings.Repeat("x", 1<<20), State: r.State}, vc.Invalid, "too-large", ""},
		"a submission of nothing": {vc.Caller{}, r.ID, verifier.Answer{VPToken: token, State: r.State, Submission: []byte("[]")}, vc.Invalid, "submission-invalid", "/submission"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := g.desk.Prove(t.Context(), c.by, c.id, c.a)
			g.wantError(err, c.kind, c.code, c.pointer)
		})
	}
	_, err := g.desk.Submit(t.Context(), vc.Caller{}, r.ID, verifier.Answer{VPToken: token, State: r.State})
	g.wantError(err, vc.NotFound, "request-not-found", "")
	_, err = g.desk.Receive(t.Context(), vc.Caller{}, r.ID, verifier.Answer{VPToken: token, State: r.State})
	g.wantError(err, vc.NotFound, "request-not-found", "")
	if row := g.row(r.ID); row.Attempts != 0 || row.Status != vc.RequestPending {
		t.Errorf("%+v", row)
	}
	g.now = r.ExpiresAt
	_, err = g.desk.Prove(t.Context(), vc.Caller{}, r.ID, verifier.Answer{VPToken: token, State: r.State})
	g.wantError(err, vc.Gone, "request-expired", "")
}

// TestProveDefinition: a login may ask for credentials too; one that asks for none is answered without.
func TestProveDefinition(t *testing.T) {
	g := newGate(t)
	for name, c := range map[string]struct {
		definition  []byte
		credentials [][]byte
		fault       string
	}{
		"nothing asked":      {[]byte(`{"id":"x","input_descriptors":[]}`), nil, ""},
		"what is asked":      {wanting("MSc"), [][]byte{g.signedOld(g.issuer, g.held(g.issuer, g.holder.did))}, ""},
		"nothing for it":     {wanting("MSc"), nil, "descriptor-unmet"},
		"something else":     {wanting("PhD"), [][]byte{g.signedOld(g.issuer, g.held(g.issuer, g.holder.did))}, "descriptor-unmet"},
		"somebody else's it": {wanting("MSc"), [][]byte{g.signedOld(g.issuer, g.held(g.issuer, g.wallet.did))}, "subject-not-holder"},
	} {
		t.Run(name, func(t *testing.T) {
			r := g.login(func(n *verifier.NewRequest) { n.Definition = c.definition })
			token := g.present(g.holder, g.proof(g.holder, r, c.credentials...))
			proven, err := g.desk.Prove(t.Context(), vc.Caller{}, r.ID, verifier.Answer{VPToken: string(token), State: r.State})
			if c.fault == "" {
				if g.must(err); proven.DID != g.holder.did {
					t.Errorf("%+v", proven)
				}
				return
			}
			if e := g.wantError(err, vc.Invalid, "presentation-invalid", "/vpToken"); !slices.Contains(codes(e), c.fault) {
				t.Error(codes(e))
			}
		})
	}
}

// TestProveLimit: ten failures close a login to a good answer too, and of many good ones at once one proves.
func TestProveLimit(t *testing.T) {
	g := newGate(t)
	r := g.login(nil)
	good := verifier.Answer{VPToken: string(g.present(g.holder, g.proof(g.holder, r))), State: r.State}
	bad := verifier.Answer{VPToken: string(spoilt([]byte(good.VPToken), len(good.VPToken)-43)), State: r.State}
	for range 10 {
		_, err := g.desk.Prove(t.Context(), vc.Caller{}, r.ID, bad)
		g.wantError(err, vc.Invalid, "presentation-invalid", "/vpToken")
	}
	_, err := g.desk.Prove(t.Context(), vc.Caller{}, r.ID, good)
	g.wantError(err, vc.Conflict, "too-many-submissions", "")
	if row := g.row(r.ID); row.Attempts != 10 {
		t.Error(row.Attempts)
	}
	r = g.login(nil)
	good = verifier.Answer{VPToken: string(g.present(g.holder, g.proof(g.holder, r))), State: r.State}
	var wait sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		wait.Go(func() { _, errs[i] = g.desk.Prove(context.WithoutCancel(t.Context()), vc.Caller{}, r.ID, good) })
	}
	wait.Wait()
	proven := 0
	for _, err := range errs {
		if err == nil {
			proven++
			continue
		}
		g.wantError(err, vc.Conflict, "request-completed", "")
	}
	if proven != 1 {
		t.Errorf("%d proved it", proven)
	}
}

// TestProveHeld: a login whose row another server holds for longer than a transaction waits is proven when the row is free.
func TestProveHeld(t *testing.T) {
	dsn := storetest.FreshPostgres(t)
	g := newGate(t)
	db := storetest.Open(t, dsn)
	g.moves(db, db)
	g.desk.Rows = sql.For[verifier.Rows](db)
	other, err := stdsql.Open("pgx", dsn)
	g.must(err)
	defer func() { _ = other.Close() }()

	r := g.login(nil)
	holding, err := other.BeginTx(t.Context(), nil)
	g.must(err)
	defer func() { _ = holding.Rollback() }()
	_, err = holding.ExecContext(t.Context(), `SELECT 1 FROM presentation_requests WHERE id = $1 FOR UPDATE`, r.ID)
	g.must(err)
	proven := make(chan error, 1)
	good := verifier.Answer{VPToken: string(g.present(g.holder, g.proof(g.holder, r))), State: r.State}
	go func() {
		_, err := g.desk.Prove(context.WithoutCancel(t.Context()), vc.Caller{}, r.ID, good)
		proven <- err
	}()
	begun := map[time.Time]bool{} // transactions that were seen to wait for the row
	for len(begun) < 3 && len(proven) == 0 {
		var at stdsql.NullTime
		g.must(other.QueryRowContext(t.Context(), `SELECT max(xact_start) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name = 'chancery' AND wait_event_type = 'Lock'`).Scan(&at))
		if at.Valid {
			begun[at.Time] = true
		}
	}
	g.must(holding.Rollback())
	g.must(<-proven)
	if g.row(r.ID).Status != vc.RequestCompleted {
		t.Error("not as it was stored")
	}
}

// ledgerOf is a did:empe whose ledger says what a handler says.
func (g *gate) ledgerOf(handler http.HandlerFunc) empe.Method {
	server := httptest.NewServer(handler)
	g.Cleanup(server.Close)
	return empe.Method{Fetch: g.world.client, Nodes: map[string]string{didempe.Testnet: server.URL}}
}

// rotated knows a document of a DID that follows from a key.
type rotated struct {
	documents
	empe.Method
}

func (r rotated) Resolve(ctx context.Context, scope vc.Scope, did string) (diddoc.Resolution, error) {
	return r.documents.Resolve(ctx, scope, did)
}

func (r rotated) Certify(did string, keys []jose.PublicKey) (diddoc.Document, bool) {
	for _, key := range keys {
		if document, ok := r.Method.Certify(did, key); ok {
			return document, true
		}
	}
	return diddoc.Document{}, false
}

// TestUnpublished: a key proves the DID that follows from it where the ledger has no document of it, or there is no ledger;
// never where there is a document, and not while the ledger does not answer.
func TestUnpublished(t *testing.T) {
	g := newGate(t)
	prove := func() error {
		r := g.login(nil)
		m := g.proof(g.wallet, r)
		_, err := g.desk.Prove(t.Context(), vc.Caller{}, r.ID, verifier.Answer{VPToken: string(g.present(g.wallet, m)), State: r.State})
		if err != nil {
			return err
		}
		r = g.login(nil)
		m = g.proof(g.wallet, r)
		m.Method = g.wallet.did + "#1" // it has one key, and this is not its name
		_, err = g.desk.Prove(t.Context(), vc.Caller{}, r.ID, verifier.Answer{VPToken: string(g.present(g.wallet, m)), State: r.State})
		g.wantError(err, vc.Invalid, "presentation-invalid", "/vpToken")
		return nil
	}
	g.must(prove())
	g.knows(g.ledgerOf(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"jsonrpc":"2.0","id":-1,"result":{"response":{"code":6,"log":"DID Document not found: unknown request","value":null,"height":"7","codespace":"sdk"}}}`))
	}))
	g.must(prove())
	g.knows(g.ledgerOf(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	if e := g.wantError(prove(), vc.Invalid, "presentation-invalid", "/vpToken"); !slices.Contains(codes(e), "did-unreachable") {
		t.Error(codes(e))
	}
	key, err := jose.Public(newWallet(t, "newer").private)
	g.must(err)
	method, err := diddoc.NewMethod(diddoc.JSONWebKey, g.wallet.method, g.wallet.did, key)
	g.must(err)
	document, err := diddoc.Build(diddoc.Document{
		ID: g.wallet.did, VerificationMethods: []diddoc.VerificationMethod{method},
		Relationships: map[diddoc.Relationship][]string{diddoc.Authentication: {g.wallet.method}},
	})
	g.must(err)
	g.resolves(rotated{documents{g.wallet.did: string(document)}, empe.Method{}})
	if e := g.wantError(prove(), vc.Invalid, "presentation-invalid", "/vpToken"); !slices.Contains(codes(e), "signature-invalid") {
		t.Error(codes(e))
	}
}

// TestLoginsAsked: who may ask, for what, and that a nonce serves once for everyone.
func TestLoginsAsked(t *testing.T) {
	g := newGate(t)
	used := g.login(nil)
	for name, c := range map[string]struct {
		change        func(*verifier.NewRequest)
		code, pointer string
	}{
		"nonce used":      {func(n *verifier.NewRequest) { n.Nonce = used.Nonce }, "nonce-used", "/nonce"},
		"a space":         {func(n *verifier.NewRequest) { n.Nonce = "a b" }, "nonce-invalid", "/nonce"},
		"state":           {func(n *verifier.NewRequest) { n.State = "é" }, "state-invalid", "/state"},
		"for nobody":      {func(n *verifier.NewRequest) { n.Audience = nil }, "audience-missing", "/audience"},
		"a definition":    {func(n *verifier.NewRequest) { n.Definition = []byte(`{"id":"x"}`) }, "definition-invalid", "/definition/input_descriptors"},
		"pushed in clear": {func(n *verifier.NewRequest) { n.Push = "http://rp.example/cb" }, "url-invalid", "/push"},
		"pushed nowhere":  {func(n *verifier.NewRequest) { n.Push = "/cb" }, "url-invalid", "/push"},
		"a fragment":      {func(n *verifier.NewRequest) { n.Push = "https://rp.example/#x" }, "url-invalid", "/push"},
		"no origin":       {func(n *verifier.NewRequest) { n.Domains = []string{"https://a.example", "https://a.example/path"} }, "origin-invalid", "/domains/1"},
		"of this machine": {func(n *verifier.NewRequest) { n.Domains = []string{"http://127.0.0.1:8080"} }, "origin-invalid", "/domains/0"},
		"many origins":    {func(n *verifier.NewRequest) { n.Domains = make([]string, 21) }, "too-many", "/domains"},
	} {
		t.Run(name, func(t *testing.T) {
			n := verifier.NewRequest{Login: true, Audience: []string{gateURL}, ExpiresAt: g.now.Add(time.Minute)}
			c.change(&n)
			_, err := g.desk.CreateRequest(t.Context(), g.strange, n)
			g.wantError(err, vc.Invalid, c.code, c.pointer)
		})
	}
	if requests, total, err := g.desk.Requests(t.Context(), g.by.Scope, vc.ListQuery{}); err != nil || total != 0 || len(requests) != 0 {
		t.Error("a login is in no list", err, total)
	}
	g.issues()
	g.login(nil)
	_, err := g.desk.CreateRequest(t.Context(), g.by, g.order())
	g.wantError(err, vc.Denied, "not-a-verifier", "")
	g.verifies(false)
	_, err = g.desk.CreateRequest(t.Context(), g.by, verifier.NewRequest{Login: true, Audience: []string{gateURL}, ExpiresAt: g.now.Add(time.Minute)})
	g.wantError(err, vc.Denied, "not-allowed", "")
}

// TestLoginsAreBounded: whoever asks, so many logins are begun an hour in one office; what is beyond is not kept, and others' offices,
// requests of who may ask, and logins that were begun do not suffer from it.
func TestLoginsAreBounded(t *testing.T) {
	g := newGate(t)
	g.desk.Logins = 4
	begins := func(by vc.Caller, nonce string) error {
		n := verifier.NewRequest{Login: true, State: newID(), Nonce: nonce, Audience: []string{gateURL}, ExpiresAt: g.now.Add(time.Minute)}
		_, err := g.desk.CreateRequest(t.Context(), by, n)
		return err
	}
	first := g.login(func(n *verifier.NewRequest) { n.ExpiresAt = g.now.Add(time.Hour) })
	for range 3 {
		g.must(begins(g.by, newID()))
	}
	refused := newID()
	g.wantError(begins(g.by, refused), vc.Unavailable, "too-many-requests", "")
	g.must(begins(g.strange, newID()))
	g.asks(nil)
	g.now = g.now.Add(15 * time.Minute)
	g.must(begins(g.by, refused)) // its nonce was not kept
	g.wantError(begins(g.by, newID()), vc.Unavailable, "too-many-requests", "")
	m := g.proof(g.holder, first)
	_, err := g.desk.Prove(t.Context(), g.by, first.ID, verifier.Answer{VPToken: string(g.present(g.holder, m)), State: first.State})
	g.must(err)
}

// TestSweepLogins: what is over for a day goes, and only logins.
func TestSweepLogins(t *testing.T) {
	g := newGate(t)
	old, kept := g.login(nil), g.asks(nil)
	g.now = old.ExpiresAt.Add(24*time.Hour + time.Second)
	late := g.login(nil)
	g.must(g.desk.SweepLogins(t.Context()))
	_, err := g.desk.PublicRequest(t.Context(), old.ID)
	g.wantError(err, vc.NotFound, "request-not-found", "")
	for _, r := range []vc.PresentationRequest{kept, late} {
		if _, err := g.desk.PublicRequest(t.Context(), r.ID); err != nil {
			t.Error(err)
		}
	}
}

// TestProveNonce: wallets that secure with suites of before have the challenge as nonce; of today's suites that is another
// thing, and beside a challenge it counts for nothing.
func TestProveNonce(t *testing.T) {
	g := newGate(t)
	for name, c := range map[string]struct {
		by        signer
		suite     string
		challenge string
		code      string
	}{
		"of before":          {g.wallet, dataintegrity.EcdsaSecp256k1Signature2019, "", ""},
		"beside a challenge": {g.wallet, dataintegrity.EcdsaSecp256k1Signature2019, "another", "nonce-mismatch"},
		"of today":           {g.holder, dataintegrity.EdDSARDFC2022, "", "nonce-missing"},
	} {
		t.Run(name, func(t *testing.T) {
			r := g.login(nil)
			suite, err := dataintegrity.SuiteOf(c.suite)
			g.must(err)
			document := `{"@context":["https://www.w3.org/ns/credentials/v2","https://w3id.org/security/suites/secp256k1-2019/v1"],` +
				`"type":["VerifiablePresentation"],"holder":"` + c.by.did + `"}`
			prepared, err := dataintegrity.Prepare(t.Context(), []byte(document), dataintegrity.Options{
				Suite: suite, Algorithm: c.by.alg, Method: c.by.method, Purpose: "authentication", Created: g.now, Domain: r.Audience[:1],
				Challenge: c.challenge, Nonce: r.Nonce,
			}, dataintegrity.RDFC{Processor: &jsonld.Processor{}, Loader: jsonld.Known{}})
			g.must(err)
			signature, err := jose.Sign(c.by.private, c.by.alg, prepared.Input)
			g.must(err)
			secured, err := prepared.Secure(signature)
			g.must(err)
			_, err = g.desk.Prove(t.Context(), vc.Caller{}, r.ID, verifier.Answer{VPToken: string(secured), State: r.State})
			if c.code == "" {
				g.must(err)
			} else if e := g.wantError(err, vc.Invalid, "presentation-invalid", "/vpToken"); !slices.Contains(codes(e), c.code) {
				t.Error(codes(e))
			}
		})
	}
}

// TestProveAgain: a proof serves once, also when its login was swept and somebody asks under its nonce again; one that tells no
// date serves never.
func TestProveAgain(t *testing.T) {
	g := newGate(t)
	prove := func(token []byte, r vc.PresentationRequest) error {
		_, err := g.desk.Prove(t.Context(), vc.Caller{}, r.ID, verifier.Answer{VPToken: string(token), State: r.State})
		return err
	}
	refused := func(err error, code string) {
		t.Helper()
		if e := g.wantError(err, vc.Invalid, "presentation-invalid", "/vpToken"); !slices.Contains(codes(e), code) {
			t.Error(codes(e))
		}
	}
	for name, c := range map[string]struct{ suite, early string }{
		"a JWT": {"", "not-yet-valid"}, "embedded": {dataintegrity.EcdsaSecp256k1Signature2019, "presentation-early"},
	} {
		t.Run(name, func(t *testing.T) {
			sign := func(r vc.PresentationRequest, created time.Time) []byte {
				m := g.proof(g.wallet, r)
				m.Created, m.Expires = created, time.Time{} // as of a wallet whose proofs do not end
				if c.suite != "" {
					return g.embedded(g.wallet, c.suite, m)
				}
				return g.present(g.wallet, m)
			}
			r := g.login(nil)
			token := sign(r, g.now)
			g.must(prove(token, r))
			g.now = r.ExpiresAt.Add(24*time.Hour + time.Second)
			g.must(g.desk.SweepLogins(t.Context()))
			again := g.login(func(n *verifier.NewRequest) { n.Nonce = r.Nonce })
			refused(prove(token, again), "presentation-old")
			refused(prove(sign(again, g.now.Add(2*time.Hour)), again), c.early)
			if c.suite == "" { // the suite wants a date
				refused(prove(sign(again, time.Time{}), again), "presentation-undated")
			}
			g.must(prove(sign(again, g.now.Add(-50*time.Minute)), again)) // a clock that is late
		})
	}
}
