package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// wire is a world of desks on one database, and what is between them: envelopes go from hand to hand, as they would over HTTP.
type wire struct {
	t    *testing.T
	db   *sql.DB
	keys *local.Store
	by   access.Actor
	acc  *access.Service

	mu    sync.Mutex
	at    time.Time
	ends  []*wireEnd
	live  map[didcomm.Verkey]*wireEnd // whose socket is open
	fault func(endpoint string) error // nil: none
	posts []string                    // endpoints
	last  []byte                      // envelope
}

// wireEnd is a desk of one office. What its peers say to it is in heard.
type wireEnd struct {
	*Desk
	w     *wire
	by    vc.Caller
	heard []string
	away  bool // its handlers find something to be away
}

func newWire(t *testing.T) *wire { return newWireOn(t, storetest.Fresh(t)) }

func newWireOn(t *testing.T, dsn string) *wire {
	t.Helper()
	w := &wire{t: t, at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), live: map[didcomm.Verkey]*wireEnd{}}
	w.db = storetest.OpenWith(t, sql.Config{DSN: dsn, Now: w.now})
	var err error
	w.keys, err = local.New(local.Config{Master: local.MasterKeys{Current: local.NewMasterKey()}, Rows: w.db})
	w.fine(err)
	w.acc = access.New(access.Config{
		Rows: sql.For[access.Rows](w.db), Directory: w.db, Keys: w.keys, Vault: w.keys, Issuer: "https://chancery.example", Now: w.now,
	})
	secret, err := w.acc.BootstrapFresh(t.Context(), "admin")
	w.fine(err)
	operator, err := w.acc.Authenticate(t.Context(), "Bearer "+secret)
	w.fine(err)
	w.by = access.Actor{Principal: operator, Door: "test"}
	return w
}

func (w *wire) fine(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *wire) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *wire) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

