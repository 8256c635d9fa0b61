package native

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/notify"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Form is this door's language of webhooks: an event as GET /v1/events gives it.
type Form struct{}

var _ notify.Form = Form{}

// Name is the door's.
func (Form) Name() string { return Name }

// Message is one event.
func (Form) Message(_ context.Context, _ vc.Webhook, e vc.Entry) (notify.Message, bool, error) {
	body, err := json.Marshal(wireEvent(e), json.Deterministic(true))
	return notify.Message{Body: body}, true, err
}

// newWebhook asks for a webhook. After is the position behind which it begins; nil: the end.
type newWebhook struct {
	Name    string            `json:"name"`
	URL     string            `json:"url"`
	Events  []string          `json:"events"`
	Headers map[string]string `json:"headers"`
	After   *int64            `json:"after"`
}

// webhookPatch changes what is there.
type webhookPatch struct {
	Name    *string            `json:"name"`
	URL     *string            `json:"url"`
	Events  *[]string          `json:"events"`
	Headers *map[string]string `json:"headers"`
	Enabled *bool              `json:"enabled"`
}

// webhookWire is a webhook. Secret is there once: in the answer that made it.
type webhookWire struct {
	ID                string    `json:"id"`
	Organisation      string    `json:"organisation,omitempty"`
	Name              string    `json:"name"`
	URL               string    `json:"url"`
	Events            []string  `json:"events"`
	Headers           []string  `json:"headers"`
	Secret            string    `json:"secret,omitempty"`
	PreviousExpiresAt time.Time `json:"previousExpiresAt,omitzero"`
	Enabled           bool      `json:"enabled"`
	DisabledAt        time.Time `json:"disabledAt,omitzero"`
	DisabledFor       string    `json:"disabledFor,omitempty"`
	Position          int64     `json:"position"`
	Pending           int       `json:"pending"`
	NextAt            time.Time `json:"nextAt,omitzero"`
	Failures          int       `json:"failures"`
	FailingSince      time.Time `json:"failingSince,omitzero"`
	DeliveredAt       time.Time `json:"deliveredAt,omitzero"`
	CreatedAt         time.Time `json:"createdAt"`
	UpdatedAt         time.Time `json:"updatedAt"`
}

