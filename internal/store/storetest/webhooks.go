package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var webhookLaws = []law{
	{"webhooks are read as they were written", webhooks},
	{"a webhook is lent once, while it has something to do", lentWebhooks},
	{"an organisation's webhook is lent for its own events", organisationsWebhook},
	{"who has fewest webhooks lent is lent one first", fairWebhooks},
	{"deliveries of a key come one after the other", dueDeliveries},
	{"dead deliveries are revived, oldest first", revived},
	{"deliveries that ended are swept", sweptDeliveries},
}

func aWebhook(scope vc.Scope) vc.Webhook {
	return vc.Webhook{
		ID: newID(), Scope: scope, Name: "Registry " + newID(), Form: "native", URL: "https://x.example/hook",
		Events: []string{"credential.*"}, HeaderNames: []string{"X-Key"}, BodyKey: random(32), Body: random(60),
		PreviousUntil: moment(), CreatedAt: moment(), UpdatedAt: moment(), DisabledAt: moment(), DisabledFor: vc.DisabledGone,
		Position: 7, Epoch: 3, Waiting: 2, NextAt: moment(), Failures: 4, FailingSince: moment(), DeliveredAt: moment(),
		LeasedBy: "w", LeasedTo: moment(),
	}
}

func aDelivery(h vc.Webhook, position int64, key string) vc.Delivery {
	return vc.Delivery{
		ID: newID(), Scope: h.Scope, Webhook: h.ID, Position: position, Event: "credential.issued", Key: key,
		State: vc.DeliveryPending, Attempts: 1, Status: 500, Failure: "status", FirstAt: moment(), NextAt: moment(),
		CreatedAt: moment(), UpdatedAt: moment(),
	}
}

var webhookProbes = map[string]probe{
	"InsertWebhook":    {false, func(tx *sql.Tx, b belongings) error { return tx.InsertWebhook(aWebhook(b.scope)) }},
	"UpdateWebhook":    {false, func(tx *sql.Tx, b belongings) error { return tx.UpdateWebhook(b.webhook) }},
	"DeleteWebhook":    {false, func(tx *sql.Tx, b belongings) error { return tx.DeleteWebhook(b.webhook.ID) }},
	"Webhook":          {false, func(tx *sql.Tx, b belongings) error { _, err := tx.Webhook(b.webhook.ID); return err }},
	"WebhookForUpdate": {false, func(tx *sql.Tx, b belongings) error { _, err := tx.WebhookForUpdate(b.webhook.ID); return err }},
	"Webhooks": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Webhooks(vc.ListQuery{})
		return listed(all, err, func(h vc.Webhook) string { return h.ID }, b.webhook.ID)
	}},
	"CountWebhooks": {false, func(tx *sql.Tx, b belongings) error {
		return counted(tx.CountWebhooks(vc.ListQuery{Search: b.webhook.Name}))
	}},
	"PutDelivery": {false, func(tx *sql.Tx, b belongings) error { return tx.PutDelivery(aDelivery(b.webhook, 9, "k")) }},
	"DeliveryForUpdate": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.DeliveryForUpdate(b.webhook.ID, b.delivery.ID)
		return err
	}},
	"Deliveries": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Deliveries(vc.DeliveryQuery{Webhook: b.webhook.ID})
		return listed(all, err, func(d vc.Delivery) string { return d.ID }, b.delivery.ID)
	}},
	"DueDeliveries": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.DueDeliveries(b.webhook.ID, nil, moment().Add(time.Hour), 10)
		return listed(all, err, func(d vc.Delivery) string { return d.ID }, b.delivery.ID)
	}},
	"WaitingKeys": {false, func(tx *sql.Tx, b belongings) error {
		keys, err := tx.WaitingKeys(b.webhook.ID, []string{b.delivery.Key})
		return counted(len(keys), err)
	}},
	"Backlog": {false, func(tx *sql.Tx, b belongings) error {
		n, _, err := tx.Backlog(b.webhook.ID)
		return counted(n, err)
	}},
	"HurryDeliveries": {true, nil}, // says nothing; see dueDeliveries
	"ReviveDeliveries": {false, func(tx *sql.Tx, b belongings) error {
		return counted(tx.ReviveDeliveries(b.webhook.ID, moment(), 10))
	}},
	"DeleteDeliveries": {false, func(tx *sql.Tx, b belongings) error { return counted(tx.DeleteDeliveries(b.webhook.ID, 0, 10)) }},
	"EventAt": {false, func(tx *sql.Tx, b belongings) error {
		for position := range int64(200) {
			e, err := tx.EventAt(position)
			if vc.KindOf(err) == vc.NotFound {
				continue
			}
			if err != nil || e.ID == b.entry.ID {
				return err
			}
		}
		return errNothing
	}},
}

