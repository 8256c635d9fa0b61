package agent

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
)

// maxMetadata bounds what clients keep beside a connection.
const maxMetadata = 64 << 10

// tellConnection says how far a connection is.
func (t *Turn) tellConnection(c *Connection) error {
	return t.Tell(TopicConnection, "connection."+string(c.State), "connection", c.ID, viewConnection(c))
}

// deleteConnection deletes a connection and says so. If the peer was a client of ours as its mediator, it is none any more: its keys
// may come again by another connection.
func (t *Turn) deleteConnection(c *Connection) error {
	server := true
	served, err := t.Rows.Mediations(vc.MediationQuery{Connection: c.ID, Server: &server, Page: vc.Page{Limit: 1}})
	if err != nil {
		return err
	}
	for _, m := range served {
		if err := t.dropMediation(m); err != nil {
			return err
		}
	}
	if err := t.withdraw("connection/" + c.ID); err != nil {
		return err
	}
	if err := t.Rows.DeleteConnection(c.ID); err != nil {
		return err
	}
	view := viewConnection(c)
	view.Deleted = true
	return t.Tell(TopicConnection, "connection.deleted", "connection", c.ID, view)
}

// breakConnection ends a handshake that went wrong.
func (t *Turn) breakConnection(c *Connection, why string) error {
	if err := c.Move(vc.Broken, t.Now); err != nil {
		return err
	}
	c.Error = why
	if err := t.putConnection(c); err != nil {
		return err
	}
	return t.tellConnection(c)
}

// ready refuses a connection that is not made, or is over. Denied "connection-not-ready".
func (c *Connection) ready() error {
	if c.State != vc.Completed {
		return vc.Errorf(vc.Denied, "connection-not-ready", "the connection is %s, not completed", c.State)
	}
	return nil
}

// Connection gives a connection; NotFound "connection-not-found".
func (d *Desk) Connection(ctx context.Context, scope vc.Scope, id string) (view ConnectionView, err error) {
	err = d.view(ctx, scope, func(t *Turn) error {
		c, err := t.connection(id)
		if err == nil {
			view = viewConnection(c)
		}
		return err
	})
	return view, err
}

// Connections lists connections.
func (d *Desk) Connections(ctx context.Context, scope vc.Scope, f ConnectionFilter) (views []ConnectionView, err error) {
	err = d.view(ctx, scope, func(t *Turn) error {
		q := f.ConnectionQuery
		q.AliasMAC = digest(t.Vault, aliasUse, f.Alias)
		q.TheirMAC = digest(t.Vault, peerDIDUse, short(f.Their))
		q.TheirPublicMAC = digest(t.Vault, peerDIDUse, short(f.TheirPublic))
		q.Mine = short(q.Mine)
		rows, err := t.Rows.Connections(q)
		if err != nil {
			return err
		}
		views = make([]ConnectionView, 0, len(rows))
		for _, row := range rows {
			c, err := t.opened(row)
			if err != nil {
				return err
			}
			views = append(views, viewConnection(c))
		}
		return nil
	})
	return views, err
}

// DropConnection deletes a connection, with its keys and letters; its exchanges stay. NotFound "connection-not-found".
func (d *Desk) DropConnection(ctx context.Context, by vc.Caller, id string) error {
	return d.act(ctx, by, func(t *Turn) error {
		c, err := t.connectionForUpdate(id)
		if err != nil {
			return err
		}
		return t.deleteConnection(c)
	})
}

// Endpoints gives the endpoints of both ends; "" where one is not known.
func (d *Desk) Endpoints(ctx context.Context, scope vc.Scope, id string) (mine, theirs string, err error) {
	err = d.view(ctx, scope, func(t *Turn) error {
		c, err := t.connection(id)
		if err != nil {
			return err
		}
		mine, theirs = d.Endpoint, c.Said.Target.Endpoint
		if c.Mediation != "" {
			mediation, err := t.Rows.Mediation(c.Mediation)
			if err == nil {
				mine = mediation.Endpoint
			} else if vc.KindOf(err) != vc.NotFound {
				return err
			}
		}
		return nil
	})
	return mine, theirs, err
}

// Metadata gives what clients keep beside a connection: all of it, or one key's.
func (d *Desk) Metadata(ctx context.Context, scope vc.Scope, id, key string) (values map[string]jsontext.Value, err error) {
	err = d.view(ctx, scope, func(t *Turn) error {
		if _, err := t.connection(id); err != nil {
			return err
		}
		found, err := t.Rows.Metadata("connection/" + id)
		if err != nil {
			return err
		}
		values = make(map[string]jsontext.Value, len(found))
		for name, value := range found {
			if key == "" || key == name {
				values[name] = value
			}
		}
		return nil
	})
	return values, err
}

// SetMetadata adds to what clients keep beside a connection; null takes away. Invalid "metadata-too-large".
func (d *Desk) SetMetadata(ctx context.Context, by vc.Caller, id string, values map[string]jsontext.Value) error {
	if err := checkMetadata(values); err != nil {
		return err
	}
	return d.act(ctx, by, func(t *Turn) error {
		c, err := t.connectionForUpdate(id)
		if err != nil {
			return err
		}
		if err := t.putMetadata(id, values); err != nil {
			return err
		}
		found, err := t.Rows.Metadata("connection/" + id)
		if err != nil {
			return err
		}
		size := 0
		for name, value := range found {
			size += len(name) + len(value)
		}
		if size > maxMetadata {
			return vc.Errorf(vc.Invalid, "metadata-too-large", "a connection keeps at most %d bytes of metadata", maxMetadata)
		}
		return t.Tell("", "connection.metadata", "connection", c.ID, nil)
	})
}

func (t *Turn) putMetadata(connection string, values map[string]jsontext.Value) error {
	for name, value := range values {
		if value.Kind() == 'n' {
			value = nil
		}
		if err := t.Rows.PutMetadata("connection/"+connection, name, value); err != nil {
			return err
		}
	}
	return nil
}

func checkMetadata(values map[string]jsontext.Value) error {
	size := 0
	for name, value := range values {
		size += len(name) + len(value)
	}
	if size > maxMetadata {
		return vc.Errorf(vc.Invalid, "metadata-too-large", "a connection keeps at most %d bytes of metadata", maxMetadata)
	}
	return nil
}