// deliveryWire is an event on its way. Its id is the event's.
type deliveryWire struct {
	ID        string    `json:"id"`
	Event     string    `json:"event"`
	Position  int64     `json:"position"`
	Key       string    `json:"key"`
	State     string    `json:"state"`
	Attempts  int       `json:"attempts"`
	Status    int       `json:"status,omitzero"`
	Failure   string    `json:"failure,omitempty"`
	At        time.Time `json:"at"`
	FirstAt   time.Time `json:"firstAt,omitzero"`
	NextAt    time.Time `json:"nextAt,omitzero"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// webhookRotation asks for a new secret beside which the old one signs for some seconds; nil: a day.
type webhookRotation struct {
	Overlap *int64 `json:"overlap"`
}

// webhookReplay asks for all from a position; nil: for what is dead.
type webhookReplay struct {
	From *int64 `json:"from"`
}

// replayWire says how many dead deliveries are tried again, and where the webhook is.
type replayWire struct {
	Replayed int   `json:"replayed"`
	Position int64 `json:"position"`
}

// trialWire is what a test came to. Took is in milliseconds.
type trialWire struct {
	Delivered bool   `json:"delivered"`
	Status    int    `json:"status,omitzero"`
	Failure   string `json:"failure,omitempty"`
	Took      int64  `json:"took"`
}

func wireWebhook(h vc.Webhook) webhookWire {
	return webhookWire{
		ID: h.ID, Organisation: h.Scope.Organisation, Name: h.Name, URL: h.URL, Events: append([]string{}, h.Events...),
		Headers: append([]string{}, h.HeaderNames...), PreviousExpiresAt: h.PreviousUntil, Enabled: h.DisabledAt.IsZero(),
		DisabledAt: h.DisabledAt, DisabledFor: string(h.DisabledFor), Position: h.Position, Pending: h.Waiting, NextAt: h.NextAt,
		Failures: h.Failures, FailingSince: h.FailingSince, DeliveredAt: h.DeliveredAt, CreatedAt: h.CreatedAt, UpdatedAt: h.UpdatedAt,
	}
}

func wireDelivery(d vc.Delivery) deliveryWire {
	out := deliveryWire{
		ID: d.ID, Event: d.Event, Position: d.Position, Key: d.Key, State: string(d.State), Attempts: d.Attempts, Status: d.Status,
		Failure: d.Failure, At: d.CreatedAt, FirstAt: d.FirstAt, UpdatedAt: d.UpdatedAt,
	}
	if d.State == vc.DeliveryPending {
		out.NextAt = d.NextAt
	}
	return out
}

func (d *Door) listWebhooks(w http.ResponseWriter, r *http.Request, c call) error {
	values, err := params(r, "search", "cursor", "limit")
	if err != nil {
		return err
	}
	q, err := listQueryOf(values)
	if err != nil {
		return err
	}
	all, err := d.Notify.Webhooks(r.Context(), c.by, q)
	if err != nil {
		return err
	}
	list(w, q, all, wireWebhook, func(h vc.Webhook) string { return h.ID })
	return nil
}

func (d *Door) createWebhook(w http.ResponseWriter, r *http.Request, c call) error {
	var in newWebhook
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	hook, secret, err := d.Notify.Create(r.Context(), c.by, notify.New{
		Name: in.Name, Form: Name, URL: in.URL, Events: in.Events, Headers: in.Headers, After: in.After,
	})
	return created(w, hook, err, withSecret(secret))
}

// withSecret shows a webhook with its secret, this once.
func withSecret(secret string) func(vc.Webhook) webhookWire {
	return func(h vc.Webhook) webhookWire {
		out := wireWebhook(h)
		out.Secret = secret
		return out
	}
}

func (d *Door) getWebhook(w http.ResponseWriter, r *http.Request, c call) error {
	hook, err := d.Notify.Webhook(r.Context(), c.by, r.PathValue("id"))
	return one(w, hook, err, wireWebhook)
}

func (d *Door) updateWebhook(w http.ResponseWriter, r *http.Request, c call) error {
	var in webhookPatch
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	hook, err := d.Notify.Update(r.Context(), c.by, r.PathValue("id"), notify.Change(in))
	return one(w, hook, err, wireWebhook)
}

func (d *Door) deleteWebhook(w http.ResponseWriter, r *http.Request, c call) error {
	if err := d.Notify.Delete(r.Context(), c.by, r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (d *Door) rotateWebhookSecret(w http.ResponseWriter, r *http.Request, c call) error {
	var in webhookRotation
	if err := optional(r, smallBody, &in); err != nil {
		return err
	}
	overlap := notify.DefaultOverlap
	if in.Overlap != nil {
		overlap = secretRotation{*in.Overlap}.duration()
	}
	hook, secret, err := d.Notify.RotateSecret(r.Context(), c.by, r.PathValue("id"), overlap)
	return one(w, hook, err, withSecret(secret))
}

func (d *Door) testWebhook(w http.ResponseWriter, r *http.Request, c call) error {
	trial, err := d.Notify.Test(r.Context(), c.by, r.PathValue("id"))
	return one(w, trial, err, func(t notify.Trial) trialWire {
		return trialWire{Delivered: t.Delivered, Status: t.Status, Failure: t.Failure, Took: t.Took.Milliseconds()}
	})
}

func (d *Door) listDeliveries(w http.ResponseWriter, r *http.Request, c call) error {
	values, err := params(r, "state", "cursor", "limit")
	if err != nil {
		return err
	}
	state, err := choice(values, "state", string(vc.DeliveryPending), string(vc.DeliveryDone), string(vc.DeliveryDead))
	if err != nil {
		return err
	}
	limit, err := number(values, "limit", defaultLimit, 1, maxLimit)
	if err != nil {
		return err
	}
	after, err := number(values, "cursor", 0, 1, 1<<53-1)
	if err != nil {
		return err
	}
	q := vc.DeliveryQuery{Webhook: r.PathValue("id"), State: vc.DeliveryState(state), After: after, Limit: int(limit)}
	all, err := d.Notify.Deliveries(r.Context(), c.by, q)
	if err != nil {
		return err
	}
	list(w, vc.ListQuery{Page: vc.Page{Limit: q.Limit}}, all, wireDelivery, func(d vc.Delivery) string { return strconv.FormatInt(d.Position, 10) })
	return nil
}

func (d *Door) replayDelivery(w http.ResponseWriter, r *http.Request, c call) error {
	delivery, err := d.Notify.Replay(r.Context(), c.by, r.PathValue("id"), r.PathValue("delivery"))
	return one(w, delivery, err, wireDelivery)
}

func (d *Door) replayWebhook(w http.ResponseWriter, r *http.Request, c call) error {
	var in webhookReplay
	if err := optional(r, smallBody, &in); err != nil {
		return err
	}
	if in.From != nil {
		hook, err := d.Notify.ReplayFrom(r.Context(), c.by, r.PathValue("id"), *in.From)
		return one(w, replayWire{Position: hook.Position}, err, same)
	}
	n, hook, err := d.Notify.ReplayDead(r.Context(), c.by, r.PathValue("id"))
	return one(w, replayWire{n, hook.Position}, err, same)
}

func same[T any](v T) T { return v }
