package sql

import "github.com/chancery-vc/chancery/internal/vc"

// InsertConnection writes a connection; Conflict "duplicate" when its thread and role have one.
func (tx *Tx) InsertConnection(c vc.Connection) error {
	scope, err := tx.in(c.Scope)
	if err != nil {
		return err
	}
	return tx.insert(nil, `INSERT INTO connections (id, tenant_id, org_id, role, state, mode, protocol, thread,
		invitation_id, invitation_msg, invitation_key, mine, auto, mediation_id, inbound_id, alias_mac, their_mac,
		their_public_mac, error, body_key, body, revision, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
		$23, $24)`,
		c.ID, scope.Tenant, scope.Organisation, string(c.Role), string(c.State), string(c.Mode), c.Protocol, c.Thread,
		c.Invitation, c.InvitationID, c.InvitationKey, c.Mine, c.Auto, c.Mediation, c.Inbound, c.AliasMAC, c.TheirMAC,
		c.TheirPublicMAC, c.Error, c.BodyKey, c.Body, c.Revision, micros(c.CreatedAt), micros(c.UpdatedAt))
}

// UpdateConnection writes all but id, scope and created at of a connection whose stored revision is one less; else
// Conflict "stale". Conflict "duplicate" when its thread and role have another.
func (tx *Tx) UpdateConnection(c vc.Connection) error {
	n, err := tx.exec(`UPDATE connections SET role = $4, state = $5, mode = $6, protocol = $7, thread = $8,
		invitation_id = $9, invitation_msg = $10, invitation_key = $11, mine = $12, auto = $13, mediation_id = $14,
		inbound_id = $15, alias_mac = $16, their_mac = $17, their_public_mac = $18, error = $19, body_key = $20,
		body = $21, revision = $22, updated_at = $23 WHERE id = $3 AND revision = $22 - 1 AND `+own,
		c.ID, string(c.Role), string(c.State), string(c.Mode), c.Protocol, c.Thread, c.Invitation, c.InvitationID,
		c.InvitationKey, c.Mine, c.Auto, c.Mediation, c.Inbound, c.AliasMAC, c.TheirMAC, c.TheirPublicMAC, c.Error,
		c.BodyKey, c.Body, c.Revision, micros(c.UpdatedAt))
	if err != nil || n > 0 {
		return err
	}
	return tx.behind(`SELECT 1 FROM connections WHERE id = $3 AND `+own, c.ID)
}

// DeleteConnection removes a connection with its recipients and their handles, peer keys, letters and metadata. Its
// exchanges and proofs stay.
func (tx *Tx) DeleteConnection(id string) error {
	if err := changed(tx.exec(`DELETE FROM connections WHERE id = $3 AND `+own, id)); err != nil {
		return err
	}
	owner := "connection/" + id
	if err := tx.DeleteRecipients(owner); err != nil {
		return err
	}
	if _, err := tx.exec(`DELETE FROM peer_keys WHERE connection_id = $3 AND `+own, id); err != nil {
		return err
	}
	if _, err := tx.exec(`DELETE FROM letters WHERE connection_id = $3 AND connection_id <> '' AND `+own, id); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM metadata WHERE owner = $3 AND `+own, owner)
	return err
}

const connectionColumns = `SELECT id, tenant_id, org_id, role, state, mode, protocol, thread, invitation_id,
	invitation_msg, invitation_key, mine, auto, mediation_id, inbound_id, alias_mac, their_mac, their_public_mac, error,
	body_key, body, revision, created_at, updated_at FROM connections WHERE `

func scanConnection(r row, c *vc.Connection) error {
	return r.Scan(&c.ID, &c.Scope.Tenant, &c.Scope.Organisation, (*string)(&c.Role), (*string)(&c.State),
		(*string)(&c.Mode), &c.Protocol, &c.Thread, &c.Invitation, &c.InvitationID, &c.InvitationKey, &c.Mine, &c.Auto,
		&c.Mediation, &c.Inbound, &c.AliasMAC, &c.TheirMAC, &c.TheirPublicMAC, &c.Error, &c.BodyKey, &c.Body,
		&c.Revision, at(&c.CreatedAt), at(&c.UpdatedAt))
}

// Connection gives one connection.
func (tx *Tx) Connection(id string) (vc.Connection, error) {
	return single(tx, scanConnection, connectionColumns+own+` AND id = $3`, id)
}

// ConnectionForUpdate is Connection, and no other transaction changes the row before this one ends.
func (tx *Tx) ConnectionForUpdate(id string) (vc.Connection, error) {
	return single(tx, scanConnection, connectionColumns+own+` AND id = $3 FOR UPDATE`, id)
}

// Connections lists connections.
func (tx *Tx) Connections(q vc.ConnectionQuery) ([]vc.Connection, error) {
	return every(tx, tx.connections(q).page(q.Page), scanConnection)
}

// CountConnections counts the connections of a list.
func (tx *Tx) CountConnections(q vc.ConnectionQuery) (int, error) { return tx.count(tx.connections(q)) }

func (tx *Tx) connections(q vc.ConnectionQuery) *list {
	scope := tx.long()
	if q.Thread != "" {
		scope = tx.few()
	}
	l := tx.from(connectionColumns+scope).
		equal("role", string(q.Role)).
		equal("protocol", q.Protocol).
		indexed("mine", q.Mine).
		indexed("invitation_id", q.Invitation).
		indexed("invitation_msg", q.InvitationID).
		indexed("invitation_key", q.InvitationKey).
		indexed("thread", q.Thread)
	for _, f := range []struct {
		column string
		mac    []byte
	}{
		{"alias_mac", q.AliasMAC},
		{"their_mac", q.TheirMAC},
		{"their_public_mac", q.TheirPublicMAC},
	} {
		if f.mac != nil {
			l.and(f.column+" = ?", f.mac)
		}
	}
	return oneOf(l, "state", q.States)
}
