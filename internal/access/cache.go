package access

import (
	"context"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"github.com/chancery-vc/chancery/internal/vc"
)

const (
	cacheSize   = 4096            // principals, tenants, organisations: each
	loadTimeout = 5 * time.Second // of one read that several callers may wait for
)

// cache keeps what the store said for at most ttl, counted from before it was asked. Failures are not kept: a caller
// without credentials cannot push out those of others. One read serves all who wait for the same key.
type cache[V any] struct {
	ttl    time.Duration
	now    func() time.Time
	flight singleflight.Group

	mu         sync.Mutex // generation and the order of Add and Remove
	generation uint64
	kept       *lru.Cache[string, stamped[V]]
}

type stamped[V any] struct {
	value V
	at    time.Time
}

func newCache[V any](ttl time.Duration, now func() time.Time) *cache[V] {
	kept, err := lru.New[string, stamped[V]](cacheSize)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &cache[V]{ttl: ttl, now: now, kept: kept}
}

func (c *cache[V]) get(ctx context.Context, key string, load func(context.Context) (V, error)) (V, error) {
	if s, ok := c.kept.Get(key); ok && c.now().Sub(s.at) < c.ttl {
		return s.value, nil
	}
	done := c.flight.DoChan(key, func() (any, error) {
		shared, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
		defer cancel()
		generation, at := c.begin(), c.now()
		value, err := load(shared)
		if err == nil {
			c.keep(key, stamped[V]{value, at}, generation)
		}
		return value, err
	})
	select {
	case r := <-done:
		value, _ := r.Val.(V)
		return value, r.Err
	case <-ctx.Done():
		var none V
		return none, vc.Errorf(vc.Unavailable, "cancelled", "the request ended before the store answered").Because(ctx.Err())
	}
}

func (c *cache[V]) begin() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.generation
}

// keep drops what was read before a change of any key: it may be the old row.
func (c *cache[V]) keep(key string, s stamped[V], generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation == generation {
		c.kept.Add(key, s)
	}
}

// forget makes the next get read again, even while an older read is under way.
func (c *cache[V]) forget(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	c.flight.Forget(key)
	c.kept.Remove(key)
}
