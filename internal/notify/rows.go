package notify

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Rows are those of webhooks and deliveries, and the journal's.
type Rows interface {
	journal.Appender
	journal.Rows
	EventAt(position int64) (vc.Entry, error)

	InsertWebhook(vc.Webhook) error
	UpdateWebhook(vc.Webhook) error // all but id, scope, form and created at
	DeleteWebhook(id string) error  // without its deliveries
	Webhook(id string) (vc.Webhook, error)
	WebhookForUpdate(id string) (vc.Webhook, error)
	Webhooks(vc.ListQuery) ([]vc.Webhook, error)
	CountWebhooks(vc.ListQuery) (int, error)

	PutDelivery(vc.Delivery) error // over the one of its webhook and position
	DeliveryForUpdate(webhook, id string) (vc.Delivery, error)
	Deliveries(vc.DeliveryQuery) ([]vc.Delivery, error)
	// DueDeliveries gives pending deliveries, by position: those whose key's first is due, without the keys to skip.
	DueDeliveries(webhook string, skip []string, now time.Time, limit int) ([]vc.Delivery, error)
	WaitingKeys(webhook string, keys []string) ([]string, error) // those of which deliveries are pending
	Backlog(webhook string) (waiting int, next time.Time, err error)
	HurryDeliveries(webhook string, now time.Time) error
	ReviveDeliveries(webhook string, now time.Time, max int) (int, error)
	DeleteDeliveries(webhook string, from int64, max int) (int, error)
}

// Lender lends webhooks that have something to do, of all tenants, until the lease ends; nobody else is lent one until
// then. It lends none of those to skip, and none for new events while room deliveries of it wait.
type Lender interface {
	LendWebhooks(ctx context.Context, worker string, skip []string, room, max int, lease time.Duration) ([]vc.Webhook, error)
	WebhookFigures(ctx context.Context) (vc.WebhookFigures, error)
	// SweepDeliveries removes up to max deliveries that came to that end before then, and says how many.
	SweepDeliveries(ctx context.Context, state vc.DeliveryState, before time.Time, max int) (int, error)
}
