package agent

import (
	"context"
	"errors"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Requests for connections that a client makes by a DID alone, or hands over.

// RequestByDID asks whom a public DID leads to for a connection. Errors: Invalid "did-unknown" and what is wrong with the DID; Denied
// "endpoint-not-allowed".
func (d *Desk) RequestByDID(ctx context.Context, by vc.Caller, n NewRequest) (ConnectionView, error) {
	peer, err := d.resolve(ctx, by.Scope, n.TheirDID)
	if err != nil {
		return ConnectionView{}, err
	}
	protocol := protocolName(didcomm.DIDExchange11)
	if n.Protocol != "" {
		identifier, ok := HandshakeProtocol(n.Protocol)
		if !ok || identifier == didcomm.Connections10 {
			return ConnectionView{}, vc.Errorf(vc.Invalid, "handshake-not-offered", "the handshake protocol is not offered here").At("/protocol")
		}
		protocol = protocolName(identifier)
	}
	draft := &Connection{
		Connection: vc.Connection{
			ID: newID(), Role: vc.RoleInvitee, State: vc.Invited, Mode: vc.ModeOnce, Protocol: protocol, Auto: is(n.Auto), Mediation: n.Mediation,
			InvitationKey: peer.Target.Recipients[0].String(),
		},
		Said: ConnectionSaid{
			Alias: n.Alias, TheirPublic: peer.DID, Their: peer.DID, TheirLong: peer.Long, Keys: peer.Keys, Target: peer.Target, Parent: n.TheirDID,
			Goal: n.Goal, GoalCode: n.GoalCode,
		},
	}
	request, err := d.askConnection(ctx, by.Scope, draft, n.How, n.Goal, n.GoalCode)
	if err != nil {
		return ConnectionView{}, err
	}
	var view ConnectionView
	err = d.act(ctx, by, func(t *Turn) error {
		c := *draft
		if err := t.insertConnection(&c); err != nil {
			return err
		}
		if err := t.sendRequest(&c, request); err != nil {
			return err
		}
		view = viewConnection(&c)
		return nil
	})
	return view, err
}

// ReceiveRequest takes a request that came another way than in an envelope: who handed it over answers for it. Errors: Invalid
// "message-malformed", "request_not_accepted".
func (d *Desk) ReceiveRequest(ctx context.Context, by vc.Caller, raw []byte, how How) (ConnectionView, error) {
	decoded, err := didcomm.Decode(raw)
	if err != nil {
		return ConnectionView{}, faulty("message-malformed", err)
	}
	request, ok := decoded.(*didcomm.DIDRequest)
	if !ok {
		return ConnectionView{}, vc.Errorf(vc.Invalid, "message-malformed", "a request of DID Exchange is expected")
	}
	peer, err := d.meet(ctx, by.Scope, request.DID, request.DIDDoc, nil)
	if err != nil {
		return ConnectionView{}, err
	}
	in, err := d.invitedBy(ctx, by, request)
	if err != nil {
		return ConnectionView{}, err
	}
	in.From = peer.Keys[0]
	looked, err := d.lookAsked(ctx, in, peer)
	if err == nil && looked.again != nil {
		err = vc.Errorf(vc.Conflict, "connection-state", "the request was taken meanwhile")
	}
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		err = vc.Errorf(vc.Invalid, refusal.Code, "%s", refusal.Text)
	}
	if err != nil {
		return ConnectionView{}, err
	}
	in.From = didcomm.Verkey{} // nobody has spoken with it
	if how.Auto != nil {
		looked.auto = *how.Auto
	}
	if looked.auto {
		how.Mediation = first(how.Mediation, looked.answer.who.At.Mediation)
		if looked.answer, err = d.answerRequest(ctx, by.Scope, request.Head(), peer.DID, in.Recipient, how); err != nil {
			return ConnectionView{}, err
		}
	}
	var view ConnectionView
	err = d.act(ctx, by, func(t *Turn) error {
		c, err := t.asked(in, looked, protocolOfType(request.Type), request.Label)
		if err != nil {
			return err
		}
		if looked.auto {
			if err := t.sendAnswer(c, looked.answer); err != nil {
				return err
			}
		}
		view = viewConnection(c)
		return nil
	})
	return view, err
}

// invitedBy finds what a request is an answer to: an invitation of ours, or our public DID.
func (d *Desk) invitedBy(ctx context.Context, by vc.Caller, request *didcomm.DIDRequest) (*Inbound, error) {
	in := &Inbound{Message: request, Thread: request.ThreadID(), Parent: request.ParentThreadID(), By: by}
	in.Type, _ = request.Type.Parse()
	err := d.view(ctx, by.Scope, func(t *Turn) (err error) {
		if in.Settings, err = d.settings(t); err != nil {
			return err
		}
		known, err := t.Rows.Connections(vc.ConnectionQuery{Role: vc.RoleInviter, Thread: in.Thread})
		if err == nil && len(known) > 0 {
			err = vc.Errorf(vc.Conflict, "connection-state", "the request was taken before")
		}
		if err != nil {
			return err
		}
		i, err := t.Rows.InvitationByMessage(in.Parent, true)
		if err != nil {
			return unlessGone(err)
		}
		if in.Invitation, err = t.openedInvitation(i); err != nil {
			return err
		}
		in.Recipient, err = t.Rows.Recipient(i.Key)
		return err
	})
	if err != nil || in.Invitation != nil {
		return in, err
	}
	if in.Settings.PublicDID == "" {
		return nil, vc.Errorf(vc.Invalid, "no-public-did", "the request is for no invitation, and there is no public DID")
	}
	who, err := d.identitySelf(ctx, by.Scope, in.Settings.PublicDID, reach{})
	if err != nil {
		return nil, err
	}
	in.Recipient = vc.Recipient{Verkey: who.Verkey.String(), Scope: by.Scope, Owner: who.owner, Key: who.Key}
	return in, nil
}

func protocolOfType(t didcomm.Type) string {
	return protocolName(strings.TrimSuffix(t.Answer("x", 1).ProtocolURI(), "/"))
}
