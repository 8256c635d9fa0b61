package sql

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Idempotency finds an answer that has not expired.
func (tx *Tx) Idempotency(digest []byte, now time.Time) (vc.Idempotency, error) {
	return single(tx, func(r row, i *vc.Idempotency) error {
		return r.Scan(&i.Digest, &i.Scope.Tenant, &i.Scope.Organisation, &i.Body, js(&i.Credentials), &i.Pocket,
			at(&i.CreatedAt), at(&i.ExpiresAt))
	}, `SELECT digest, tenant_id, org_id, body, credentials, pocket, created_at, expires_at FROM idempotency
		WHERE digest = $3 AND expires_at > $4 AND `+own, digest, micros(now))
}

// InsertIdempotency keeps an answer, in the place of one that expired before it was created; Conflict "duplicate"
// when the digest has one that has not.
func (tx *Tx) InsertIdempotency(i vc.Idempotency) error {
	scope, err := tx.in(i.Scope)
	if err != nil {
		return err
	}
	return tx.insert(func(n int64) error {
		if n == 0 {
			return duplicate()
		}
		return nil
	}, `INSERT INTO idempotency (digest, tenant_id, org_id, body, credentials, pocket, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (digest) DO UPDATE SET body = excluded.body, credentials = excluded.credentials,
		pocket = excluded.pocket, created_at = excluded.created_at, expires_at = excluded.expires_at
		WHERE idempotency.expires_at <= excluded.created_at AND idempotency.tenant_id = excluded.tenant_id
		AND idempotency.org_id = excluded.org_id`,
		i.Digest, scope.Tenant, scope.Organisation, i.Body, text(i.Credentials), i.Pocket,
		micros(i.CreatedAt), micros(i.ExpiresAt))
}

// SweepIdempotency removes answers that expired before now, at most max, and tells how many. A full batch means
// that there may be more.
func (db *DB) SweepIdempotency(ctx context.Context, now time.Time, max int) (int, error) {
	var n int64
	err := db.update(ctx, vc.Scope{}, func(tx *Tx) (err error) {
		n, err = tx.plain(`DELETE FROM idempotency WHERE digest IN (
			SELECT digest FROM idempotency WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`, micros(now), max)
		return err
	})
	return int(n), err
}
