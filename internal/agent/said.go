package agent

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/chancery-vc/chancery/internal/vc"
)

// settingsTTL is how old settings may be that another server has changed.
const settingsTTL = time.Second

// said remembers what offices say.
type said struct {
	once  sync.Once
	kept  *lru.Cache[vc.Scope, heard]
	mu    sync.Mutex
	since uint64 // changes on this server
}

type heard struct {
	settings vc.AgentSettings
	at       time.Time
}

func (s *said) memory() *lru.Cache[vc.Scope, heard] {
	s.once.Do(func() {
		kept, err := lru.New[vc.Scope, heard](4096)
		if err != nil {
			panic(err) // only for a size that is not positive
		}
		s.kept = kept
	})
	return s.kept
}

func (s *said) get(scope vc.Scope, now time.Time) (vc.AgentSettings, bool) {
	h, ok := s.memory().Get(scope)
	return h.settings, ok && now.Sub(h.at) < settingsTTL
}

// changes is taken before settings are read and given to put after it: what was read before a change is not kept after it.
func (s *said) changes() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.since
}

func (s *said) put(scope vc.Scope, settings vc.AgentSettings, at time.Time, changes uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since == changes {
		s.memory().Add(scope, heard{settings, at})
	}
}

func (s *said) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since++
	s.memory().Purge()
}
