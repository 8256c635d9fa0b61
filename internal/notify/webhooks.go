package notify

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/standardwebhooks"
)

// maxWebhooks is how many a scope may have.
const maxWebhooks = 50

// New asks for a webhook.
type New struct {
	Name    string
	Form    string // the language, a door's
	URL     string // https; what the guarded client may call
	Events  []string
	Headers map[string]string // sent with every message, and never shown again
	After   *int64            // the position behind which it begins; nil: what happens from now on
}

// Change changes what is not nil.
type Change struct {
	Name    *string
	URL     *string
	Events  *[]string
	Headers *map[string]string
	Enabled *bool
}

// Create makes a webhook in the caller's scope and gives its secret, which is shown this once. It is told of what happens in
// that scope: a tenant's of all its organisations. It fails with Invalid "tenant-required", "invalid-name", "webhook-url",
// "webhook-event", "webhook-header" or "webhook-position", and Conflict "too-many-webhooks".
func (d *Desk) Create(ctx context.Context, by vc.Caller, n New) (vc.Webhook, string, error) {
	if by.Scope.Tenant == "" {
		return vc.Webhook{}, "", vc.Errorf(vc.Invalid, "tenant-required", "webhooks belong to tenants and their organisations")
	}
	now := d.now()
	hook := vc.Webhook{ID: newID(), Scope: by.Scope, Form: n.Form, CreatedAt: now}
	s := secrets{Key: newKey()}
	if d.form(n.Form) == nil {
		return vc.Webhook{}, "", vc.Errorf(vc.Invalid, "webhook-form", "there is no form %q", n.Form)
	}
	if n.After != nil && *n.After < 0 {
		return vc.Webhook{}, "", vc.Errorf(vc.Invalid, "webhook-position", "a position is not negative").At("/after")
	}
	if err := d.apply(&hook, &s, Change{Name: &n.Name, URL: &n.URL, Events: &n.Events, Headers: &n.Headers}); err != nil {
		return vc.Webhook{}, "", err
	}
	if err := d.seal(ctx, &hook, s); err != nil {
		return vc.Webhook{}, "", err
	}
	hook.UpdatedAt = now
	err := d.Rows.Update(ctx, by.Scope, func(rows Rows) (err error) {
		if hook.Position, err = begins(rows, n.After); err != nil {
			return err
		}
		count, err := rows.CountWebhooks(vc.ListQuery{Exact: true})
		if err != nil {
			return err
		}
		if count >= maxWebhooks {
			return vc.Errorf(vc.Conflict, "too-many-webhooks", "there are %d webhooks here already", count)
		}
		if err := rows.InsertWebhook(hook); err != nil {
			return err
		}
		return rows.Append(entry(by, hook, now, "webhook.created", "form="+hook.Form, false))
	})
	if err != nil {
		return vc.Webhook{}, "", err
	}
	d.Wake()
	return hook, standardwebhooks.FormatSecret(s.Key), nil
}

// begins gives the position that a new webhook has: the one it asks for, but not one that is still to come.
func begins(rows Rows, after *int64) (int64, error) {
	head, err := rows.AuditHead()
	if err != nil && vc.KindOf(err) != vc.NotFound {
		return 0, err
	}
	if after != nil && *after < head.Position {
		return *after, nil
	}
	return head.Position, nil
}

// Webhook gives a webhook of the caller's scope; NotFound "webhook-not-found".
func (d *Desk) Webhook(ctx context.Context, by vc.Caller, id string) (hook vc.Webhook, err error) {
	err = d.Rows.View(ctx, by.Scope, func(rows Rows) error {
		hook, err = rows.Webhook(id)
		return there(err)
	})
	return hook, err
}

// Webhooks lists the webhooks of the caller's scope.
func (d *Desk) Webhooks(ctx context.Context, by vc.Caller, q vc.ListQuery) (hooks []vc.Webhook, err error) {
	err = d.Rows.View(ctx, by.Scope, func(rows Rows) error {
		hooks, err = rows.Webhooks(q)
		return err
	})
	return hooks, err
}

// Update changes a webhook. One that is enabled again goes on where it was. It fails as [Desk.Create] does, with
// NotFound "webhook-not-found", and with Conflict "stale" when another change was quicker. Headers do not move to another
// host by themselves.
func (d *Desk) Update(ctx context.Context, by vc.Caller, id string, c Change) (vc.Webhook, error) {
	hook, err := d.reseal(ctx, by, id, "webhook.updated", "", func(hook *vc.Webhook, s *secrets) error {
		return d.apply(hook, s, c)
	})
	if err == nil {
		d.Wake()
	}
	return hook, err
}

