package sql

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// PutDelivery writes a delivery, over the one its webhook has of that position.
func (tx *Tx) PutDelivery(d vc.Delivery) error {
	scope, err := tx.in(d.Scope)
	if err != nil {
		return err
	}
	return tx.insert(nil, `INSERT INTO webhook_deliveries (tenant_id, webhook_id, position, org_id, id, event, key, state,
		attempts, status, failure, first_at, next_at, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (tenant_id, webhook_id, position) DO UPDATE SET state = excluded.state, attempts = excluded.attempts,
		status = excluded.status, failure = excluded.failure, first_at = excluded.first_at, next_at = excluded.next_at,
		updated_at = excluded.updated_at WHERE webhook_deliveries.org_id = excluded.org_id`,
		scope.Tenant, d.Webhook, d.Position, scope.Organisation, d.ID, d.Event, d.Key, string(d.State), d.Attempts,
		d.Status, d.Failure, micros(d.FirstAt), micros(d.NextAt), micros(d.CreatedAt), micros(d.UpdatedAt))
}

const deliveryColumns = `SELECT d.id, d.tenant_id, d.org_id, d.webhook_id, d.position, d.event, d.key, d.state, d.attempts,
	d.status, d.failure, d.first_at, d.next_at, d.created_at, d.updated_at FROM webhook_deliveries d WHERE `

func scanDelivery(r row, d *vc.Delivery) error {
	return r.Scan(&d.ID, &d.Scope.Tenant, &d.Scope.Organisation, &d.Webhook, &d.Position, &d.Event, &d.Key,
		(*string)(&d.State), &d.Attempts, &d.Status, &d.Failure, at(&d.FirstAt), at(&d.NextAt), at(&d.CreatedAt),
		at(&d.UpdatedAt))
}

// DeliveryForUpdate gives one delivery of a webhook, and no other transaction changes the row before this one ends.
func (tx *Tx) DeliveryForUpdate(webhook, id string) (vc.Delivery, error) {
	return single(tx, scanDelivery, deliveryColumns+`d.webhook_id = $3 AND d.id = $4 AND `+own+` FOR UPDATE`, webhook, id)
}

// Deliveries lists the deliveries of a webhook.
func (tx *Tx) Deliveries(q vc.DeliveryQuery) ([]vc.Delivery, error) {
	l := tx.from(deliveryColumns+own).and("d.webhook_id = ?", q.Webhook)
	if q.State != "" {
		l.and("d.state = ?", string(q.State))
	}
	order, beyond := " DESC", "<"
	if q.Ascending {
		order, beyond = "", ">"
	}
	if q.After != 0 {
		l.and("d.position "+beyond+" ?", q.After)
	}
	l.text.WriteString(" ORDER BY d.position" + order)
	return every(tx, l.limit(vc.Page{Limit: q.Limit}), scanDelivery)
}

// pendingBefore says that a delivery p is pending before d and of its key.
const pendingBefore = `p.webhook_id = d.webhook_id AND p.state = 'pending' AND p.key = d.key AND p.position < d.position`

// DueDeliveries gives pending deliveries of a webhook, by position: those whose key's first is due, but for the keys to
// skip.
func (tx *Tx) DueDeliveries(webhook string, skip []string, now time.Time, limit int) ([]vc.Delivery, error) {
	l := tx.from(deliveryColumns+own).
		and(`d.webhook_id = ? AND d.state = 'pending'`, webhook).
		and(`NOT (d.key = ANY(?))`, append([]string{}, skip...)).
		and(`EXISTS (SELECT 1 FROM webhook_deliveries f WHERE f.webhook_id = d.webhook_id AND f.state = 'pending'
			AND f.key = d.key AND f.next_at <= ? AND f.position = (SELECT min(p.position) FROM webhook_deliveries p
			WHERE p.webhook_id = d.webhook_id AND p.state = 'pending' AND p.key = d.key))`, micros(now))
	l.text.WriteString(" ORDER BY d.position")
	return every(tx, l.limit(vc.Page{Limit: limit}), scanDelivery)
}

// WaitingKeys gives those among keys of which deliveries of a webhook are pending.
func (tx *Tx) WaitingKeys(webhook string, keys []string) ([]string, error) {
	l := tx.from(`SELECT DISTINCT d.key FROM webhook_deliveries d WHERE `+own).
		and(`d.webhook_id = ? AND d.state = 'pending'`, webhook).
		and(`d.key = ANY(?)`, append([]string{}, keys...))
	return every(tx, l, func(r row, key *string) error { return r.Scan(key) })
}

// Backlog counts the pending deliveries of a webhook and says when the first is due.
func (tx *Tx) Backlog(webhook string) (waiting int, next time.Time, err error) {
	err = tx.one(`SELECT count(*), coalesce(min(CASE WHEN EXISTS (SELECT 1 FROM webhook_deliveries p WHERE `+pendingBefore+`)
		THEN NULL ELSE d.next_at END), 0) FROM webhook_deliveries d WHERE `+own+` AND d.webhook_id = $3
		AND d.state = 'pending'`, tx.scoped([]any{webhook}), &waiting, at(&next))
	return waiting, next, err
}

// HurryDeliveries makes all pending deliveries of a webhook due at once.
func (tx *Tx) HurryDeliveries(webhook string, now time.Time) error {
	_, err := tx.exec(`UPDATE webhook_deliveries SET next_at = $4 WHERE webhook_id = $3 AND state = 'pending'
		AND next_at > $4 AND `+own, webhook, micros(now))
	return err
}

// ReviveDeliveries makes dead deliveries of a webhook pending again, the oldest first and at most max, and tells how
// many.
func (tx *Tx) ReviveDeliveries(webhook string, now time.Time, max int) (int, error) {
	n, err := tx.exec(`UPDATE webhook_deliveries SET state = 'pending', attempts = 0, first_at = 0, next_at = $4,
		updated_at = $4 WHERE webhook_id = $3 AND `+own+` AND position IN (SELECT d.position FROM webhook_deliveries d
		WHERE d.webhook_id = $3 AND d.state = 'dead' ORDER BY d.position LIMIT $5)`, webhook, micros(now), max)
	return int(n), err
}

// DeleteDeliveries removes deliveries of a webhook from a position on, at most max, and tells how many.
func (tx *Tx) DeleteDeliveries(webhook string, from int64, max int) (int, error) {
	n, err := tx.exec(`DELETE FROM webhook_deliveries WHERE webhook_id = $3 AND `+own+` AND position IN (
		SELECT d.position FROM webhook_deliveries d WHERE d.webhook_id = $3 AND d.position >= $4
		ORDER BY d.position LIMIT $5)`, webhook, from, max)
	return int(n), err
}

// SweepDeliveries removes deliveries that ended before then, at most max, and tells how many. A full batch means that
// there may be more.
func (db *DB) SweepDeliveries(ctx context.Context, state vc.DeliveryState, before time.Time, max int) (int, error) {
	var n int64
	err := db.update(ctx, vc.Scope{}, func(tx *Tx) (err error) {
		n, err = tx.plain(`DELETE FROM webhook_deliveries WHERE (tenant_id, webhook_id, position) IN (
			SELECT tenant_id, webhook_id, position FROM webhook_deliveries WHERE state <> 'pending' AND state = $1
			AND updated_at <= $2 ORDER BY updated_at LIMIT $3)`, string(state), micros(before), max)
		return err
	})
	return int(n), err
}
