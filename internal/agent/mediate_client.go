package agent

import (
	"context"
	"errors"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Us as the client of a mediator: Aries RFC 0211.

// The topics that are told of mediation.
const (
	TopicMediation = "mediation" // vc.Mediation
	TopicKeylist   = "keylist"   // KeylistNotice
)

// KeylistNotice is what a mediator says of the keys that it knows of us.
type KeylistNotice struct {
	Mediation vc.Mediation
	Thread    string
	Updated   []didcomm.KeylistChange `json:",omitzero"` // of an update
	Keys      []string                `json:",omitzero"` // of a query: as they were sent
}

// Keylist is a mediation with the keys for which messages are taken.
type Keylist struct {
	Mediation vc.Mediation
	Keys      []vc.MediatedKey
}

// reach is where peers find a key of ours: straight at our endpoint, or behind a mediator.
type reach struct {
	Mediation string // id; "": none
	Endpoint  string // noEndpoint where we have none
	Routing   []didcomm.Verkey
}

// reach says where a new key of ours will be found: behind the mediation that is named, else the office's, else at the server. It
// fails with NotFound "mediation-not-found" and Denied "mediation-not-granted".
func (t *Turn) reach(d *Desk, settings vc.AgentSettings, named string) (reach, error) {
	if named == "" {
		named = settings.Mediation
	}
	if named == "" {
		if d.Endpoint == "" {
			return reach{Endpoint: noEndpoint}, nil
		}
		return reach{Endpoint: d.Endpoint}, nil
	}
	m, err := t.mediator(named)
	if err != nil {
		return reach{}, err
	}
	at := reach{Mediation: m.ID, Endpoint: m.Endpoint}
	for _, text := range m.Routing {
		key, err := didcomm.ParseVerkey(text)
		if err != nil {
			return reach{}, err
		}
		at.Routing = append(at.Routing, key)
	}
	return at, nil
}

// mediator gives a mediation by which a peer mediates for us.
func (t *Turn) mediator(id string) (vc.Mediation, error) {
	m, err := t.Rows.Mediation(id)
	switch {
	case err != nil:
		return m, missing(err, "mediation")
	case m.Server:
		return m, vc.Errorf(vc.NotFound, "mediation-not-found", "this is a mediation for a peer")
	case m.State != vc.MediationGranted:
		return m, vc.Errorf(vc.Denied, "mediation-not-granted", "the mediation is not granted")
	}
	return m, nil
}

// announce tells the mediator, if there is one, of a key of ours. messageID was drawn before the transaction.
func (t *Turn) announce(at reach, verkey, messageID string) error {
	if at.Mediation == "" {
		return nil
	}
	m, err := t.mediator(at.Mediation)
	if err != nil {
		return err
	}
	_, err = t.updateKeylist(m, messageID, []didcomm.KeylistChange{{RecipientKey: didKeys([]string{verkey})[0], Action: didcomm.KeyAdd}})
	return err
}

// updateKeylist writes the letter to a mediator that tells of keys, and notes what was told.
func (t *Turn) updateKeylist(m vc.Mediation, messageID string, changes []didcomm.KeylistChange) (didcomm.KeylistUpdate, error) {
	update := didcomm.KeylistUpdate{Header: didcomm.Header{Type: didcomm.TypeKeylistUpdate, ID: messageID}, Updates: changes}
	c, err := t.connection(m.Connection)
	if err != nil {
		return update, err
	}
	for _, change := range changes {
		key, err := didcomm.ParseVerkey(change.RecipientKey)
		if err != nil {
			return update, vc.Errorf(vc.Invalid, "recipient-key", "an Ed25519 key is expected, as did:key or in base58")
		}
		switch change.Action {
		case didcomm.KeyRemove:
		case didcomm.KeyAdd:
			if err := t.Rows.PutMediatedKey(vc.MediatedKey{
				Mediation: m.ID, Scope: t.By.Scope, Verkey: key.String(), State: vc.KeySent, CreatedAt: t.Now,
			}, false); err != nil {
				return update, err
			}
		default:
			return update, vc.Errorf(vc.Invalid, "keylist-action", "a key is added or removed")
		}
	}
	err = t.Send(Addressee{Connection: c}, &update, mediatedObject(m.ID))
	return update, err
}

// RequestMediation asks a peer to be our mediator. It fails with NotFound "connection-not-found", Denied "connection-not-ready", and
// Conflict "mediation-state" where it was asked and has not said no.
func (d *Desk) RequestMediation(ctx context.Context, by vc.Caller, connection string) (m vc.Mediation, err error) {
	id, err := newMessageID()
	if err != nil {
		return m, err
	}
	err = d.act(ctx, by, func(t *Turn) error {
		c, err := t.ready(connection)
		if err != nil {
			return err
		}
		m, err = t.mediationOf(connection, false)
		var none *Refusal
		switch {
		case errors.As(err, &none):
			m = vc.Mediation{Connection: connection, State: vc.MediationAsked}
			err = t.insertMediation(&m)
		case err == nil && m.State == vc.MediationDenied:
			err = t.putMediation(&m, vc.MediationAsked)
		case err == nil:
			err = vc.Errorf(vc.Conflict, "mediation-state", "the peer was asked to mediate: %s", m.State)
		}
		if err != nil {
			return err
		}
		request := &didcomm.MediateRequest{Header: didcomm.Header{Type: didcomm.TypeMediateRequest, ID: id}}
		if err := t.Send(Addressee{Connection: c}, request, mediatedObject(m.ID)); err != nil {
			return err
		}
		return t.Tell(TopicMediation, "mediation.requested", "mediation", m.ID, m)
	})
	return m, err
}

// ready gives a connection that messages may be sent on; Denied "connection-not-ready".
func (t *Turn) ready(id string) (*Connection, error) {
	c, err := t.connection(id)
	if err != nil {
		return nil, err
	}
	if c.State != vc.Completed && c.State != vc.Answered {
		return nil, vc.Errorf(vc.Denied, "connection-not-ready", "the connection is %s", c.State)
	}
	return c, nil
}

func actMediateGrant(d *Desk, t *Turn, in *Inbound, _ any) error {
	grant := in.Message.(*didcomm.MediateGrant)
	m, err := t.mediationOf(in.Connection.ID, false)
	if err != nil {
		return err
	}
	if m.State == vc.MediationDenied {
		return refuse("mediation-not-asked", "the mediation was denied, and not asked for again")
	}
	target, err := grant.Target()
	if err != nil {
		return refuse("grant-unusable", "the grant's endpoint or routing keys cannot be used")
	}
	if d.Check != nil && d.Check(target.Endpoint) != nil {
		return refuse("endpoint-not-allowed", "the grant's endpoint is not one that is told to others here")
	}
	m.Endpoint, m.Routing = target.Endpoint, nil
	for _, key := range target.Routing {
		m.Routing = append(m.Routing, key.String())
	}
	first := m.State != vc.MediationGranted
	if err := t.putMediation(&m, vc.MediationGranted); err != nil {
		return err
	}
	if first && d.Endpoint == "" {
		if err := t.enqueuePickup(m.ID, newID(), t.Now); err != nil {
			return err
		}
	}
	return t.Tell(TopicMediation, "mediation.granted", "mediation", m.ID, m)
}

func actMediateDeny(_ *Desk, t *Turn, in *Inbound, _ any) error {
	m, err := t.mediationOf(in.Connection.ID, false)
	if err != nil {
		return err
	}
	if err := t.putMediation(&m, vc.MediationDenied); err != nil {
		return err
	}
	return t.Tell(TopicMediation, "mediation.denied", "mediation", m.ID, m)
}

func actKeylistResponse(_ *Desk, t *Turn, in *Inbound, _ any) error {
	response := in.Message.(*didcomm.KeylistUpdateResponse)
	m, err := t.granted(in.Connection.ID, false)
	if err != nil {
		return err
	}
	for _, change := range response.Updated {
		key, err := didcomm.ParseVerkey(change.RecipientKey)
		if err != nil || change.Result != didcomm.KeySuccess && change.Result != didcomm.KeyNoChange {
			continue
		}
		switch change.Action {
		case didcomm.KeyAdd:
			err = t.Rows.PutMediatedKey(vc.MediatedKey{
				Mediation: m.ID, Scope: t.By.Scope, Verkey: key.String(), State: vc.KeyConfirmed, CreatedAt: t.Now,
			}, false)
		case didcomm.KeyRemove:
			_, err = t.Rows.DeleteMediatedKey(m.ID, key.String())
		}
		if err != nil {
			return err
		}
	}
	return t.Tell(TopicKeylist, "mediation.keys", "mediation", m.ID, KeylistNotice{Mediation: m, Thread: in.Thread, Updated: response.Updated})
}

func actKeylist(_ *Desk, t *Turn, in *Inbound, _ any) error {
	m, err := t.granted(in.Connection.ID, false)
	if err != nil {
		return err
	}
	notice := KeylistNotice{Mediation: m, Thread: in.Thread, Keys: []string{}}
	for _, key := range in.Message.(*didcomm.Keylist).Keys {
		notice.Keys = append(notice.Keys, key.RecipientKey)
	}
	return t.Tell(TopicKeylist, "mediation.keys", "mediation", m.ID, notice)
}
