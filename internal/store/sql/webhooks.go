package sql

import (
	"context"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// InsertWebhook writes a webhook.
func (tx *Tx) InsertWebhook(h vc.Webhook) error {
	scope, err := tx.in(h.Scope)
	if err != nil {
		return err
	}
	return tx.insert(nil, `INSERT INTO webhooks (id, tenant_id, org_id, name, search, form, url, events, header_names,
		body_key, body, previous_until, created_at, updated_at, disabled_at, disabled_for, position, epoch, waiting,
		next_at, failures, failing_since, delivered_at, leased_by, leased_to)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
		$24, $25)`,
		h.ID, scope.Tenant, scope.Organisation, h.Name, strings.ToLower(h.Name), h.Form, h.URL, text(h.Events),
		text(h.HeaderNames), h.BodyKey, h.Body, micros(h.PreviousUntil), micros(h.CreatedAt), micros(h.UpdatedAt),
		micros(h.DisabledAt), string(h.DisabledFor), h.Position, h.Epoch, h.Waiting, micros(h.NextAt), h.Failures,
		micros(h.FailingSince), micros(h.DeliveredAt), h.LeasedBy, micros(h.LeasedTo))
}

// UpdateWebhook writes all but id, scope, form and created at.
func (tx *Tx) UpdateWebhook(h vc.Webhook) error {
	return changed(tx.exec(`UPDATE webhooks SET name = $4, search = $5, url = $6, events = $7, header_names = $8,
		body_key = $9, body = $10, previous_until = $11, updated_at = $12, disabled_at = $13, disabled_for = $14,
		position = $15, epoch = $16, waiting = $17, next_at = $18, failures = $19, failing_since = $20,
		delivered_at = $21, leased_by = $22, leased_to = $23 WHERE id = $3 AND `+own,
		h.ID, h.Name, strings.ToLower(h.Name), h.URL, text(h.Events), text(h.HeaderNames), h.BodyKey, h.Body,
		micros(h.PreviousUntil), micros(h.UpdatedAt), micros(h.DisabledAt), string(h.DisabledFor), h.Position, h.Epoch,
		h.Waiting, micros(h.NextAt), h.Failures, micros(h.FailingSince), micros(h.DeliveredAt), h.LeasedBy,
		micros(h.LeasedTo)))
}

// DeleteWebhook removes a webhook; its deliveries are removed by [Tx.DeleteDeliveries].
func (tx *Tx) DeleteWebhook(id string) error {
	return changed(tx.exec(`DELETE FROM webhooks WHERE id = $3 AND `+own, id))
}

const (
	webhookFields = `id, tenant_id, org_id, name, form, url, events, header_names, body_key, body, previous_until,
	created_at, updated_at, disabled_at, disabled_for, position, epoch, waiting, next_at, failures, failing_since,
	delivered_at, leased_by, leased_to`
	webhookColumns = `SELECT ` + webhookFields + ` FROM webhooks WHERE `
)

func scanWebhook(r row, h *vc.Webhook) error {
	return r.Scan(&h.ID, &h.Scope.Tenant, &h.Scope.Organisation, &h.Name, &h.Form, &h.URL, js(&h.Events),
		js(&h.HeaderNames), &h.BodyKey, &h.Body, at(&h.PreviousUntil), at(&h.CreatedAt), at(&h.UpdatedAt),
		at(&h.DisabledAt), (*string)(&h.DisabledFor), &h.Position, &h.Epoch, &h.Waiting, at(&h.NextAt), &h.Failures,
		at(&h.FailingSince), at(&h.DeliveredAt), &h.LeasedBy, at(&h.LeasedTo))
}

// Webhook gives one webhook.
func (tx *Tx) Webhook(id string) (vc.Webhook, error) {
	return single(tx, scanWebhook, webhookColumns+own+` AND id = $3`, id)
}

// WebhookForUpdate is Webhook, and no other transaction changes the row before this one ends.
func (tx *Tx) WebhookForUpdate(id string) (vc.Webhook, error) {
	return single(tx, scanWebhook, webhookColumns+own+` AND id = $3 FOR UPDATE`, id)
}

// Webhooks lists webhooks.
func (tx *Tx) Webhooks(q vc.ListQuery) ([]vc.Webhook, error) {
	return every(tx, tx.webhooks(q).page(q.Page), scanWebhook)
}

// CountWebhooks counts the webhooks of a list.
func (tx *Tx) CountWebhooks(q vc.ListQuery) (int, error) { return tx.count(tx.webhooks(q)) }

func (tx *Tx) webhooks(q vc.ListQuery) *list {
	return tx.from(webhookColumns+own).named(q, "").exactly(q)
}

// eventsAhead says that the journal has an event behind the position of a webhook w, in its scope. Each half has an
// index of its own.
const eventsAhead = `((w.org_id = '' AND EXISTS (SELECT 1 FROM journal e WHERE e.tenant_id = w.tenant_id
		AND e.position > w.position AND e.event))
	OR (w.org_id <> '' AND EXISTS (SELECT 1 FROM journal e WHERE e.org_id = w.org_id AND e.tenant_id || '' = w.tenant_id
		AND e.position > w.position AND e.event)))`

// dueWebhooks finds the webhooks w with something to do at $1: a delivery that is due, or an event, where fewer than
// $2 wait already.
const dueWebhooks = `FROM webhooks w WHERE w.disabled_at = 0 AND w.leased_to <= $1 AND NOT (w.id = ANY($3))
	AND ((w.next_at > 0 AND w.next_at <= $1) OR (w.waiting < $2 AND ` + eventsAhead + `))`

// lentOfTenant counts the webhooks of the tenant of a webhook w that are lent at $1, by anybody.
const lentOfTenant = `(SELECT count(*) FROM webhooks o WHERE o.disabled_at = 0 AND o.leased_to > $1 AND o.tenant_id = w.tenant_id)`

// LendWebhooks lends webhooks that have something to do, at most max, until the lease ends; none of those to skip, and
// no new events to one for which room deliveries wait. The tenant that has fewest of them lent goes first, so that one whose
// receivers are slow does not take all turns.
func (db *DB) LendWebhooks(ctx context.Context, worker string, skip []string, room, max int, lease time.Duration) ([]vc.Webhook, error) {
	now := micros(db.now())
	skip = append([]string{}, skip...)
	due := false
	if err := db.read(ctx, vc.Scope{}, func(tx *Tx) error { // a look costs no commit
		return tx.one(`SELECT EXISTS (SELECT 1 `+dueWebhooks+`)`, []any{now, room, skip}, &due)
	}); err != nil || !due {
		return nil, err
	}
	var lent []vc.Webhook
	err := db.update(ctx, vc.Scope{}, func(tx *Tx) error {
		l := &list{args: []any{now, room, skip, max, worker, now + lease.Microseconds()}}
		l.text.WriteString(`WITH due AS MATERIALIZED (SELECT w.tenant_id AS due_tenant, w.id AS due_id ` + dueWebhooks + `
				ORDER BY ` + lentOfTenant + `, w.leased_to, w.id LIMIT $4 FOR UPDATE SKIP LOCKED)
			UPDATE webhooks SET leased_by = $5, leased_to = $6 FROM due
			WHERE tenant_id = due_tenant AND id = due_id RETURNING ` + webhookFields)
		var err error
		lent, err = every(tx, l, scanWebhook)
		return err
	})
	return lent, err
}

// WebhookFigures counts what waits and what is dead, of all tenants; of disabled webhooks nothing waits.
func (db *DB) WebhookFigures(ctx context.Context) (vc.WebhookFigures, error) {
	var f vc.WebhookFigures
	err := db.view(ctx, vc.Scope{}, func(tx *Tx) error {
		var oldest [3]time.Time
		if err := tx.one(`SELECT count(*), coalesce(min(d.created_at), 0) FROM webhooks w
			JOIN webhook_deliveries d ON d.webhook_id = w.id AND d.state = 'pending' WHERE w.disabled_at = 0`, nil,
			&f.Pending, at(&oldest[0])); err != nil {
			return err
		}
		if err := tx.one(`SELECT count(*) FROM webhooks w
			JOIN webhook_deliveries d ON d.webhook_id = w.id AND d.state = 'dead'`, nil, &f.Dead); err != nil {
			return err
		}
		for i, where := range []string{
			`e.tenant_id = w.tenant_id AND w.org_id = ''`, `e.org_id = w.org_id AND e.tenant_id || '' = w.tenant_id AND w.org_id <> ''`,
		} {
			if err := tx.one(`SELECT coalesce(min((SELECT e.at FROM journal e WHERE `+where+` AND e.position > w.position
				AND e.event ORDER BY e.position LIMIT 1)), 0) FROM webhooks w WHERE w.disabled_at = 0`, nil,
				at(&oldest[i+1])); err != nil {
				return err
			}
		}
		for _, t := range oldest {
			if !t.IsZero() && (f.Oldest.IsZero() || t.Before(f.Oldest)) {
				f.Oldest = t
			}
		}
		return nil
	})
	return f, err
}