// end adds an office whose endpoint is named after it; "" has none.
func (w *wire) end(name, endpoint string) *wireEnd {
	w.t.Helper()
	made, _, err := w.acc.CreateWallet(w.t.Context(), w.by, access.NewWallet{Name: name})
	w.fine(err)
	yes := true
	e := &wireEnd{w: w, by: vc.Caller{Scope: made.Scope(), Principal: made.Settings.ID, Door: "test"}}
	e.Desk = &Desk{
		Rows: sql.For[Rows](w.db), Directory: w.db, Keys: map[string]keys.Store{local.Name: w.keys}, KeyStore: local.Name, Vault: w.keys,
		Post: e, Endpoint: endpoint, Defaults: vc.AgentSettings{OpenMediation: &yes}, Now: w.now,
	}
	e.once.Do(func() {
		e.handlers = map[string]handled{}
		for _, protocol := range append(mediationProtocols(), e.small()) {
			for i := range protocol.Handlers {
				for _, one := range protocol.Handlers[i].Types {
					parts, _ := one.Parse()
					e.handlers[handlerKey(parts)] = handled{&protocol, &protocol.Handlers[i]}
				}
			}
		}
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ends = append(w.ends, e)
	return e
}

// small is a protocol for tests: what is said is heard, and a ping is answered.
func (e *wireEnd) small() Protocol {
	hear := func(_ context.Context, _ *Desk, _ *Inbound) (any, error) {
		if e.away {
			return nil, vc.Errorf(vc.Unavailable, "ledger-away", "later")
		}
		return newMessageID()
	}
	return Protocol{URI: "https://didcomm.org/basicmessage/1.0", Handlers: []Handler{
		{Types: []didcomm.Type{didcomm.TypeBasicMessage}, Look: hear, Act: func(_ *Desk, _ *Turn, in *Inbound, _ any) error {
			e.heard = append(e.heard, in.Message.(*didcomm.BasicMessage).Content) // one writer: never run twice here
			return nil
		}},
		{Types: []didcomm.Type{didcomm.TypePing}, Look: hear, Act: func(_ *Desk, t *Turn, in *Inbound, looked any) error {
			head := in.Message.Head().Reply(didcomm.TypePingResponse, looked.(string))
			return t.Send(Addressee{Connection: in.Connection}, &didcomm.PingResponse{Header: head}, "")
		}},
		{Types: []didcomm.Type{didcomm.TypePingResponse}, Act: func(_ *Desk, _ *Turn, in *Inbound, _ any) error {
			e.heard = append(e.heard, "pong "+in.Thread)
			return nil
		}},
	}}
}

// Post carries an envelope to whose endpoint it is.
func (e *wireEnd) Post(ctx context.Context, endpoint string, envelope []byte) ([]byte, error) {
	w := e.w
	w.mu.Lock()
	w.posts, w.last = append(w.posts, endpoint), envelope
	fault, ends := w.fault, slices.Clone(w.ends)
	w.mu.Unlock()
	if fault != nil {
		if err := fault(endpoint); err != nil {
			return nil, err
		}
	}
	for _, to := range ends {
		if to.Endpoint == endpoint && endpoint != "" {
			answer, err := to.Receive(ctx, envelope, Source{Wait: time.Second})
			if vc.KindOf(err) == vc.NotFound {
				err = vc.Errorf(vc.Invalid, "peer-refused", "404")
			}
			return answer, err
		}
	}
	return nil, vc.Errorf(vc.Unavailable, "fetch-failed", "nobody is there")
}

// Live gives an envelope to whose socket is open.
func (e *wireEnd) Live(key didcomm.Verkey, envelope []byte) bool {
	e.w.mu.Lock()
	to := e.w.live[key]
	e.w.mu.Unlock()
	if to == nil {
		return false
	}
	_, err := to.Receive(context.Background(), envelope, Source{})
	return err == nil
}

// run does all jobs that are due, and what they bring about.
func (w *wire) run() {
	w.t.Helper()
	for range 10_000 {
		for _, e := range w.ends {
			e.Wait()
		}
		jobs, err := w.db.Lend(w.t.Context(), "test", []string{JobSend, JobReceive, JobPickup}, 1, time.Minute)
		w.fine(err)
		if len(jobs) == 0 {
			return
		}
		w.do(jobs[0])
	}
	w.t.Fatal("the jobs do not end")
}

func (w *wire) do(job vc.Job) {
	w.t.Helper()
	i := slices.IndexFunc(w.ends, func(e *wireEnd) bool { return e.by.Scope.Tenant == job.Scope.Tenant })
	handler := map[string]func(context.Context, vc.Job) error{
		JobSend: w.ends[i].SendJob, JobReceive: w.ends[i].ReceiveJob, JobPickup: w.ends[i].PickupJob,
	}[job.Kind]
	err := handler(w.t.Context(), job)
	failure, retry := "", time.Time{}
	if err != nil {
		if vc.KindOf(err) != vc.Unavailable {
			w.t.Errorf("%s failed: %v", job.Kind, err)
		}
		failure, retry = err.Error(), w.now().Add(time.Second)
	}
	w.fine(w.db.Return(w.t.Context(), job, failure, retry, false))
}

// connect makes a connection between two ends, without a handshake.
func (w *wire) connect(a, b *wireEnd) (atA, atB string) {
	w.t.Helper()
	keyA, verkeyA, err := a.newKey(w.t.Context(), a.by.Scope)
	w.fine(err)
	keyB, verkeyB, err := b.newKey(w.t.Context(), b.by.Scope)
	w.fine(err)
	return a.meet(vc.RoleInviter, keyA, verkeyA, verkeyB, b.Endpoint), b.meet(vc.RoleInvitee, keyB, verkeyB, verkeyA, a.Endpoint)
}

func (e *wireEnd) meet(role vc.ConnectionRole, own vc.Key, verkey, theirs didcomm.Verkey, endpoint string) (id string) {
	e.w.t.Helper()
	if endpoint == "" {
		endpoint = noEndpoint
	}
	e.w.fine(e.act(e.w.t.Context(), e.by, func(t *Turn) error {
		c := &Connection{Connection: vc.Connection{Role: role, State: vc.Completed, Mode: vc.ModeOnce}}
		c.Said.Target = didcomm.Target{Endpoint: endpoint, Recipients: []didcomm.Verkey{theirs}}
		c.Said.Keys = []didcomm.Verkey{theirs}
		if err := t.insertConnection(c); err != nil {
			return err
		}
		id = c.ID
		if err := t.putPeerKeys(c); err != nil {
			return err
		}
		return t.Rows.InsertRecipient(vc.Recipient{
			Verkey: verkey.String(), Scope: e.by.Scope, Owner: "connection/" + c.ID, Key: own, CreatedAt: t.Now,
		})
	}))
	return id
}

// say writes a letter with a line of text.
func (e *wireEnd) say(connection, text string) {
	e.w.t.Helper()
	id, err := newMessageID()
	e.w.fine(err)
	m := &didcomm.BasicMessage{Header: didcomm.Header{Type: didcomm.TypeBasicMessage, ID: id}, Content: text}
	e.w.fine(e.act(e.w.t.Context(), e.by, func(t *Turn) error {
		c, err := t.connection(connection)
		if err != nil {
			return err
		}
		return t.Send(Addressee{Connection: c}, m, "connection/"+connection)
	}))
}

func (e *wireEnd) letters(way vc.Way, states ...vc.LetterState) []vc.Letter {
	e.w.t.Helper()
	found, err := e.Letters(e.w.t.Context(), e.by.Scope, vc.LetterQuery{Way: way, States: states, Page: vc.Page{Limit: 1000, Ascending: true}})
	e.w.fine(err)
	return found
}

func (e *wireEnd) hears(want ...string) {
	e.w.t.Helper()
	if !slices.Equal(e.heard, want) {
		e.w.t.Fatalf("heard %q, want %q", e.heard, want)
	}
}

func TestLettersGoInOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) { lettersGoInOrder(t, newWireOn(t, dsn)) })
}

