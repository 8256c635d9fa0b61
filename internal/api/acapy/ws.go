package acapy

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

const (
	pingEvery    = 5 * time.Second
	watchEvery   = time.Minute      // how often who listens, and to which wallets, is looked at
	maxWatched   = 1000             // wallets that one socket hears of
	slowReader   = 30 * time.Second // for one frame; who is slower is left, and reads the rest by after=
	maxFrame     = 4 << 10          // of what a client says: a key
	eventsAtOnce = 100
)

// frame is what a socket is sent.
type frame struct {
	Topic         string         `json:"topic"`
	Payload       jsontext.Value `json:"payload,omitzero"`
	WalletID      string         `json:"wallet_id,omitzero"`
	Authenticated *bool          `json:"authenticated,omitzero"`
}

// settingsFrame is the first payload.
type settingsFrame struct {
	Authenticated bool   `json:"authenticated"`
	Label         string `json:"label"`
	Endpoint      string `json:"endpoint"`
	NoReceive     bool   `json:"no_receive_invites"`
	Help          string `json:"help_link"`
}

// socket tells of what happens in the caller's wallet: by GET /ws. Who does not say who calls by a header says so by a first frame,
// {"x-api-key": …} or {"authorization": "Bearer …"}, and is told nothing before.
func (d *Door) socket(w http.ResponseWriter, r *http.Request) {
	c := &call{Request: r, line: &line{auth: tenant, needs: access.EventRead}, query: httpx.Query(r), named: map[string]name{}}
	known := d.enter(c) == nil
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		InsecureSkipVerify: !d.Settings.Insecure, // any origin: nobody is known by a cookie
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		return // answered
	}
	conn.SetReadLimit(maxFrame)
	ctx, end := context.WithCancel(r.Context())
	defer end()
	if d.Stopping != nil {
		go func() {
			select {
			case <-d.Stopping:
				_ = conn.Close(websocket.StatusGoingAway, "")
				end()
			case <-ctx.Done():
			}
		}()
	}
	s := &listener{door: d, conn: conn, call: c, entered: make(chan struct{})}
	if known {
		close(s.entered)
	}
	go func() {
		defer end()
		s.hear(ctx, known)
	}()
	_ = s.run(ctx, known) // who left is told nothing
	_ = conn.Close(websocket.StatusNormalClosure, "")
}

// enter admits who opens a socket: a wallet, or with an API key the base and, where there are wallets, those that dispatch to it. An
// operator hears of wallets also where the base is no wallet yet; then there is no scope.
func (d *Door) enter(c *call) error {
	if d.Settings.Multitenant && c.Header.Get("Authorization") == "" {
		who, err := d.adminCaller(c)
		if err != nil {
			return err
		}
		c.who = who
		c.scope, c.office, c.tenant, err = d.Access.Office(c.ctx(), who, c.PathValue("tenant"), access.Any)
		if err != nil && codeOf(err) != "no-organisation" {
			return err
		}
		return access.Authorize(who, access.EventRead, c.scope)
	}
	return d.admit(c)
}

// listener is one socket.
type listener struct {
	door    *Door
	conn    *websocket.Conn
	call    *call
	entered chan struct{}
}

// hear reads what the client says until it leaves.
func (s *listener) hear(ctx context.Context, known bool) {
	for {
		_, text, err := s.conn.Read(ctx)
		if err != nil {
			return
		}
		if known {
			continue
		}
		var said struct {
			Key           string `json:"x-api-key"`
			Authorization string `json:"authorization"`
		}
		if json.Unmarshal(text, &said) != nil || said.Key == "" && said.Authorization == "" {
			continue
		}
		again := s.call.Clone(ctx)
		again.Header = http.Header{}
		if again.Header.Set(keyHeader, said.Key); said.Authorization != "" {
			again.Header = http.Header{"Authorization": {said.Authorization}}
		}
		s.call.Request = again
		if s.door.enter(s.call) == nil {
			known = true
			close(s.entered)
		}
	}
}

