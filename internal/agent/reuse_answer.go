package agent

import (
	"context"
	"errors"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Handshake reuse at who invited.

// lookReuse refuses to reuse what there is not. It draws the id of the answer.
func lookReuse(_ context.Context, _ *Desk, in *Inbound) (any, error) {
	if in.Invitation == nil || !in.Invitation.Sender || in.Invitation.State != vc.InvitationOpen {
		return nil, refuse(problemNoConnection, "there is no such invitation")
	}
	if in.Connection.State != vc.Completed && in.Connection.State != vc.Answered {
		return nil, refuse(problemConnectionInactive, "the connection is not active")
	}
	return newMessageID()
}

// actReuse lets a peer use the connection that there is for an invitation of ours.
func actReuse(_ *Desk, t *Turn, in *Inbound, looked any) error {
	i, err := t.invitationForUpdate(in.Invitation.ID)
	if vc.KindOf(err) == vc.NotFound && err != nil {
		return errAgain
	}
	if err != nil {
		return err
	}
	stands, err := t.connection(i.Connection)
	if unlessGone(err) != nil {
		return err
	}
	if err != nil || i.State != vc.InvitationOpen || stands.State != vc.Invited {
		return refuse(problemNoConnection, "the invitation is to no connection, or somebody is taking it")
	}
	c, err := t.connectionForUpdate(in.Connection.ID)
	if err != nil {
		return err
	}
	answer := &didcomm.ReuseAccepted{Header: in.Message.Head().Reply(in.Message.Head().Type.Answer("handshake-reuse-accepted", 1), looked.(string))}
	if err := t.Send(Addressee{Connection: c}, answer, ""); err != nil {
		return err
	}
	if err := t.reused(i, c); err != nil {
		return err
	}
	c.InvitationID = i.MessageID // what it is known by now
	c.Touch(t.Now)
	if err := t.putConnection(c); err != nil {
		return err
	}
	view := ReuseView{Connection: viewConnection(c), Invitation: i.MessageID, Thread: in.Thread}
	return t.Tell(TopicReuse, "connection.reused", "connection", c.ID, view)
}

// reused ends an invitation for one in favour of a connection that there was.
func (t *Turn) reused(i *Invitation, c *Connection) error {
	if i.Multi {
		return nil
	}
	if err := t.joined(i, c); err != nil {
		return err
	}
	if !i.alone() {
		stands, err := t.connectionForUpdate(i.Connection)
		if err == nil && stands.State == vc.Invited {
			err = t.deleteConnection(stands)
		}
		if unlessGone(err) != nil {
			return err
		}
	}
	i.Connection = c.ID
	if err := t.withdraw("invitation/" + i.ID); err != nil {
		return err
	}
	if err := t.Rows.DeleteRecipients("invitation/" + i.ID); err != nil {
		return err
	}
	return t.endInvitation(i)
}

// rejoined gives what came along with an invitation of ours to the connection on which its peer answers it, without a word before.
func (d *Desk) rejoined(ctx context.Context, vault keys.TenantVault, in *Inbound) (*Inbound, error) {
	if !in.connected() || in.Invitation == nil || !in.Invitation.awaits(in.Thread) || in.Invitation.Connection == in.Connection.ID {
		return in, nil
	}
	_, err := d.turn(ctx, in.By, vault, func(t *Turn) error {
		i, err := t.invitationForUpdate(in.Invitation.ID)
		if err != nil || !i.awaits(in.Thread) {
			return unlessGone(err)
		}
		if !i.alone() {
			stands, err := t.connection(i.Connection)
			if err != nil || stands.State != vc.Invited {
				return unlessGone(err) // somebody is taking it
			}
		}
		c, err := t.connectionForUpdate(in.Connection.ID)
		if err != nil {
			return err
		}
		return t.reused(i, c)
	})
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return in, nil // its message is of what it began itself
	}
	if err != nil {
		return nil, err
	}
	return d.afresh(ctx, vault, in)
}

// awaits says whether an invitation of ours waits for who answers, in a thread, what came along with it.
func (i *Invitation) awaits(thread string) bool {
	return i.Sender && i.State == vc.InvitationOpen && i.Subject != "" && i.Thread == thread && len(i.Said.Target.Recipients) == 0
}
