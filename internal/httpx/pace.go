package httpx

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Pace bounds what strangers may do under each key, in this server: so much at once, and then as much in an hour. It remembers the keys
// that were met last. Its zero value is ready.
type Pace struct {
	mu    sync.Mutex
	spent *lru.Cache[string, time.Time] // when all that was taken is regained
}

// Take says whether there is one left under a key, and takes it.
func (p *Pace) Take(key string, now time.Time, anHour int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.spent == nil {
		spent, err := lru.New[string, time.Time](1 << 14)
		if err != nil {
			panic(err) // only for a size that is not positive
		}
		p.spent = spent
	}
	until, _ := p.spent.Get(key)
	if until.Before(now) {
		until = now
	}
	if until = until.Add(time.Hour / time.Duration(anHour)); until.Sub(now) > time.Hour {
		return false
	}
	p.spent.Add(key, until)
	return true
}