func lettersGoInOrder(t *testing.T, w *wire) {
	t.Helper()
	a, b, c := w.end("a", "https://a.example"), w.end("b", "https://b.example"), w.end("c", "https://c.example")
	toB, _ := w.connect(a, b)
	toC, _ := w.connect(a, c)
	w.fault = func(endpoint string) error {
		if endpoint == b.Endpoint {
			return vc.Errorf(vc.Unavailable, "fetch-failed", "down")
		}
		return nil
	}
	var want []string
	for n := range 70 {
		a.say(toB, fmt.Sprint(n))
		want = append(want, fmt.Sprint(n))
	}
	a.say(toC, "to c")
	w.run()
	b.hears()
	c.hears("to c")
	w.fault = nil
	w.pass(time.Minute)
	w.run()
	b.hears(want...)
	if left := a.letters("", vc.LetterWaiting); len(left) > 0 {
		t.Errorf("%d letters wait", len(left))
	}
	for _, letter := range a.letters(vc.WayOut, vc.LetterSent) {
		if letter.Body != nil || letter.BodyKey != nil {
			t.Error("what was sent is kept")
		}
	}
	if len(w.posts) > 75 {
		t.Errorf("%d posts", len(w.posts))
	}
}

// A server that dies after the post and before it is noted sends again; the peer drops the second.
func TestSentTwiceHeardOnce(t *testing.T) {
	w := newWire(t)
	a, b := w.end("a", "https://a.example"), w.end("b", "https://b.example")
	toB, _ := w.connect(a, b)
	a.say(toB, "once")
	letter := a.letters(vc.WayOut, vc.LetterWaiting)
	full := vc.Letter{}
	w.fine(a.Rows.View(t.Context(), a.by.Scope, func(rows Rows) (err error) {
		full, err = rows.Letter(letter[0].ID)
		return err
	}))
	w.fine(a.sendLetter(t.Context(), full, nil))
	b.hears("once")
	w.run()
	b.hears("once")
	if len(w.posts) != 2 {
		t.Errorf("%d posts", len(w.posts))
	}
}