func webhooks(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	full, plain := aWebhook(scope), vc.Webhook{ID: newID(), Scope: scope}
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertWebhook(full), tx.InsertWebhook(plain)) })
	for _, want := range []vc.Webhook{full, plain} {
		get(t, h.db, scope, "webhook", want, func(tx *sql.Tx) (vc.Webhook, error) { return tx.Webhook(want.ID) })
	}
	changed := aWebhook(scope)
	changed.ID, changed.CreatedAt, changed.Events, changed.HeaderNames = plain.ID, plain.CreatedAt, nil, nil
	changed.Form = plain.Form
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.UpdateWebhook(changed) })
	get(t, h.db, scope, "webhook", changed, func(tx *sql.Tx) (vc.Webhook, error) { return tx.Webhook(plain.ID) })
	whole := aDelivery(full, 3, "k")
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.PutDelivery(whole) })
	whole.State, whole.Attempts, whole.Status, whole.Failure, whole.NextAt = vc.DeliveryDone, 2, 204, "", moment()
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.PutDelivery(whole) })
	update(t, h.db, scope, func(tx *sql.Tx) error {
		got, err := tx.DeliveryForUpdate(full.ID, whole.ID)
		same(t, "delivery", got, whole)
		return err
	})
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.DeleteWebhook(plain.ID) })
	wants(t, rows(h.db).View(t.Context(), scope, func(tx *sql.Tx) error { _, err := tx.Webhook(plain.ID); return err }), vc.NotFound, "")
}

// idle is a webhook that is enabled and has nothing to do.
func idle(scope vc.Scope) vc.Webhook {
	h := aWebhook(scope)
	h.DisabledAt, h.DisabledFor, h.NextAt, h.LeasedTo, h.Waiting = time.Time{}, "", time.Time{}, time.Time{}, 0
	return h
}

func lentWebhooks(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	hooks := map[string]vc.Webhook{}
	for name, change := range map[string]func(*vc.Webhook){
		"behind":      func(w *vc.Webhook) { w.Position = 0 },
		"ahead":       func(w *vc.Webhook) { w.Position = 1000 },
		"retry":       func(w *vc.Webhook) { w.Position, w.NextAt = 1000, moment() },
		"later":       func(w *vc.Webhook) { w.Position, w.NextAt = 1000, moment().Add(time.Hour) },
		"full":        func(w *vc.Webhook) { w.Position, w.Waiting = 0, 5 },
		"full, retry": func(w *vc.Webhook) { w.Position, w.Waiting, w.NextAt = 0, 5, moment() },
		"disabled":    func(w *vc.Webhook) { w.Position, w.DisabledAt = 0, moment() },
		"lent":        func(w *vc.Webhook) { w.Position, w.LeasedTo = 0, moment().Add(time.Hour) },
		"lease over":  func(w *vc.Webhook) { w.Position, w.LeasedTo = 0, moment().Add(-time.Hour) },
		"skipped":     func(w *vc.Webhook) { w.Position = 0 },
	} {
		w := idle(scope)
		w.Name = name
		change(&w)
		hooks[name] = w
		update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertWebhook(w) })
	}
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.Append(anEntry(scope)) })
	publish(t, h.db)
	servers := []*sql.DB{h.db, Open(t, h.dsn)}
	var mu sync.Mutex
	lent := map[string]int{}
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			got, err := servers[i%2].LendWebhooks(background(), fmt.Sprint("server ", i), []string{hooks["skipped"].ID}, 5, 3, time.Minute)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, w := range got {
				lent[w.Name]++
				if !strings.HasPrefix(w.LeasedBy, "server ") || w.LeasedTo.Before(time.Now()) || w.URL == "" {
					t.Errorf("lent as %+v", w)
				}
			}
		})
	}
	wait.Wait()
	same(t, "lent", lent, map[string]int{"behind": 1, "retry": 1, "full, retry": 1, "lease over": 1})
}

