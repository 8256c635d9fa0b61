package agent

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Reject says no to an invitation, or to a request; the peer is told why. Errors are those of AcceptInvitation.
func (d *Desk) Reject(ctx context.Context, by vc.Caller, id, reason string) (ConnectionView, error) {
	message, err := newMessageID()
	if err != nil {
		return ConnectionView{}, err
	}
	var was *Connection
	err = d.view(ctx, by.Scope, func(t *Turn) error {
		was, err = t.connection(id)
		return err
	})
	if err != nil {
		return ConnectionView{}, err
	}
	code := didcomm.ProblemRequestNotAccepted
	switch {
	case was.Role == vc.RoleInviter && was.State == vc.Asked:
	case was.Role == vc.RoleInvitee && was.State == vc.Invited:
		code = didcomm.ProblemInvitationNotAccepted
	default:
		return ConnectionView{}, vc.Errorf(vc.Conflict, "connection-state", "a connection of which we are %s and that is %s is not rejected", was.Role, was.State)
	}
	return d.move(ctx, by, was, func(t *Turn, c *Connection) error {
		report := &didcomm.ProblemReport{
			Header:      didcomm.Header{Type: handshakeType(c, "problem_report"), ID: message, Thread: &didcomm.Thread{ID: first(c.Thread, message), Parent: c.Said.Parent}},
			Description: didcomm.Description{"code": code, "en": bounded(first(reason, "not accepted"))},
		}
		if c.Role == vc.RoleInviter {
			// The key that was invited with is the only one of ours that the peer knows.
			if err := t.Send(Addressee{Connection: c, From: c.InvitationKey}, report, ""); err != nil {
				return err
			}
		}
		return t.breakConnection(c, code)
	})
}
