package agent_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/key"
	"github.com/chancery-vc/chancery/internal/did/web"
	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/ldp"
	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/status"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// network is what agents reach each other by.
type network struct {
	mu   sync.Mutex
	ends map[string]*end                  // by endpoint
	raw  map[string]func(envelope []byte) // by endpoint: agents that are not of this package
	fate func() fate                      // of the next envelope; nil: it comes through
	dark bool                             // nothing can be fetched
	stay bool                             // its ends outlive the test that made them: a fuzz target has one world
	hold func(url string)                 // before something is fetched
	sent int
	seen []seen
}

// seen is an envelope that came.
type seen struct {
	to       *end
	envelope []byte
}

// fate is what becomes of an envelope.
type fate int

const (
	through  fate = iota
	lost          // nobody gets it, and who sent it knows
	unheard       // it comes, and who sent it does not hear so
	doubled       // it comes twice
	repeated      // it comes, and all that came before it comes once more
)

func (n *network) Post(ctx context.Context, endpoint string, envelope []byte) ([]byte, error) {
	n.mu.Lock()
	to, fate := n.ends[endpoint], through
	if n.fate != nil {
		fate = n.fate()
	}
	n.sent++
	raw := n.raw[endpoint]
	n.mu.Unlock()
	if raw != nil {
		raw(envelope)
		return nil, nil
	}
	away := vc.Errorf(vc.Unavailable, "peer-unreachable", "no way there")
	if to == nil || fate == lost {
		return nil, away
	}
	answer, err := to.receive(ctx, envelope)
	if fate == doubled && err == nil {
		answer, err = to.receive(ctx, envelope)
	}
	n.mu.Lock()
	n.seen = append(n.seen, seen{to, envelope})
	before := n.seen
	n.mu.Unlock()
	if fate == repeated {
		for _, old := range before[max(0, len(before)-6):] {
			_, _ = old.to.receive(ctx, old.envelope)
		}
	}
	if err == nil && fate == unheard {
		return nil, away
	}
	if vc.KindOf(err) == vc.Invalid && err != nil {
		err = vc.Errorf(vc.Invalid, "peer-refused", "the peer refuses").Because(err)
	}
	return answer, err
}

// receive is Receive of a server that may die: who sent the envelope hears nothing then.
func (e *end) receive(ctx context.Context, envelope []byte) (answer []byte, err error) {
	defer func() {
		if died := recover(); died != nil {
			if _, ok := died.(crash); !ok {
				panic(died)
			}
			err = vc.Errorf(vc.Unavailable, "peer-unreachable", "it died")
		}
	}()
	return e.Receive(ctx, envelope, agent.Source{})
}

// Get serves the did:web documents of the ends, and the status lists of issuers.
func (n *network) Get(ctx context.Context, url, accept string) ([]byte, string, error) {
	host, path, _ := strings.Cut(strings.TrimPrefix(url, "https://"), "/")
	n.mu.Lock()
	of, dark := n.ends["https://"+host], n.dark
	n.mu.Unlock()
	if n.hold != nil {
		n.hold(url)
	}
	if dark {
		return nil, "", vc.Errorf(vc.Unavailable, "fetch-failed", "no way there")
	}
	if of == nil {
		return nil, "", vc.Errorf(vc.NotFound, "no-such-host", "there is nobody")
	}
	if list, ok := strings.CutPrefix(path, "status/"); ok {
		published, err := of.Issuer.StatusListCredential(ctx, list, accept)
		return published.Body, published.MediaType, err
	}
	document, err := of.ids.WebDocument(ctx, host, "/"+path)
	return document, "application/did+json", err
}

func (*network) Live(didcomm.Verkey, []byte) bool { return false }

// end is a server with one wallet, which is an agent.
type end struct {
	*testing.T
	*agent.Desk
	db    *sql.DB
	by    vc.Caller
	ids   *identity.Service
	clock func() time.Time
	tick  func(time.Duration)
	did   string // of the agent
}

// pair is an issuer and a holder who are connected.
type pair struct {
	*network
	issuer, holder *end
	ours, theirs   string // the connection, at the issuer and at the holder
}

func newPair(t *testing.T, issuing, holding vc.AgentSettings) *pair {
	t.Helper()
	n := &network{ends: map[string]*end{}}
	p := &pair{network: n, issuer: newEnd(t, n, "https://issuer.example", issuing), holder: newEnd(t, n, "https://holder.example", holding)}
	var err error
	p.ours, p.theirs, err = agent.Introduce(t.Context(), p.issuer.Desk, p.holder.Desk, p.issuer.by, p.holder.by)
	fine(t, err)
	return p
}

