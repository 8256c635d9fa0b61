package sql

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// InsertInvitation writes an out-of-band invitation; Conflict "duplicate" when its message and sender have one.
func (tx *Tx) InsertInvitation(i vc.Invitation) error {
	scope, err := tx.in(i.Scope)
	if err != nil {
		return err
	}
	return tx.insert(nil, `INSERT INTO oob_invitations (id, tenant_id, org_id, sender, message_id, state, multi,
		connection_id, subject, thread, key, body_key, body, revision, created_at, updated_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		i.ID, scope.Tenant, scope.Organisation, i.Sender, i.MessageID, string(i.State), i.Multi, i.Connection, i.Subject,
		i.Thread, i.Key, i.BodyKey, i.Body, i.Revision, micros(i.CreatedAt), micros(i.UpdatedAt), micros(i.ExpiresAt))
}

// UpdateInvitation writes all but id, scope and created at of an invitation whose stored revision is one less; else
// Conflict "stale". Conflict "duplicate" when its message and sender have another.
func (tx *Tx) UpdateInvitation(i vc.Invitation) error {
	n, err := tx.exec(`UPDATE oob_invitations SET sender = $4, message_id = $5, state = $6, multi = $7,
		connection_id = $8, subject = $9, thread = $10, key = $11, body_key = $12, body = $13, revision = $14,
		updated_at = $15, expires_at = $16 WHERE id = $3 AND revision = $14 - 1 AND `+own,
		i.ID, i.Sender, i.MessageID, string(i.State), i.Multi, i.Connection, i.Subject, i.Thread, i.Key, i.BodyKey,
		i.Body, i.Revision, micros(i.UpdatedAt), micros(i.ExpiresAt))
	if err != nil || n > 0 {
		return err
	}
	return tx.behind(`SELECT 1 FROM oob_invitations WHERE id = $3 AND `+own, i.ID)
}

// DeleteInvitation removes an invitation; its recipients are removed by [Tx.DeleteRecipients].
func (tx *Tx) DeleteInvitation(id string) error {
	return changed(tx.exec(`DELETE FROM oob_invitations WHERE id = $3 AND `+own, id))
}

// OverdueInvitations gives invitations of all tenants that have expired, longest ago first: scope and id.
func (db *DB) OverdueInvitations(ctx context.Context, now time.Time, max int) (all []vc.Invitation, err error) {
	err = db.view(ctx, vc.Scope{}, func(tx *Tx) error {
		all = nil
		return tx.each(`SELECT id, tenant_id, org_id FROM oob_invitations WHERE expires_at <> 0 AND expires_at <= $1
			ORDER BY expires_at LIMIT $2`, []any{micros(now), max}, func(r row) error {
			var i vc.Invitation
			err := r.Scan(&i.ID, &i.Scope.Tenant, &i.Scope.Organisation)
			all = append(all, i)
			return err
		})
	})
	return all, err
}

const oobColumns = `SELECT id, tenant_id, org_id, sender, message_id, state, multi, connection_id, subject, thread, key,
	body_key, body, revision, created_at, updated_at, expires_at FROM oob_invitations WHERE `

func scanOOB(r row, i *vc.Invitation) error {
	return r.Scan(&i.ID, &i.Scope.Tenant, &i.Scope.Organisation, &i.Sender, &i.MessageID, (*string)(&i.State), &i.Multi,
		&i.Connection, &i.Subject, &i.Thread, &i.Key, &i.BodyKey, &i.Body, &i.Revision, at(&i.CreatedAt),
		at(&i.UpdatedAt), at(&i.ExpiresAt))
}

// Invitation gives one invitation.
func (tx *Tx) Invitation(id string) (vc.Invitation, error) {
	return single(tx, scanOOB, oobColumns+own+` AND id = $3`, id)
}

// InvitationForUpdate is Invitation, and no other transaction changes the row before this one ends.
func (tx *Tx) InvitationForUpdate(id string) (vc.Invitation, error) {
	return single(tx, scanOOB, oobColumns+own+` AND id = $3 FOR UPDATE`, id)
}

// InvitationByMessage gives the invitation with a message's id that we made, or that we took.
func (tx *Tx) InvitationByMessage(message string, sender bool) (vc.Invitation, error) {
	return single(tx, scanOOB, oobColumns+own+` AND message_id = $3 AND sender = $4`, message, sender)
}

// Invitations lists invitations.
func (tx *Tx) Invitations(q vc.InvitationQuery) ([]vc.Invitation, error) {
	scope := tx.long()
	if q.MessageID != "" {
		scope = tx.few()
	}
	l := tx.from(oobColumns+scope).
		indexed("connection_id", q.Connection).
		equal("message_id", q.MessageID)
	if q.Sender != nil {
		l.and("sender = ?", *q.Sender)
	}
	return every(tx, oneOf(l, "state", q.States).page(q.Page), scanOOB)
}
