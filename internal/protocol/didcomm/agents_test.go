package didcomm_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/key"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/protocol/didcomm"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/work"
	spec "github.com/chancery-vc/chancery/spec/didcomm"
)

// office is a server with one agent: its own database, wire, listener and worker.
type office struct {
	*testing.T
	*agent.Desk
	by        vc.Caller
	wire      *didcomm.Wire
	server    *httptest.Server
	publisher *journal.Publisher
	reader    *journal.Reader
	requests  atomic.Int64 // to the inlet
}

// The kinds of endpoint.
const (
	overHTTP   = "http"
	overSocket = "ws"
	nowhere    = ""
)

// newOffice makes one with an endpoint of a kind; around, if it is given, stands before the inlet.
func newOffice(t *testing.T, kind string, around func(http.Handler) http.Handler) *office {
	t.Helper()
	fine := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	yes := true
	o := &office{T: t, by: vc.Caller{Scope: vc.Scope{Tenant: uuid.NewString(), Organisation: uuid.NewString()}, Principal: "p", Door: "test"}}
	var worker *work.Worker
	db, err := sql.Open(t.Context(), sql.Config{DSN: storetest.Fresh(t), Enqueued: func() { worker.Wake() }})
	fine(err)
	t.Cleanup(func() { _ = db.Close() })
	fine(db.Migrate(t.Context()))
	vault, err := local.New(local.Config{Master: local.MasterKeys{Current: local.NewMasterKey()}, Rows: db})
	fine(err)
	fine(sql.For[access.Rows](db).Update(t.Context(), vc.Scope{Tenant: o.by.Scope.Tenant}, func(rows access.Rows) error {
		if err := rows.InsertTenant(vc.Tenant{ID: o.by.Scope.Tenant, Slug: "one", Name: "One"}); err != nil {
			return err
		}
		return rows.InsertOrganisation(vc.Organisation{ID: o.by.Scope.Organisation, Tenant: o.by.Scope.Tenant, Name: "O", MayIssue: true, MayVerify: true})
	}))
	stores := map[string]keys.Store{local.Name: vault}
	o.wire = &didcomm.Wire{Client: client(5 * time.Second)}
	o.Desk = &agent.Desk{
		Rows: sql.For[agent.Rows](db), Directory: db, Keys: stores, KeyStore: local.Name, Vault: vault, Post: o.wire, Check: o.wire.Client.CheckSocket,
		Identity: identity.New(identity.Config{Rows: sql.For[identity.Rows](db), Directory: db, Keys: stores, Methods: []did.Method{key.Method{}}}),
		Defaults: vc.AgentSettings{AutoAcceptInvites: &yes, AutoAcceptRequests: &yes, OpenMediation: &yes}, Pickup: 20 * time.Millisecond,
	}
	o.wire.Agent = o.Desk
	worker = &work.Worker{
		Lender: db, Poll: 20 * time.Millisecond, First: 5 * time.Millisecond, Longest: 50 * time.Millisecond, Attempts: 1 << 20, At: 16,
		Handlers: map[string]work.Handler{
			agent.JobSend: o.SendJob, agent.JobReceive: o.ReceiveJob, agent.JobPickup: o.PickupJob,
		},
	}
	o.Worker = worker
	handler := httpx.Stack{}.Wrap(o.wire.Handler(didcomm.Prefix))
	if around != nil {
		handler = around(handler)
	}
	o.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.requests.Add(1)
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(o.server.Close)
	switch kind {
	case overHTTP:
		o.Endpoint = o.server.URL + didcomm.Prefix
	case overSocket:
		o.Endpoint = strings.Replace(o.server.URL, "http:", "ws:", 1) + didcomm.Prefix
	}
	o.publisher = &journal.Publisher{Sequencer: db, Masters: vault.MasterKeys()}
	o.reader = &journal.Reader{Rows: sql.For[journal.Rows](db), Publisher: o.publisher}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { worker.Run(ctx) })
	running.Go(func() { o.wire.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait(); o.Wait() })
	return o
}

// connect makes a connection by an invitation; mediation is that which the inviter is behind.
func connect(inviter, taker *office, mediation string) (atInviter, atTaker string) {
	inviter.Helper()
	yes := true
	invitation, err := inviter.Invite(inviter.Context(), inviter.by, agent.NewInvitation{Handshake: []string{spec.DIDExchange11}, Auto: &yes, Mediation: mediation})
	if err != nil {
		inviter.Fatal(err)
	}
	taken, err := taker.Take(taker.Context(), taker.by, agent.Taking{Message: invitation.Message, Auto: &yes})
	if err != nil {
		taker.Fatal(err)
	}
	atInviter, atTaker = invitation.Invitation.Connection, taken.Invitation.Connection
	taker.await("the taker is connected", func() bool { return taker.state(atTaker) == vc.Completed })
	inviter.await("the inviter is connected", func() bool { return inviter.state(atInviter) == vc.Completed })
	return atInviter, atTaker
}