func (s *listener) send(ctx context.Context, f frame) error {
	text, err := json.Marshal(f, json.Deterministic(true))
	if err != nil {
		return err
	}
	ctx, done := context.WithTimeout(ctx, slowReader)
	defer done()
	return s.conn.Write(ctx, websocket.MessageText, text)
}

// watched is an office that a socket hears of.
type watched struct {
	scope    vc.Scope
	position int64
}

func (s *listener) run(ctx context.Context, known bool) error {
	settings, err := json.Marshal(settingsFrame{
		Authenticated: known, Label: s.door.Settings.Label, Endpoint: s.door.Settings.Endpoint, Help: s.door.URL,
	})
	if err != nil {
		return err
	}
	if err := s.send(ctx, frame{Topic: "settings", Payload: settings}); err != nil {
		return err
	}
	entered := s.entered
	var offices map[vc.Scope]*watched
	ping, list := time.NewTicker(pingEvery), time.NewTicker(watchEvery)
	defer ping.Stop()
	defer list.Stop()
	for {
		var moved <-chan struct{}
		if offices != nil {
			if moved, err = s.pass(ctx, offices); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-moved:
		case <-entered:
			entered = nil
			if offices, err = s.offices(ctx, nil); err != nil {
				return err
			}
		case <-list.C:
			if offices != nil {
				if err := s.door.enter(s.call); err != nil { // who may no more is told no more
					return err
				}
				if offices, err = s.offices(ctx, offices); err != nil {
					return err
				}
			}
		case <-ping.C:
			in := offices != nil
			if err := s.send(ctx, frame{Topic: "ping", Authenticated: &in}); err != nil {
				return err
			}
		}
	}
}

// offices are those that the socket hears of; what was heard before goes on where it was.
func (s *listener) offices(ctx context.Context, before map[vc.Scope]*watched) (map[vc.Scope]*watched, error) {
	d, now := s.door, map[vc.Scope]*watched{}
	var failed error
	add := func(scope vc.Scope) {
		if known := before[scope]; known != nil {
			now[scope] = known
			return
		}
		head, err := d.Journal.Head(ctx, scope)
		if err != nil && vc.KindOf(err) != vc.NotFound {
			failed = err
			return
		}
		at := &watched{scope: scope, position: head.Position}
		if after, err := strconv.ParseInt(s.call.query.Get("after"), 10, 64); err == nil && after >= 0 && after < at.position && scope == s.call.scope {
			at.position = after
		}
		now[scope] = at
	}
	if s.call.scope != (vc.Scope{}) {
		add(s.call.scope)
	}
	if d.Settings.Multitenant && s.call.who.Kind != vc.Wallet && access.Authorize(s.call.who, access.EventRead, vc.Scope{}) == nil {
		err := d.eachWallet(ctx, func(w access.Wallet) {
			switch dispatch := dispatchOf(w.Settings); {
			case len(now) > maxWatched:
			case dispatch == agent.DispatchDefault && len(w.Settings.Webhooks) > 0:
			default:
				add(w.Scope())
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return now, failed
}

// pass sends what has happened since, and gives what tells of more.
func (s *listener) pass(ctx context.Context, offices map[vc.Scope]*watched) (<-chan struct{}, error) {
	d := s.door
	form := Form{Agent: d.Agent, Multitenant: d.Settings.Multitenant, Preserve: d.Settings.Preserve}
	var moved <-chan struct{}
	if d.Journal.Publisher != nil {
		moved = d.Journal.Publisher.Moved() // before reading, so that nothing falls between
	}
	for _, at := range offices {
		for {
			entries, err := d.Journal.Events(ctx, at.scope, at.position, eventsAtOnce)
			if err != nil {
				return nil, err
			}
			for _, entry := range entries {
				what, ok, err := form.tell(ctx, entry)
				if err != nil {
					return nil, err
				}
				if ok {
					if err := s.send(ctx, frame{Topic: what.topic, Payload: what.body, WalletID: what.wallet}); err != nil {
						return nil, err
					}
				}
				at.position = entry.Position
			}
			if len(entries) < eventsAtOnce {
				break
			}
		}
	}
	return moved, nil
}
