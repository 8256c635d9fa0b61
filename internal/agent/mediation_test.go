package agent

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// mediated is an office without an endpoint, its mediator, and a peer that reaches it there.
type mediated struct {
	*wire
	client, mediator, peer *wireEnd
	toMediator, toClient   string // connections
	mediation              string // of the client
	served                 string // of the mediator
	key                    didcomm.Verkey
	toPeer, fromPeer       string
}

func newMediated(t *testing.T) *mediated { return newMediatedOn(t, storetest.Fresh(t)) }

func newMediatedOn(t *testing.T, dsn string) *mediated {
	t.Helper()
	w := newWireOn(t, dsn)
	m := &mediated{wire: w, client: w.end("client", ""), mediator: w.end("mediator", "https://mediator.example"), peer: w.end("peer", "https://peer.example")}
	m.toMediator, m.toClient = w.connect(m.client, m.mediator)
	return m
}

// grant lets the client ask for mediation, and makes a connection of it that is behind the mediator.
func (m *mediated) grant() {
	m.t.Helper()
	asked, err := m.client.RequestMediation(m.t.Context(), m.client.by, m.toMediator)
	m.fine(err)
	m.mediation = asked.ID
	m.run()
	served, err := m.mediator.Mediations(m.t.Context(), m.mediator.by.Scope, vc.MediationQuery{})
	m.fine(err)
	m.served = served[0].ID
}

func (m *mediated) behind() {
	m.t.Helper()
	_, err := m.client.SetDefaultMediation(m.t.Context(), m.client.by, m.mediation)
	m.fine(err)
	own, verkey, err := m.client.newKey(m.t.Context(), m.client.by.Scope)
	m.fine(err)
	theirs, theirKey, err := m.peer.newKey(m.t.Context(), m.peer.by.Scope)
	m.fine(err)
	m.key = verkey
	m.toPeer = m.client.meet(vc.RoleInviter, own, verkey, theirKey, m.peer.Endpoint)
	m.fromPeer = m.peer.meet(vc.RoleInvitee, theirs, theirKey, verkey, "")
	_, at, err := m.client.placed(m.t.Context(), m.client.by.Scope, "", "")
	m.fine(err)
	id, err := newMessageID()
	m.fine(err)
	m.fine(m.client.act(m.t.Context(), m.client.by, func(t *Turn) error { return t.announce(at, verkey.String(), id) }))
	m.fine(m.peer.act(m.t.Context(), m.peer.by, func(t *Turn) error {
		c, err := t.connectionForUpdate(m.fromPeer)
		if err != nil {
			return err
		}
		c.Said.Target.Endpoint, c.Said.Target.Routing = at.Endpoint, at.Routing
		c.Touch(t.Now)
		return t.putConnection(c)
	}))
	m.run()
}

func (m *mediated) kept(n int) []vc.Letter {
	m.t.Helper()
	letters := m.mediator.letters(vc.WayRelay)
	if len(letters) != n {
		m.t.Fatalf("%d letters are kept, want %d", len(letters), n)
	}
	return letters
}

func TestMediation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) { throughMediator(t, newMediatedOn(t, dsn)) })
}

