package agent

import (
	"context"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// comes packs a message that wants its answer on the way it comes, and gives what comes back each time that it comes.
func (w *wire) comes(from *wireEnd, connection string, message didcomm.Message) func(to *wireEnd) []byte {
	w.t.Helper()
	id, err := newMessageID()
	w.fine(err)
	message.Head().ID, message.Head().Transport = id, &didcomm.Transport{ReturnRoute: didcomm.ReturnAll}
	packed, err := from.packFor(w.t.Context(), from.by.Scope, connection, message)
	w.fine(err)
	return func(to *wireEnd) []byte {
		w.t.Helper()
		answer, err := to.Receive(w.t.Context(), packed.envelope, Source{Wait: time.Second})
		w.fine(err)
		return answer
	}
}

// bodies counts the letters of an end that still have what was in them.
func (e *wireEnd) bodies() (n int) {
	e.w.t.Helper()
	e.w.fine(e.Rows.View(e.w.t.Context(), e.by.Scope, func(rows Rows) error {
		all, err := rows.Letters(vc.LetterQuery{Page: vc.Page{Limit: 1000}})
		for _, letter := range all {
			if letter.BodyKey != nil {
				n++
			}
		}
		return err
	}))
	return n
}

// An answer that was lost with the way back comes once more with the message that it answers, until its peer is heard again.
func TestAnswerThatWasLost(t *testing.T) {
	w := newWire(t)
	a, b := w.end("a", ""), w.end("b", "https://b.example")
	toB, _ := w.connect(a, b)
	ping := w.comes(a, toB, &didcomm.Ping{Header: didcomm.Header{Type: didcomm.TypePing}})
	if ping(b) == nil {
		t.Fatal("no answer")
	}
	again := ping(b)
	if again == nil {
		t.Fatal("the answer is lost")
	}
	_, err := a.Receive(t.Context(), again, Source{})
	w.fine(err)
	if len(a.heard) != 1 {
		t.Errorf("%q", a.heard)
	}
	w.pass(2 * time.Minute)
	if answer := w.comes(a, toB, &didcomm.BasicMessage{Header: didcomm.Header{Type: didcomm.TypeBasicMessage}, Content: "x"})(b); answer != nil {
		t.Error("something came back")
	}
	if ping(b) != nil || b.bodies() != 0 {
		t.Errorf("%d are kept though they came", b.bodies())
	}
}

// answeringSocket is a socket that tells later whether what went back was read.
type answeringSocket struct {
	boundSocket
	given   [][]byte
	outcome []func(context.Context, bool)
}

func (s *answeringSocket) Answer(_ context.Context, envelope []byte, outcome func(context.Context, bool)) {
	s.given, s.outcome = append(s.given, envelope), append(s.outcome, outcome)
}

// An answer that nobody reads at the other end of a socket goes the way that it would have gone without: to the peer's endpoint, or it
// waits for the peer. One that was read does not go again.
func TestAnswerThatWasNotRead(t *testing.T) {
	for endpoint, state := range map[string]vc.LetterState{"": vc.LetterHeld, "https://a.example": vc.LetterWaiting} {
		for _, read := range []bool{true, false} {
			w := newWire(t)
			a, b := w.end("a", endpoint), w.end("b", "https://b.example")
			toB, _ := w.connect(a, b)
			id, err := newMessageID()
			w.fine(err)
			packed, err := a.packFor(t.Context(), a.by.Scope, toB, &didcomm.Ping{Header: didcomm.Header{
				Type: didcomm.TypePing, ID: id, Transport: &didcomm.Transport{ReturnRoute: didcomm.ReturnThread, ReturnRouteThread: id},
			}})
			w.fine(err)
			socket := &answeringSocket{}
			answer, err := b.Receive(t.Context(), packed.envelope, Source{Socket: socket})
			w.fine(err)
			if endpoint == "" { // what is held is told to a socket in order, when it is bound
				if len(socket.given) != 0 || answer != nil {
					t.Errorf("%d were given", len(socket.given))
				}
				continue
			}
			if len(socket.given) != 1 || answer != nil {
				t.Fatalf("%d were given", len(socket.given))
			}
			w.run()
			if len(a.heard) != 0 {
				t.Errorf("%q went the other way too", a.heard)
			}
			socket.outcome[0](t.Context(), read)
			if n := len(b.letters(vc.WayOut, state)); (n == 1) == read {
				t.Errorf("%d letters wait", n)
			}
			w.run()
			if (len(a.heard) == 1) == read {
				t.Errorf("read %v, then heard %q", read, a.heard)
			}
			socket.outcome[0](t.Context(), false) // after it was sent otherwise: its body is gone
			w.run()
			if len(a.heard) > 1 {
				t.Errorf("heard %q", a.heard)
			}
		}
	}
}

// So does what a mediator keeps for its client.
func TestRelayThatWasLost(t *testing.T) {
	m := newMediated(t)
	m.grant()
	m.fine(m.mediator.act(t.Context(), m.mediator.by, func(turn *Turn) error {
		_, err := turn.post(vc.Letter{Way: vc.WayRelay, Connection: m.toClient, State: vc.LetterHeld}, letterBody{Envelope: jsontext.Value(`{"x":1}`)})
		return err
	}))
	said := func() func(*wireEnd) []byte {
		return m.comes(m.client, m.toMediator, &didcomm.BasicMessage{Header: didcomm.Header{Type: didcomm.TypeBasicMessage}, Content: "x"})
	}
	first := said()
	for range 2 {
		if got := string(first(m.mediator)); got != `{"x":1}` {
			t.Errorf("%q came back", got)
		}
	}
	m.pass(2 * time.Minute)
	if said()(m.mediator) != nil || first(m.mediator) != nil || m.mediator.bodies() != 0 {
		t.Errorf("%d are kept though they came", m.mediator.bodies())
	}
}