func organisationsWebhook(t *testing.T, h *house) {
	mine := somewhere(t, h.db)
	theirs := vc.Scope{Tenant: mine.Tenant, Organisation: newID()}
	hooks := map[string]vc.Webhook{"mine": idle(mine), "theirs": idle(theirs), "tenant": idle(vc.Scope{Tenant: mine.Tenant}), "other": idle(somewhere(t, h.db))}
	for name, w := range hooks {
		w.Name, w.Position = name, 0
		update(t, h.db, w.Scope, func(tx *sql.Tx) error { return tx.InsertWebhook(w) })
	}
	silent := anEntry(theirs)
	silent.Event = false
	update(t, h.db, mine, func(tx *sql.Tx) error { return tx.Append(anEntry(mine)) })
	update(t, h.db, theirs, func(tx *sql.Tx) error { return tx.Append(silent) })
	publish(t, h.db)
	f, err := h.db.WebhookFigures(t.Context())
	must(t, err)
	if f.Oldest.IsZero() || f.Pending != 0 {
		t.Errorf("%+v", f)
	}
	got, err := h.db.LendWebhooks(t.Context(), "w", nil, 5, 10, time.Minute)
	must(t, err)
	lent := map[string]bool{}
	for _, w := range got {
		lent[w.Name] = true
	}
	same(t, "lent", lent, map[string]bool{"mine": true, "tenant": true})
}

func numbers(all []vc.Delivery) (out []int64) {
	for _, d := range all {
		out = append(out, d.Position)
	}
	return out
}

func dueDeliveries(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	hook, other := idle(scope), idle(scope)
	now := moment()
	put := func(w vc.Webhook, position int64, key string, next time.Time, state vc.DeliveryState) {
		d := aDelivery(w, position, key)
		d.NextAt, d.State = next, state
		update(t, h.db, scope, func(tx *sql.Tx) error { return tx.PutDelivery(d) })
	}
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertWebhook(hook), tx.InsertWebhook(other)) })
	put(hook, 1, "a", now.Add(time.Hour), vc.DeliveryDone)
	put(hook, 2, "a", now, vc.DeliveryPending)
	put(hook, 3, "b", now.Add(time.Hour), vc.DeliveryPending) // b waits, and what is behind it
	put(hook, 4, "b", now, vc.DeliveryPending)
	put(hook, 5, "a", now.Add(2*time.Hour), vc.DeliveryPending)
	put(hook, 6, "c", now, vc.DeliveryPending)
	put(hook, 7, "d", now, vc.DeliveryDead)
	put(other, 1, "b", now, vc.DeliveryPending)
	view(t, h.db, scope, func(tx *sql.Tx) error {
		due, err := tx.DueDeliveries(hook.ID, nil, now, 10)
		same(t, "due", numbers(due), []int64{2, 5, 6})
		must(t, err)
		due, err = tx.DueDeliveries(hook.ID, []string{"a"}, now, 10)
		same(t, "due without a", numbers(due), []int64{6})
		must(t, err)
		due, err = tx.DueDeliveries(hook.ID, nil, now, 2)
		same(t, "the first two", numbers(due), []int64{2, 5})
		must(t, err)
		keys, err := tx.WaitingKeys(hook.ID, []string{"a", "d", "z"})
		same(t, "waiting", keys, []string{"a"})
		must(t, err)
		n, next, err := tx.Backlog(hook.ID)
		same(t, "backlog", []any{n, next}, []any{5, now})
		must(t, err)
		n, next, err = tx.Backlog(newID())
		same(t, "no backlog", []any{n, next}, []any{0, time.Time{}})
		return err
	})
	elsewhere := somewhere(t, h.db)
	update(t, h.db, elsewhere, func(tx *sql.Tx) error { return tx.HurryDeliveries(hook.ID, now) })
	due := func() []int64 {
		var all []vc.Delivery
		view(t, h.db, scope, func(tx *sql.Tx) (err error) {
			all, err = tx.DueDeliveries(hook.ID, nil, now, 10)
			return err
		})
		return numbers(all)
	}
	same(t, "due after another's hurry", due(), []int64{2, 5, 6})
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.HurryDeliveries(hook.ID, now) })
	same(t, "due after the hurry", due(), []int64{2, 3, 4, 5, 6})
}