func throughMediator(t *testing.T, m *mediated) {
	t.Helper()
	if _, at, err := m.client.placed(t.Context(), m.client.by.Scope, "", ""); err != nil || at.Endpoint != noEndpoint {
		t.Fatalf("%+v %v", at, err)
	}
	m.grant()
	granted, err := m.client.Mediation(t.Context(), m.client.by.Scope, m.mediation)
	m.fine(err)
	served, err := m.mediator.Mediation(t.Context(), m.mediator.by.Scope, m.served)
	m.fine(err)
	if granted.State != vc.MediationGranted || granted.Endpoint != m.mediator.Endpoint || !slices.Equal(granted.Routing, served.Routing) ||
		len(served.Routing) != 1 || !served.Server || granted.Server {
		t.Fatalf("%+v\n%+v", granted, served)
	}
	m.behind()
	for _, c := range []struct {
		end *wireEnd
		own bool
	}{{m.client, false}, {m.mediator, true}} {
		lists, err := c.end.Keylists(t.Context(), c.end.by.Scope, "", &c.own)
		m.fine(err)
		if len(lists) != 1 || len(lists[0].Keys) != 1 || lists[0].Keys[0].Verkey != m.key.String() || lists[0].Keys[0].State != vc.KeyConfirmed {
			t.Errorf("%+v", lists)
		}
	}
	for n := range 25 { // more than one delivery
		m.peer.say(m.fromPeer, fmt.Sprint(n))
	}
	m.run()
	m.client.hears()
	m.kept(25)
	m.pass(time.Minute)
	m.run()
	m.kept(0)
	var want []string
	for n := range 25 {
		want = append(want, fmt.Sprint(n))
	}
	m.client.hears(want...)
	m.pass(time.Minute)
	m.run() // and nothing comes twice
	m.client.hears(want...)
	m.client.say(m.toPeer, "there you are")
	m.run()
	m.peer.hears("there you are")
}

// What a mediator delivers may get lost, or cannot be handled: it is delivered again.
func TestDeliveriesAreRepeated(t *testing.T) {
	m := newMediated(t)
	m.grant()
	m.behind()
	m.client.away = true
	m.peer.say(m.fromPeer, "one")
	m.run()
	lost := 0
	m.fault = func(endpoint string) error {
		if endpoint == m.mediator.Endpoint && lost < 2 {
			lost++
			return vc.Errorf(vc.Unavailable, "fetch-failed", "down")
		}
		return nil
	}
	for range 3 {
		m.pass(time.Minute)
		m.run()
	}
	m.kept(0) // the client has put it aside itself
	m.client.away = false
	m.pass(time.Minute)
	m.run()
	m.client.hears("one")
}

func TestLiveDelivery(t *testing.T) {
	m := newMediated(t)
	m.grant()
	m.behind()
	m.peer.say(m.fromPeer, "before")
	m.run()
	m.kept(1)
	socket := &boundSocket{}
	tell := func(message didcomm.Message, through Socket) {
		t.Helper()
		out, err := m.client.packFor(t.Context(), m.client.by.Scope, m.toMediator, message)
		m.fine(err)
		answer, err := m.mediator.Receive(t.Context(), out.envelope, Source{Socket: through, Wait: time.Second})
		m.fine(err)
		if answer != nil {
			_, err := m.client.Receive(t.Context(), answer, Source{})
			m.fine(err)
		}
	}
	head := func(kind didcomm.Type) didcomm.Header {
		id, err := newMessageID()
		m.fine(err)
		return didcomm.Header{Type: kind, ID: id, Transport: &didcomm.Transport{ReturnRoute: didcomm.ReturnAll}}
	}
	// Over HTTP there is nothing to be told through.
	tell(&didcomm.PickupLiveDelivery{Header: head(didcomm.TypePickupLiveDelivery), LiveDelivery: true}, nil)
	if _, live := m.mediator.heldState().live.Get(m.toClient); live {
		t.Error("live over HTTP")
	}
	tell(&didcomm.PickupLiveDelivery{Header: head(didcomm.TypePickupLiveDelivery), LiveDelivery: true}, socket)
	if len(socket.keys) != 1 {
		t.Fatalf("%d keys are bound", len(socket.keys))
	}
	m.live[socket.keys[0]] = m.client
	socket.held[0](t.Context())
	m.run()
	m.client.hears("before")
	m.kept(0)
	m.peer.say(m.fromPeer, "now")
	m.run()
	m.client.hears("before", "now")
	m.kept(0)

	// A delivery that nobody confirms is kept, and not repeated at once.
	m.mediator.heldState().live.Add(m.toClient, struct{}{})
	m.fault = func(endpoint string) error { // the client's confirmations do not arrive
		if endpoint == m.mediator.Endpoint {
			return vc.Errorf(vc.Unavailable, "fetch-failed", "down")
		}
		return nil
	}
	m.fine(m.mediator.act(t.Context(), m.mediator.by, func(turn *Turn) error {
		_, err := turn.post(vc.Letter{Way: vc.WayRelay, Connection: m.toClient, State: vc.LetterHeld}, letterBody{Envelope: jsontext.Value(`{"no":"envelope"}`)})
		return err
	}))
	m.mediator.Wait()
	m.kept(1)
	m.mediator.push(t.Context(), m.mediator.by.Scope, m.toClient)
	m.kept(1)
	m.fault = nil
	m.pass(time.Minute)
	m.run()
	m.kept(0) // what can never be received is confirmed too
}