func (o *office) state(connection string) vc.ConnectionState {
	o.Helper()
	c, err := o.Connection(o.Context(), o.by.Scope, connection)
	if err != nil {
		o.Fatal(err)
	}
	return c.Connection.State
}

func (o *office) await(what string, ok func() bool) {
	o.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			letters, _ := o.Letters(o.Context(), o.by.Scope, vc.LetterQuery{})
			for _, l := range letters {
				o.Logf("letter %s %s %s %d %s", l.Way, l.Type, l.State, l.Attempts, l.Failure)
			}
			o.Fatal("waited in vain: " + what)
		}
	}
}

// heard are the lines of text that came, in their order.
func (o *office) heard() (list []string) {
	o.Helper()
	for n := 1; n > 0; {
		var err error
		if n, err = o.publisher.Publish(o.Context()); err != nil {
			o.Fatal(err)
		}
	}
	entries, err := o.reader.Events(o.Context(), o.by.Scope, 0, 1000)
	if err != nil {
		o.Fatal(err)
	}
	for _, entry := range entries {
		told, err := o.Notices(o.Context(), o.by.Scope, entry.ID)
		if err != nil || told[entry.ID].Topic != agent.TopicMessage {
			continue
		}
		var said agent.MessageView
		if err := json.Unmarshal(told[entry.ID].Record, &said); err != nil {
			o.Fatal(err)
		}
		list = append(list, said.Content)
	}
	return list
}

// converse says so many lines each way, and wants all of them, once and in order.
func converse(a, b *office, toB, toA string, lines int) {
	a.Helper()
	before, beforeB := a.heard(), b.heard()
	for n := range lines {
		for _, e := range []struct {
			from *office
			to   string
		}{{a, toB}, {b, toA}} {
			if err := e.from.Say(e.from.Context(), e.from.by, e.to, fmt.Sprint(n)); err != nil {
				e.from.Fatal(err)
			}
		}
	}
	want := make([]string, lines)
	for n := range want {
		want[n] = fmt.Sprint(n)
	}
	for _, e := range []struct {
		at     *office
		before []string
	}{{a, before}, {b, beforeB}} {
		e.at.await("everything was heard", func() bool { return len(e.at.heard()) >= len(e.before)+lines })
		if got := e.at.heard()[len(e.before):]; !slices.Equal(got, want) {
			e.at.Fatalf("heard %q", got)
		}
	}
}

func TestAgents(t *testing.T) {
	for _, c := range [][2]string{{overHTTP, overHTTP}, {overSocket, overSocket}, {overHTTP, overSocket}, {overSocket, overHTTP}} {
		t.Run(c[0]+" "+c[1], func(t *testing.T) {
			a, b := newOffice(t, c[0], nil), newOffice(t, c[1], nil)
			toB, toA := connect(a, b, "")
			converse(a, b, toB, toA, 20)
			if c == [2]string{overSocket, overSocket} && a.requests.Load()+b.requests.Load() > 4 {
				t.Errorf("%d and %d sockets were opened", a.requests.Load(), b.requests.Load())
			}
		})
	}
}

// cutting is an agent behind a network that breaks: what comes third is handled, and then all sockets are cut, so that nobody hears
// that it was taken.
type cutting struct {
	*agent.Desk
	wire *didcomm.Wire
	n    atomic.Int64
}

func (c *cutting) Receive(ctx context.Context, envelope []byte, from agent.Source) ([]byte, error) {
	answer, err := c.Desk.Receive(ctx, envelope, from)
	if c.n.Add(1)%3 == 0 {
		didcomm.Cut(c.wire)
	}
	return answer, err
}

// A connection that is cut anywhere loses nothing and doubles nothing.
func TestAgentsOverABadNetwork(t *testing.T) {
	t.Run(overHTTP, func(t *testing.T) {
		var n atomic.Int64
		bad := func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch n.Add(1) % 5 {
				case 1: // never came
					panic(http.ErrAbortHandler)
				case 3: // came, and nobody knows
					next.ServeHTTP(httptest.NewRecorder(), r)
					panic(http.ErrAbortHandler)
				}
				next.ServeHTTP(w, r)
			})
		}
		a, b := newOffice(t, overHTTP, bad), newOffice(t, overHTTP, bad)
		toB, toA := connect(a, b, "")
		converse(a, b, toB, toA, 30)
	})
	t.Run(overSocket, func(t *testing.T) {
		a, b := newOffice(t, overSocket, nil), newOffice(t, overSocket, nil)
		for _, o := range []*office{a, b} {
			o.wire.Agent = &cutting{Desk: o.Desk, wire: o.wire}
		}
		toB, toA := connect(a, b, "")
		converse(a, b, toB, toA, 30)
	})
}