func TestUndeliverable(t *testing.T) {
	w := newWire(t)
	a, b := w.end("a", "https://a.example"), w.end("b", "https://b.example")
	toB, _ := w.connect(a, b)
	refused := vc.Errorf(vc.Invalid, "peer-refused", "the peer answered with status 400")
	fault := refused
	w.fault = func(string) error {
		if fault != nil {
			return fault
		}
		return nil
	}
	a.say(toB, "first")
	a.say(toB, "second")
	for n := range 3 {
		w.run()
		if dead := len(a.letters(vc.WayOut, vc.LetterDead)); n < 2 && dead > 0 {
			t.Fatalf("dead after %d refusals", n+1)
		}
		if n == 2 {
			break
		}
		w.pass(2 * time.Second)
	}
	dead := a.letters(vc.WayOut, vc.LetterDead)
	if len(dead) != 1 || dead[0].Failure != "peer-refused" || dead[0].Attempts != 3 {
		t.Fatalf("%+v", dead)
	}
	var c *Connection
	w.fine(a.view(t.Context(), a.by.Scope, func(turn *Turn) (err error) { c, err = turn.connection(toB); return err }))
	if c.Error != CodeUndelivered+": peer-refused" || c.State != vc.Completed {
		t.Errorf("connection %s, %q", c.State, c.Error)
	}
	fault = nil
	w.pass(time.Minute)
	w.run()
	b.hears("second") // what is behind a dead letter goes on

	revived, err := a.ReviveLetter(t.Context(), a.by, dead[0].ID)
	w.fine(err)
	if revived.State != vc.LetterWaiting || revived.Body != nil {
		t.Errorf("%+v", revived)
	}
	w.run()
	b.hears("second", "first")
	for id, code := range map[string]string{dead[0].ID: "letter-state", newID(): "letter-not-found"} {
		if _, err := a.ReviveLetter(t.Context(), a.by, id); failureOf(err) != code {
			t.Errorf("got %v, want %s", err, code)
		}
	}
	if _, err := b.ReviveLetter(t.Context(), b.by, dead[0].ID); failureOf(err) != "letter-not-found" {
		t.Errorf("a letter of another office: %v", err)
	}

	fault = vc.Errorf(vc.Denied, "endpoint-not-allowed", "no")
	a.say(toB, "forbidden")
	w.run()
	if dead := a.letters(vc.WayOut, vc.LetterDead); len(dead) != 1 || dead[0].Failure != "endpoint-not-allowed" || dead[0].Attempts != 1 {
		t.Errorf("%+v", dead)
	}
	fault = vc.Errorf(vc.Unavailable, "fetch-timeout", "no")
	a.say(toB, "for a day")
	for range maxAttempts + 5 {
		w.run()
		w.pass(5 * time.Minute)
	}
	if dead := a.letters(vc.WayOut, vc.LetterDead); len(dead) != 2 || dead[1].Failure != "fetch-timeout" || dead[1].Attempts != maxAttempts {
		t.Errorf("%+v", dead)
	}
}

// The record whose letter did not arrive says so, keeps its state, and tells its subscribers.
func TestUndeliveredRecords(t *testing.T) {
	w := newWire(t)
	a, b := w.end("a", "https://a.example"), w.end("b", "https://b.example")
	toB, _ := w.connect(a, b)
	w.fault = func(string) error { return vc.Errorf(vc.Denied, "endpoint-not-allowed", "no") }
	x := &exchange{Exchange: vc.Exchange{Role: vc.RoleIssuer, Channel: toB, Thread: "1", State: vc.Offered}}
	p := &proof{Proof: vc.Proof{Role: vc.RoleVerifier, Channel: toB, Thread: "2", State: vc.ProofAsked}}
	w.fine(a.act(t.Context(), a.by, func(turn *Turn) error {
		return errors.Join(turn.insertExchange(x), turn.insertProof(p))
	}))
	for _, subject := range []string{"exchange/" + x.ID, "proof/" + p.ID, "exchange/" + newID(), "mediation/" + newID()} {
		id, err := newMessageID()
		w.fine(err)
		w.fine(a.act(t.Context(), a.by, func(turn *Turn) error {
			c, err := turn.connection(toB)
			if err != nil {
				return err
			}
			m := &didcomm.BasicMessage{Header: didcomm.Header{Type: didcomm.TypeBasicMessage, ID: id}, Content: subject}
			return turn.Send(Addressee{Connection: c}, m, subject)
		}))
	}
	w.run()
	if dead := a.letters(vc.WayOut, vc.LetterDead); len(dead) != 4 {
		t.Fatalf("%d are dead", len(dead))
	}
	w.fine(a.view(t.Context(), a.by.Scope, func(turn *Turn) error {
		gotX, err := turn.exchange(x.ID)
		w.fine(err)
		gotP, err := turn.proof(p.ID)
		w.fine(err)
		why := CodeUndelivered + ": endpoint-not-allowed"
		if gotX.Error != why || gotX.State != vc.Offered || gotP.Error != why || gotP.State != vc.ProofAsked {
			t.Errorf("%+v\n%+v", gotX, gotP)
		}
		return nil
	}))
	for _, topic := range []string{TopicExchange, TopicProof} {
		if told := w.notices(a, topic); len(told) != 1 || !strings.Contains(told[0], CodeUndelivered+": endpoint-not-allowed") {
			t.Errorf("%s: %q", topic, told)
		}
	}
}

// A connection that is deleted takes its letters along; a job that is late finds nothing.
func TestLettersOfADeletedConnection(t *testing.T) {
	w := newWire(t)
	a, b := w.end("a", "https://a.example"), w.end("b", "https://b.example")
	toB, _ := w.connect(a, b)
	a.say(toB, "too late")
	w.fine(a.act(t.Context(), a.by, func(turn *Turn) error { return turn.Rows.DeleteConnection(toB) }))
	w.run()
	b.hears()
}