// What comes for a client that holds a socket open, and has not asked for more, is passed on as it came.
func TestImplicitPickup(t *testing.T) {
	m := newMediated(t)
	m.grant()
	m.behind()
	var client didcomm.Verkey
	m.fine(m.mediator.view(t.Context(), m.mediator.by.Scope, func(turn *Turn) error {
		c, err := turn.connection(m.toClient)
		client = c.Said.Keys[0]
		return err
	}))
	m.live[client] = m.client
	m.peer.say(m.fromPeer, "straight")
	m.run()
	m.client.hears("straight")
	m.kept(0)
}

func TestMediationByHand(t *testing.T) {
	m := newMediated(t)
	m.mediator.Defaults.OpenMediation = nil
	m.grant()
	asked, err := m.client.Mediation(t.Context(), m.client.by.Scope, m.mediation)
	m.fine(err)
	if asked.State != vc.MediationAsked {
		t.Fatalf("%+v", asked)
	}
	wrong := func(what string, err error, code string) {
		t.Helper()
		if failureOf(err) != code {
			t.Errorf("%s: %v, want %s", what, err, code)
		}
	}
	_, err = m.client.RequestMediation(t.Context(), m.client.by, m.toMediator)
	wrong("asking twice", err, "mediation-state")
	_, err = m.client.RequestMediation(t.Context(), m.client.by, newID())
	wrong("asking nobody", err, "connection-not-found")
	_, err = m.client.GrantMediation(t.Context(), m.client.by, m.mediation)
	if m.client.Endpoint = "https://client.example"; failureOf(err) != "mediation-not-offered" {
		t.Errorf("%v", err)
	}
	_, err = m.client.GrantMediation(t.Context(), m.client.by, m.mediation)
	wrong("granting ourselves", err, "mediation-state")
	m.client.Endpoint = ""
	_, err = m.client.SetDefaultMediation(t.Context(), m.client.by, m.mediation)
	wrong("using what is not granted", err, "mediation-not-granted")
	_, _, err = m.client.placed(t.Context(), m.client.by.Scope, m.mediation, "")
	wrong("using what is not granted", err, "mediation-not-granted")
	_, err = m.mediator.GrantMediation(t.Context(), m.peer.by, m.served)
	wrong("granting another's", err, "mediation-not-found")

	denied, err := m.mediator.DenyMediation(t.Context(), m.mediator.by, m.served)
	m.fine(err)
	m.client.say(m.toMediator, "anything new?")
	m.run()
	if asked, err = m.client.Mediation(t.Context(), m.client.by.Scope, m.mediation); err != nil || asked.State != vc.MediationDenied || denied.State != vc.MediationDenied {
		t.Fatalf("%+v %v", asked, err)
	}
	again, err := m.client.RequestMediation(t.Context(), m.client.by, m.toMediator)
	m.fine(err)
	m.run()
	_, err = m.mediator.GrantMediation(t.Context(), m.mediator.by, m.served)
	m.fine(err)
	m.client.say(m.toMediator, "hello")
	m.run()
	m.client.say(m.toMediator, "hello")
	m.run()
	if again, err = m.client.Mediation(t.Context(), m.client.by.Scope, again.ID); err != nil || again.State != vc.MediationGranted || again.ID != m.mediation {
		t.Fatalf("%+v %v", again, err)
	}
	_, err = m.mediator.DenyMediation(t.Context(), m.mediator.by, m.served)
	wrong("denying what is granted", err, "mediation-state")

	m.fine(errOf(m.client.SetDefaultMediation(t.Context(), m.client.by, m.mediation)))
	if found, err := m.client.DefaultMediation(t.Context(), m.client.by.Scope); err != nil || found.ID != m.mediation {
		t.Errorf("%+v %v", found, err)
	}
	m.fine(errOf(m.client.DropMediation(t.Context(), m.client.by, m.mediation)))
	_, err = m.client.DefaultMediation(t.Context(), m.client.by.Scope)
	wrong("after it was dropped", err, "mediation-not-found")
	m.pass(time.Minute)
	m.run() // the job of pickup ends with it
	if jobs, err := m.db.Lend(t.Context(), "test", []string{JobPickup}, 5, time.Minute); err != nil || len(jobs) != 0 {
		t.Errorf("%d jobs, %v", len(jobs), err)
	}
	m.fine(errOf(m.mediator.DropMediation(t.Context(), m.mediator.by, m.served)))
	_, err = m.mediator.Mediation(t.Context(), m.mediator.by.Scope, m.served)
	wrong("after it was dropped", err, "mediation-not-found")
}

