package cluster

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/sdk"
)

// reader is a subscriber that keeps what it saw.
type reader struct {
	name string
	mu   sync.Mutex
	seen []sdk.Event
}

func (r *reader) saw(events ...sdk.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, events...)
}

// last gives the position of the newest event.
func (r *reader) last() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.seen) == 0 {
		return 0
	}
	return r.seen[len(r.seen)-1].Position
}

// readers subscribes to both servers in both ways, as the tenant, until the context ends.
func (c *cluster) readers(ctx context.Context, t testing.TB, running *sync.WaitGroup) []*reader {
	var all []*reader
	for i := range c.servers {
		stream, cursor := &reader{name: fmt.Sprint("stream of server ", i)}, &reader{name: fmt.Sprint("cursor on server ", i)}
		all = append(all, stream, cursor)
		running.Go(func() {
			err := c.tenant[i].StreamEvents(ctx, 0, func(e sdk.Event) error { stream.saw(e); return nil })
			if ctx.Err() == nil {
				t.Errorf("%s: %v", stream.name, err)
			}
		})
		running.Go(func() {
			for after := int64(0); ctx.Err() == nil; {
				events, next, err := c.tenant[i].Events(ctx, after, 250)
				if err != nil && ctx.Err() == nil {
					t.Errorf("%s: %v", cursor.name, err)
					return
				}
				cursor.saw(events...)
				if after = max(after, next); len(events) == 0 {
					time.Sleep(20 * time.Millisecond)
				}
			}
		})
	}
	return all
}

// hold compares what a subscriber saw with all there was.
func (r *reader) hold(t testing.TB, want []sdk.Event) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range min(len(r.seen), len(want)) {
		if r.seen[i].Position != want[i].Position || r.seen[i].ID != want[i].ID {
			t.Errorf("%s: event %d is at %d, not %d", r.name, i, r.seen[i].Position, want[i].Position)
			return
		}
	}
	if len(r.seen) != len(want) {
		t.Errorf("%s: %d events, not %d", r.name, len(r.seen), len(want))
	}
}