func (e *wireEnd) ping(connection string) (thread string) {
	e.w.t.Helper()
	id, err := newMessageID()
	e.w.fine(err)
	e.w.fine(e.act(e.w.t.Context(), e.by, func(t *Turn) error {
		c, err := t.connection(connection)
		if err != nil {
			return err
		}
		return t.Send(Addressee{Connection: c}, &didcomm.Ping{Header: didcomm.Header{Type: didcomm.TypePing, ID: id}}, "")
	}))
	return id
}

// Who has no endpoint asks for what there is on the way that its messages go.
func TestReturnRoute(t *testing.T) {
	w := newWire(t)
	a, b := w.end("a", ""), w.end("b", "https://b.example")
	toB, toA := w.connect(a, b)
	thread := a.ping(toB)
	w.run()
	a.hears("pong " + thread)

	b.say(toA, "one")
	b.say(toA, "two")
	w.run()
	if held := b.letters(vc.WayOut, vc.LetterHeld); len(held) != 2 {
		t.Fatalf("%d held", len(held))
	}
	second := a.ping(toB) // the answer comes before what was there: it is what was asked for
	w.run()
	a.say(toB, "hello")
	w.run()
	a.say(toB, "hello again")
	w.run()
	a.hears("pong "+thread, "pong "+second, "one", "two")
	b.hears("hello", "hello again")
	if held := b.letters(vc.WayOut, vc.LetterHeld); len(held) != 0 {
		t.Errorf("%d held", len(held))
	}
}

// The answer to whoever has an endpoint goes back at once where that is asked for, and no second time by its job; but it never
// overtakes.
func TestReturnRouteWithEndpoint(t *testing.T) {
	w := newWire(t)
	a, b := w.end("a", "https://a.example"), w.end("b", "https://b.example")
	toB, toA := w.connect(a, b)
	send := func() string {
		t.Helper()
		id, err := newMessageID()
		w.fine(err)
		packed, err := a.packFor(t.Context(), a.by.Scope, toB, &didcomm.Ping{Header: didcomm.Header{
			Type: didcomm.TypePing, ID: id, Transport: &didcomm.Transport{ReturnRoute: didcomm.ReturnThread, ReturnRouteThread: id},
		}})
		w.fine(err)
		answer, err := b.Receive(t.Context(), packed.envelope, Source{Wait: time.Second})
		w.fine(err)
		again, err := b.Receive(t.Context(), packed.envelope, Source{Wait: time.Second})
		if w.fine(err); (again == nil) != (answer == nil) {
			t.Error("a message that comes once more is answered otherwise")
		}
		if answer == nil {
			return ""
		}
		_, err = a.Receive(t.Context(), answer, Source{})
		w.fine(err)
		return id
	}
	first := send()
	if first == "" {
		t.Fatal("nothing went back")
	}
	a.hears("pong " + first)
	w.run()
	a.hears("pong " + first)
	b.say(toA, "before")
	if send() != "" {
		t.Error("an answer overtook what waits")
	}
	w.run()
	if len(a.heard) != 3 || a.heard[1] != "before" {
		t.Errorf("%q", a.heard)
	}
}

// What goes back on the way a message came is for who sent it, not for its mediator.
func TestReturnRouteIsDirect(t *testing.T) {
	w := newWire(t)
	a, b := w.end("a", ""), w.end("b", "https://b.example")
	toB, toA := w.connect(a, b)
	_, mediator, err := b.newKey(t.Context(), b.by.Scope)
	w.fine(err)
	w.fine(b.act(t.Context(), b.by, func(turn *Turn) error {
		c, err := turn.connectionForUpdate(toA)
		if err != nil {
			return err
		}
		c.Said.Target.Endpoint, c.Said.Target.Routing = "https://mediator.example", []didcomm.Verkey{mediator}
		c.Touch(turn.Now)
		return turn.putConnection(c)
	}))
	thread := a.ping(toB)
	w.run()
	a.hears("pong " + thread)
}

// boundSocket is a socket that somebody holds open.
type boundSocket struct {
	keys []didcomm.Verkey
	held []func(context.Context)
}

func (s *boundSocket) Bind(key didcomm.Verkey, held func(context.Context)) {
	s.keys, s.held = append(s.keys, key), append(s.held, held)
}

