package peers

import (
	"sync"
	"testing"
)

// Shared is one [Process] for all tests of a binary, started by the first that asks. TestMain closes it.
type Shared struct {
	once    sync.Once
	process *Process
	err     error
}

// For is the process as a test uses it. Where there is none the test is left out, as [Start] does.
func (s *Shared) For(t testing.TB) *Peer {
	t.Helper()
	s.once.Do(func() { s.process, s.err = Open() })
	if s.err != nil {
		Missing(t, s.err)
	}
	return s.process.For(t)
}

// Close ends the process, if one was started.
func (s *Shared) Close() {
	if s.process != nil {
		s.process.Close()
	}
}
