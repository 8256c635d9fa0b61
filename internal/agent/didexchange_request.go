package agent

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// The inviter's half of DID Exchange: a request comes, and is answered.

// requested is what was found out of a request.
type requested struct {
	peer       theirs
	invitation string      // id; "" where we were found by a public DID
	again      *Connection // whose response the peer did not get
	auto       bool
	answer     answering
}

// lookRequest finds out who asks, and makes the response where it goes by itself.
func lookRequest(ctx context.Context, d *Desk, in *Inbound) (any, error) {
	request, ok := in.Message.(*didcomm.DIDRequest)
	if !ok {
		return nil, refuse(didcomm.ProblemRequestNotAccepted, "this is no request")
	}
	peer, err := d.meet(ctx, in.By.Scope, request.DID, request.DIDDoc, nil)
	if err != nil {
		return nil, refusedFor(didcomm.ProblemRequestNotAccepted, err)
	}
	if !slices.Contains(peer.Keys, in.From) {
		return nil, refuse(didcomm.ProblemRequestNotAccepted, "the sender's key is not one of its DID's")
	}
	looked, err := d.lookAsked(ctx, in, peer)
	if err != nil {
		return nil, err
	}
	if looked.again != nil {
		looked.answer, err = d.answerSame(ctx, looked.again, in)
		return looked, err
	}
	if !looked.auto {
		return looked, nil
	}
	looked.answer, err = d.answerRequest(ctx, in.By.Scope, in.Message.Head(), peer.DID, in.Recipient, How{Mediation: looked.answer.who.At.Mediation})
	return looked, err
}

// lookAsked says what a handshake's request is an answer to, and refuses one that is to nothing.
func (d *Desk) lookAsked(ctx context.Context, in *Inbound, peer theirs) (*requested, error) {
	looked := &requested{peer: peer}
	no := func(text string) error {
		return &Refusal{Code: didcomm.ProblemRequestNotAccepted, Text: text, To: &Addressee{Target: peer.Target, From: in.Recipient.Verkey}}
	}
	err := d.view(ctx, in.By.Scope, func(t *Turn) error {
		*looked = requested{peer: peer}
		known, err := t.Rows.Connections(vc.ConnectionQuery{Role: vc.RoleInviter, Thread: in.Thread})
		if err != nil {
			return err
		}
		if len(known) > 0 {
			return t.lookAgain(looked, known[0], in, no)
		}
		if in.Invitation == nil {
			return d.lookFound(looked, in, no)
		}
		looked.invitation = in.Invitation.ID
		i, err := t.invitation(in.Invitation.ID)
		if err != nil {
			return unlessGone(err)
		}
		if !i.Sender || in.Parent != "" && in.Parent != i.MessageID {
			return no("the invitation is not ours, or another one")
		}
		c, err := t.connection(i.Connection)
		if err != nil {
			return no("the invitation is for no connection")
		}
		if i.State != vc.InvitationOpen || c.State != vc.Invited {
			return no("the invitation was taken before")
		}
		if !i.offers(in.Type.Protocol) {
			return no("the invitation offers another handshake")
		}
		looked.auto, looked.answer.who.At.Mediation = c.Auto, c.Mediation
		return nil
	})
	return looked, err
}

// offers says whether an invitation of ours offers a handshake, of whatever minor version.
func (i *Invitation) offers(protocol string) bool {
	message, err := didcomm.Decode(i.Said.Message)
	if err != nil {
		return false
	}
	invitation, ok := message.(*didcomm.Invitation)
	return ok && slices.ContainsFunc(invitation.HandshakeProtocols, func(one string) bool {
		return strings.HasPrefix(protocolName(one), protocol+"/")
	})
}

// lookFound is lookAsked of who has no invitation: it found us by our public DID, RFC 0023 "implicit invitation".
func (d *Desk) lookFound(looked *requested, in *Inbound, no func(string) error) error {
	if !is(in.Settings.PublicInvites) || !hasOwner(in.Recipient, "identity/") {
		return no("there is no such invitation, or not any more")
	}
	looked.auto = is(in.Settings.AutoAcceptRequests)
	return nil
}

