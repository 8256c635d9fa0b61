package sql

import "github.com/chancery-vc/chancery/internal/vc"

// InsertReply writes a reply; Conflict "duplicate" when its thread has one.
func (tx *Tx) InsertReply(r vc.Reply) error {
	scope, err := tx.in(r.Scope)
	if err != nil {
		return err
	}
	return tx.insert(nil, `INSERT INTO replies (id, tenant_id, org_id, door, channel, thread, identity_id, state, error,
		pocket, body_key, body, revision, created_at, updated_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		r.ID, scope.Tenant, scope.Organisation, r.Door, r.Channel, r.Thread, r.Identity, string(r.State), r.Error,
		r.Pocket, r.BodyKey, r.Body, r.Revision, micros(r.CreatedAt), micros(r.UpdatedAt), micros(r.ExpiresAt))
}

// UpdateReply writes state, identity, error, pocket, body, body key and updated at of a reply whose stored revision is
// one less; else Conflict "stale".
func (tx *Tx) UpdateReply(r vc.Reply) error {
	n, err := tx.exec(`UPDATE replies SET state = $4, identity_id = $5, error = $6, pocket = $7, body_key = $8,
		body = $9, revision = $10, updated_at = $11 WHERE id = $3 AND revision = $10 - 1 AND `+own,
		r.ID, string(r.State), r.Identity, r.Error, r.Pocket, r.BodyKey, r.Body, r.Revision, micros(r.UpdatedAt))
	if err != nil || n > 0 {
		return err
	}
	return tx.behind(`SELECT 1 FROM replies WHERE id = $3 AND `+own, r.ID)
}

const replyColumns = `SELECT id, tenant_id, org_id, door, channel, thread, identity_id, state, error, pocket, body_key,
	body, revision, created_at, updated_at, expires_at FROM replies WHERE ` + own

func scanReply(r row, p *vc.Reply) error {
	return r.Scan(&p.ID, &p.Scope.Tenant, &p.Scope.Organisation, &p.Door, &p.Channel, &p.Thread, &p.Identity,
		(*string)(&p.State), &p.Error, &p.Pocket, &p.BodyKey, &p.Body, &p.Revision, at(&p.CreatedAt), at(&p.UpdatedAt),
		at(&p.ExpiresAt))
}

// Reply gives one reply.
func (tx *Tx) Reply(id string) (vc.Reply, error) {
	return single(tx, scanReply, replyColumns+` AND id = $3`, id)
}

// ReplyForUpdate is Reply, and no other transaction changes the row before this one ends.
func (tx *Tx) ReplyForUpdate(id string) (vc.Reply, error) {
	return single(tx, scanReply, replyColumns+` AND id = $3 FOR UPDATE`, id)
}
