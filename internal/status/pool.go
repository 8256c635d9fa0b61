package status

import (
	"context"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/statuslist"
)

const (
	minBlock     = 256
	maxBlock     = 4096
	leaseTimeout = 10 * time.Second
)

// block is a run of leased counter values of one list, and where they lie in it.
type block struct {
	list      vc.StatusList
	scattered *statuslist.Permutation
	next, end int64
}

// pool holds the leased values of one key: a block in use and the one after it, which is leased when the first is half
// used. One lease is under way at a time, and all who find nothing wait for it.
type pool struct {
	service  *Service
	key      poolKey
	messages []vc.StatusMessage

	mu       sync.Mutex
	now      *block
	half     int64 // of now: from this value on the next block is wanted
	ahead    *block
	lease    *lease
	size     int64 // of the last block
	leasedAt time.Time
}

// lease is one under way; err is set before done is closed.
type lease struct {
	done chan struct{}
	err  error
}

// take gives one entry that nobody else gets.
func (p *pool) take(ctx context.Context) (vc.StatusEntry, error) {
	for {
		b, value, wait := p.pick(ctx)
		if b != nil {
			return vc.StatusEntry{
				List: b.list.ID, URL: b.list.URL, Index: b.scattered.At(value), Purpose: b.list.Purpose, Size: b.list.Size,
			}, nil
		}
		select {
		case <-wait.done:
			if wait.err != nil {
				return vc.StatusEntry{}, wait.err
			}
		case <-ctx.Done():
			return vc.StatusEntry{}, cancelled(ctx)
		}
	}
}

// pick takes the next value, or gives the lease to wait for.
func (p *pool) pick(ctx context.Context) (*block, int64, *lease) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now == nil || p.now.next == p.now.end {
		p.now, p.ahead = p.ahead, nil
		if p.now == nil {
			return nil, 0, p.begin(ctx)
		}
		p.half = p.now.next + (p.now.end-p.now.next)/2
	}
	value := p.now.next
	p.now.next++
	if value >= p.half && p.ahead == nil {
		p.begin(ctx)
	}
	b := p.now
	return b, value, nil
}

// begin starts a lease unless one is under way. It outlives its caller, who may only be the first to need it. The
// pool is locked.
func (p *pool) begin(ctx context.Context) *lease {
	if p.lease != nil {
		return p.lease
	}
	l := &lease{done: make(chan struct{})}
	p.lease = l
	size := p.next()
	shared, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseTimeout)
	p.service.leases.Go(func() {
		defer cancel()
		b, err := p.service.leaseBlock(shared, p.key, p.messages, size)
		p.mu.Lock()
		defer p.mu.Unlock()
		if err == nil {
			p.ahead = b
		}
		l.err = err
		p.lease = nil
		close(l.done)
	})
	return l
}

// next chooses the size of the next block: twice the last one's when that lasted less than a second, half when it
// lasted more than ten.
func (p *pool) next() int64 {
	if p.service.config.Block > 0 {
		return p.service.config.Block
	}
	now := p.service.config.Now()
	lasted := now.Sub(p.leasedAt)
	switch {
	case p.size == 0:
		p.size = minBlock
	case lasted < time.Second:
		p.size = min(2*p.size, maxBlock)
	case lasted > 10*time.Second:
		p.size = max(p.size/2, minBlock)
	}
	p.leasedAt = now
	return p.size
}
