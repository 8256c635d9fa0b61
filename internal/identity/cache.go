package identity

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// cache is a bounded memory of what was read, for a time that goes with each entry. Each change on this server moves
// the generation, so that what was read before a change and arrives after it is not kept.
type cache[K comparable, V any] struct {
	now     func() time.Time
	entries *lru.Cache[K, entry[V]]
	mu      sync.Mutex
	changes uint64
}

type entry[V any] struct {
	value   V
	expires time.Time
}

func newCache[K comparable, V any](size int, now func() time.Time) *cache[K, V] {
	entries, err := lru.New[K, entry[V]](size)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &cache[K, V]{now: now, entries: entries}
}

// get gives what is kept and not too old.
func (c *cache[K, V]) get(key K) (V, bool) {
	e, ok := c.entries.Get(key)
	if !ok || !c.now().Before(e.expires) {
		var none V
		return none, false
	}
	return e.value, true
}

// generation is taken before a read and given to put after it.
func (c *cache[K, V]) generation() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changes
}

// put keeps a value unless something changed since generation.
func (c *cache[K, V]) put(key K, value V, ttl time.Duration, generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes == generation {
		c.entries.Add(key, entry[V]{value, c.now().Add(ttl)})
	}
}

// drop forgets every entry that matches.
func (c *cache[K, V]) drop(matches func(K) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	for _, key := range c.entries.Keys() {
		if matches(key) {
			c.entries.Remove(key)
		}
	}
}
