package sql

import (
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// InsertMemberInvitation writes an invitation and its handle.
func (tx *Tx) InsertMemberInvitation(m vc.MemberInvitation) error {
	scope, err := tx.in(m.Scope)
	if err != nil {
		return err
	}
	if err := tx.insert(nil, `INSERT INTO member_invitations (id, tenant_id, org_id, email, search, given_name,
		family_name, message, grants, secret, principal, invited_by, created_at, expires_at, accepted_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		m.ID, scope.Tenant, scope.Organisation, m.Email, folded(m.Email, m.GivenName, m.FamilyName), m.GivenName,
		m.FamilyName, m.Message, grantsText(m.Grants), m.Secret, m.Principal, m.InvitedBy, micros(m.CreatedAt),
		micros(m.ExpiresAt), micros(m.AcceptedAt)); err != nil {
		return err
	}
	return tx.handle(store.HandleInvitation, m.ID, scope, m.ID)
}

// UpdateMemberInvitation writes secret, principal, invited by, expires at and accepted at.
func (tx *Tx) UpdateMemberInvitation(m vc.MemberInvitation) error {
	return changed(tx.exec(`UPDATE member_invitations SET secret = $4, principal = $5, invited_by = $6, expires_at = $7,
		accepted_at = $8 WHERE id = $3 AND `+own,
		m.ID, m.Secret, m.Principal, m.InvitedBy, micros(m.ExpiresAt), micros(m.AcceptedAt)))
}

// DeleteMemberInvitation removes an invitation with its handle.
func (tx *Tx) DeleteMemberInvitation(id string) error {
	if err := changed(tx.exec(`DELETE FROM member_invitations WHERE id = $3 AND `+own, id)); err != nil {
		return err
	}
	return tx.unhandle(store.HandleInvitation, id)
}

const invitationColumns = `SELECT id, tenant_id, org_id, email, given_name, family_name, message, grants, secret,
	principal, invited_by, created_at, expires_at, accepted_at FROM member_invitations WHERE ` + own

func scanInvitation(r row, m *vc.MemberInvitation) error {
	var grants []grant
	err := r.Scan(&m.ID, &m.Scope.Tenant, &m.Scope.Organisation, &m.Email, &m.GivenName, &m.FamilyName, &m.Message,
		js(&grants), &m.Secret, &m.Principal, &m.InvitedBy, at(&m.CreatedAt), at(&m.ExpiresAt), at(&m.AcceptedAt))
	m.Grants = grantsOf(grants)
	return err
}

// MemberInvitation gives one invitation.
func (tx *Tx) MemberInvitation(id string) (vc.MemberInvitation, error) {
	return single(tx, scanInvitation, invitationColumns+` AND id = $3`, id)
}

// MemberInvitationForUpdate is MemberInvitation, and no other transaction changes the row before this one ends.
func (tx *Tx) MemberInvitationForUpdate(id string) (vc.MemberInvitation, error) {
	return single(tx, scanInvitation, invitationColumns+` AND id = $3 FOR UPDATE`, id)
}

// MemberInvitations lists invitations; their name is the e-mail address, and an accepted one counts as archived.
func (tx *Tx) MemberInvitations(q vc.ListQuery) ([]vc.MemberInvitation, error) {
	return every(tx, tx.invitations(q).page(q.Page), scanInvitation)
}

// CountMemberInvitations counts the invitations of a list.
func (tx *Tx) CountMemberInvitations(q vc.ListQuery) (int, error) { return tx.count(tx.invitations(q)) }

func (tx *Tx) invitations(q vc.ListQuery) *list {
	return tx.from(invitationColumns).named(q, "accepted_at").exactly(q)
}
