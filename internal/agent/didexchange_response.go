package agent

import (
	"context"
	"errors"
	"slices"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/spec/didpeer"
)

// The invitee's half of DID Exchange: a response comes, and is completed.

// responded is what was found out of a response.
type responded struct {
	peer     theirs
	complete *didcomm.DIDComplete
	ping     *didcomm.Ping // nil: none is sent
}

// lookResponse finds out who answers, and that it is whom we asked: a key of the invitation signed it.
func lookResponse(ctx context.Context, d *Desk, in *Inbound) (any, error) {
	response, ok := in.Message.(*didcomm.DIDResponse)
	c := in.Connection
	if !ok || c == nil || c.Thread != in.Thread || c.Role != vc.RoleInvitee {
		return nil, &Refusal{Code: didcomm.ProblemResponseNotAccepted, Text: "there is no such request", Silent: true}
	}
	if c.State != vc.Asked && c.State != vc.Completed {
		return nil, &Refusal{Code: didcomm.ProblemResponseNotAccepted, Text: "the request is over", Silent: true}
	}
	peer, err := d.answered(ctx, in, response, c)
	if err != nil {
		var refusal *Refusal
		if err = refusedFor(didcomm.ProblemResponseNotAccepted, err); errors.As(err, &refusal) {
			refusal.To = &Addressee{Connection: c}
		}
		return nil, err
	}
	id, err := newMessageID()
	if err != nil {
		return nil, err
	}
	looked := &responded{peer: peer, complete: &didcomm.DIDComplete{Header: didcomm.Header{
		Type: response.Type.Answer("complete", 1), ID: id, Thread: &didcomm.Thread{ID: c.Thread, Parent: c.Said.Parent},
	}}}
	if is(in.Settings.AutoPing) {
		looked.ping, err = newPing("")
	}
	return looked, err
}

// answered meets who answers.
func (d *Desk) answered(ctx context.Context, in *Inbound, response *didcomm.DIDResponse, c *Connection) (theirs, error) {
	trusted := c.Said.Keys
	if c.State == vc.Completed {
		return theirs{DID: c.Said.Their}, d.sameAnswer(in, response, c)
	}
	peer, err := d.meet(ctx, in.By.Scope, response.DID, response.DIDDoc, trusted)
	if err != nil {
		return theirs{}, err
	}
	if !slices.Contains(peer.Keys, in.From) && !slices.Contains(trusted, in.From) {
		return theirs{}, vc.Errorf(vc.Invalid, "sender-unknown", "the sender's key is neither the DID's nor the invitation's")
	}
	return peer, signedDID(response, peer.DID, c)
}

// sameAnswer lets a response pass that comes once more: our word that it came may be lost.
func (d *Desk) sameAnswer(in *Inbound, response *didcomm.DIDResponse, c *Connection) error {
	if !in.Known || short(response.DID) != c.Said.Their {
		return &Refusal{Code: didcomm.ProblemResponseNotAccepted, Text: "the connection is made", Silent: true}
	}
	return nil
}

// signedDID demands that a key of the invitation vouches for the DID of a response, but for the DID that invited.
func signedDID(response *didcomm.DIDResponse, did string, c *Connection) error {
	trusted := c.Said.Keys
	switch numalgo, _, err := didpeer.Numalgo(response.DID); {
	case response.DIDRotate != nil:
		return faulty("did-unsigned", response.VerifyRotate(trusted...))
	case didpeer.IsUnqualified(response.DID), err == nil && numalgo == 1:
		return nil // meet has verified the document, by the same keys
	case did == c.Said.TheirPublic:
		return nil
	case response.DIDDoc != nil:
		document, err := response.DIDDoc.SignedBy(trusted...)
		if err != nil {
			return faulty("did-unsigned", err)
		}
		_, err = documentOf(response.DID, document, false)
		return err
	}
	return vc.Errorf(vc.Invalid, "did-unsigned", "no key of the invitation vouches for the DID")
}

// actResponse makes the connection, and says so to the peer.
func actResponse(d *Desk, t *Turn, in *Inbound, looked any) error {
	found := looked.(*responded)
	c, err := t.connectionForUpdate(in.Connection.ID)
	if err != nil {
		return err
	}
	if c.State == vc.Completed {
		return t.Send(Addressee{Connection: c}, found.complete, "connection/"+c.ID)
	}
	if c.State != vc.Asked {
		return errAgain
	}
	c.hear(found.peer, in.From)
	for _, state := range []vc.ConnectionState{vc.Answered, vc.Completed} {
		if err := c.Move(state, t.Now); err != nil {
			return err
		}
		if err := t.putConnection(c); err != nil {
			return err
		}
		if err := t.tellConnection(c); err != nil {
			return err
		}
	}
	if err := t.putPeerKeys(c); err != nil {
		return err
	}
	if err := t.Send(Addressee{Connection: c}, found.complete, "connection/"+c.ID); err != nil {
		return err
	}
	if found.ping != nil {
		if err := t.Send(Addressee{Connection: c}, found.ping, ""); err != nil {
			return err
		}
	}
	return t.takeUp(c, in.Recipient.Verkey)
}

// takeUp goes on with what came along with the invitation of a connection that is made.
func (t *Turn) takeUp(c *Connection, our string) error {
	if c.Invitation == "" {
		return nil
	}
	invitation, err := t.invitationForUpdate(c.Invitation)
	if err != nil {
		return unlessGone(err)
	}
	if err := t.begin(invitation, c, c.Said.Target.Recipients[0].String(), our); err != nil {
		return err
	}
	return t.Rows.DeleteInvitation(invitation.ID)
}

// refusedResponse ends a handshake whose answer is wrong.
func refusedResponse(_ *Desk, t *Turn, in *Inbound, refusal *Refusal) error {
	if refusal.Silent || in.Connection == nil {
		return nil
	}
	c, err := t.connectionForUpdate(in.Connection.ID)
	if err != nil || c.State != vc.Asked {
		return unlessGone(err)
	}
	return t.breakConnection(c, refusal.Code+": "+refusal.Text)
}
