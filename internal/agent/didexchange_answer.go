package agent

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/spec/didpeer"
)

// answering is a response that is ready to be sent.
type answering struct {
	who     self
	message didcomm.Message
}

// answerSame makes the response of a connection anew: the same DID, signed by the same key.
func (d *Desk) answerSame(ctx context.Context, c *Connection, in *Inbound) (answering, error) {
	if c.State != vc.Answered {
		return answering{}, nil
	}
	who, err := d.selfOfConnection(ctx, c, in)
	if err != nil {
		return answering{}, err
	}
	return d.answerAs(ctx, who, in.Message.Head(), in.Recipient)
}

// selfOfConnection is who we are in a connection.
func (d *Desk) selfOfConnection(ctx context.Context, c *Connection, in *Inbound) (self, error) {
	var from *vc.Recipient
	var at reach
	err := d.view(ctx, in.By.Scope, func(t *Turn) (err error) {
		if from, err = t.sender(c.Said.Sender, c); err != nil {
			return err
		}
		at, err = t.reach(d, in.Settings, c.Mediation)
		return err
	})
	if err != nil {
		return self{}, err
	}
	who := self{DID: first(c.Said.MineLong, c.Mine), Short: c.Mine, Key: from.Key, At: at}
	if who.Verkey, err = didcomm.ParseVerkey(from.Verkey); err != nil || !didpeer.IsUnqualified(c.Mine) {
		return who, err
	}
	return selfOf(who, methodLegacy)
}

// answerRequest makes the response to a request: our DID for this connection, which the invited key signs. The DID is of the kind of
// the peer's.
func (d *Desk) answerRequest(ctx context.Context, scope vc.Scope, to *didcomm.Header, their string, invited vc.Recipient, how How) (answering, error) {
	settings, at, err := d.placed(ctx, scope, how.Mediation, how.Endpoint)
	if err != nil {
		return answering{}, err
	}
	method := methodPeer4
	if numalgo, _, err := didpeer.Numalgo(their); didpeer.IsUnqualified(their) {
		method = methodLegacy
	} else if err == nil && numalgo == 2 {
		method = methodPeer2
	}
	who, err := d.chosen(ctx, scope, how, settings, at, method)
	if err != nil {
		return answering{}, err
	}
	return d.answerAs(ctx, who, to, invited)
}

// answerAs makes the response of who we are.
func (d *Desk) answerAs(ctx context.Context, who self, to *didcomm.Header, invited vc.Recipient) (answering, error) {
	id, err := newMessageID()
	if err != nil {
		return answering{}, err
	}
	message := &didcomm.DIDResponse{Header: to.Reply(to.Type.Answer("response", 1), id), DID: who.DID}
	by, err := didcomm.ParseVerkey(invited.Verkey)
	if err != nil {
		return answering{}, err
	}
	if who.Document != nil {
		message.DIDDoc, err = d.signedDocument(ctx, who.Document, by, invited.Key)
		return answering{who, message}, err
	}
	attachment, err := newMessageID()
	if err != nil {
		return answering{}, err
	}
	message.DIDRotate = didcomm.RotateAttachment(attachment, who.DID)
	return answering{who, message}, message.DIDRotate.Sign(by, d.sign(ctx, invited.Key))
}

// answerAgain sends a response that the peer did not get.
func (t *Turn) answerAgain(found *requested) error {
	if found.answer.message == nil {
		return nil
	}
	return t.Send(Addressee{Connection: found.again}, found.answer.message, "connection/"+found.again.ID)
}

// sendAnswer writes a response that was made.
func (t *Turn) sendAnswer(c *Connection, a answering) error {
	t.speakAs(c, a.who)
	if err := c.Move(vc.Answered, t.Now); err != nil {
		return err
	}
	if err := t.keep(a.who, "connection/"+c.ID); err != nil {
		return err
	}
	if err := t.putPeerKeys(c); err != nil {
		return err
	}
	if err := t.putConnection(c); err != nil {
		return err
	}
	if err := t.Send(Addressee{Connection: c}, a.message, "connection/"+c.ID); err != nil {
		return err
	}
	return t.tellConnection(c)
}

// actComplete ends the handshake at the inviter.
func actComplete(d *Desk, t *Turn, in *Inbound, _ any) error {
	c, err := t.handshake(in)
	if err != nil || c == nil || !c.knows(in.From) {
		return err
	}
	return t.complete(d, c)
}

// complete makes the connection of an inviter one: whatever its peer sends after the response says that it got it.
func (t *Turn) complete(d *Desk, c *Connection) error {
	if c.State != vc.Answered {
		return nil
	}
	if err := c.Move(vc.Completed, t.Now); err != nil {
		return err
	}
	if err := t.putConnection(c); err != nil {
		return err
	}
	if err := t.tellConnection(c); err != nil {
		return err
	}
	if c.Invitation == "" {
		return nil
	}
	invitation, err := t.invitationForUpdate(c.Invitation)
	if err != nil || invitation.Multi {
		return unlessGone(err)
	}
	if err := t.joined(invitation, c); err != nil {
		return err
	}
	if err := t.inherit(invitation, c); err != nil {
		return err
	}
	return t.endInvitation(invitation)
}
