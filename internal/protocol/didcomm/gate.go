package didcomm

import (
	"context"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/chancery-vc/chancery/internal/vc"
)

const (
	maxGates  = 4096
	wide      = 24              // calls at once to a host that answers: far less than a worker does at once
	narrow    = 2               // and to one that does not
	gateQueue = 2 * time.Second // for how long a call waits for others to the same host
)

// gates hold up calls to hosts that do not answer, so that they do not take the place of calls to those that do: a host has so
// many calls at once, and one whose calls fail or pile up has few, until one of them is answered.
type gates struct {
	mu    sync.Mutex
	hosts *lru.Cache[string, *gate]
}

type gate struct {
	mu    sync.Mutex
	calls int
	slow  bool
	freed chan struct{} // closed when a call ends
}

func newGates() *gates {
	hosts, err := lru.New[string, *gate](maxGates)
	if err != nil {
		panic(err) // the size is a constant
	}
	return &gates{hosts: hosts}
}

// enter waits for a place among the calls to a host. leave is told whether the host answered. Unavailable "peer-busy".
func (g *gates) enter(ctx context.Context, host string) (leave func(answered bool), err error) {
	g.mu.Lock()
	at, ok := g.hosts.Get(host)
	if !ok {
		at = &gate{freed: make(chan struct{})}
		g.hosts.Add(host, at)
	}
	g.mu.Unlock()
	return at.leave, at.enter(ctx)
}

func (g *gate) enter(ctx context.Context) error {
	late := time.NewTimer(gateQueue)
	defer late.Stop()
	for {
		freed, entered, wait := g.try()
		if entered {
			return nil
		}
		if wait {
			select {
			case <-freed:
				continue
			case <-ctx.Done():
			case <-late.C:
				g.mu.Lock()
				g.slow = true
				g.mu.Unlock()
			}
		}
		return vc.Errorf(vc.Unavailable, "peer-busy", "earlier messages to this host are not answered yet")
	}
}

func (g *gate) try() (freed <-chan struct{}, entered, wait bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	limit := wide
	if g.slow {
		limit = narrow
	}
	if g.calls < limit {
		g.calls++
		return nil, true, false
	}
	return g.freed, false, !g.slow
}

func (g *gate) leave(answered bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls--
	g.slow = !answered
	close(g.freed)
	g.freed = make(chan struct{})
}
