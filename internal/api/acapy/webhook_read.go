package acapy

import (
	"context"
	"slices"
	"sync"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/notify"
	"github.com/chancery-vc/chancery/internal/vc"
)

// readAhead is how many events' records are looked up together: they may be large.
const readAhead = 16

// reading is the form of events that come next, more or less in their order. A record is asked for once.
type reading struct {
	*Form
	mu     sync.Mutex
	events []vc.Entry // not looked up yet
	noted  map[string]agent.Told
}

var _ notify.Reader = (*Form)(nil)

// Read gives the form of events whose records are looked up some at once.
func (f *Form) Read(events []vc.Entry) notify.Form {
	return &reading{Form: f, events: events, noted: map[string]agent.Told{}}
}

// Message is the record; see [Form.Message].
func (r *reading) Message(ctx context.Context, _ vc.Webhook, event vc.Entry) (notify.Message, bool, error) {
	noted, err := r.take(ctx, event)
	if err != nil {
		return notify.Message{}, false, err
	}
	return delivered(r.worded(ctx, event, noted))
}

// take gives what was noted beside an event, with which others of its scope are looked up.
func (r *reading) take(ctx context.Context, event vc.Entry) (agent.Told, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if noted, ok := r.noted[event.ID]; ok {
		delete(r.noted, event.ID)
		return noted, nil
	}
	ids := []string{event.ID}
	r.events = slices.DeleteFunc(r.events, func(e vc.Entry) bool {
		switch {
		case e.ID == event.ID:
			return true
		case e.Scope != event.Scope || len(ids) == readAhead:
			return false
		}
		ids = append(ids, e.ID)
		return true
	})
	noted, err := r.Agent.Notices(ctx, event.Scope, ids...)
	if err != nil {
		return agent.Told{}, err
	}
	for _, id := range ids[1:] {
		r.noted[id] = noted[id]
	}
	return noted[event.ID], nil
}
