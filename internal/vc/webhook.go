package vc

import "time"

// Webhook is where the events of a scope are pushed to. Position is the end of what was taken from the journal: each
// event up to it was delivered, passed over, or has a [Delivery]. Form names the language of its messages, a door's.
//
// Epoch counts the times its deliveries were changed from outside, so that who is delivering finds out.
type Webhook struct {
	ID            string
	Scope         Scope
	Name          string
	Form          string
	URL           string
	Events        []string // "credential.issued", "credential.*"; none: all
	HeaderNames   []string // of Body's headers, for showing
	BodyKey       []byte
	Body          []byte    // sealed: secret, previous secret, headers
	PreviousUntil time.Time // the previous secret signs too until then; zero: there is none
	CreatedAt     time.Time
	UpdatedAt     time.Time
	DisabledAt    time.Time // zero: enabled
	DisabledFor   DisabledFor

	Position     int64
	Epoch        int64
	Waiting      int       // deliveries that are pending
	NextAt       time.Time // when the first of them is due; zero: none
	Failures     int       // attempts that failed since the last that succeeded
	FailingSince time.Time
	DeliveredAt  time.Time // of the last attempt that succeeded
	LeasedBy     string
	LeasedTo     time.Time
}

// DisabledFor is why a webhook is disabled.
type DisabledFor string

// The reasons.
const (
	DisabledByHand  DisabledFor = "manual"
	DisabledGone    DisabledFor = "gone"    // the receiver answered 410
	DisabledFailing DisabledFor = "failing" // nothing was delivered for days
)

// DeliveryState is how far a delivery is.
type DeliveryState string

// The states.
const (
	DeliveryPending DeliveryState = "pending"
	DeliveryDone    DeliveryState = "delivered"
	DeliveryDead    DeliveryState = "dead" // tried for a day
)

// Delivery is an event on its way to a [Webhook] that was not delivered at once, at the first attempt and quickly. Its id is the event's.
// Deliveries of one Key go one after the other, by Position.
type Delivery struct {
	ID        string
	Scope     Scope // the webhook's
	Webhook   string
	Position  int64
	Event     string // its type
	Key       string
	State     DeliveryState
	Attempts  int
	Status    int    // of the last answer; 0: there was none
	Failure   string // of the last attempt: a code
	FirstAt   time.Time
	NextAt    time.Time // zero: at once
	CreatedAt time.Time
	UpdatedAt time.Time
}

// DeliveryQuery filters the deliveries of a webhook; zero fields do not filter. Lists run by position, newest first
// unless Ascending; After is a position.
type DeliveryQuery struct {
	Webhook   string
	State     DeliveryState
	After     int64
	Ascending bool
	Limit     int
}

// WebhookFigures are of all webhooks of the server.
type WebhookFigures struct {
	Pending int
	Dead    int
	Oldest  time.Time // of the events that wait for an enabled webhook; zero: none waits
}