// lookAgain is lookAsked of a request that was taken before: its response is sent anew.
func (t *Turn) lookAgain(looked *requested, row vc.Connection, in *Inbound, no func(string) error) error {
	c, err := t.opened(row)
	if err != nil {
		return err
	}
	if !c.knows(in.From) || c.Said.Their != looked.peer.DID {
		return no("the thread is another's")
	}
	looked.again = c
	return nil
}

// actRequest takes a request, and answers it where it goes by itself.
func actRequest(d *Desk, t *Turn, in *Inbound, looked any) error {
	request, found := in.Message.(*didcomm.DIDRequest), looked.(*requested)
	if found.again != nil {
		return t.answerAgain(found)
	}
	protocol := "didexchange/1." + strconv.Itoa(min(in.Type.Minor, 1))
	c, err := t.asked(in, found, protocol, request.Label)
	if err != nil || !found.auto {
		return err
	}
	return t.sendAnswer(c, found.answer)
}

// asked moves the connection of an invitation on, or makes one where it is for many, or where there is none.
func (t *Turn) asked(in *Inbound, found *requested, protocol, label string) (*Connection, error) {
	c := &Connection{Connection: vc.Connection{
		ID: newID(), Role: vc.RoleInviter, State: vc.Asked, Mode: vc.ModeOnce, Auto: found.auto, InvitationKey: in.Recipient.Verkey,
	}}
	var invitation *Invitation
	if found.invitation != "" {
		var err error
		if invitation, c, err = t.invited(found.invitation, c); err != nil {
			return nil, err
		}
	}
	made := c.Revision == 0
	if !made {
		if err := c.Move(vc.Asked, t.Now); err != nil {
			return nil, errAgain
		}
	}
	c.hear(found.peer, in.From)
	c.Thread, c.Protocol, c.Said.TheirLabel, c.Said.Parent = in.Thread, protocol, bounded(label), in.Parent
	write := t.putConnection
	if made {
		write = t.insertConnection
	}
	if err := write(c); err != nil {
		return nil, err
	}
	if err := t.tellConnection(c); err != nil {
		return nil, err
	}
	if invitation == nil || invitation.Multi || invitation.Subject != "" {
		return c, nil
	}
	if err := t.inherit(invitation, c); err != nil {
		return nil, err
	}
	return c, t.endInvitation(invitation)
}

// invited gives the invitation that is being taken, and the connection that comes of it. Where somebody was faster it fails with
// errAgain: looked at anew, the invitation was taken before.
func (t *Turn) invited(id string, fresh *Connection) (*Invitation, *Connection, error) {
	invitation, err := t.invitationForUpdate(id)
	if vc.KindOf(err) == vc.NotFound && err != nil {
		return nil, nil, errAgain
	}
	if err != nil {
		return nil, nil, err
	}
	stands, err := t.connectionForUpdate(invitation.Connection)
	if err != nil {
		return nil, nil, err
	}
	if invitation.State != vc.InvitationOpen || stands.State != vc.Invited {
		return nil, nil, errAgain
	}
	if !invitation.Multi {
		return invitation, stands, nil
	}
	fresh.InvitationID, fresh.InvitationKey, fresh.Invitation = stands.InvitationID, stands.InvitationKey, stands.Invitation
	fresh.Auto, fresh.Mediation, fresh.Said.Alias = stands.Auto, stands.Mediation, stands.Said.Alias
	metadata, err := t.Rows.Metadata("connection/" + stands.ID)
	if err != nil {
		return nil, nil, err
	}
	for name, value := range metadata {
		if err := t.Rows.PutMetadata("connection/"+fresh.ID, name, value); err != nil {
			return nil, nil, err
		}
	}
	return invitation, fresh, nil
}

// inherit gives the key of an invitation that is over to its connection: what the peer sends to it again is known there.
func (t *Turn) inherit(invitation *Invitation, c *Connection) error {
	recipient, err := t.Rows.Recipient(invitation.Key)
	if err != nil || !hasOwner(recipient, "invitation/") {
		return unlessGone(err)
	}
	recipient.Owner, recipient.RetiredAt = "connection/"+c.ID, t.Now.Add(graceOfKeys)
	return t.Rows.UpdateRecipient(recipient)
}
