package agent

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// DID Rotate 1.0, Aries RFC 0794: another DID for a connection, and its end.
//
//	ours:   Rotate ── rotate ──> ack ──> the new one is ours; the old key opens what is on its way
//	theirs: rotate ──> their new DID, looked at as in a handshake ──> ack, to the DID before

func didRotate() Protocol {
	return Protocol{
		URI: didcomm.TypeRotate.ProtocolURI(), Roles: []string{"rotating_party", "observing_party"}, Report: didcomm.TypeRotateProblem,
		Handlers: []Handler{
			{Types: []didcomm.Type{didcomm.TypeRotate}, Need: NeedKnown, Look: lookRotate, Act: actRotate},
			{Types: []didcomm.Type{didcomm.TypeRotateAck}, Need: NeedKnown, Act: actRotateAck},
			{Types: []didcomm.Type{didcomm.TypeRotateProblem}, Need: NeedKnown, Act: actRotateProblem},
			{Types: []didcomm.Type{didcomm.TypeHangup}, Need: NeedKnown, Act: actHangup},
		},
	}
}

// Rotate tells a peer of another DID of ours: one that is made, or toDID, which is ours already. Until the peer has acknowledged it both
// count. Errors: NotFound "connection-not-found", "identity-not-found"; Denied "connection-not-ready"; Conflict "rotation-pending".
func (d *Desk) Rotate(ctx context.Context, by vc.Caller, id, toDID string) (didcomm.Rotate, error) {
	var was *Connection
	err := d.view(ctx, by.Scope, func(t *Turn) (err error) {
		if was, err = t.connection(id); err != nil {
			return err
		}
		return was.ready()
	})
	if err != nil {
		return didcomm.Rotate{}, err
	}
	settings, at, err := d.placed(ctx, by.Scope, was.Mediation, "")
	if err != nil {
		return didcomm.Rotate{}, err
	}
	how := How{UseDID: toDID}
	method := methodPeer4
	if toDID == methodPeer2 || toDID == methodPeer4 {
		how, method = How{}, toDID
	}
	who, err := d.chosen(ctx, by.Scope, how, settings, at, method)
	if err != nil {
		return didcomm.Rotate{}, err
	}
	message, err := newMessageID()
	if err != nil {
		return didcomm.Rotate{}, err
	}
	rotate := didcomm.Rotate{Header: didcomm.Header{Type: didcomm.TypeRotate, ID: message}, ToDID: who.DID}
	err = d.act(ctx, by, func(t *Turn) error {
		c, err := t.connectionForUpdate(id)
		if err != nil {
			return err
		}
		if err := c.ready(); err != nil {
			return err
		}
		if c.Said.Rotating != nil {
			return vc.Errorf(vc.Conflict, "rotation-pending", "the peer has not acknowledged the DID before")
		}
		c.Said.Rotating = &Rotating{Thread: message, Mine: who.Short, Key: who.Verkey.String(), Owned: who.owner != ""}
		if who.DID != who.Short {
			c.Said.Rotating.Long = who.DID
		}
		c.Touch(t.Now)
		if err := t.keep(who, "connection/"+c.ID); err != nil {
			return err
		}
		if err := t.putConnection(c); err != nil {
			return err
		}
		return t.Send(Addressee{Connection: c}, &rotate, "connection/"+c.ID)
	})
	return rotate, err
}

// rotation is their new DID, and our word that we have it.
type rotation struct {
	peer theirs
	ack  *didcomm.Ack
}

func lookRotate(ctx context.Context, d *Desk, in *Inbound) (any, error) {
	rotate, ok := in.Message.(*didcomm.Rotate)
	if !ok {
		return nil, refuse("e.did.invalid", "a DID is expected")
	}
	peer, err := d.resolve(ctx, in.By.Scope, rotate.ToDID)
	if err != nil {
		return nil, refusedFor("e.did.unresolvable", err)
	}
	id, err := newMessageID()
	return &rotation{peer, &didcomm.Ack{Header: rotate.Reply(didcomm.TypeRotateAck, id), Status: didcomm.AckOK}}, err
}

// graceOfFormer is how long a peer is heard by the keys of the DID that it had before: what it said while our ack was on its way may
// come late.
const graceOfFormer = time.Hour

// actRotate knows the peer by its new DID from now on, and says so to the one before: "This message is still sent to the prior DID".
func actRotate(_ *Desk, t *Turn, in *Inbound, looked any) error {
	found := looked.(*rotation)
	c, err := t.connectionForUpdate(in.Connection.ID)
	if err != nil {
		return err
	}
	before := c.Said.Target
	c.Said.Former = &Former{Keys: c.Said.Keys, Until: t.Now.Add(graceOfFormer)}
	c.hear(found.peer, c.Said.Spoke...)
	c.Touch(t.Now)
	if err := t.putPeerKeys(c); err != nil {
		return err
	}
	if err := t.putConnection(c); err != nil {
		return err
	}
	if err := t.Send(Addressee{Connection: c, Target: before}, found.ack, ""); err != nil {
		return err
	}
	return t.tellConnection(c)
}

