package sql

import (
	"fmt"

	"github.com/chancery-vc/chancery/internal/vc"
)

// verdict is how a proof's verification is kept: -1 is none yet.
func verdict(verified *bool) int {
	switch {
	case verified == nil:
		return -1
	case *verified:
		return 1
	}
	return 0
}

// judged reads what verdict wrote.
type judged struct{ verified **bool }

// Scan implements [database/sql.Scanner].
func (j judged) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a verdict cannot be read from %T", src)
	}
	*j.verified = nil
	if n >= 0 {
		yes := n > 0
		*j.verified = &yes
	}
	return nil
}

// InsertProof writes a proof; Conflict "duplicate" when its thread on its channel has one.
func (tx *Tx) InsertProof(p vc.Proof) error {
	scope, err := tx.in(p.Scope)
	if err != nil {
		return err
	}
	return tx.insert(nil, `INSERT INTO proofs (id, tenant_id, org_id, role, door, channel, thread, state, verified, error,
		pocket, body_key, body, revision, created_at, updated_at, by_peer)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		p.ID, scope.Tenant, scope.Organisation, string(p.Role), p.Door, p.Channel, p.Thread, string(p.State),
		verdict(p.Verified), p.Error, p.Pocket, p.BodyKey, p.Body, p.Revision, micros(p.CreatedAt), micros(p.UpdatedAt),
		p.ByPeer)
}

// UpdateProof writes all but id, scope and created at of a proof whose stored revision is one less; else Conflict
// "stale". Conflict "duplicate" when its thread on its channel has another.
func (tx *Tx) UpdateProof(p vc.Proof) error {
	n, err := tx.exec(`UPDATE proofs SET role = $4, door = $5, channel = $6, thread = $7, state = $8, verified = $9,
		error = $10, pocket = $11, body_key = $12, body = $13, revision = $14, updated_at = $15, by_peer = $16
		WHERE id = $3 AND revision = $14 - 1 AND `+own,
		p.ID, string(p.Role), p.Door, p.Channel, p.Thread, string(p.State), verdict(p.Verified), p.Error, p.Pocket,
		p.BodyKey, p.Body, p.Revision, micros(p.UpdatedAt), p.ByPeer)
	if err != nil || n > 0 {
		return err
	}
	return tx.behind(`SELECT 1 FROM proofs WHERE id = $3 AND `+own, p.ID)
}

// DeleteProof removes a proof with all it says.
func (tx *Tx) DeleteProof(id string) error {
	return changed(tx.exec(`DELETE FROM proofs WHERE id = $3 AND `+own, id))
}

const (
	proofColumns = `SELECT id, tenant_id, org_id, role, door, channel, thread, state, verified, error, pocket, body_key,
	body, revision, created_at, updated_at, by_peer FROM proofs WHERE `
	ofThread = ` AND role = $3 AND door = $4 AND channel = $5 AND thread = $6 AND thread <> ''`
)

func scanProof(r row, p *vc.Proof) error {
	return r.Scan(&p.ID, &p.Scope.Tenant, &p.Scope.Organisation, (*string)(&p.Role), &p.Door, &p.Channel, &p.Thread,
		(*string)(&p.State), judged{&p.Verified}, &p.Error, &p.Pocket, &p.BodyKey, &p.Body, &p.Revision,
		at(&p.CreatedAt), at(&p.UpdatedAt), &p.ByPeer)
}

// Proof gives one proof.
func (tx *Tx) Proof(id string) (vc.Proof, error) {
	return single(tx, scanProof, proofColumns+own+` AND id = $3`, id)
}

// ProofForUpdate is Proof, and no other transaction changes the row before this one ends.
func (tx *Tx) ProofForUpdate(id string) (vc.Proof, error) {
	return single(tx, scanProof, proofColumns+own+` AND id = $3 FOR UPDATE`, id)
}

// ProofByThread gives the proof of a thread on a channel; "" is one too.
func (tx *Tx) ProofByThread(role vc.ProofRole, door, channel, thread string) (vc.Proof, error) {
	return single(tx, scanProof, proofColumns+own+ofThread, string(role), door, channel, thread)
}

// ProofByThreadForUpdate is ProofByThread, and no other transaction changes the row before this one ends.
func (tx *Tx) ProofByThreadForUpdate(role vc.ProofRole, door, channel, thread string) (vc.Proof, error) {
	return single(tx, scanProof, proofColumns+own+ofThread+` FOR UPDATE`, string(role), door, channel, thread)
}

// ManyProofsByPeer says whether a peer has begun so many proofs on a channel that are not over.
func (tx *Tx) ManyProofsByPeer(channel string, many int) (yes bool, err error) {
	err = tx.one(`SELECT EXISTS (SELECT 1 FROM proofs WHERE channel = $3 AND by_peer AND state NOT IN ('done', 'failed')
		AND `+own+` LIMIT 1 OFFSET $4)`, tx.scoped([]any{channel, many - 1}), &yes)
	return yes, err
}

// Proofs lists proofs.
func (tx *Tx) Proofs(q vc.ProofQuery) ([]vc.Proof, error) {
	scope := tx.long()
	if q.Thread != "" {
		scope = tx.few()
	}
	l := tx.from(proofColumns+scope).
		equal("role", string(q.Role)).
		equal("door", q.Door).
		indexed("channel", q.Channel).
		indexed("thread", q.Thread)
	return every(tx, oneOf(l, "state", q.States).page(q.Page), scanProof)
}
