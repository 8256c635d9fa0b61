package agent

import (
	"context"
	"errors"

	"github.com/chancery-vc/chancery/internal/store"
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

// keylistLook is an update with what is known of its keys elsewhere.
type keylistLook struct {
	reply string
	keys  []didcomm.Verkey // the zero one: no key
	owner []string         // whose a key is; ""
}

func lookKeylistUpdate(ctx context.Context, d *Desk, in *Inbound) (any, error) {
	m := in.Message.(*didcomm.KeylistUpdate)
	const most = 1000
	if len(m.Updates) > most {
		return nil, refuse("keylist-too-long", "at most %d changes at once", most)
	}
	reply, err := newMessageID()
	look := keylistLook{reply: reply}
	for _, change := range m.Updates {
		key, bad := didcomm.ParseVerkey(change.RecipientKey)
		owner := ""
		if bad == nil && err == nil {
			_, owner, err = d.Directory.Lookup(ctx, store.HandleMediatedKey, key.String())
			err = absent(err)
		}
		look.keys, look.owner = append(look.keys, key), append(look.owner, owner)
	}
	return look, err
}

func actKeylistUpdate(_ *Desk, t *Turn, in *Inbound, looked any) error {
	look := looked.(keylistLook)
	m, err := t.granted(in.Connection.ID, true)
	if err != nil {
		return err
	}
	full, err := t.Rows.MediatedKeys(m.ID, vc.Page{Limit: 1, Offset: maxMediatedKeys - 1})
	if err != nil {
		return err
	}
	response := &didcomm.KeylistUpdateResponse{Header: in.Message.Head().Reply(didcomm.TypeKeylistUpdateResponse, look.reply)}
	here := map[didcomm.Verkey]bool{} // as the changes so far have left it
	for i, change := range in.Message.(*didcomm.KeylistUpdate).Updates {
		key, has := look.keys[i], look.owner[i] == mediatedObject(m.ID)
		if now, changed := here[key]; changed {
			has = now
		}
		foreign := look.owner[i] != "" && look.owner[i] != mediatedObject(m.ID)
		change.Result = didcomm.KeyNoChange
		switch {
		case key.IsZero(), change.Action != didcomm.KeyAdd && change.Action != didcomm.KeyRemove:
			change.Result = didcomm.KeyClientError
		case change.Action == didcomm.KeyAdd && foreign:
			change.Result = didcomm.KeyClientError
		case change.Action == didcomm.KeyAdd && !has && len(full) > 0:
			change.Result = didcomm.KeyServerError
		case change.Action == didcomm.KeyAdd && !has:
			change.Result, here[key] = didcomm.KeySuccess, true
			err = t.Rows.PutMediatedKey(vc.MediatedKey{
				Mediation: m.ID, Scope: t.By.Scope, Verkey: key.String(), State: vc.KeyConfirmed, CreatedAt: t.Now,
			}, true)
		case change.Action == didcomm.KeyRemove && has:
			change.Result, here[key] = didcomm.KeySuccess, false
			_, err = t.Rows.DeleteMediatedKey(m.ID, key.String())
		}
		if err != nil {
			return err
		}
		response.Updated = append(response.Updated, change)
	}
	if err := t.Send(Addressee{Connection: in.Connection}, response, ""); err != nil {
		return err
	}
	return t.Tell("", "mediation.keys", "mediation", m.ID, nil)
}

func actKeylistQuery(_ *Desk, t *Turn, in *Inbound, looked any) error {
	m, err := t.granted(in.Connection.ID, true)
	if err != nil {
		return err
	}
	limit, offset := keylistPage, 0
	if page := in.Message.(*didcomm.KeylistQuery).Paginate; page != nil {
		if page.Limit != nil && *page.Limit > 0 {
			limit = min(*page.Limit, maxMediatedKeys)
		}
		if page.Offset != nil && *page.Offset > 0 {
			offset = min(*page.Offset, maxMediatedKeys)
		}
	}
	keys, err := t.allKeys(m.ID, offset, maxMediatedKeys)
	if err != nil {
		return err
	}
	count := min(limit, len(keys))
	remaining := len(keys) - count
	answer := &didcomm.Keylist{
		Header: in.Message.Head().Reply(didcomm.TypeKeylist, looked.(string)), Keys: []didcomm.KeylistKey{},
		Pagination: &didcomm.KeylistPage{Count: &count, Offset: &offset, Remaining: &remaining},
	}
	for _, key := range keys[:count] {
		answer.Keys = append(answer.Keys, didcomm.KeylistKey{RecipientKey: didKeys([]string{key.Verkey})[0]})
	}
	return t.Send(Addressee{Connection: in.Connection}, answer, "")
}