func newEnd(t *testing.T, n *network, url string, settings vc.AgentSettings) *end {
	t.Helper()
	var mu sync.Mutex
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	now := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(time.Microsecond)
		return at
	}
	ctx, cleanup := t.Context(), t.Cleanup
	if n.stay {
		ctx, cleanup = context.Background(), func(func()) {}
	}
	db, err := sql.Open(ctx, sql.Config{DSN: storetest.Fresh(t), Now: now})
	fine(t, err)
	cleanup(func() { _ = db.Close() })
	fine(t, db.Migrate(ctx))
	vault, err := local.New(local.Config{Master: local.MasterKeys{Current: local.NewMasterKey()}, Rows: db})
	fine(t, err)
	e := &end{T: t, db: db, by: vc.Caller{Scope: vc.Scope{Tenant: uuid.NewString(), Organisation: uuid.NewString()}, Principal: "p", Door: "test"}}
	e.clock = now
	e.tick = func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(d)
	}
	fine(t, sql.For[access.Rows](db).Update(t.Context(), vc.Scope{Tenant: e.by.Scope.Tenant}, func(rows access.Rows) error {
		return errors.Join(rows.InsertTenant(vc.Tenant{ID: e.by.Scope.Tenant, Slug: "one", Name: "One"}),
			rows.InsertOrganisation(vc.Organisation{ID: e.by.Scope.Organisation, Tenant: e.by.Scope.Tenant, Name: "O", MayIssue: true, MayVerify: true}))
	}))
	stores := map[string]keys.Store{local.Name: vault}
	e.ids = identity.New(identity.Config{
		Rows: agent.Identities{Rows: sql.For[agent.IdentityKeys](db)}, Directory: db, Keys: stores, Now: now,
		Methods: []did.Method{key.Method{}, web.Method{Domain: strings.TrimPrefix(url, "https://"), Fetch: n}},
	})
	formats := []format.Format{ldp.New(nil)}
	lists := status.New(status.Config{Rows: sql.For[status.Rows](db), Directory: db, Vault: vault, PublicURL: url, Now: now})
	cleanup(lists.Close)
	types := catalog.New(catalog.Config{Rows: sql.For[catalog.Rows](db), Directory: db, PublicURL: url, Now: now})
	judge := verifier.New(verifier.Config{Formats: formats, Resolver: resolver{e.ids}, Fates: e.ids, Status: lists, Fetcher: n, Now: now})
	signing := &issuer.Desk{
		Rows: sql.For[issuer.Rows](db), Catalog: types, Identity: e.ids, Status: lists, Keys: stores, Vault: vault, Formats: formats,
		PublicURL: url, Now: now,
	}
	wallet := &holder.Desk{
		Identity: e.ids, Formats: formats, Now: now,
		Signing: &holder.Signing{Identity: e.ids, Keys: stores, Rows: sql.For[holder.Rows](db)},
		Wallet:  &holder.Wallet{Vault: vault, Identities: e.ids, Judge: judged{judge}},
	}
	e.Desk = &agent.Desk{
		Rows: storetest.Again(sql.For[agent.Rows](db)), Directory: db, Keys: stores, KeyStore: local.Name, Vault: vault, Identity: e.ids,
		Issuer: signing, Holder: wallet, Verifier: judge, Post: n, Endpoint: url, Defaults: settings, Now: now,
	}
	made, err := e.ids.Create(t.Context(), e.by, identity.CreateRequest{Agent: true})
	fine(t, err)
	e.did = made.DID
	n.ends[url] = e
	return e
}

// resolver resolves as a verifier asks.
type resolver struct{ identities *identity.Service }

func (r resolver) Resolve(ctx context.Context, scope vc.Scope, did string) (diddoc.Resolution, error) {
	resolution, _, err := r.identities.Resolve(ctx, scope, did)
	return resolution, err
}

// judged verifies for a wallet.
type judged struct{ verifier *verifier.Service }

func (j judged) Judge(ctx context.Context, scope vc.Scope, secured []byte) (holder.Judged, error) {
	report, err := j.verifier.Verify(ctx, vc.Scope{Tenant: scope.Tenant}, secured, verifier.Options{})
	if err != nil {
		return holder.Judged{}, err
	}
	var out holder.Judged
	for _, check := range report.Checks {
		tolerated := check.Outcome == verifier.NotChecked && (check.Name == verifier.CheckStatus || check.Name == verifier.CheckSchema)
		switch {
		case check.Name != verifier.CheckStatus:
		case check.Outcome == verifier.Passed || check.Code == verifier.CodeNoStatus:
			out.Standing = vc.Active
		case check.Code == "revoked":
			out.Standing = vc.Revoked
		}
		if check.Outcome == verifier.Failed || check.Outcome == verifier.NotChecked && !tolerated {
			out.Faults = append(out.Faults, vc.Finding{Code: check.Code, Pointer: check.Pointer, Message: check.Reason})
		}
	}
	return out, nil
}

// work does the jobs that are due, one after the other, until there are none.
func (e *end) work() (did int) {
	e.Helper()
	for {
		jobs, err := e.db.Lend(e.Context(), "w", []string{agent.JobSend, agent.JobReceive}, 1, time.Minute)
		fine(e.T, err)
		if len(jobs) == 0 {
			return did
		}
		for _, job := range jobs {
			do := e.SendJob
			if job.Kind == agent.JobReceive {
				do = e.ReceiveJob
			}
			failure, retry := "", time.Time{}
			if err := do(e.Context(), job); err != nil {
				failure, retry = fmt.Sprint(err), e.Now().Add(time.Second)
			}
			fine(e.T, e.db.Return(e.Context(), job, failure, retry, false))
			did++
		}
	}
}

// settle lets both ends do what there is to be done, and time pass, until nothing is.
func (p *pair) settle() {
	for idle := 0; idle < 3; idle++ {
		if p.issuer.work()+p.holder.work() > 0 {
			idle = 0
		}
		p.issuer.tick(2 * time.Second)
		p.holder.tick(2 * time.Second)
	}
}
