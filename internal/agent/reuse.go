package agent

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Handshake reuse: Aries RFC 0434, "Reuse Messages". Who takes an invitation of a DID that it has a connection with asks to use that
// instead. What came along is answered there at once: nobody is asked.

// The codes of out-of-band's problem reports.
const (
	problemNoConnection       = "no_existing_connection"
	problemConnectionInactive = "existing_connection_not_active"
)

// patience is how long a call waits for a peer's answer.
const patience = 15 * time.Second

// outOfBand is the protocol.
func outOfBand() Protocol {
	return Protocol{
		URI: "https://didcomm.org/out-of-band/1.1", Roles: []string{"sender", "receiver"}, Report: didcomm.TypeOOBProblem,
		Handlers: []Handler{
			{Types: []didcomm.Type{didcomm.TypeReuse}, Need: NeedKnown, Look: lookReuse, Act: actReuse},
			{Types: []didcomm.Type{didcomm.TypeReuseAccepted}, Need: NeedKnown, Act: actReuseAccepted},
			{Types: []didcomm.Type{didcomm.TypeOOBProblem}, Need: NeedKnown, Act: actReuseProblem},
		},
	}
}

// reuse asks the peer whose DID invites to use the connection that there is. False: there is none, or the peer would not.
func (d *Desk) reuse(ctx context.Context, by vc.Caller, taking Taking, what *taken) (InvitationView, bool, error) {
	existing, err := d.existing(ctx, by.Scope, what.by)
	if existing == "" || err != nil {
		return InvitationView{}, false, err
	}
	if len(what.message.Requests) > 0 {
		view, err := d.answerOn(ctx, by, existing, taking, what)
		return view, err == nil, err
	}
	id, err := newMessageID()
	if err != nil {
		return InvitationView{}, false, err
	}
	message := &didcomm.Reuse{Header: didcomm.Header{
		Type: didcomm.TypeReuse, ID: id, Thread: &didcomm.Thread{ID: id, Parent: what.message.ID},
	}}
	var invitation *Invitation
	err = d.act(ctx, by, func(t *Turn) error {
		c, err := t.connection(existing)
		if err != nil {
			return err
		}
		if invitation, err = what.received(vc.InvitationOpen, taking); err != nil {
			return err
		}
		invitation.Connection = c.ID
		if err := t.insertInvitation(invitation); err != nil {
			return err
		}
		if err := t.tellInvitation(invitation, string(invitation.State)); err != nil {
			return err
		}
		return t.Send(Addressee{Connection: c}, message, "")
	})
	if err != nil {
		return InvitationView{}, false, takenBefore(err)
	}
	return d.awaitReuse(ctx, by, invitation)
}

// answerOn goes on with what came along with an invitation in the connection that there is.
func (d *Desk) answerOn(ctx context.Context, by vc.Caller, existing string, taking Taking, what *taken) (view InvitationView, err error) {
	err = d.act(ctx, by, func(t *Turn) error {
		c, err := t.connection(existing)
		if err != nil {
			return err
		}
		i, err := what.received(vc.InvitationNew, taking)
		if err != nil {
			return err
		}
		i.Connection = c.ID
		our, err := t.sender(c.Said.Sender, c)
		if err != nil {
			return err
		}
		if err := t.begin(i, c, c.Said.Target.Recipients[0].String(), our.Verkey); err != nil {
			return err
		}
		view, err = t.takenUp(i, false)
		return err
	})
	return view, err
}

// existing finds a connection with whom a DID is.
func (d *Desk) existing(ctx context.Context, scope vc.Scope, did string) (id string, err error) {
	if isBare(did) {
		return "", nil // any peer may have said that it has this one
	}
	err = d.view(ctx, scope, func(t *Turn) error {
		mac := digest(t.Vault, peerDIDUse, did)
		for _, q := range []vc.ConnectionQuery{{TheirPublicMAC: mac}, {TheirMAC: mac}} {
			q.States, q.Page.Limit = []vc.ConnectionState{vc.Completed}, 1
			found, err := t.Rows.Connections(q)
			if err != nil {
				return err
			}
			if len(found) > 0 {
				id = found[0].ID
				return nil
			}
		}
		return nil
	})
	return id, err
}

