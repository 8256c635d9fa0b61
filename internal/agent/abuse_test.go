package agent

import (
	"context"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// speak packs a message as another agent would, and gives it to an end.
func (w *wire) speak(from *wireEnd, connection string, to *wireEnd, message didcomm.Message) error {
	w.t.Helper()
	id, err := newMessageID()
	w.fine(err)
	message.Head().ID = id
	packed, err := from.packFor(w.t.Context(), from.by.Scope, connection, message)
	w.fine(err)
	_, err = to.Receive(context.Background(), packed.envelope, Source{})
	return err
}

// Nobody is heard at a wallet that was removed.
func TestRemovedWallet(t *testing.T) {
	w := newWire(t)
	a, b := w.end("a", "https://a.example"), w.end("b", "https://b.example")
	toB, _ := w.connect(a, b)
	w.fine(w.speak(a, toB, b, &didcomm.BasicMessage{Header: didcomm.Header{Type: didcomm.TypeBasicMessage}, Content: "one"}))
	w.fine(w.acc.RemoveWallet(t.Context(), w.by, b.by.Scope.Tenant))
	err := w.speak(a, toB, b, &didcomm.BasicMessage{Header: didcomm.Header{Type: didcomm.TypeBasicMessage}, Content: "two"})
	if vc.KindOf(err) != vc.NotFound || failureOf(err) != "recipient-unknown" {
		t.Errorf("%v", err)
	}
	b.hears("one")
}

// A peer that asks and does not fetch the answers fills no store; who is asked for nothing of the kind is answered still.
func TestAnswersThatNobodyFetches(t *testing.T) {
	m := newMediated(t)
	m.grant()
	m.fine(m.mediator.act(t.Context(), m.mediator.by, func(turn *Turn) error {
		if _, err := turn.post(vc.Letter{Way: vc.WayRelay, Connection: m.toClient, State: vc.LetterHeld}, letterBody{Envelope: jsontext.Value(`{}`)}); err != nil {
			return err
		}
		for range maxUnsent - 1 {
			letter := vc.Letter{Way: vc.WayOut, Connection: m.toClient, State: vc.LetterHeld, Type: typeName(didcomm.TypePickupDelivery)}
			if _, err := turn.post(letter, letterBody{Message: jsontext.Value(`{}`)}); err != nil {
				return err
			}
		}
		return nil
	}))
	ask := func() error {
		t.Helper()
		return m.speak(m.client, m.toMediator, m.mediator, &didcomm.PickupDeliveryRequest{Header: didcomm.Header{Type: didcomm.TypePickupDeliveryRequest}, Limit: 1})
	}
	m.fine(ask())
	count := func() (n int) {
		m.fine(m.mediator.Rows.View(t.Context(), m.mediator.by.Scope, func(rows Rows) error {
			all, err := rows.CountLetters(vc.LetterQuery{Connection: m.toClient})
			n = all.Count
			return err
		}))
		return n
	}
	before := count()
	if err := ask(); vc.KindOf(err) != vc.Unavailable || failureOf(err) != codeUnsent {
		t.Errorf("%v", err)
	}
	if after := count(); after != before {
		t.Errorf("%d letters more", after-before)
	}
	m.fine(m.speak(m.client, m.toMediator, m.mediator, &didcomm.PickupStatusRequest{Header: didcomm.Header{Type: didcomm.TypePickupStatusRequest}}))
}

// A mediator that has said no does not become one by saying yes: it was not asked again.
func TestGrantAfterDenial(t *testing.T) {
	m := newMediated(t)
	m.grant()
	grant := func() *didcomm.MediateGrant {
		return &didcomm.MediateGrant{
			Header: didcomm.Header{Type: didcomm.TypeMediateGrant}, Endpoint: "https://mediator.example", RoutingKeys: []string{m.mediatorKey().DIDKey()},
		}
	}
	m.fine(m.speak(m.mediator, m.toClient, m.client, &didcomm.MediateDeny{Header: didcomm.Header{Type: didcomm.TypeMediateDeny}}))
	m.fine(m.speak(m.mediator, m.toClient, m.client, grant()))
	if now, err := m.client.Mediation(t.Context(), m.client.by.Scope, m.mediation); err != nil || now.State != vc.MediationDenied {
		t.Errorf("it is %s: %v", now.State, err)
	}
	_, err := m.client.RequestMediation(t.Context(), m.client.by, m.toMediator)
	m.fine(err)
	m.fine(m.speak(m.mediator, m.toClient, m.client, grant()))
	if now, err := m.client.Mediation(t.Context(), m.client.by.Scope, m.mediation); err != nil || now.State != vc.MediationGranted {
		t.Errorf("it is %s: %v", now.State, err)
	}
}

// The keys of a client whose connection is over are free for whoever has them.
func TestKeysOfAClientThatWent(t *testing.T) {
	m := newMediated(t)
	m.grant()
	m.behind()
	m.run()
	m.fine(m.mediator.DropConnection(t.Context(), m.mediator.by, m.toClient))
	if left, err := m.mediator.Mediations(t.Context(), m.mediator.by.Scope, vc.MediationQuery{}); err != nil || len(left) != 0 {
		t.Errorf("%d mediations are left: %v", len(left), err)
	}
	if _, _, err := m.mediator.Directory.Lookup(t.Context(), "mediated-key", m.key.String()); vc.KindOf(err) != vc.NotFound {
		t.Errorf("the key is still the client's: %v", err)
	}
}
