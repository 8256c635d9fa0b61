package agent

import (
	"context"
	"slices"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Socket is a WebSocket through which messages come, and go to whoever holds its other end.
type Socket interface {
	// Bind gives envelopes for a key of theirs to the socket from now on. held sends what waits for that peer; it is called soon, but
	// not by Bind, and again from time to time.
	Bind(key didcomm.Verkey, held func(ctx context.Context))
}

// Answerer is a [Socket] that finds out whether its other end reads what goes back. Answer sends an envelope, and calls outcome once,
// later and outside of the call, within a bounded time.
type Answerer interface {
	Answer(ctx context.Context, envelope []byte, outcome func(ctx context.Context, read bool))
}

// heldState is what is known here of peers that come for their letters.
type heldState struct {
	once    sync.Once
	pushing lanes
	running sync.WaitGroup
	live    *lru.Cache[string, struct{}]  // connections whose peers want their relayed letters in deliveries
	offered *lru.Cache[string, time.Time] // letters in such deliveries, which may have been lost
}

const (
	maxLive    = 1 << 16
	offerAgain = 30 * time.Second
	pushPage   = 50
)

func (d *Desk) heldState() *heldState {
	s := &d.state.held
	s.once.Do(func() {
		var err error
		if s.live, err = lru.New[string, struct{}](maxLive); err == nil {
			s.offered, err = lru.New[string, time.Time](maxLive)
		}
		if err != nil {
			panic(err) // the size is a constant
		}
	})
	return s
}

// Wait waits until what was begun in the background is done.
func (d *Desk) Wait() { d.heldState().running.Wait() }

// committed does what is due at once after a commit: what is held for a peer goes out where it holds a socket open.
func (d *Desk) committed(ctx context.Context, t *Turn) {
	var connections []string
	for _, letter := range t.letters {
		if letter.State == vc.LetterHeld && letter.Connection != "" && !slices.Contains(connections, letter.Connection) {
			connections = append(connections, letter.Connection)
		}
	}
	for _, id := range connections {
		d.heldState().running.Go(func() { d.push(context.WithoutCancel(ctx), t.By.Scope, id) })
	}
}

// answer gives what goes back on the way a message came: Aries RFC 0092. What was taken is committed already: nothing here fails it.
func (d *Desk) answer(ctx context.Context, in *Inbound, t *Turn, from Source) ([]byte, error) {
	defer d.sendSoon(t) // what does not go back
	if !t.again {
		d.unpack(ctx, in)
	}
	if !in.Back {
		return nil, nil
	}
	transport := in.Message.Head().Transport
	if t.again {
		return d.givenAgain(ctx, in, transport), nil
	}
	d.warn(ctx, "forgetting what was given", d.arrived(ctx, in))
	thread := ""
	switch transport.ReturnRoute {
	case didcomm.ReturnAll:
		if from.Socket != nil {
			from.Socket.Bind(in.From, func(ctx context.Context) { d.pushTo(ctx, in.By.Scope, in.From) })
		}
	case didcomm.ReturnThread:
		if thread = transport.ReturnRouteThread; thread == "" {
			thread = in.Thread
		}
	default:
		return nil, nil
	}
	letter, err := d.back(ctx, in, t, thread, from.Socket == nil)
	if err != nil || letter == nil {
		d.warn(ctx, "looking for what goes back", err)
		return nil, nil
	}
	envelope, err := d.handOver(ctx, t, *letter, in.From)
	d.warn(ctx, "giving back a message", err, "letter", letter.ID)
	if socket, ok := from.Socket.(Answerer); ok && envelope != nil {
		socket.Answer(ctx, envelope, func(ctx context.Context, read bool) {
			if !read {
				d.warn(ctx, "taking back a message that was not read", d.takeBack(ctx, *letter), "letter", letter.ID)
			}
		})
		return nil, nil
	}
	return envelope, nil
}

// back chooses the letter that goes back: of those that handling the message has written the first of its thread, else what has
// been held longest for the peer. It never overtakes one that is being sent.
func (d *Desk) back(ctx context.Context, in *Inbound, t *Turn, thread string, held bool) (found *vc.Letter, err error) {
	fits := func(l vc.Letter) bool { return thread == "" || l.Thread == thread }
	for _, letter := range t.letters {
		if letter.Way != vc.WayOut || !fits(letter) || letter.Connection == "" && letter.Invitation == "" {
			continue
		}
		if letter.State == vc.LetterHeld && !held && letter.Connection != "" {
			return nil, nil // the socket is told in order
		}
		if letter.State == vc.LetterHeld && letter.Thread != in.Thread {
			continue
		}
		if letter.State == vc.LetterWaiting {
			if oldest, err := d.queued(ctx, in.By.Scope, letter.ID); err != nil || len(oldest) == 0 || oldest[0].ID != letter.ID {
				return nil, err
			}
		}
		return &letter, nil
	}
	if !held || !in.Known {
		return nil, nil
	}
	for _, way := range []vc.Way{vc.WayOut, vc.WayRelay} {
		letters, err := d.heldFor(ctx, in.By.Scope, in.Connection.ID, way, "")
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(letters, fits); i >= 0 {
			return &letters[i], nil
		}
	}
	return nil, nil
}

// heldFor lists letters that are held for a connection, oldest first.
func (d *Desk) heldFor(ctx context.Context, scope vc.Scope, connection string, way vc.Way, after string) (letters []vc.Letter, err error) {
	err = d.Rows.View(ctx, scope, func(rows Rows) (err error) {
		letters, err = rows.Letters(vc.LetterQuery{
			Connection: connection, Way: way, States: []vc.LetterState{vc.LetterHeld}, Page: vc.Page{Limit: pushPage, After: after, Ascending: true},
		})
		return err
	})
	return letters, err
}

// pushTo pushes what is held for the connections of a peer's key.
func (d *Desk) pushTo(ctx context.Context, scope vc.Scope, key didcomm.Verkey) {
	var connections []string
	err := d.view(ctx, scope, func(t *Turn) (err error) {
		connections, err = t.Rows.ConnectionsOfPeer(t.Vault.MAC(peerKeyUse, key[:]))
		return err
	})
	d.warn(ctx, "looking for what is held", err)
	for _, id := range connections {
		d.push(ctx, scope, id)
	}
}

// push sends what is held for a connection through a socket that its peer holds open here, in order, until there is none left or
// no socket that takes it.
func (d *Desk) push(ctx context.Context, scope vc.Scope, connection string) {
	leave, err := d.heldState().pushing.enter(ctx, connection)
	if err != nil {
		return // the socket that asked for it is gone
	}
	defer leave()
	for _, way := range []vc.Way{vc.WayOut, vc.WayRelay} {
		after := ""
		for {
			letters, err := d.heldFor(ctx, scope, connection, way, after)
			if err != nil {
				d.warn(ctx, "looking for what is held", err)
				return
			}
			for _, letter := range letters {
				if !d.pushOne(ctx, letter) {
					return
				}
				after = letter.ID
			}
			if len(letters) < pushPage {
				break
			}
		}
	}
}

// pushOne says whether the next may follow.
func (d *Desk) pushOne(ctx context.Context, letter vc.Letter) bool {
	if letter.Way == vc.WayRelay {
		if _, live := d.heldState().live.Get(letter.Connection); live {
			return d.offer(ctx, letter)
		}
	}
	packed, err := d.pack(ctx, letter, true)
	if err != nil {
		d.warn(ctx, "packing what is held", err, "letter", letter.ID)
		return vc.KindOf(err) == vc.NotFound || vc.KindOf(err) == vc.Gone
	}
	for _, key := range d.peerKeys(ctx, letter, packed.recipients) {
		if d.Post.Live(key, packed.envelope) {
			err := d.mark(ctx, letter, vc.LetterSent, "")
			d.warn(ctx, "marking a letter", err, "letter", letter.ID)
			return err == nil
		}
	}
	return false
}

// peerKeys are the keys by which a connection's socket may be known: those that letters go to, and those it sends with.
func (d *Desk) peerKeys(ctx context.Context, letter vc.Letter, recipients []didcomm.Verkey) []didcomm.Verkey {
	keys := slices.Clone(recipients)
	err := d.view(ctx, letter.Scope, func(t *Turn) error {
		c, err := t.connection(letter.Connection)
		if err != nil {
			return err
		}
		keys = slices.Clone(recipients)
		for _, key := range c.Said.Keys {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
		return nil
	})
	d.warn(ctx, "looking for a peer's keys", err)
	return keys
}