func revived(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	hook := idle(scope)
	update(t, h.db, scope, func(tx *sql.Tx) error {
		errs := []error{tx.InsertWebhook(hook)}
		for i := range int64(5) {
			d := aDelivery(hook, i+1, "k")
			d.State = vc.DeliveryDead
			errs = append(errs, tx.PutDelivery(d))
		}
		return errors.Join(errs...)
	})
	figures := func(pending, dead int) {
		t.Helper()
		f, err := h.db.WebhookFigures(t.Context())
		must(t, err)
		same(t, "figures", []int{f.Pending, f.Dead}, []int{pending, dead})
	}
	figures(0, 5)
	update(t, h.db, scope, func(tx *sql.Tx) error {
		n, err := tx.ReviveDeliveries(hook.ID, moment(), 3)
		same(t, "revived", n, 3)
		return err
	})
	figures(3, 2)
	view(t, h.db, scope, func(tx *sql.Tx) error {
		for state, want := range map[vc.DeliveryState][]int64{vc.DeliveryDead: {5, 4}, vc.DeliveryPending: {3, 2, 1}, "": {5, 4, 3, 2, 1}} {
			all, err := tx.Deliveries(vc.DeliveryQuery{Webhook: hook.ID, State: state})
			must(t, err)
			same(t, "deliveries "+string(state), numbers(all), want)
		}
		page, err := tx.Deliveries(vc.DeliveryQuery{Webhook: hook.ID, After: 2, Ascending: true, Limit: 2})
		same(t, "page", numbers(page), []int64{3, 4})
		return err
	})
	update(t, h.db, scope, func(tx *sql.Tx) error {
		n, err := tx.DeleteDeliveries(hook.ID, 3, 2)
		same(t, "deleted", n, 2)
		return err
	})
	figures(2, 1)
}

func sweptDeliveries(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	hook := idle(scope)
	now := moment()
	update(t, h.db, scope, func(tx *sql.Tx) error {
		errs := []error{tx.InsertWebhook(hook)}
		for i, state := range []vc.DeliveryState{vc.DeliveryPending, vc.DeliveryDone, vc.DeliveryDone, vc.DeliveryDead} {
			d := aDelivery(hook, int64(i+1), "k")
			d.State, d.UpdatedAt = state, now.Add(-time.Duration(i)*time.Hour)
			errs = append(errs, tx.PutDelivery(d))
		}
		return errors.Join(errs...)
	})
	for _, want := range []int{1, 0} {
		n, err := h.db.SweepDeliveries(t.Context(), vc.DeliveryDone, now.Add(-90*time.Minute), 10)
		must(t, err)
		same(t, "swept", n, want)
	}
	view(t, h.db, scope, func(tx *sql.Tx) error {
		all, err := tx.Deliveries(vc.DeliveryQuery{Webhook: hook.ID})
		same(t, "left", numbers(all), []int64{4, 2, 1})
		return err
	})
}

// fairWebhooks lends to one tenant while another has as many of its webhooks out as there are turns: who has fewest goes first.
func fairWebhooks(t *testing.T, h *house) {
	crowd, one := somewhere(t, h.db), somewhere(t, h.db)
	due := func(scope vc.Scope, name string, ago time.Duration) {
		w := idle(scope)
		w.Name, w.NextAt, w.LeasedTo = name, moment(), moment().Add(-ago)
		update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertWebhook(w) })
	}
	for range 6 {
		due(crowd, "crowd", time.Hour)
	}
	due(one, "one", time.Minute)
	publish(t, h.db)
	lend := func(n int) (names []string) {
		got, err := h.db.LendWebhooks(t.Context(), "w", nil, 5, n, time.Minute)
		must(t, err)
		for _, w := range got {
			names = append(names, w.Name)
		}
		return names
	}
	same(t, "lent at first", lend(3), []string{"crowd", "crowd", "crowd"})
	same(t, "lent then", lend(1), []string{"one"})
	same(t, "lent in the end", lend(9), []string{"crowd", "crowd", "crowd"})
}
