package didcomm

import (
	"context"
	"slices"
	"sync"

	"github.com/coder/websocket"

	spec "github.com/chancery-vc/chancery/spec/didcomm"
)

// hub knows the open sockets, and whose envelopes each of them takes.
type hub struct {
	limit int

	mu     sync.Mutex
	closed bool
	peers  int // sockets that peers opened
	keys   map[spec.Verkey][]*socket
	open   map[*socket]struct{}

	serving sync.WaitGroup
}

func newHub(limit int) *hub {
	return &hub{limit: limit, keys: map[spec.Verkey][]*socket{}, open: map[*socket]struct{}{}}
}

// enter counts a peer's socket that is about to be opened: false where there are too many, or no more are served.
func (h *hub) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || h.peers >= h.limit {
		return false
	}
	h.peers++
	return true
}

func (h *hub) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.peers--
}

// serve serves a socket until it ends. It is closed with the others.
func (h *hub) serve(ctx context.Context, s *socket) {
	h.mu.Lock()
	closed := h.closed
	if !closed {
		h.open[s] = struct{}{}
		h.serving.Add(1)
	}
	h.mu.Unlock()
	if closed {
		_ = s.conn.Close(websocket.StatusGoingAway, "")
		return
	}
	defer h.serving.Done()
	s.serve(ctx)
}

func (h *hub) bind(key spec.Verkey, s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, open := h.open[s]; open {
		h.keys[key] = append(h.keys[key], s)
	}
}

// of gives the sockets of a key, the newest first.
func (h *hub) of(key spec.Verkey) []*socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := slices.Clone(h.keys[key])
	slices.Reverse(list)
	return list
}

func (h *hub) forget(s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.open, s)
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.bound {
		h.keys[key] = slices.DeleteFunc(h.keys[key], func(other *socket) bool { return other == s })
		if len(h.keys[key]) == 0 {
			delete(h.keys, key)
		}
	}
}

// close ends all sockets and waits until what was read of them is handled.
func (h *hub) close() {
	h.mu.Lock()
	h.closed = true
	open := make([]*socket, 0, len(h.open))
	for s := range h.open {
		open = append(open, s)
	}
	h.mu.Unlock()
	var closing sync.WaitGroup
	for _, s := range open {
		closing.Go(func() { _ = s.conn.Close(websocket.StatusGoingAway, "") })
	}
	closing.Wait()
	h.serving.Wait()
}