func (d *Desk) apply(hook *vc.Webhook, s *secrets, c Change) (err error) {
	if c.Name != nil {
		if hook.Name, err = label(*c.Name); err != nil {
			return err
		}
	}
	if c.URL != nil {
		before := hook.URL
		if hook.URL, err = d.target(*c.URL); err != nil {
			return err
		}
		// What is never shown again is not sent to whoever is named next.
		if len(hook.HeaderNames) > 0 && c.Headers == nil && origin(before) != origin(hook.URL) {
			return vc.Errorf(vc.Invalid, "webhook-header", "its headers were for another host: say them again, or that there are none").At("/headers")
		}
	}
	if c.Events != nil {
		if hook.Events, err = patterns(*c.Events); err != nil {
			return err
		}
	}
	if c.Headers != nil {
		if s.Headers, hook.HeaderNames, err = headers(*c.Headers); err != nil {
			return err
		}
	}
	switch {
	case c.Enabled == nil || *c.Enabled == hook.DisabledAt.IsZero():
	case *c.Enabled:
		hook.DisabledAt, hook.DisabledFor, hook.Failures, hook.FailingSince = time.Time{}, "", 0, time.Time{}
	default:
		hook.DisabledAt, hook.DisabledFor = d.now(), vc.DisabledByHand
		hook.Epoch++ // who is delivering stops
	}
	return nil
}

// reseal changes a webhook and what is sealed of it. Opening and sealing are done outside the transaction, which looks
// whether another was quicker; what a turn records in the meantime is kept.
func (d *Desk) reseal(ctx context.Context, by vc.Caller, id, action, detail string, change func(*vc.Webhook, *secrets) error) (vc.Webhook, error) {
	before, err := d.Webhook(ctx, by, id)
	if err != nil {
		return vc.Webhook{}, err
	}
	s, err := d.open(ctx, before)
	if err != nil {
		return vc.Webhook{}, err
	}
	after := before
	if err := change(&after, &s); err != nil {
		return vc.Webhook{}, err
	}
	if err := d.seal(ctx, &after, s); err != nil {
		return vc.Webhook{}, err
	}
	now := d.now()
	var hook vc.Webhook
	err = d.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		if hook, err = rows.WebhookForUpdate(id); err != nil {
			return there(err)
		}
		if !hook.UpdatedAt.Equal(before.UpdatedAt) || !hook.DisabledAt.Equal(before.DisabledAt) || hook.Epoch != before.Epoch {
			return vc.Errorf(vc.Conflict, "stale", "the webhook was changed in the meantime")
		}
		if !after.DisabledAt.Equal(before.DisabledAt) {
			hook.DisabledAt, hook.DisabledFor, hook.Epoch = after.DisabledAt, after.DisabledFor, after.Epoch
			hook.Failures, hook.FailingSince = after.Failures, after.FailingSince
		}
		hook.Name, hook.URL, hook.Events, hook.HeaderNames = after.Name, after.URL, after.Events, after.HeaderNames
		hook.BodyKey, hook.Body, hook.PreviousUntil = after.BodyKey, after.Body, after.PreviousUntil
		hook.UpdatedAt = now
		if !now.After(before.UpdatedAt) {
			hook.UpdatedAt = before.UpdatedAt.Add(time.Microsecond)
		}
		if err := rows.UpdateWebhook(hook); err != nil {
			return err
		}
		return rows.Append(entry(by, hook, now, action, detail, false))
	})
	return hook, err
}

// deleteBatch is how many deliveries one transaction removes, so that nobody waits long behind it.
const deleteBatch = 1000

// Delete removes a webhook with its deliveries. An attempt on its way is not called back.
func (d *Desk) Delete(ctx context.Context, by vc.Caller, id string) error {
	now := d.now()
	err := d.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		hook, err := rows.WebhookForUpdate(id)
		if err != nil {
			return there(err)
		}
		hook.DisabledAt, hook.DisabledFor = now, vc.DisabledByHand
		hook.Epoch++
		return rows.UpdateWebhook(hook)
	})
	if err != nil {
		return err
	}
	if err := d.clear(ctx, by, id, 0); err != nil {
		return err
	}
	return d.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		hook, err := rows.WebhookForUpdate(id)
		if err != nil {
			return there(err)
		}
		if err := rows.DeleteWebhook(id); err != nil {
			return err
		}
		return rows.Append(entry(by, hook, now, "webhook.deleted", "", false))
	})
}

// clear removes the deliveries of a webhook from a position on.
func (d *Desk) clear(ctx context.Context, by vc.Caller, id string, from int64) error {
	for {
		n := 0
		err := d.Rows.Update(ctx, by.Scope, func(rows Rows) (err error) {
			n, err = rows.DeleteDeliveries(id, from, deleteBatch)
			return err
		})
		if err != nil || n < deleteBatch {
			return err
		}
	}
}

// entry tells of a webhook. Only what the server itself decides is an event too: who changes a webhook knows it.
func entry(by vc.Caller, hook vc.Webhook, at time.Time, action, detail string, event bool) vc.Entry {
	return vc.Entry{
		ID: newID(), Scope: hook.Scope, At: at, Action: action, Principal: by.Principal, Door: by.Door, Request: by.Request,
		Object: "webhook/" + hook.ID, Detail: detail, Event: event, Subject: hook.ID,
	}
}

// there turns the store's NotFound into the noun's.
func there(err error) error {
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return vc.Errorf(vc.NotFound, "webhook-not-found", "there is no such webhook").Because(err)
	}
	return err
}
