package didcomm

import (
	"context"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/chancery-vc/chancery/internal/vc"
)

// maxLines is how many sockets we hold open to others.
const maxLines = 256

// pool keeps a socket for each endpoint of a WebSocket that was written to lately. What comes back through it is received.
type pool struct {
	wire *Wire

	mu     sync.Mutex
	closed bool
	lines  map[string]*line
}

// line is the socket to an endpoint, dialled when it is needed.
type line struct {
	url string

	mu     sync.Mutex // held while dialling
	socket *socket
	used   time.Time // under the pool's mu
}

// post writes an envelope to an endpoint's socket. One that has gone since it was last used is dialled anew, once.
func (p *pool) post(ctx context.Context, url string, envelope []byte) error {
	l, err := p.line(url)
	if err != nil {
		return err
	}
	for again := false; ; again = true {
		s, fresh, err := l.open(ctx, p.wire)
		if err != nil {
			return err
		}
		if s.send(ctx, envelope) == nil {
			return nil
		}
		l.drop(s)
		if again || fresh || ctx.Err() != nil {
			return vc.Errorf(vc.Unavailable, "peer-socket", "the socket to the peer ended before it had read the envelope")
		}
	}
}

func (p *pool) line(url string) (*line, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, vc.Errorf(vc.Unavailable, "stopping", "this server is stopping")
	}
	l, ok := p.lines[url]
	if !ok {
		if len(p.lines) >= maxLines {
			p.dropOldest()
		}
		l = &line{url: url}
		p.lines[url] = l
	}
	l.used = time.Now()
	return l, nil
}

func (p *pool) dropOldest() {
	var oldest *line
	for _, l := range p.lines {
		if oldest == nil || l.used.Before(oldest.used) {
			oldest = l
		}
	}
	delete(p.lines, oldest.url)
	go oldest.hangUp()
}

// sweep closes the sockets that nobody used for a while.
func (p *pool) sweep(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for url, l := range p.lines {
		if now.Sub(l.used) >= or(p.wire.Idle, time.Minute) && !l.busy(now) {
			delete(p.lines, url)
			go l.hangUp()
		}
	}
}

func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
}

// open gives the socket, and whether it was dialled for this.
func (l *line) open(ctx context.Context, w *Wire) (s *socket, fresh bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.socket != nil {
		return l.socket, false, nil
	}
	conn, err := w.Client.Dial(ctx, l.url, nil)
	if err != nil {
		return nil, false, err
	}
	s = w.newSocket(conn)
	l.socket = s
	go func() {
		w.hub.serve(context.WithoutCancel(ctx), s)
		l.drop(s)
	}()
	return s, true, nil
}

// busy says whether frames came through the line lately.
func (l *line) busy(now time.Time) bool {
	if !l.mu.TryLock() {
		return true // it is being dialled
	}
	defer l.mu.Unlock()
	return l.socket != nil && now.Sub(l.socket.lastUse()) < or(l.socket.wire.Idle, time.Minute)
}

func (l *line) drop(s *socket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.socket == s {
		l.socket = nil
	}
}

func (l *line) hangUp() {
	l.mu.Lock()
	s := l.socket
	l.socket = nil
	l.mu.Unlock()
	if s != nil {
		_ = s.conn.Close(websocket.StatusNormalClosure, "")
	}
}
