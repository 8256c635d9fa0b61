package agent

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// strangersAnHour is how many messages of unknown senders an hour have something stored for one key of ours, where nothing is set: a
// receipt each, and maybe a connection. Anybody may have got hold of an invitation for many, or know a public DID.
const strangersAnHour = 3600

// pace bounds what happens under each key: so much at once, and then as much in an hour. It remembers the keys that were met last.
type pace struct {
	mu    sync.Mutex
	spent *lru.Cache[string, time.Time] // when all that was taken is regained
}

// take says whether there is one left under a key, and takes it.
func (p *pace) take(key string, now time.Time, anHour int) bool {
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