func errOf[T any](_ T, err error) error { return err }

func TestKeylists(t *testing.T) {
	m := newMediated(t)
	m.grant()
	m.behind()
	_, other, err := m.client.newKey(t.Context(), m.client.by.Scope)
	m.fine(err)
	update := func(changes ...didcomm.KeylistChange) {
		t.Helper()
		_, err := m.client.UpdateKeylist(t.Context(), m.client.by, m.mediation, changes)
		m.fine(err)
		m.run()
	}
	add := func(key string) didcomm.KeylistChange {
		return didcomm.KeylistChange{RecipientKey: key, Action: didcomm.KeyAdd}
	}
	remove := func(key string) didcomm.KeylistChange {
		return didcomm.KeylistChange{RecipientKey: key, Action: didcomm.KeyRemove}
	}
	keys := func(want ...string) {
		t.Helper()
		slices.Sort(want)
		for _, end := range []*wireEnd{m.client, m.mediator} {
			lists, err := end.Keylists(t.Context(), end.by.Scope, "", nil)
			m.fine(err)
			var got []string
			for _, key := range lists[0].Keys {
				got = append(got, key.Verkey)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		}
	}
	update(add(other.DIDKey()), add(m.key.String()))
	keys(m.key.String(), other.String())
	update(remove(other.String()), add(other.DIDKey()), remove(other.DIDKey()))
	keys(m.key.String())
	for _, wrong := range []didcomm.KeylistChange{add("nonsense"), {RecipientKey: other.String(), Action: "swap"}} {
		if _, err := m.client.UpdateKeylist(t.Context(), m.client.by, m.mediation, []didcomm.KeylistChange{wrong}); vc.KindOf(err) != vc.Invalid {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	// Another client cannot take the key, nor remove it.
	thief := m.end("thief", "")
	toMediator, _ := m.connect(thief, m.mediator)
	asked, err := thief.RequestMediation(t.Context(), thief.by, toMediator)
	m.fine(err)
	m.run()
	_, err = thief.UpdateKeylist(t.Context(), thief.by, asked.ID, []didcomm.KeylistChange{add(m.key.DIDKey()), remove(m.key.DIDKey())})
	m.fine(err)
	m.run()
	lists, err := m.mediator.Keylists(t.Context(), m.mediator.by.Scope, m.toClient, nil)
	m.fine(err)
	if len(lists) != 1 || len(lists[0].Keys) != 1 {
		t.Errorf("%+v", lists)
	}
	limit, offset := 1, 0
	_, err = m.client.QueryKeylist(t.Context(), m.client.by, m.mediation, &didcomm.KeylistPage{Limit: &limit, Offset: &offset})
	m.fine(err)
	m.run()
	if told := m.notices(m.client, TopicKeylist); len(told) == 0 || !strings.Contains(told[len(told)-1], m.key.DIDKey()) {
		t.Errorf("%q", told)
	}
	if update, err := m.client.MediateConnection(t.Context(), m.client.by, m.toPeer, ""); err != nil || len(update.Updates) != 1 || update.Updates[0].RecipientKey != m.key.DIDKey() {
		t.Errorf("%+v %v", update, err)
	}
}

// notices gives what was told of a topic, as JSON.
func (w *wire) notices(e *wireEnd, topic string) (list []string) {
	w.t.Helper()
	publisher := &journal.Publisher{Sequencer: w.db, Masters: w.keys.MasterKeys()}
	_, err := publisher.Publish(w.t.Context())
	w.fine(err)
	entries, err := (&journal.Reader{Rows: sql.For[journal.Rows](w.db), Publisher: publisher}).Events(w.t.Context(), e.by.Scope, 0, 1000)
	w.fine(err)
	for _, entry := range entries {
		told, err := e.Notices(w.t.Context(), e.by.Scope, entry.ID)
		w.fine(err)
		if one := told[entry.ID]; one.Topic == topic {
			list = append(list, string(one.Record))
		}
	}
	return list
}

func TestForwards(t *testing.T) {
	m := newMediated(t)
	m.grant()
	m.behind()
	served, err := m.mediator.Mediation(t.Context(), m.mediator.by.Scope, m.served)
	m.fine(err)
	routing, err := didcomm.ParseVerkey(served.Routing[0])
	m.fine(err)
	_, stranger, err := m.peer.newKey(t.Context(), m.peer.by.Scope)
	m.fine(err)
	own := m.mediatorKey()
	forward := func(to, through didcomm.Verkey, msg string) error {
		t.Helper()
		id, err := newMessageID()
		m.fine(err)
		raw, err := didcomm.Encode(&didcomm.Forward{Header: didcomm.Header{Type: didcomm.TypeForward, ID: id}, To: to.String(), Msg: jsontext.Value(msg)})
		m.fine(err)
		envelope, err := m.peer.seal(t.Context(), raw, didcomm.Target{Recipients: []didcomm.Verkey{through}}, nil)
		m.fine(err)
		for range 2 { // the second is dropped
			if answer, err := m.mediator.Receive(context.Background(), envelope, Source{Wait: time.Second}); err != nil || answer != nil {
				return err
			}
		}
		return nil
	}
	const envelope = `{"protected":"e30","iv":"","ciphertext":"","tag":""}`
	m.fine(forward(m.key, routing, envelope))
	m.kept(1)
	for what, err := range map[string]error{
		"to a stranger":             forward(stranger, routing, envelope),
		"by a key of another kind":  forward(m.key, own, envelope),
		"to the mediator's own key": forward(routing, routing, envelope),
	} {
		if failureOf(err) != CodeForwardUnknown || vc.KindOf(err) != vc.NotFound {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := forward(m.key, routing, `{"x":"`+strings.Repeat("x", maxRelayed)+`"}`); failureOf(err) != "message-too-large" {
		t.Errorf("%v", err)
	}
	m.kept(1)
	m.fine(m.mediator.act(t.Context(), m.mediator.by, func(turn *Turn) error {
		for range maxRelayedCount - 1 {
			if _, err := turn.post(vc.Letter{Way: vc.WayRelay, Connection: m.toClient, State: vc.LetterHeld}, letterBody{Envelope: jsontext.Value(envelope)}); err != nil {
				return err
			}
		}
		return nil
	}))
	if err := forward(m.key, routing, envelope); failureOf(err) != "mailbox-full" || vc.KindOf(err) != vc.Unavailable {
		t.Errorf("%v", err)
	}
	m.fine(errOf(m.mediator.DropMediation(t.Context(), m.mediator.by, m.served)))
	m.kept(0)
	if err := forward(m.key, routing, envelope); failureOf(err) != "recipient-unknown" && failureOf(err) != CodeForwardUnknown {
		t.Errorf("%v", err)
	}
}

// mediatorKey is the key by which the mediator speaks to its client.
func (m *mediated) mediatorKey() (key didcomm.Verkey) {
	m.t.Helper()
	m.fine(m.client.view(m.t.Context(), m.client.by.Scope, func(turn *Turn) error {
		c, err := turn.connection(m.toMediator)
		key = c.Said.Keys[0]
		return err
	}))
	return key
}

// A peer that we do not mediate for, or that does not for us, gets nothing by pretending.
func TestMediationIsNotAssumed(t *testing.T) {
	m := newMediated(t)
	tell := func(from *wireEnd, connection string, message didcomm.Message) {
		t.Helper()
		raw, err := newMessageID()
		m.fine(err)
		message.Head().ID, message.Head().Thread = raw, &didcomm.Thread{ID: raw}
		m.fine(from.act(t.Context(), from.by, func(turn *Turn) error {
			c, err := turn.connection(connection)
			if err != nil {
				return err
			}
			return turn.Send(Addressee{Connection: c}, message, "")
		}))
		m.run()
	}
	yes := true
	for _, message := range []didcomm.Message{
		&didcomm.PickupStatusRequest{Header: didcomm.Header{Type: didcomm.TypePickupStatusRequest}},
		&didcomm.PickupDeliveryRequest{Header: didcomm.Header{Type: didcomm.TypePickupDeliveryRequest}, Limit: 1},
		&didcomm.PickupMessagesReceived{Header: didcomm.Header{Type: didcomm.TypePickupMessagesReceived}, MessageIDs: []string{newID()}},
		&didcomm.PickupLiveDelivery{Header: didcomm.Header{Type: didcomm.TypePickupLiveDelivery}, LiveDelivery: true},
		&didcomm.KeylistUpdate{Header: didcomm.Header{Type: didcomm.TypeKeylistUpdate}, Updates: []didcomm.KeylistChange{}},
		&didcomm.KeylistQuery{Header: didcomm.Header{Type: didcomm.TypeKeylistQuery}},
	} {
		tell(m.client, m.toMediator, message)
	}
	m.kept(0)
	for _, message := range []didcomm.Message{
		&didcomm.MediateGrant{Header: didcomm.Header{Type: didcomm.TypeMediateGrant}, Endpoint: "https://evil.example", RoutingKeys: []string{m.mediatorKey().DIDKey()}},
		&didcomm.MediateDeny{Header: didcomm.Header{Type: didcomm.TypeMediateDeny}},
		&didcomm.KeylistUpdateResponse{Header: didcomm.Header{Type: didcomm.TypeKeylistUpdateResponse}, Updated: []didcomm.KeylistChange{}},
		&didcomm.PickupStatus{Header: didcomm.Header{Type: didcomm.TypePickupStatus}, MessageCount: 5, LiveDelivery: &yes},
		&didcomm.PickupDelivery{Header: didcomm.Header{Type: didcomm.TypePickupDelivery}, Messages: []didcomm.Attachment{didcomm.Base64Attachment("1", "", []byte("{}"))}},
	} {
		tell(m.mediator, m.toClient, message)
	}
	for range 40 { // fetches all that is held
		m.client.say(m.toMediator, "anything new?")
		m.run()
	}
	for _, end := range []*wireEnd{m.client, m.mediator} {
		if found, err := end.Mediations(t.Context(), end.by.Scope, vc.MediationQuery{}); err != nil || len(found) != 0 {
			t.Errorf("%+v %v", found, err)
		}
	}
	if left := m.mediator.letters(vc.WayOut, vc.LetterHeld); len(left) != 0 {
		t.Errorf("%d held", len(left))
	}
}
