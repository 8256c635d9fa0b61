package sql

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// InsertReceipt says that a message came; Conflict "duplicate" when it is said already.
func (tx *Tx) InsertReceipt(p vc.Receipt) error {
	scope, err := tx.in(p.Scope)
	if err != nil {
		return err
	}
	return tx.insert(func(n int64) error {
		if n == 0 {
			return duplicate()
		}
		return nil
	}, `INSERT INTO receipts (tenant_id, org_id, digest, at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant_id, org_id, digest) DO NOTHING`, scope.Tenant, scope.Organisation, p.Digest, micros(p.At))
}

// SweepReceipts removes receipts from before then, at most max, and tells how many. A full batch means that there may be
// more.
func (db *DB) SweepReceipts(ctx context.Context, before time.Time, max int) (int, error) {
	return db.swept(ctx, `DELETE FROM receipts WHERE (tenant_id, org_id, digest) IN (
		SELECT tenant_id, org_id, digest FROM receipts WHERE at < $1 ORDER BY at LIMIT $2)`, before, max)
}

// InsertNotice writes a notice.
func (tx *Tx) InsertNotice(n vc.Notice) error {
	scope, err := tx.in(n.Scope)
	if err != nil {
		return err
	}
	return tx.insert(nil, `INSERT INTO notices (id, tenant_id, org_id, topic, subject, body_key, body, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		n.ID, scope.Tenant, scope.Organisation, n.Topic, n.Subject, n.BodyKey, n.Body, micros(n.CreatedAt))
}

const noticeColumns = `SELECT id, tenant_id, org_id, topic, subject, body_key, body, created_at FROM notices WHERE ` + own

func scanNotice(r row, n *vc.Notice) error {
	return r.Scan(&n.ID, &n.Scope.Tenant, &n.Scope.Organisation, &n.Topic, &n.Subject, &n.BodyKey, &n.Body,
		at(&n.CreatedAt))
}

// Notices gives the notices of entries of the journal, those that are there.
func (tx *Tx) Notices(ids []string) ([]vc.Notice, error) {
	return every(tx, tx.from(noticeColumns).and(`id = ANY(?)`, append([]string{}, ids...)), scanNotice)
}

// SweepNotices removes notices from before then, at most max, and tells how many. A full batch means that there may be
// more.
func (db *DB) SweepNotices(ctx context.Context, before time.Time, max int) (int, error) {
	return db.swept(ctx, `DELETE FROM notices WHERE (tenant_id, id) IN (
		SELECT tenant_id, id FROM notices WHERE created_at < $1 ORDER BY created_at LIMIT $2)`, before, max)
}

// swept removes what a statement finds from before $1, at most $2.
func (db *DB) swept(ctx context.Context, remove string, before time.Time, max int) (int, error) {
	var n int64
	err := db.update(ctx, vc.Scope{}, func(tx *Tx) (err error) {
		n, err = tx.plain(remove, micros(before), max)
		return err
	})
	return int(n), err
}
