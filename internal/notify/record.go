package notify

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// outcome is what became of an item. One with neither a status nor a failure was not tried, or passed over.
type outcome struct {
	item    *item
	tried   bool
	passed  bool // its form has no word for it
	status  int
	failure string        // "" is success
	after   time.Duration // what the receiver asked to wait
}

// The course of a delivery that fails: the pause after each attempt, the last one again and again until a day after the
// first attempt; that attempt is the last.
var pauses = [...]time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour,
	2 * time.Hour, 3 * time.Hour, 4 * time.Hour, 6 * time.Hour,
}

const (
	deliveryLife = 24 * time.Hour
	webhookLife  = 5 * 24 * time.Hour // without a success, before a webhook is disabled
	recovered    = 20                 // failures after which a success hurries what waits
	mostAfter    = time.Hour          // that a receiver may ask for
)

// record writes what became of a batch, and gives the webhook back when rest is set.
func (t *turn) record(ctx context.Context, rest bool) error {
	idle := len(t.settled) == 0 && len(t.fresh) == 0 && t.position <= t.hook.Position
	if idle && !rest && time.Since(t.leased) < t.desk.lease()/4 {
		return nil
	}
	now := t.desk.now()
	var hook vc.Webhook
	var puts map[*item]vc.Delivery
	err := t.desk.Rows.Update(ctx, t.hook.Scope, func(rows Rows) (err error) {
		if hook, err = t.ours(rows); err != nil {
			return err
		}
		var hurry bool
		puts, hurry = t.rule(&hook, now)
		if err := t.write(rows, &hook, puts, hurry, now); err != nil {
			return err
		}
		hook.Position = max(hook.Position, t.position)
		hook.LeasedTo = now.Add(t.desk.lease())
		if rest {
			hook.LeasedBy, hook.LeasedTo = "", now // who was served last is lent last
		}
		return rows.UpdateWebhook(hook)
	})
	if err != nil {
		return err
	}
	for i, delivery := range puts {
		i.delivery, i.rowed = delivery, true
	}
	t.desk.Metrics.count(t.settled, puts)
	t.hook, t.settled, t.fresh, t.leased = hook, nil, nil, time.Now()
	return nil
}

// ours gives the webhook, if its lease is still this turn's.
func (t *turn) ours(rows Rows) (vc.Webhook, error) {
	hook, err := rows.WebhookForUpdate(t.hook.ID)
	switch {
	case err != nil && vc.KindOf(err) == vc.NotFound:
		return hook, errLost
	case err == nil && (hook.LeasedBy != t.name || hook.Epoch != t.hook.Epoch):
		return hook, errLost
	}
	return hook, err
}

// rule decides what outcomes make of the webhook and of the deliveries. What is on its way gets a delivery too, that the
// position may go on. After many failures a success makes all that waits due at once: hurry.
func (t *turn) rule(hook *vc.Webhook, now time.Time) (puts map[*item]vc.Delivery, hurry bool) {
	puts = map[*item]vc.Delivery{}
	for _, i := range t.fresh {
		puts[i] = i.delivery
	}
	for _, o := range t.settled {
		switch {
		case !o.tried && !o.passed:
			continue
		case o.failure == "":
			delete(puts, o.item)
			if o.item.rowed {
				puts[o.item] = delivered(o, now)
			}
			if o.tried {
				hurry = hurry || hook.Failures >= recovered
				hook.Failures, hook.FailingSince, hook.DeliveredAt = 0, time.Time{}, now
			}
		default:
			put := failed(o, now)
			puts[o.item] = put
			if hook.Failures++; hook.FailingSince.IsZero() {
				hook.FailingSince = now
			}
			disable(hook, o, put, now)
		}
	}
	return puts, hurry
}

func delivered(o outcome, now time.Time) vc.Delivery {
	d := o.item.delivery
	d.State, d.Status, d.Failure, d.UpdatedAt = vc.DeliveryDone, o.status, "", now
	if d.FirstAt.IsZero() {
		d.FirstAt = now
	}
	d.Attempts++
	return d
}

func failed(o outcome, now time.Time) vc.Delivery {
	d := o.item.delivery
	d.Status, d.Failure, d.UpdatedAt = o.status, o.failure, now
	if d.FirstAt.IsZero() {
		d.FirstAt = now
	}
	d.Attempts++
	d.NextAt = later(d, o.after, now)
	if end := d.FirstAt.Add(deliveryLife); !now.Before(end) {
		d.State = vc.DeliveryDead
	} else if d.NextAt.After(end) {
		d.NextAt = end
	}
	return d
}

// later says when a delivery that failed is tried again. A tenth is chance, so that what failed together does not come
// back together.
func later(d vc.Delivery, asked time.Duration, now time.Time) time.Time {
	wait := pauses[min(d.Attempts, len(pauses))-1]
	wait += rand.N(wait / 10) //nolint:gosec // not a secret
	return now.Add(max(wait, min(asked, mostAfter))).Truncate(time.Microsecond)
}

// disable ends a webhook whose receiver says that it is gone (Standard Webhooks, "Success and failure"), and one of which a
// delivery died while for five days nothing was delivered. What waits stays as it is: enabled again, the webhook goes on
// where it was.
func disable(hook *vc.Webhook, o outcome, put vc.Delivery, now time.Time) {
	switch {
	case !hook.DisabledAt.IsZero():
	case o.status == statusGone:
		hook.DisabledAt, hook.DisabledFor = now, vc.DisabledGone
	case put.State == vc.DeliveryDead && now.Sub(hook.FailingSince) >= webhookLife:
		hook.DisabledAt, hook.DisabledFor = now, vc.DisabledFailing
	}
}

func (t *turn) write(rows Rows, hook *vc.Webhook, puts map[*item]vc.Delivery, hurry bool, now time.Time) error {
	for _, put := range puts {
		if err := rows.PutDelivery(put); err != nil {
			return err
		}
	}
	if hurry && hook.Waiting > 0 {
		if err := rows.HurryDeliveries(hook.ID, now); err != nil {
			return err
		}
	}
	if len(puts) > 0 || hook.Waiting > 0 || !hook.NextAt.IsZero() {
		var err error
		if hook.Waiting, hook.NextAt, err = rows.Backlog(hook.ID); err != nil {
			return err
		}
	}
	if hook.DisabledAt.IsZero() || !t.hook.DisabledAt.IsZero() {
		return nil
	}
	return rows.Append(entry(vc.Caller{Principal: "system"}, *hook, now, "webhook.disabled", "for="+string(hook.DisabledFor), true))
}

// release gives the webhook back as it is.
func (t *turn) release(ctx context.Context) error {
	err := t.desk.Rows.Update(ctx, t.hook.Scope, func(rows Rows) error {
		hook, err := rows.WebhookForUpdate(t.hook.ID)
		if err != nil || hook.LeasedBy != t.name {
			return errors.Join(errLost, err)
		}
		hook.LeasedBy, hook.LeasedTo = "", t.desk.now()
		return rows.UpdateWebhook(hook)
	})
	if errors.Is(err, errLost) {
		return nil
	}
	return err
}
