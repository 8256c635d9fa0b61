package journal

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Publisher gives positions to what was committed. Every server runs one; the store lets one at a time work.
type Publisher struct {
	Sequencer Sequencer
	Masters   Masters
	Log       *slog.Logger // nil: silent

	once  sync.Once
	wake  chan struct{}
	mu    sync.Mutex
	moved chan struct{} // closed and replaced when positions were given
}

const (
	publishBatch = 2000
	publishPoll  = time.Second           // for what other servers committed and did not live to publish
	publishPause = 15 * time.Millisecond // gathers a burst into one round
	// Under load a round gathers for longer: what it costs is shared by more.
	publishBusy   = 50
	publishLonger = 75 * time.Millisecond
)

func (p *Publisher) ready() {
	p.once.Do(func() { p.wake, p.moved = make(chan struct{}, 1), make(chan struct{}) })
}

// Wake says that something was committed. It never blocks.
func (p *Publisher) Wake() {
	p.ready()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Run publishes until ctx ends, and once more then: what was committed is not left for the next start.
func (p *Publisher) Run(ctx context.Context) {
	p.ready()
	poll := time.NewTicker(publishPoll)
	defer poll.Stop()
	wait := publishPause
	for {
		select {
		case <-ctx.Done():
			p.drain(context.WithoutCancel(ctx))
			return
		case <-p.wake:
			pause(ctx, wait)
		case <-poll.C:
		}
		wait = publishPause
		if p.drain(context.WithoutCancel(ctx)) > publishBusy {
			wait = publishLonger
		}
	}
}

// drain publishes all there is and tells how many entries that were.
func (p *Publisher) drain(ctx context.Context) (total int) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		n, err := p.Publish(ctx)
		if err != nil && p.Log != nil {
			p.Log.WarnContext(ctx, "publishing the journal", "error", err)
		}
		total += n
		if err != nil || n < publishBatch {
			return total
		}
	}
}

// Publish does one round and tells how many entries it published.
func (p *Publisher) Publish(ctx context.Context) (int, error) {
	n, err := p.Sequencer.Sequence(ctx, publishBatch, p.chain)
	if n > 0 && err == nil {
		p.ready()
		p.mu.Lock()
		close(p.moved)
		p.moved = make(chan struct{})
		p.mu.Unlock()
	}
	return n, err
}

func (p *Publisher) chain(entries []vc.Entry, heads map[string]vc.AuditHead) ([]vc.Entry, []vc.AuditHead, error) {
	changed := map[string]bool{}
	for i := range entries {
		tenant := entries[i].Scope.Tenant
		head := heads[tenant]
		head.Tenant = tenant
		head.Position++
		entries[i].Position = head.Position
		head.Hash = link(head.Hash, entries[i])
		entries[i].Hash = head.Hash
		heads[tenant], changed[tenant] = head, true
	}
	var out []vc.AuditHead
	for tenant := range changed {
		out = append(out, Seal(p.Masters, heads[tenant]))
	}
	return entries, out, nil
}

// Moved gives a channel that is closed when this server publishes something next. Others' publications are not
// heard: look again after [publishPoll].
func (p *Publisher) Moved() <-chan struct{} {
	p.ready()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.moved
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
