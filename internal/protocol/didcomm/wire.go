// Package didcomm is the transport of DIDComm v1: the inlet that peers send their envelopes to, and the post that takes ours to
// them, over HTTP and WebSockets. Whose an envelope is, and what is in it, is the agent's affair.
//
//	in   POST /didcomm ── type, size ──> Agent.Receive ──> 200, empty or with the envelope that goes back
//	     GET /didcomm, Upgrade ──> socket: a frame is an envelope; what the agent binds to it is pushed through it
//	out  Post(http…) ── gate of the host ──> guarded client ──> 2xx
//	     Post(ws…)   ── gate of the host ──> a socket for each endpoint ──> written, and its ping answered
//
// An envelope is accepted only when the agent has committed what it did, so that a peer whose envelope is lost here knows it. The
// answer to a ping follows what was written before it, so that it says the same of a frame to any server that reads in order.
package didcomm

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/httpx"
	spec "github.com/chancery-vc/chancery/spec/didcomm"
)

// Receiver handles an envelope once and gives the one that goes back. *agent.Desk is one.
type Receiver interface {
	Receive(ctx context.Context, envelope []byte, from agent.Source) (answer []byte, err error)
}

// Wire is both ends of the transport. Client and Agent are needed, and Agent may be set as late as the first envelope. Run must run.
type Wire struct {
	Client   *httpx.Client // see [ClientTimeout] and [MaxAnswer]; follows no redirects
	Agent    Receiver
	Log      *slog.Logger  // nil: silent
	Sockets  int           // at most, of those that peers open; 0: 10 000
	Idle     time.Duration // of a socket that we opened, before it is closed; 0: a minute
	Ping     time.Duration // between pings; 0: 30 s
	Patience time.Duration // for the answer to a ping; 0: 15 s
	Look     time.Duration // between looks for what another server has put there for a socket; 0: 30 s

	once  sync.Once
	gates *gates
	hub   *hub
	pool  *pool
}

// ClientTimeout and MaxAnswer are what Client should have: some agents answer when they have handled a message, not before.
const (
	ClientTimeout = 20 * time.Second
	MaxAnswer     = spec.MaxEnvelope

	returnWait = 10 * time.Second // for what goes back on the way an envelope came
)

func (w *Wire) ready() {
	w.once.Do(func() {
		w.gates = newGates()
		w.hub = newHub(or(w.Sockets, 10_000))
		w.pool = &pool{wire: w, lines: map[string]*line{}}
	})
}

// Run closes sockets that nobody uses until ctx ends, and then all of them. What was read of them is handled first.
func (w *Wire) Run(ctx context.Context) {
	w.ready()
	tick := time.NewTicker(min(or(w.Idle, time.Minute)/4, 10*time.Second))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			w.pool.close()
			w.hub.close()
			return
		case now := <-tick.C:
			w.pool.sweep(now)
		}
	}
}

// Live writes an envelope to the newest socket that the agent has bound to a key. False: there is none here that took it.
func (w *Wire) Live(key spec.Verkey, envelope []byte) bool {
	w.ready()
	for _, s := range w.hub.of(key) {
		if s.send(context.Background(), envelope) == nil {
			return true
		}
	}
	return false
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
