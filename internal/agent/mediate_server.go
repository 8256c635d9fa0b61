package agent

import (
	"context"
	"errors"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Us as the mediator of others: Aries RFC 0211.

const (
	maxMediatedKeys = 10_000 // of a client
	keylistPage     = 100    // keys of an answer, where no limit is asked for
)

func mediatedObject(id string) string { return "mediation/" + id }

// lookReply draws the id of the answer.
func lookReply(context.Context, *Desk, *Inbound) (any, error) { return newMessageID() }

// grant is what a mediation is granted with.
type grant struct {
	reply  string
	key    vc.Key
	verkey didcomm.Verkey
}

func (d *Desk) newGrant(ctx context.Context, scope vc.Scope) (g grant, err error) {
	if g.reply, err = newMessageID(); err != nil {
		return g, err
	}
	g.key, g.verkey, err = d.newKey(ctx, scope)
	return g, err
}

func lookMediateRequest(ctx context.Context, d *Desk, in *Inbound) (any, error) {
	if d.Endpoint == "" {
		return nil, refuse("mediation-not-offered", "this agent has no endpoint of its own")
	}
	return d.newGrant(ctx, in.By.Scope)
}

func actMediateRequest(d *Desk, t *Turn, in *Inbound, looked any) error {
	g := looked.(grant)
	m, err := t.mediationOf(in.Connection.ID, true)
	var none *Refusal
	switch {
	case errors.As(err, &none):
		m = vc.Mediation{Server: true, Connection: in.Connection.ID, State: vc.MediationAsked}
		if err := t.insertMediation(&m); err != nil {
			return err
		}
		if err := t.Tell(TopicMediation, "mediation.requested", "mediation", m.ID, m); err != nil {
			return err
		}
	case err != nil:
		return err
	case m.State == vc.MediationGranted: // its grant was lost
		return t.Send(Addressee{Connection: in.Connection}, grantMessage(m, g.reply, in.Thread), mediatedObject(m.ID))
	case m.State == vc.MediationDenied:
		if err := t.putMediation(&m, vc.MediationAsked); err != nil {
			return err
		}
	}
	if err := t.Rows.PutMetadata(mediatedObject(m.ID), "thread", []byte(in.Thread)); err != nil {
		return err
	}
	if in.Settings.OpenMediation == nil || !*in.Settings.OpenMediation {
		return nil
	}
	return d.grant(t, &m, in.Connection, g, in.Thread)
}

// grant makes us the mediator: a key of ours for that client alone opens what is forwarded to it.
func (d *Desk) grant(t *Turn, m *vc.Mediation, c *Connection, g grant, thread string) error {
	m.Endpoint, m.Routing = d.Endpoint, []string{g.verkey.String()}
	if err := t.putMediation(m, vc.MediationGranted); err != nil {
		return err
	}
	if err := t.Rows.InsertRecipient(vc.Recipient{
		Verkey: g.verkey.String(), Scope: t.By.Scope, Owner: mediatedObject(m.ID), Key: g.key, CreatedAt: t.Now,
	}); err != nil {
		return err
	}
	if err := t.Send(Addressee{Connection: c}, grantMessage(*m, g.reply, thread), mediatedObject(m.ID)); err != nil {
		return err
	}
	return t.Tell(TopicMediation, "mediation.granted", "mediation", m.ID, *m)
}

func grantMessage(m vc.Mediation, id, thread string) *didcomm.MediateGrant {
	return &didcomm.MediateGrant{Header: inThread(didcomm.TypeMediateGrant, id, thread), Endpoint: m.Endpoint, RoutingKeys: didKeys(m.Routing)}
}

func inThread(t didcomm.Type, id, thread string) didcomm.Header {
	header := didcomm.Header{Type: t, ID: id}
	if thread != "" {
		header.Thread = &didcomm.Thread{ID: thread}
	}
	return header
}

// GrantMediation makes us the mediator of a peer that asked. It fails with NotFound "mediation-not-found", Conflict
// "mediation-state" where the mediation is not a request to us, and Unsupported "mediation-not-offered" where we have no endpoint.
func (d *Desk) GrantMediation(ctx context.Context, by vc.Caller, id string) (m vc.Mediation, err error) {
	if d.Endpoint == "" {
		return m, vc.Errorf(vc.Unsupported, "mediation-not-offered", "this agent has no endpoint of its own")
	}
	g, err := d.newGrant(ctx, by.Scope)
	if err != nil {
		return m, err
	}
	err = d.act(ctx, by, func(t *Turn) error {
		var c *Connection
		var thread string
		if m, c, thread, err = t.askedOfUs(id); err != nil {
			return err
		}
		return d.grant(t, &m, c, g, thread)
	})
	return m, err
}

// DenyMediation says no to a peer that asked. It fails as GrantMediation does.
func (d *Desk) DenyMediation(ctx context.Context, by vc.Caller, id string) (m vc.Mediation, err error) {
	reply, err := newMessageID()
	if err != nil {
		return m, err
	}
	err = d.act(ctx, by, func(t *Turn) error {
		var c *Connection
		var thread string
		if m, c, thread, err = t.askedOfUs(id); err != nil {
			return err
		}
		if err := t.putMediation(&m, vc.MediationDenied); err != nil {
			return err
		}
		deny := &didcomm.MediateDeny{Header: inThread(didcomm.TypeMediateDeny, reply, thread)}
		if err := t.Send(Addressee{Connection: c}, deny, mediatedObject(m.ID)); err != nil {
			return err
		}
		return t.Tell(TopicMediation, "mediation.denied", "mediation", m.ID, m)
	})
	return m, err
}

// askedOfUs gives a mediation that a peer asked us for.
func (t *Turn) askedOfUs(id string) (m vc.Mediation, c *Connection, thread string, err error) {
	if m, err = t.Rows.MediationForUpdate(id); err != nil {
		return m, nil, "", missing(err, "mediation")
	}
	if !m.Server || m.State != vc.MediationAsked {
		return m, nil, "", vc.Errorf(vc.Conflict, "mediation-state", "the mediation is %s, not a request to us", m.State)
	}
	kept, err := t.Rows.Metadata(mediatedObject(id))
	if err != nil {
		return m, nil, "", err
	}
	c, err = t.connection(m.Connection)
	return m, c, string(kept["thread"]), err
}