// awaitReuse waits for the peer's answer, which ends the invitation; without one it is as if it had said no.
func (d *Desk) awaitReuse(ctx context.Context, by vc.Caller, sent *Invitation) (InvitationView, bool, error) {
	var now *Invitation
	err := d.await(ctx, by.Scope, "invitation/"+sent.ID, func(t *Turn) (bool, error) {
		found, err := t.invitation(sent.ID)
		if vc.KindOf(err) == vc.NotFound && err != nil {
			now = nil
			return true, nil
		}
		now = found
		return err == nil && found.State != vc.InvitationOpen, err
	})
	if err != nil {
		return InvitationView{}, false, err
	}
	if now == nil {
		view := viewInvitation(sent)
		view.Deleted, view.Invitation.State = true, vc.InvitationReused
		return view, true, nil
	}
	reused := false
	err = d.act(ctx, by, func(t *Turn) error {
		reused = false
		i, err := t.invitationForUpdate(sent.ID)
		if vc.KindOf(err) == vc.NotFound && err != nil {
			reused = true // the answer came meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		if i.State == vc.InvitationOpen {
			if err := i.Move(vc.InvitationNotReused, t.Now); err != nil {
				return err
			}
			if err := t.tellInvitation(i, string(i.State)); err != nil {
				return err
			}
		}
		return t.Rows.DeleteInvitation(i.ID)
	})
	view := viewInvitation(sent)
	view.Deleted, view.Invitation.State = true, vc.InvitationReused
	return view, reused, err
}

// actReuseAccepted goes on with a connection that the peer lets us reuse.
func actReuseAccepted(d *Desk, t *Turn, in *Inbound, _ any) error {
	i, c, err := t.reusing(in)
	if i == nil || err != nil {
		return err
	}
	if err := i.Move(vc.InvitationReused, t.Now); err != nil {
		return err
	}
	if err := t.tellInvitation(i, string(i.State)); err != nil {
		return err
	}
	c.InvitationID = i.MessageID // what it is known by now
	c.Touch(t.Now)
	if err := t.putConnection(c); err != nil {
		return err
	}
	our, err := t.sender(c.Said.Sender, c)
	if err != nil {
		return err
	}
	if err := t.begin(i, c, c.Said.Target.Recipients[0].String(), our.Verkey); err != nil {
		return err
	}
	if err := t.Rows.DeleteInvitation(i.ID); err != nil {
		return err
	}
	if err := t.tellInvitation(i, "deleted"); err != nil {
		return err
	}
	t.signal("invitation/" + i.ID)
	view := ReuseView{Connection: viewConnection(c), Invitation: i.MessageID, Thread: in.Thread}
	return t.Tell(TopicReuseAccepted, "connection.reused", "connection", c.ID, view)
}

// actReuseProblem notes that the peer will not.
func actReuseProblem(_ *Desk, t *Turn, in *Inbound, _ any) error {
	i, _, err := t.reusing(in)
	if i == nil || err != nil {
		return err
	}
	if err := i.Move(vc.InvitationNotReused, t.Now); err != nil {
		return err
	}
	t.signal("invitation/" + i.ID)
	if err := t.tellInvitation(i, string(i.State)); err != nil {
		return err
	}
	return t.putInvitation(i)
}

// reusing gives the invitation that waits for this answer; nil where none does.
func (t *Turn) reusing(in *Inbound) (*Invitation, *Connection, error) {
	if in.Invitation == nil || in.Invitation.Sender {
		return nil, nil, nil
	}
	i, err := t.invitationForUpdate(in.Invitation.ID)
	if err != nil || i.State != vc.InvitationOpen || i.Connection != in.Connection.ID {
		return nil, nil, unlessGone(err)
	}
	c, err := t.connectionForUpdate(i.Connection)
	return i, c, err
}
