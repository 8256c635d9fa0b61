package notify

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

const (
	batchSize = 100         // events that are loaded at once
	mostAside = 200         // events of a webhook in memory
	turnTime  = time.Minute // then others have their turn
)

// errLost ends a turn whose webhook was changed or lent to somebody else.
var errLost = errors.New("the webhook is not ours any more")

// item is an event on its way. Only the turn's own goroutine touches anything but entry.
type item struct {
	entry    vc.Entry
	delivery vc.Delivery
	rowed    bool // the store has its delivery
}

// turn is a webhook being served.
type turn struct {
	desk     *Desk
	name     string // of the lease
	hook     vc.Webhook
	slots    chan struct{}
	out      chan outcome
	flying   map[string]int // items without an outcome, by key
	aside    int            // all of them
	settled  []outcome      // not recorded yet
	fresh    []*item        // not recorded yet
	position int64          // up to which fresh goes
	leased   time.Time      // when the lease was renewed last
	stop     atomic.Bool
}

// turn serves a webhook until nothing is left to do now, its time is over or ctx ends. Attempts that were begun are
// waited for.
func (d *Desk) turn(ctx context.Context, name string, hook vc.Webhook) {
	defer func() {
		if p := recover(); p != nil && d.Log != nil {
			d.Log.ErrorContext(ctx, "webhook turn panicked", "webhook", hook.ID, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	t := &turn{
		desk: d, name: name, hook: hook, slots: make(chan struct{}, or(d.Lanes, 8)), out: make(chan outcome, mostAside),
		flying: map[string]int{}, position: hook.Position, leased: time.Now(),
	}
	err := t.run(ctx)
	t.stop.Store(true)
	for t.aside > 0 {
		t.land(<-t.out)
	}
	// What was not recorded is sent again by whoever is next.
	if err != nil {
		if !errors.Is(err, errLost) {
			d.warn(ctx, "delivering to a webhook", err, "webhook", hook.ID)
		}
		d.warn(ctx, "giving a webhook back", t.release(context.WithoutCancel(ctx)), "webhook", hook.ID)
	}
}

func (t *turn) run(ctx context.Context) error {
	ends := time.Now().Add(turnTime)
	for over := false; ; {
		over = over || ctx.Err() != nil || time.Now().After(ends) || !t.hook.DisabledAt.IsZero()
		more := false
		if over {
			t.stop.Store(true)
		} else {
			var err error
			if more, err = t.load(context.WithoutCancel(ctx)); err != nil {
				return err
			}
		}
		t.gather()
		rest := t.aside == 0 && (over || !more)
		if err := t.record(context.WithoutCancel(ctx), rest); err != nil || rest {
			return err
		}
	}
}

// load takes what is due and the next events of the journal, starts what may go, and says whether there may be more.
func (t *turn) load(ctx context.Context) (more bool, err error) {
	t.fresh = nil
	limit := min(batchSize, mostAside-t.aside)
	if limit <= 0 {
		return true, nil
	}
	var due, events []*item
	err = t.desk.Rows.View(ctx, t.hook.Scope, func(rows Rows) error {
		hook, err := rows.Webhook(t.hook.ID)
		if err != nil || hook.LeasedBy != t.name || hook.Epoch != t.hook.Epoch {
			return errors.Join(errLost, err)
		}
		t.hook = hook
		due, err = t.due(rows, limit)
		more = len(due) == limit
		if err != nil || more || hook.Waiting >= t.desk.room() {
			return err
		}
		events, more, err = t.ahead(rows, min(limit-len(due), t.desk.room()-hook.Waiting))
		return err
	})
	if err != nil {
		return false, err
	}
	form, sealed, err := t.desk.letter(ctx, t.hook)
	if err != nil {
		return false, err
	}
	items := slices.Concat(due, events)
	if reader, ok := form.(Reader); ok {
		entries := make([]vc.Entry, len(items))
		for i := range items {
			entries[i] = items[i].entry
		}
		form = reader.Read(entries)
	}
	t.send(ctx, &post{desk: t.desk, hook: t.hook, form: form, secrets: sealed}, items)
	return more, nil
}

// due gives the deliveries to try again.
func (t *turn) due(rows Rows, limit int) ([]*item, error) {
	var skip []string
	for key := range t.flying {
		skip = append(skip, key)
	}
	deliveries, err := rows.DueDeliveries(t.hook.ID, skip, t.desk.now(), limit)
	var out []*item
	for _, delivery := range deliveries {
		entry, err := rows.EventAt(delivery.Position)
		if err != nil && vc.KindOf(err) != vc.NotFound {
			return nil, err
		}
		out = append(out, &item{entry: entry, delivery: delivery, rowed: true})
	}
	return out, err
}

// ahead gives the events behind the webhook's position. Those that must wait for others of their key are settled at once.
func (t *turn) ahead(rows Rows, limit int) (out []*item, more bool, err error) {
	entries, err := rows.Events(t.hook.Position, limit)
	if err != nil {
		return nil, false, err
	}
	var keys []string
	now := t.desk.now()
	for _, e := range entries {
		t.position = e.Position
		if !wants(t.hook.Events, e.Action) {
			continue
		}
		key := t.desk.key(t.hook, e)
		keys = append(keys, key)
		out = append(out, &item{entry: e, delivery: vc.Delivery{
			ID: e.ID, Scope: t.hook.Scope, Webhook: t.hook.ID, Position: e.Position, Event: e.Action, Key: key,
			State: vc.DeliveryPending, NextAt: now, CreatedAt: e.At, UpdatedAt: now,
		}})
	}
	waiting, err := rows.WaitingKeys(t.hook.ID, keys)
	t.fresh = out
	return slices.DeleteFunc(slices.Clone(out), func(i *item) bool {
		return t.flying[i.delivery.Key] > 0 || slices.Contains(waiting, i.delivery.Key)
	}), len(entries) == limit, err
}

// send starts items: those of a key one after the other, keys side by side.
func (t *turn) send(ctx context.Context, post *post, items []*item) {
	var order []string
	groups := map[string][]*item{}
	for _, i := range items {
		key := i.delivery.Key
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], i)
		t.flying[key]++
		t.aside++
	}
	for _, key := range order {
		go t.group(ctx, post, groups[key])
	}
}

// group tries items until one fails; what is behind it is not tried.
func (t *turn) group(ctx context.Context, post *post, items []*item) {
	t.slots <- struct{}{}
	defer func() { <-t.slots }()
	going := true
	for _, i := range items {
		o := outcome{item: i}
		if going && !t.stop.Load() {
			o = post.attempt(ctx, i)
			o.item = i
			going = o.failure == ""
		}
		t.out <- o
	}
}

// gather waits for outcomes: until all are there, or the last of them take too long to wait for.
func (t *turn) gather() {
	late := time.NewTimer(or(t.desk.Patience, 250*time.Millisecond))
	defer late.Stop()
	for t.aside > 0 {
		select {
		case o := <-t.out:
			t.land(o)
		case <-late.C:
			return
		}
	}
}

func (t *turn) land(o outcome) {
	key := o.item.delivery.Key
	t.aside--
	if t.flying[key]--; t.flying[key] == 0 {
		delete(t.flying, key)
	}
	t.settled = append(t.settled, o)
}

// wants tells whether a webhook for those types of events is told of one. "credential.*" is every one that begins so.
func wants(patterns []string, action string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(pattern string) bool {
		if before, ok := cutStar(pattern); ok {
			return len(action) > len(before) && action[:len(before)] == before
		}
		return pattern == action
	})
}

func cutStar(pattern string) (string, bool) {
	if n := len(pattern) - 1; n >= 0 && pattern[n] == '*' {
		return pattern[:n], true
	}
	return pattern, false
}

// key says which events go one after the other.
func (d *Desk) key(hook vc.Webhook, e vc.Entry) string {
	if k, ok := d.form(hook.Form).(Keyer); ok {
		return k.Key(e)
	}
	return or(e.Subject, e.Object)
}
