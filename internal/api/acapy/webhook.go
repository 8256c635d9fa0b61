package acapy

import (
	"context"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/notify"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Form is ACA-Py's language of webhooks: the record of a notice, by topic.
type Form struct {
	Agent       *agent.Desk
	Multitenant bool // say which wallet it is about
}

var _ notify.Form = (*Form)(nil)

// Name is the door's.
func (*Form) Name() string { return Name }

// Message is the record as it was; false for an entry that subscribers are not told of, or whose record was swept.
func (f *Form) Message(context.Context, vc.Webhook, vc.Entry) (notify.Message, bool, error) {
	return notify.Message{}, false, nil
}

// Reconcile makes the webhooks of all wallets those that their settings name.
func (d *Door) Reconcile(context.Context) error { return nil }

type subscriptions struct{}