// actRotateAck makes the DID ours that the peer has acknowledged.
func actRotateAck(_ *Desk, t *Turn, in *Inbound, _ any) error {
	c, err := t.connectionForUpdate(in.Connection.ID)
	if err != nil {
		return err
	}
	to := c.Said.Rotating
	if to == nil || to.Thread != in.Thread {
		return nil
	}
	c.Mine, c.Said.MineLong, c.Said.Sender, c.Said.Rotating = to.Mine, to.Long, "", nil
	if to.Owned {
		c.Said.Sender = to.Key
	}
	c.Touch(t.Now)
	found, err := t.Rows.Recipients("connection/" + c.ID)
	if err != nil {
		return err
	}
	for _, one := range found {
		if one.Verkey == to.Key || !one.RetiredAt.IsZero() {
			continue
		}
		one.RetiredAt = t.Now.Add(graceOfKeys)
		if err := t.Rows.UpdateRecipient(one); err != nil {
			return err
		}
	}
	if err := t.putConnection(c); err != nil {
		return err
	}
	return t.tellConnection(c)
}

// actRotateProblem stays with the DID that the peer knows.
func actRotateProblem(_ *Desk, t *Turn, in *Inbound, _ any) error {
	c, err := t.connectionForUpdate(in.Connection.ID)
	if err != nil {
		return err
	}
	to := c.Said.Rotating
	report, ok := in.Message.(*didcomm.ProblemReport)
	if to == nil || to.Thread != in.Thread || !ok {
		return nil
	}
	c.Said.Rotating, c.Error = nil, problemCode(report)
	c.Touch(t.Now)
	if recipient, err := t.Rows.Recipient(to.Key); err == nil && recipient.Owner == "connection/"+c.ID {
		recipient.RetiredAt = t.Now
		if err := t.Rows.UpdateRecipient(recipient); err != nil {
			return err
		}
	}
	if err := t.putConnection(c); err != nil {
		return err
	}
	return t.tellConnection(c)
}

// Hangup ends a connection and deletes it: the peer is told, and nothing that it says is heard any more. Errors: NotFound
// "connection-not-found", Denied "connection-not-ready".
func (d *Desk) Hangup(ctx context.Context, by vc.Caller, id string) (didcomm.Hangup, error) {
	message, err := newMessageID()
	if err != nil {
		return didcomm.Hangup{}, err
	}
	hangup := didcomm.Hangup{Header: didcomm.Header{Type: didcomm.TypeHangup, ID: message}}
	err = d.act(ctx, by, func(t *Turn) error {
		c, err := t.connectionForUpdate(id)
		if err != nil {
			return err
		}
		if err := c.ready(); err != nil {
			return err
		}
		if err := t.sayHangup(c, &hangup); err != nil {
			return err
		}
		if err := t.endConnection(c); err != nil {
			return err
		}
		return t.deleteConnection(c)
	})
	return hangup, err
}

// sayHangup tells a peer that we hang up. One without an endpoint cannot be told: without the connection nobody comes for the letter.
func (t *Turn) sayHangup(c *Connection, hangup *didcomm.Hangup) error {
	if at := c.Said.Target.Endpoint; at == "" || at == noEndpoint {
		return nil
	}
	from, err := t.sender(c.Said.Sender, c)
	if err != nil {
		return err
	}
	if hasOwner(*from, "connection/") { // it outlives the connection, for this one letter
		from.Owner, from.RetiredAt = "hangup/"+hangup.ID, t.Now
		if err := t.Rows.UpdateRecipient(*from); err != nil {
			return err
		}
		if err := t.withdraw(from.Owner); err != nil {
			return err
		}
	}
	return t.Send(Addressee{Target: c.Said.Target, From: from.Verkey}, hangup, "")
}

// endConnection ends a connection by the word of either end.
func (t *Turn) endConnection(c *Connection) error {
	if err := c.Move(vc.Ended, t.Now); err != nil {
		return err
	}
	if err := t.putConnection(c); err != nil {
		return err
	}
	return t.tellConnection(c)
}

// actHangup ends a connection that the peer gives up.
func actHangup(_ *Desk, t *Turn, in *Inbound, _ any) error {
	c, err := t.connectionForUpdate(in.Connection.ID)
	if err != nil || c.State != vc.Completed {
		return err
	}
	if err := t.endConnection(c); err != nil {
		return err
	}
	return t.deleteConnection(c)
}
