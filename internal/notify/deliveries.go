package notify

import (
	"context"
	"strconv"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Deliveries lists the deliveries of a webhook, newest event first; NotFound "webhook-not-found". An event that was
// delivered at once has none.
func (d *Desk) Deliveries(ctx context.Context, by vc.Caller, q vc.DeliveryQuery) (list []vc.Delivery, err error) {
	err = d.Rows.View(ctx, by.Scope, func(rows Rows) error {
		if _, err := rows.Webhook(q.Webhook); err != nil {
			return there(err)
		}
		list, err = rows.Deliveries(q)
		return err
	})
	return list, err
}

// Replay makes a delivery pending again, and due: a dead one begins a new day, one that was delivered is sent again, one
// that waits waits no longer. It fails with NotFound "webhook-not-found" or "delivery-not-found".
func (d *Desk) Replay(ctx context.Context, by vc.Caller, webhook, id string) (delivery vc.Delivery, err error) {
	now := d.now()
	_, err = d.replay(ctx, by, webhook, "event="+id, func(rows Rows, _ *vc.Webhook) error {
		if delivery, err = rows.DeliveryForUpdate(webhook, id); err != nil {
			if vc.KindOf(err) == vc.NotFound {
				return vc.Errorf(vc.NotFound, "delivery-not-found", "there is no such delivery").Because(err)
			}
			return err
		}
		if delivery.State != vc.DeliveryPending {
			delivery.State, delivery.Attempts, delivery.FirstAt = vc.DeliveryPending, 0, time.Time{}
		}
		delivery.NextAt, delivery.UpdatedAt = now, now
		return rows.PutDelivery(delivery)
	})
	return delivery, err
}

// ReplayDead makes the dead deliveries of a webhook pending again, the oldest first and as many as may wait, and tells
// how many. It fails with NotFound "webhook-not-found", and Conflict "webhook-full" when as many wait already.
func (d *Desk) ReplayDead(ctx context.Context, by vc.Caller, webhook string) (n int, hook vc.Webhook, err error) {
	hook, err = d.replay(ctx, by, webhook, "dead", func(rows Rows, hook *vc.Webhook) (err error) {
		if hook.Waiting >= d.room() {
			return vc.Errorf(vc.Conflict, "webhook-full", "%d deliveries of the webhook wait already", hook.Waiting)
		}
		n, err = rows.ReviveDeliveries(webhook, d.now(), d.room()-hook.Waiting)
		return err
	})
	return n, hook, err
}

// ReplayFrom sends the events from a position on again, delivered or not. Their deliveries begin anew. It fails with
// Invalid "webhook-position" and NotFound "webhook-not-found".
func (d *Desk) ReplayFrom(ctx context.Context, by vc.Caller, webhook string, from int64) (hook vc.Webhook, err error) {
	if from < 1 {
		return hook, vc.Errorf(vc.Invalid, "webhook-position", "the first position is 1").At("/from")
	}
	// What is removed lies ahead again in the same transaction. Who is delivering finds that it lost the webhook.
	for n := deleteBatch; n == deleteBatch; {
		hook, err = d.replay(ctx, by, webhook, "from="+strconv.FormatInt(from, 10), func(rows Rows, hook *vc.Webhook) (err error) {
			hook.Position = min(hook.Position, from-1)
			hook.Epoch++
			n, err = rows.DeleteDeliveries(webhook, from, deleteBatch)
			return err
		})
		if err != nil {
			return hook, err
		}
	}
	return hook, nil
}

// replay changes what is to be delivered, and tells the audit.
func (d *Desk) replay(ctx context.Context, by vc.Caller, id, detail string, do func(Rows, *vc.Webhook) error) (hook vc.Webhook, err error) {
	now := d.now()
	err = d.Rows.Update(ctx, by.Scope, func(rows Rows) (err error) {
		if hook, err = rows.WebhookForUpdate(id); err != nil {
			return there(err)
		}
		if err := do(rows, &hook); err != nil {
			return err
		}
		if hook.Waiting, hook.NextAt, err = rows.Backlog(id); err != nil {
			return err
		}
		if err := rows.UpdateWebhook(hook); err != nil {
			return err
		}
		return rows.Append(entry(by, hook, now, "webhook.replayed", detail, false))
	})
	if err == nil {
		d.Wake()
	}
	return hook, err
}