func TestSocketsAreToldWhatIsHeld(t *testing.T) {
	w := newWire(t)
	a, b := w.end("a", ""), w.end("b", "https://b.example")
	toB, toA := w.connect(a, b)
	b.say(toA, "one")
	b.say(toA, "two")
	w.run()
	var packed packedPing = func(route string) []byte {
		id, err := newMessageID()
		w.fine(err)
		out, err := a.packFor(t.Context(), a.by.Scope, toB, &didcomm.Ping{Header: didcomm.Header{
			Type: didcomm.TypePing, ID: id, Transport: &didcomm.Transport{ReturnRoute: route},
		}})
		w.fine(err)
		return out.envelope
	}
	none, socket, thief := &boundSocket{}, &boundSocket{}, &boundSocket{}
	_, err := b.Receive(t.Context(), packed(didcomm.ReturnNone), Source{Socket: none})
	w.fine(err)
	envelope := packed(didcomm.ReturnAll)
	answer, err := b.Receive(t.Context(), envelope, Source{Socket: socket})
	w.fine(err)
	_, err = b.Receive(t.Context(), envelope, Source{Socket: thief})
	w.fine(err)
	if len(none.keys) != 0 || len(socket.keys) != 1 || len(thief.keys) != 0 || answer != nil {
		t.Fatalf("bound %d, %d, %d", len(none.keys), len(socket.keys), len(thief.keys))
	}
	w.live[socket.keys[0]] = a
	socket.held[0](t.Context())
	if len(a.heard) != 4 || a.heard[0] != "one" || a.heard[1] != "two" {
		t.Errorf("%q", a.heard)
	}
	b.say(toA, "three") // at once, without a job
	b.Wait()
	if a.heard[len(a.heard)-1] != "three" {
		t.Errorf("%q", a.heard)
	}
	delete(w.live, socket.keys[0])
	b.say(toA, "four")
	w.run()
	if held := b.letters(vc.WayOut, vc.LetterHeld); len(held) != 1 {
		t.Errorf("%d held", len(held))
	}
}

type packedPing func(route string) []byte

// What cannot be handled now is kept, and the sender is told that it was taken.
func TestPutAside(t *testing.T) {
	w := newWire(t)
	a, b := w.end("a", "https://a.example"), w.end("b", "https://b.example")
	toB, _ := w.connect(a, b)
	b.away = true
	a.say(toB, "one")
	a.say(toB, "two")
	w.run()
	b.hears()
	if kept := b.letters(vc.WayIn, vc.LetterWaiting); len(kept) != 2 {
		t.Fatalf("%d kept", len(kept))
	}
	if left := a.letters(vc.WayOut, vc.LetterWaiting); len(left) != 0 {
		t.Errorf("%d were not taken", len(left))
	}
	b.away = false
	w.pass(time.Minute)
	w.run()
	b.hears("one", "two")
	if kept := b.letters(vc.WayIn); len(kept) != 0 {
		t.Errorf("%d kept", len(kept))
	}
}

func TestFailures(t *testing.T) {
	for _, c := range []struct {
		err      error
		attempts int
		last     string
		hopeless bool
		failure  string
	}{
		{vc.Errorf(vc.Unavailable, "fetch-failed", ""), 1, "", false, "fetch-failed"},
		{vc.Errorf(vc.Unavailable, "fetch-failed", ""), maxAttempts, "", true, "fetch-failed"},
		{vc.Errorf(vc.Invalid, "peer-refused", ""), 5, "fetch-failed", false, "peer-refused"},
		{vc.Errorf(vc.Invalid, "peer-refused", ""), 5, "peer-refused", true, "peer-refused"},
		{vc.Errorf(vc.Denied, "endpoint-not-allowed", ""), 1, "", true, "endpoint-not-allowed"},
		{&didcomm.Error{Code: didcomm.CodeKey}, 1, "", true, didcomm.CodeKey},
		{context.DeadlineExceeded, 1, "", false, "timeout"},
		{errors.New("a secret"), 1, "", false, "internal"},
	} {
		letter := vc.Letter{Attempts: c.attempts, Failure: c.last}
		if hopeless(letter, c.err) != c.hopeless || failureOf(c.err) != c.failure || strings.Contains(failureOf(c.err), "secret") {
			t.Errorf("%v after %d: %v %s", c.err, c.attempts, hopeless(letter, c.err), failureOf(c.err))
		}
	}
}
