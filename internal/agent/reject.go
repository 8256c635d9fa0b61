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
			Header:      didcomm.Header{Type: reportType(c), ID: message, Thread: &didcomm.Thread{ID: first(c.Thread, message), Parent: c.Said.Parent}},
			Description: didcomm.Description{"code": code, "en": bounded(first(reason, "DID exchange rejected"))},
		}
		// The key that was invited with is the only one of ours that the peer knows.
		to := Addressee{Connection: c, From: c.InvitationKey}
		if c.Role == vc.RoleInvitee {
			to = Addressee{Target: c.Said.Target} // who has no key there says it as nobody
		}
		if c.Role == vc.RoleInviter || c.Said.Target.Endpoint != noEndpoint { // nobody comes for what is nobody's
			if err := t.Send(to, report, ""); err != nil {
				return err
			}
		}
		return t.breakConnection(c, code)
	})
}

// reportType is the type of problem reports of the handshake by which a connection is made.
func reportType(c *Connection) didcomm.Type {
	if c.Protocol == protocolName(didcomm.Connections10) {
		return didcomm.TypeConnectionProblem
	}
	return handshakeType(c, "problem_report")
}
