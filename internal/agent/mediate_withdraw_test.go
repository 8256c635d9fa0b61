package agent

import (
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// A mediator takes no more messages for a connection that is gone, however it went.
func TestWithdrawnKeys(t *testing.T) {
	for name, end := range map[string]func(m *mediated) error{
		"dropped": func(m *mediated) error { return m.client.DropConnection(m.t.Context(), m.client.by, m.toPeer) },
		"hung up": func(m *mediated) error { return errOf(m.client.Hangup(m.t.Context(), m.client.by, m.toPeer)) },
	} {
		t.Run(name, func(t *testing.T) {
			m := newMediated(t)
			m.grant()
			m.behind()
			m.fine(end(m))
			m.run()
			for _, one := range []*wireEnd{m.client, m.mediator} {
				lists, err := one.Keylists(t.Context(), one.by.Scope, "", nil)
				m.fine(err)
				if len(lists) != 1 || len(lists[0].Keys) != 0 {
					t.Errorf("%+v", lists)
				}
			}
		})
	}
}

// So it is for an invitation that is withdrawn.
func TestWithdrawnInvitation(t *testing.T) {
	m := newMediated(t)
	m.grant()
	invitation, err := m.client.Invite(t.Context(), m.client.by, NewInvitation{Handshake: []string{"didexchange/1.1"}, Mediation: m.mediation})
	m.fine(err)
	m.run()
	keys := func() int {
		lists, err := m.mediator.Keylists(t.Context(), m.mediator.by.Scope, "", nil)
		m.fine(err)
		return len(lists[0].Keys)
	}
	if n := keys(); n != 1 {
		t.Fatalf("%d keys", n)
	}
	m.fine(m.client.DropInvitation(t.Context(), m.client.by, invitation.Invitation.MessageID))
	m.run()
	if n := keys(); n != 0 {
		t.Errorf("%d keys are left", n)
	}
}

// Who has no endpoint is not told that we hang up, and nothing is left that says so.
func TestHangupUnheard(t *testing.T) {
	w := newWire(t)
	here, there := w.end("here", "https://here.example"), w.end("there", "")
	ours, _ := w.connect(here, there)
	w.fine(errOf(here.Hangup(t.Context(), here.by, ours)))
	letters, err := here.Letters(t.Context(), here.by.Scope, vc.LetterQuery{})
	if err != nil || len(letters) != 0 {
		t.Errorf("%+v: %v", letters, err)
	}
}

// So it is for a key that was retired, when it has had its time, and for that key alone.
func TestWithdrawnRetired(t *testing.T) {
	m := newMediated(t)
	m.grant()
	m.behind()
	_, err := m.client.Rotate(t.Context(), m.client.by, m.toPeer, "") // makes another
	m.fine(err)
	m.run()
	keys := func() int {
		lists, err := m.mediator.Keylists(t.Context(), m.mediator.by.Scope, "", nil)
		m.fine(err)
		return len(lists[0].Keys)
	}
	before := keys()
	m.fine(m.client.Rows.Update(t.Context(), m.client.by.Scope, func(rows Rows) error {
		old, err := rows.Recipient(m.key.String())
		if err != nil {
			return err
		}
		old.RetiredAt = m.now()
		return rows.UpdateRecipient(old)
	}))
	m.pass(retiredKept + time.Hour)
	n, err := m.client.Sweep(t.Context(), m.db, m.now(), 100)
	m.fine(err)
	m.run()
	if after := keys(); n != 1 || before != 2 || after != 1 {
		t.Errorf("%d keys were removed, %d of %d are left", n, after, before)
	}
}
