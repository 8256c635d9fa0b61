package agent

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Mediation gives a mediation of either side; NotFound "mediation-not-found".
func (d *Desk) Mediation(ctx context.Context, scope vc.Scope, id string) (m vc.Mediation, err error) {
	err = d.Rows.View(ctx, scope, func(rows Rows) (err error) {
		m, err = rows.Mediation(id)
		return missing(err, "mediation")
	})
	return m, err
}

// Mediations lists mediations, newest first.
func (d *Desk) Mediations(ctx context.Context, scope vc.Scope, q vc.MediationQuery) (list []vc.Mediation, err error) {
	err = d.Rows.View(ctx, scope, func(rows Rows) (err error) {
		list, err = rows.Mediations(q)
		return err
	})
	return list, err
}

// DropMediation forgets a mediation and its keys; what was kept for a client of ours is gone.
func (d *Desk) DropMediation(ctx context.Context, by vc.Caller, id string) (m vc.Mediation, err error) {
	own, err := d.OwnSettings(ctx, by.Scope)
	if err != nil {
		return m, err
	}
	if own.Mediation == id { // nothing new is to be behind it
		if _, err := d.SetDefaultMediation(ctx, by, ""); err != nil {
			return m, err
		}
	}
	err = d.act(ctx, by, func(t *Turn) error {
		if m, err = t.Rows.MediationForUpdate(id); err != nil {
			return missing(err, "mediation")
		}
		return t.dropMediation(m)
	})
	return m, err
}

func (t *Turn) dropMediation(m vc.Mediation) error {
	if m.Server {
		if err := t.dropClient(m); err != nil {
			return err
		}
	}
	if err := t.Rows.DeleteMediation(m.ID); err != nil {
		return err
	}
	return t.Tell("", "mediation.deleted", "mediation", m.ID, nil)
}

// dropClient forgets the key and the letters of a client of ours.
func (t *Turn) dropClient(m vc.Mediation) error {
	if err := t.Rows.DeleteRecipients(mediatedObject(m.ID)); err != nil {
		return err
	}
	letters, err := t.Rows.Letters(vc.LetterQuery{Connection: m.Connection, Way: vc.WayRelay, Page: vc.Page{Limit: maxRelayedCount}})
	if err != nil {
		return err
	}
	for _, letter := range letters {
		if err := t.Rows.DeleteLetter(letter.ID); err != nil {
			return err
		}
	}
	return t.Rows.PutMetadata(mediatedObject(m.ID), "thread", nil)
}

// Keylists gives the keys of mediations, newest first: of one connection, of one side, where that is given.
func (d *Desk) Keylists(ctx context.Context, scope vc.Scope, connection string, server *bool) (lists []Keylist, err error) {
	const most = 1000
	err = d.view(ctx, scope, func(t *Turn) error {
		lists = nil
		mediations, err := t.Rows.Mediations(vc.MediationQuery{Connection: connection, Server: server, Page: vc.Page{Limit: most}})
		if err != nil {
			return err
		}
		for _, m := range mediations {
			keys, err := t.allKeys(m.ID, 0, maxMediatedKeys)
			if err != nil {
				return err
			}
			lists = append(lists, Keylist{m, keys})
		}
		return nil
	})
	return lists, err
}

// UpdateKeylist tells a mediator of ours for which keys it is to take messages. It fails with NotFound "mediation-not-found", Denied
// "mediation-not-granted", and Invalid "recipient-key" and "keylist-action".
func (d *Desk) UpdateKeylist(ctx context.Context, by vc.Caller, mediation string, changes []didcomm.KeylistChange) (update didcomm.KeylistUpdate, err error) {
	id, err := newMessageID()
	if err != nil {
		return update, err
	}
	err = d.act(ctx, by, func(t *Turn) error {
		m, err := t.mediator(mediation)
		if err != nil {
			return err
		}
		update, err = t.updateKeylist(m, id, changes)
		return err
	})
	return update, err
}

// QueryKeylist asks a mediator of ours for the keys that it knows. The answer comes as topic "keylist".
func (d *Desk) QueryKeylist(ctx context.Context, by vc.Caller, mediation string, page *didcomm.KeylistPage) (query didcomm.KeylistQuery, err error) {
	id, err := newMessageID()
	if err != nil {
		return query, err
	}
	query = didcomm.KeylistQuery{Header: didcomm.Header{Type: didcomm.TypeKeylistQuery, ID: id}, Paginate: page}
	err = d.act(ctx, by, func(t *Turn) error {
		m, err := t.mediator(mediation)
		if err != nil {
			return err
		}
		c, err := t.connection(m.Connection)
		if err != nil {
			return err
		}
		return t.Send(Addressee{Connection: c}, &query, mediatedObject(m.ID))
	})
	return query, err
}

// MediateConnection tells a mediator of ours (named, else the office's) to take the messages for a connection's keys. It fails as
// UpdateKeylist does, and with NotFound "connection-not-found".
func (d *Desk) MediateConnection(ctx context.Context, by vc.Caller, connection, mediation string) (update didcomm.KeylistUpdate, err error) {
	id, err := newMessageID()
	if err != nil {
		return update, err
	}
	err = d.act(ctx, by, func(t *Turn) error {
		settings, err := d.settings(t)
		if err != nil {
			return err
		}
		if mediation == "" && settings.Mediation == "" {
			return vc.Errorf(vc.NotFound, "mediation-not-found", "no mediation is named, and the office has none")
		}
		at, err := t.reach(d, settings, mediation)
		if err != nil {
			return err
		}
		if _, err := t.connection(connection); err != nil {
			return err
		}
		recipients, err := t.Rows.Recipients("connection/" + connection)
		if err != nil {
			return err
		}
		m, err := t.mediator(at.Mediation)
		if err != nil {
			return err
		}
		var changes []didcomm.KeylistChange
		for _, recipient := range recipients {
			if recipient.RetiredAt.IsZero() {
				changes = append(changes, didcomm.KeylistChange{RecipientKey: didKeys([]string{recipient.Verkey})[0], Action: didcomm.KeyAdd})
			}
		}
		update, err = t.updateKeylist(m, id, changes)
		return err
	})
	return update, err
}

// DefaultMediation gives the mediation that new invitations and connections are behind; NotFound "mediation-not-found" where there
// is none.
func (d *Desk) DefaultMediation(ctx context.Context, scope vc.Scope) (m vc.Mediation, err error) {
	err = d.view(ctx, scope, func(t *Turn) error {
		settings, err := d.settings(t)
		if err != nil {
			return err
		}
		if settings.Mediation == "" {
			return vc.Errorf(vc.NotFound, "mediation-not-found", "there is no default mediation")
		}
		m, err = t.Rows.Mediation(settings.Mediation)
		return missing(err, "mediation")
	})
	return m, err
}

// SetDefaultMediation chooses it; "" none. It gives the chosen one, or the one that was. It fails with NotFound
// "mediation-not-found" and Denied "mediation-not-granted".
func (d *Desk) SetDefaultMediation(ctx context.Context, by vc.Caller, id string) (m vc.Mediation, err error) {
	was := ""
	if _, err := d.changeSettings(ctx, by, func(s *vc.AgentSettings) error {
		was, s.Mediation = s.Mediation, id
		return nil
	}); err != nil {
		return m, err
	}
	if id == "" {
		id = was
	}
	if id == "" {
		return m, nil
	}
	m, err = d.Mediation(ctx, by.Scope, id)
	return m, absent(err)
}
