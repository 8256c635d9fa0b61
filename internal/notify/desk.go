// Package notify is the desk that tells others: it pushes the events of the journal to webhooks.
//
//	act ── commit ──> journal, with a position          the act knows of no webhook and waits for none
//	Run ── lend ────> a webhook with events behind its position, or a delivery that is due; one server has it at a time
//	turn ─ load ────> events, in batches; each has the Key of what it is about
//	     ─ attempt ─> Form: a door's words; signed; sent by the guarded client. Keys side by side, each in order
//	     ─ record ──> one transaction: the new position, and a delivery for each event that was not delivered
//
// Nothing is skipped, because the position moves only with the rows of what it leaves behind. A server that dies between
// sending and recording leaves the batch to whoever is lent the webhook next: an event arrives at least once, mostly
// exactly once, and its id tells the second from the first.
//
// An event that was not delivered is tried again with growing pauses for a day; the events of its key wait behind it,
// and others go on. Then it is dead, and replayed by hand. See [Desk.settle] for when a webhook is disabled.
package notify

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Form is the language a door pushes events in. Message may be asked for the same event more than once, and much later
// than it happened; false passes the event over.
type Form interface {
	Name() string
	Message(ctx context.Context, to vc.Webhook, event vc.Entry) (Message, bool, error)
}

// Keyer is a [Form] that decides itself which events go one after the other. Else those of one subject do, and those
// without one of one object.
type Keyer interface {
	Key(event vc.Entry) string
}

// Reader is a [Form] that looks up together what the messages of events need, which come next: it gives the form of those.
type Reader interface {
	Read(events []vc.Entry) Form
}

// Message is what is posted. The webhook's own headers and the signature are put beside Header.
type Message struct {
	Path   string // behind the webhook's URL; "" for none
	Header http.Header
	Body   []byte // JSON
}

// Sender sends a request over the network, within bounds, and tells how it was answered. *httpx.Client is one.
type Sender interface {
	Send(*http.Request) (httpx.Response, error)
	Check(url string) error
}

// Desk is the notify desk. Rows, Lender, Vault, Sender and Forms are needed.
type Desk struct {
	Rows      store.Store[Rows]
	Lender    Lender
	Vault     keys.Vault
	Sender    Sender
	Forms     []Form
	Publisher *journal.Publisher // tells of news; nil: only by looking
	Metrics   *Metrics           // nil: nothing is counted
	Log       *slog.Logger       // nil: silent
	Now       func() time.Time   // nil: time.Now
	Poll      time.Duration      // how often to look when nothing is heard; 0: a second
	Lease     time.Duration      // 0: 20 seconds; longer than an attempt may take
	Room      int                // deliveries of a webhook that may wait before its events do; 0: 1000
	Turns     int                // webhooks served at once; 0: 64
	Lanes     int                // attempts at once for one webhook; 0: 8
	Patience  time.Duration      // for how long a batch waits for its last attempts; 0: 250 ms

	once sync.Once
	wake chan struct{}
}

func (d *Desk) ready() {
	d.once.Do(func() { d.wake = make(chan struct{}, 1) })
}

// Wake says that a webhook may have something to do. It never blocks.
func (d *Desk) Wake() {
	d.ready()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Looking for work costs at most this share of the time, and is done at most so often.
const (
	lookShare = 10
	lookPause = 5 * time.Millisecond
)

// Run delivers until ctx ends, and then until what it began is done and recorded.
func (d *Desk) Run(ctx context.Context) {
	d.ready()
	name := uuid.NewString()
	poll := time.NewTicker(or(d.Poll, time.Second))
	defer poll.Stop()
	var running []string
	done := make(chan string)
	for ctx.Err() == nil {
		var moved <-chan struct{}
		if d.Publisher != nil {
			moved = d.Publisher.Moved() // before looking, so that nothing falls between
		}
		began := time.Now()
		for _, hook := range d.lend(ctx, name, running) {
			running = append(running, hook.ID)
			go func() {
				defer func() { done <- hook.ID }()
				d.turn(ctx, name, hook)
			}()
		}
		pause(ctx, max(lookPause, lookShare*time.Since(began)))
		select {
		case <-ctx.Done():
		case <-moved:
		case <-d.wake:
		case <-poll.C:
		case id := <-done:
			running = without(running, id)
		}
	}
	for len(running) > 0 {
		running = without(running, <-done)
	}
}

func without(list []string, id string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return s == id })
}

// lend asks for webhooks. The question is not broken off: what was lent and not heard of would lie until its lease ends.
func (d *Desk) lend(ctx context.Context, name string, running []string) []vc.Webhook {
	n := or(d.Turns, 64) - len(running)
	if n <= 0 {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	hooks, err := d.Lender.LendWebhooks(ctx, name, running, d.room(), n, d.lease())
	d.warn(ctx, "lending webhooks", err)
	return hooks
}

func (d *Desk) room() int { return or(d.Room, 1000) }

func (d *Desk) lease() time.Duration { return or(d.Lease, 20*time.Second) }

func (d *Desk) form(name string) Form {
	for _, f := range d.Forms {
		if f.Name() == name {
			return f
		}
	}
	return nil
}

// now is the time as the store keeps it.
func (d *Desk) now() time.Time {
	now := time.Now
	if d.Now != nil {
		now = d.Now
	}
	return now().UTC().Truncate(time.Microsecond)
}

func (d *Desk) warn(ctx context.Context, what string, err error, args ...any) {
	if err != nil && d.Log != nil {
		d.Log.WarnContext(ctx, what, append(args, "error", err)...)
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
