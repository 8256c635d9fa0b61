package agent

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// The steps of a handshake that a client takes.

// AcceptInvitation asks for the connection of an invitation that was taken. Errors: NotFound "connection-not-found", Conflict
// "connection-state", and as Take.
func (d *Desk) AcceptInvitation(ctx context.Context, by vc.Caller, id string, how How) (ConnectionView, error) {
	c, err := d.standing(ctx, by, id, vc.RoleInvitee, vc.Invited)
	if err != nil {
		return ConnectionView{}, err
	}
	request, err := d.askConnection(ctx, by.Scope, c, how, "", "")
	if err != nil {
		return ConnectionView{}, err
	}
	return d.move(ctx, by, c, func(t *Turn, c *Connection) error { return t.sendRequest(c, request) })
}

// AcceptRequest answers whoever asked for a connection. Errors are those of AcceptInvitation.
func (d *Desk) AcceptRequest(ctx context.Context, by vc.Caller, id string, how How) (ConnectionView, error) {
	c, err := d.standing(ctx, by, id, vc.RoleInviter, vc.Asked)
	if err != nil {
		return ConnectionView{}, err
	}
	var invited vc.Recipient
	err = d.view(ctx, by.Scope, func(t *Turn) error {
		invited, err = t.Rows.Recipient(c.InvitationKey)
		return missing(err, "invitation")
	})
	if err != nil {
		return ConnectionView{}, err
	}
	if how.Mediation == "" {
		how.Mediation = c.Mediation
	}
	var answer answering
	if c.Protocol == protocolName(didcomm.Connections10) {
		answer, err = d.answerConnection(ctx, by.Scope, c.Thread, invited, how)
	} else {
		to := &didcomm.Header{Type: handshakeType(c, "request"), ID: c.Thread, Thread: &didcomm.Thread{ID: c.Thread, Parent: c.Said.Parent}}
		answer, err = d.answerRequest(ctx, by.Scope, to, c.Said.Their, invited, how)
	}
	if err != nil {
		return ConnectionView{}, err
	}
	return d.move(ctx, by, c, func(t *Turn, c *Connection) error { return t.sendAnswer(c, answer) })
}

// standing gives a connection that is to be moved on, and refuses one that is not so far, or farther.
func (d *Desk) standing(ctx context.Context, by vc.Caller, id string, role vc.ConnectionRole, state vc.ConnectionState) (c *Connection, err error) {
	err = d.view(ctx, by.Scope, func(t *Turn) error {
		if c, err = t.connection(id); err != nil {
			return err
		}
		if c.Role != role || c.State != state {
			return vc.Errorf(vc.Conflict, "connection-state", "a connection of which we are %s and that is %s does not do that", c.Role, c.State)
		}
		return nil
	})
	return c, err
}

// move moves a connection on that is as it was looked at.
func (d *Desk) move(ctx context.Context, by vc.Caller, was *Connection, fn func(t *Turn, c *Connection) error) (view ConnectionView, err error) {
	err = d.act(ctx, by, func(t *Turn) error {
		c, err := t.connectionForUpdate(was.ID)
		if err != nil {
			return err
		}
		if c.Revision != was.Revision {
			return vc.Errorf(vc.Conflict, "connection-state", "the connection is %s meanwhile", c.State)
		}
		if err := fn(t, c); err != nil {
			return err
		}
		view = viewConnection(c)
		return nil
	})
	return view, err
}
