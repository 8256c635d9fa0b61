package sql

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// InsertDIDRegistration writes a registration.
func (tx *Tx) InsertDIDRegistration(d vc.DIDRegistration) error {
	scope, err := tx.in(d.Scope)
	if err != nil {
		return err
	}
	return tx.insert(nil, `INSERT INTO did_registrations (id, tenant_id, org_id, operation, method, did, draft,
		payload, signers, revision, principal, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		d.ID, scope.Tenant, scope.Organisation, d.Operation, d.Method, d.DID, d.Draft, d.Payload,
		text(d.Signers), d.Revision, d.Principal, micros(d.CreatedAt), micros(d.ExpiresAt))
}

// DIDRegistration gives a registration that has not expired.
func (tx *Tx) DIDRegistration(id string, now time.Time) (vc.DIDRegistration, error) {
	return single(tx, func(r row, d *vc.DIDRegistration) error {
		return r.Scan(&d.ID, &d.Scope.Tenant, &d.Scope.Organisation, &d.Operation, &d.Method, &d.DID, &d.Draft,
			&d.Payload, js(&d.Signers), &d.Revision, &d.Principal, at(&d.CreatedAt), at(&d.ExpiresAt))
	}, `SELECT id, tenant_id, org_id, operation, method, did, draft, payload, signers, revision, principal,
		created_at, expires_at FROM did_registrations WHERE id = $3 AND expires_at > $4 AND `+own, id, micros(now))
}

// DeleteDIDRegistration removes a registration.
func (tx *Tx) DeleteDIDRegistration(id string) error {
	return changed(tx.exec(`DELETE FROM did_registrations WHERE id = $3 AND `+own, id))
}

// SweepDIDRegistrations removes registrations that expired before now, at most max, and tells how many. A full batch
// means that there may be more.
func (db *DB) SweepDIDRegistrations(ctx context.Context, now time.Time, max int) (int, error) {
	var n int64
	err := db.update(ctx, vc.Scope{}, func(tx *Tx) (err error) {
		n, err = tx.plain(`DELETE FROM did_registrations WHERE id IN (
			SELECT id FROM did_registrations WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`, micros(now), max)
		return err
	})
	return int(n), err
}