// An agent without an endpoint gets its answers on the way that it asked, or through the socket that it holds open.
func TestAgentWithoutEndpoint(t *testing.T) {
	for _, kind := range []string{overHTTP, overSocket} {
		t.Run(kind, func(t *testing.T) {
			a, b := newOffice(t, kind, nil), newOffice(t, nowhere, nil)
			toB, toA := connect(a, b, "")
			if kind == overSocket {
				converse(a, b, toB, toA, 10)
				if b.requests.Load() != 0 {
					t.Error("somebody called who cannot")
				}
				return
			}
			if err := a.Say(t.Context(), a.by, toB, "held"); err != nil {
				t.Fatal(err)
			}
			if err := b.Say(t.Context(), b.by, toA, "anything new?"); err != nil {
				t.Fatal(err)
			}
			b.await("what was held comes back", func() bool { return slices.Equal(b.heard(), []string{"held"}) })
		})
	}
}

// Chancery as the mediator of a Chancery that nobody can call.
func TestMediatedAgent(t *testing.T) {
	for _, kind := range []string{overHTTP, overSocket} {
		t.Run(kind, func(t *testing.T) {
			mediator, client, peer := newOffice(t, kind, nil), newOffice(t, nowhere, nil), newOffice(t, overHTTP, nil)
			_, toMediator := connect(mediator, client, "")
			asked, err := client.RequestMediation(t.Context(), client.by, toMediator)
			if err != nil {
				t.Fatal(err)
			}
			client.await("the mediation is granted", func() bool {
				m, err := client.Mediation(t.Context(), client.by.Scope, asked.ID)
				return err == nil && m.State == vc.MediationGranted
			})
			toPeer, toClient := connect(client, peer, asked.ID)
			converse(client, peer, toPeer, toClient, 25)
			mine, theirs, err := peer.Endpoints(t.Context(), peer.by.Scope, toClient)
			if err != nil || theirs != mediator.Endpoint || mine != peer.Endpoint {
				t.Errorf("%s %s %v", mine, theirs, err)
			}
			if client.requests.Load() != 0 {
				t.Error("somebody called who cannot")
			}
			mediator.await("nothing is kept", func() bool {
				left, err := mediator.Letters(t.Context(), mediator.by.Scope, vc.LetterQuery{Way: vc.WayRelay})
				return err == nil && len(left) == 0
			})
		})
	}
}

// FuzzInlet sends anything to the inlet of an agent: it is refused by the few statuses that peers know.
func FuzzInlet(f *testing.F) {
	f.Add([]byte(envelope))
	f.Add([]byte(`{"protected":"eyJlbmMiOiJ4Y2hhY2hhMjBwb2x5MTMwNV9pZXRmIiwidHlwIjoiSldNLzEuMCIsImFsZyI6IkFub25jcnlwdCIsInJlY2lwaWVudHMiOltdfQ","iv":"","ciphertext":"","tag":""}`))
	f.Add([]byte(`{"@type":"https://didcomm.org/trust_ping/1.0/ping","@id":"1"}`))
	f.Add([]byte(``))
	var once sync.Once
	var handler http.Handler
	f.Fuzz(func(t *testing.T, body []byte) {
		once.Do(func() {
			db, err := sql.Open(context.Background(), sql.Config{DSN: storetest.Fresh(t)})
			if err == nil {
				err = db.Migrate(context.Background())
			}
			if err != nil {
				t.Fatal(err)
			}
			wire := &didcomm.Wire{Client: client(time.Second)}
			wire.Agent = &agent.Desk{Rows: sql.For[agent.Rows](db), Directory: db, Post: wire}
			handler = wire.Handler("")
		})
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(body)))
		r.Header.Set("Content-Type", spec.MediaType)
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, r)
		if !slices.Contains([]int{200, 400, 404, 413}, rec.Code) {
			t.Errorf("status %d: %s", rec.Code, rec.Body)
		}
		get := httptest.NewRequest(http.MethodGet, "/", nil)
		get.URL.RawQuery = "oob=" + strings.ReplaceAll(string(body), "&", "")
		rec = httptest.NewRecorder()
		handler.ServeHTTP(rec, get)
		if rec.Code != 200 || rec.Body.Len() > 1000 || strings.Count(rec.Body.String(), "\n") != 1 {
			t.Errorf("status %d: %q", rec.Code, rec.Body)
		}
	})
}
