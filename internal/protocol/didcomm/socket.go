package didcomm

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
	spec "github.com/chancery-vc/chancery/spec/didcomm"
)

const (
	frameTime   = time.Minute // for a frame, once it has begun
	writeTime   = 10 * time.Second
	maxBound    = 256 // keys of a socket
	statusAgain = websocket.StatusTryAgainLater
)

// socket is a WebSocket, of a peer that opened it or of ours to an endpoint. It is an [agent.Socket].
type socket struct {
	conn *websocket.Conn
	wire *Wire

	mu    sync.Mutex
	used  time.Time
	bound map[spec.Verkey]func(context.Context)
	more  chan struct{}

	answers sync.WaitGroup // that are not known to have been read
}

func (w *Wire) newSocket(conn *websocket.Conn) *socket {
	conn.SetReadLimit(spec.MaxEnvelope)
	return &socket{
		conn: conn, wire: w, used: time.Now(), bound: map[spec.Verkey]func(context.Context){},
		more: make(chan struct{}, 1),
	}
}

// Bind gives envelopes for key to this socket from now on. held sends what waits for the key: it is called soon, outside of the
// call that binds, and again from time to time, since another server may have put something there.
func (s *socket) Bind(key spec.Verkey, held func(context.Context)) {
	s.mu.Lock()
	_, known := s.bound[key]
	full := !known && len(s.bound) >= maxBound
	if !full {
		s.bound[key] = held
	}
	s.mu.Unlock()
	if full {
		return
	}
	if !known {
		s.wire.hub.bind(key, s)
	}
	select {
	case s.more <- struct{}{}:
	default:
	}
}

// serve reads frames until the socket or ctx ends. They are handled in their order, and the next is read when one is done.
func (s *socket) serve(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var helpers sync.WaitGroup
	helpers.Go(func() { s.push(ctx) })
	helpers.Go(func() { s.ping(ctx) })
	defer func() {
		cancel()
		s.wire.hub.forget(s)
		_ = s.conn.CloseNow()
		helpers.Wait()
		s.answers.Wait()
	}()
	for {
		envelope, err := s.read(ctx)
		if err != nil {
			return
		}
		s.touch()
		if code, why := s.handle(ctx, envelope); code != 0 {
			_ = s.conn.Close(code, why)
			return
		}
	}
}

func (s *socket) read(ctx context.Context) ([]byte, error) {
	_, frame, err := s.conn.Reader(ctx)
	if err != nil {
		return nil, err
	}
	late := time.AfterFunc(frameTime, func() { _ = s.conn.CloseNow() })
	defer late.Stop()
	return io.ReadAll(frame)
}

// handle gives a frame to the agent. A code other than 0 is why the socket ends. What is not for us, or was not understood inside
// its envelope, ends nothing: a socket may be shared by several connections.
func (s *socket) handle(ctx context.Context, envelope []byte) (websocket.StatusCode, string) {
	answer, err := s.wire.Agent.Receive(context.WithoutCancel(ctx), envelope, agent.Source{Socket: s})
	if err == nil {
		if len(answer) > 0 && s.write(ctx, answer) != nil {
			return websocket.StatusGoingAway, ""
		}
		return 0, ""
	}
	s.wire.refused(ctx, err)
	switch vc.KindOf(err) {
	case vc.Unavailable:
		return statusAgain, "try again later"
	case vc.Internal:
		return websocket.StatusInternalError, ""
	}
	switch codeOf(err) {
	case "envelope-malformed":
		return websocket.StatusInvalidFramePayloadData, "this is no envelope"
	case agent.CodeForwardUnknown: // else it would count as taken
		return websocket.StatusPolicyViolation, "there is nobody here to forward this to"
	}
	return 0, ""
}

// push sends what waits for the keys of the socket: when one is bound, and from time to time.
func (s *socket) push(ctx context.Context) {
	tick := time.NewTicker(or(s.wire.Look, 30*time.Second))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.more:
		case <-tick.C:
		}
		for _, held := range s.waiting() {
			held(ctx)
		}
	}
}

func (s *socket) waiting() []func(context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]func(context.Context), 0, len(s.bound))
	for _, held := range s.bound {
		if held != nil {
			list = append(list, held)
		}
	}
	return list
}

// ping ends a socket whose other end is gone.
func (s *socket) ping(ctx context.Context) {
	tick := time.NewTicker(or(s.wire.Ping, 30*time.Second))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			// A peer that is busy with a message answers when it is done.
			if s.pong(ctx, max(time.Minute, s.patience())) != nil {
				_ = s.conn.CloseNow()
				return
			}
		}
	}
}

func (s *socket) patience() time.Duration { return or(s.wire.Patience, 15*time.Second) }

func (s *socket) pong(ctx context.Context, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return s.conn.Ping(ctx)
}

// write sends a frame and does not ask what became of it.
func (s *socket) write(ctx context.Context, envelope []byte) error {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	return s.conn.Write(ctx, websocket.MessageBinary, envelope)
}

// Answer writes what goes back for a frame, and says later whether the other end has read it: the frames that come meanwhile are what
// tells. A socket that fails at it is closed.
func (s *socket) Answer(ctx context.Context, envelope []byte, outcome func(context.Context, bool)) {
	err := s.write(ctx, envelope)
	s.answers.Go(func() {
		if err == nil {
			err = s.pong(ctx, s.patience())
		}
		if err != nil {
			_ = s.conn.CloseNow()
		}
		outcome(ctx, err == nil)
	})
}

// send writes a frame and waits until the other end has read it. A socket that fails at it is closed.
func (s *socket) send(ctx context.Context, envelope []byte) error {
	s.touch()
	err := s.write(ctx, envelope)
	if err == nil {
		err = s.pong(ctx, s.patience())
	}
	if err != nil {
		_ = s.conn.CloseNow()
	}
	return err
}

func (s *socket) touch() {
	s.mu.Lock()
	s.used = time.Now()
	s.mu.Unlock()
}

func (s *socket) lastUse() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used
}
