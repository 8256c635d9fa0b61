package sdk

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Webhook is where events are pushed to. Secret is there once: in the answer that made it.
type Webhook struct {
	ID                string    `json:"id"`
	Organisation      string    `json:"organisation,omitempty"`
	Name              string    `json:"name"`
	URL               string    `json:"url"`
	Events            []string  `json:"events"`  // types, "credential.*" for all that begin so; none: all
	Headers           []string  `json:"headers"` // names
	Secret            string    `json:"secret,omitempty"`
	PreviousExpiresAt time.Time `json:"previousExpiresAt,omitzero"` // until then the secret before the last rotation signs too
	Enabled           bool      `json:"enabled"`
	DisabledAt        time.Time `json:"disabledAt,omitzero"`
	DisabledFor       string    `json:"disabledFor,omitempty"` // manual, gone, failing
	Position          int64     `json:"position"`
	Pending           int       `json:"pending"`
	NextAt            time.Time `json:"nextAt,omitzero"`
	Failures          int       `json:"failures"`
	FailingSince      time.Time `json:"failingSince,omitzero"`
	DeliveredAt       time.Time `json:"deliveredAt,omitzero"`
	CreatedAt         time.Time `json:"createdAt"`
	UpdatedAt         time.Time `json:"updatedAt"`
}

// NewWebhook asks for a webhook. Headers are sent with every message and not shown again. After is the position behind
// which it begins; nil: what happens from now on.
type NewWebhook struct {
	Name    string            `json:"name,omitempty"`
	URL     string            `json:"url"`
	Events  []string          `json:"events,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	After   *int64            `json:"after,omitempty"`
}

// WebhookPatch changes what is not nil.
type WebhookPatch struct {
	Name    *string            `json:"name,omitempty"`
	URL     *string            `json:"url,omitempty"`
	Events  *[]string          `json:"events,omitempty"`
	Headers *map[string]string `json:"headers,omitempty"`
	Enabled *bool              `json:"enabled,omitempty"`
}

// Delivery is an event on its way that was not delivered at once. Its id is the event's.
type Delivery struct {
	ID        string    `json:"id"`
	Event     string    `json:"event"`
	Position  int64     `json:"position"`
	Key       string    `json:"key"`   // deliveries of one key go one after the other
	State     string    `json:"state"` // pending, delivered, dead
	Attempts  int       `json:"attempts"`
	Status    int       `json:"status,omitempty"`
	Failure   string    `json:"failure,omitempty"`
	At        time.Time `json:"at"`
	FirstAt   time.Time `json:"firstAt,omitzero"`
	NextAt    time.Time `json:"nextAt,omitzero"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// DeliveryQuery narrows a list of deliveries.
type DeliveryQuery struct {
	State  string
	Cursor string
	Limit  int // 0: 50; at most 1000
}

// WebhookReplayed says how many dead deliveries are tried again, and where the webhook is.
type WebhookReplayed struct {
	Replayed int   `json:"replayed"`
	Position int64 `json:"position"`
}

// WebhookTrial is what a test message came to; Took is in milliseconds.
type WebhookTrial struct {
	Delivered bool   `json:"delivered"`
	Status    int    `json:"status,omitempty"`
	Failure   string `json:"failure,omitempty"`
	Took      int64  `json:"took"`
}

// ListWebhooks lists webhooks.
func (c *Client) ListWebhooks(ctx context.Context, q ListQuery) (List[Webhook], error) {
	q.Archived = nil
	return read[List[Webhook]](ctx, c, "/webhooks", q.values())
}

// CreateWebhook makes a webhook; the answer has its secret, this once.
func (c *Client) CreateWebhook(ctx context.Context, n NewWebhook) (Webhook, error) {
	return write[Webhook](ctx, c, "/webhooks", n)
}

// GetWebhook gives a webhook, without its secret.
func (c *Client) GetWebhook(ctx context.Context, id string) (Webhook, error) {
	return read[Webhook](ctx, c, "/webhooks/"+escape(id), nil)
}

// UpdateWebhook changes a webhook. One that is enabled again goes on where it was.
func (c *Client) UpdateWebhook(ctx context.Context, id string, p WebhookPatch) (Webhook, error) {
	return call[Webhook](ctx, c, request{method: http.MethodPatch, path: "/webhooks/" + escape(id), in: p})
}

// DeleteWebhook removes a webhook with its deliveries.
func (c *Client) DeleteWebhook(ctx context.Context, id string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: "/webhooks/" + escape(id)})
}

// RotateWebhookSecret gives a webhook a new secret; for the overlap, whole seconds up to 30 days, the old one signs too.
func (c *Client) RotateWebhookSecret(ctx context.Context, id string, overlap time.Duration) (Webhook, error) {
	return write[Webhook](ctx, c, "/webhooks/"+escape(id)+"/rotate-secret", map[string]int64{"overlap": int64(overlap / time.Second)})
}

// TestWebhook sends a message of type webhook.ping, at once and once.
func (c *Client) TestWebhook(ctx context.Context, id string) (WebhookTrial, error) {
	return write[WebhookTrial](ctx, c, "/webhooks/"+escape(id)+"/test", nil)
}

// ListDeliveries lists the deliveries of a webhook, newest event first.
func (c *Client) ListDeliveries(ctx context.Context, id string, q DeliveryQuery) (List[Delivery], error) {
	v := url.Values{}
	set(v, "state", q.State)
	set(v, "cursor", q.Cursor)
	if q.Limit > 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	return read[List[Delivery]](ctx, c, "/webhooks/"+escape(id)+"/deliveries", v)
}

// ReplayDelivery sends an event again.
func (c *Client) ReplayDelivery(ctx context.Context, id, delivery string) (Delivery, error) {
	return write[Delivery](ctx, c, "/webhooks/"+escape(id)+"/deliveries/"+escape(delivery)+"/replay", nil)
}

// ReplayDead tries all dead deliveries of a webhook again, the oldest first and as many as may wait.
func (c *Client) ReplayDead(ctx context.Context, id string) (WebhookReplayed, error) {
	return write[WebhookReplayed](ctx, c, "/webhooks/"+escape(id)+"/replay", nil)
}

// ReplayFrom sends every event from a position on again, delivered or not.
func (c *Client) ReplayFrom(ctx context.Context, id string, position int64) (WebhookReplayed, error) {
	return write[WebhookReplayed](ctx, c, "/webhooks/"+escape(id)+"/replay", map[string]int64{"from": position})
}
