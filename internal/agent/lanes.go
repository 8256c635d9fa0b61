package agent

import (
	"context"
	"sync"

	"github.com/chancery-vc/chancery/internal/vc"
)

// lanes let one in after the other under each key. A key has a lane only while somebody is on it, and none shares another's: who is
// slow on one holds up nobody else.
type lanes struct {
	mu   sync.Mutex
	open map[string]*lane
}

type lane struct {
	free chan struct{} // holds one while nobody is in
	uses int           // who is in, or waits
}

// enter waits until the lane is free; leave makes it so. Unavailable "busy" where ctx ends first.
func (l *lanes) enter(ctx context.Context, key string) (leave func(), err error) {
	l.mu.Lock()
	at, ok := l.open[key]
	if !ok {
		if l.open == nil {
			l.open = map[string]*lane{}
		}
		at = &lane{free: make(chan struct{}, 1)}
		at.free <- struct{}{}
		l.open[key] = at
	}
	at.uses++
	l.mu.Unlock()
	select {
	case <-at.free:
		return func() {
			at.free <- struct{}{}
			l.done(key, at)
		}, nil
	case <-ctx.Done():
		l.done(key, at)
		return nil, vc.Errorf(vc.Unavailable, "busy", "an earlier message of the same peer is still handled").Because(ctx.Err())
	}
}

func (l *lanes) done(key string, at *lane) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at.uses--; at.uses == 0 {
		delete(l.open, key)
	}
}
