package sdk

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Event says that something happened. Position is the cursor.
type Event struct {
	Position     int64           `json:"position"`
	ID           string          `json:"id"`
	Type         string          `json:"type"`
	At           time.Time       `json:"at"`
	Organisation string          `json:"organisation,omitempty"`
	Object       string          `json:"object,omitempty"`
	Subject      string          `json:"subject,omitempty"`
	Data         json.RawMessage `json:"data,omitempty"`
}

// AuditEntry is an entry of the tenant's audit chain.
type AuditEntry struct {
	Position     int64     `json:"position"`
	At           time.Time `json:"at"`
	Action       string    `json:"action"`
	Principal    string    `json:"principal"`
	Organisation string    `json:"organisation,omitempty"`
	Door         string    `json:"door,omitempty"`
	Request      string    `json:"request,omitempty"`
	Object       string    `json:"object,omitempty"`
	Detail       string    `json:"detail,omitempty"`
	Hash         string    `json:"hash"`
}

// AuditHead is the end of the chain, MACed by the server; keep it elsewhere to find cuts.
type AuditHead struct {
	Tenant   string `json:"tenant"`
	Position int64  `json:"position"`
	Hash     string `json:"hash"`
	MAC      string `json:"mac"`
	Key      string `json:"key"`
}

type numbered[T any] struct {
	Items []T   `json:"items"`
	Next  int64 `json:"next"`
}

func positions(after int64, limit int) url.Values {
	v := url.Values{"after": {strconv.FormatInt(after, 10)}}
	if limit > 0 {
		v.Set("limit", strconv.Itoa(limit))
	}
	return v
}

// Events gives the events after a position, oldest first, and the position to ask after next time. limit 0 is 100.
func (c *Client) Events(ctx context.Context, after int64, limit int) ([]Event, int64, error) {
	out, err := read[numbered[Event]](ctx, c, "/events", positions(after, limit))
	return out.Items, out.Next, err
}

// Audit gives the audit entries after a position, oldest first, and the position to ask after next time.
func (c *Client) Audit(ctx context.Context, after int64, limit int) ([]AuditEntry, int64, error) {
	out, err := read[numbered[AuditEntry]](ctx, c, "/audit", positions(after, limit))
	return out.Items, out.Next, err
}

// AuditHead gives the end of the audit chain.
func (c *Client) AuditHead(ctx context.Context) (AuditHead, error) {
	return read[AuditHead](ctx, c, "/audit/head", nil)
}

// StreamEvents calls fn with each event after a position, as they happen, until ctx ends, fn fails or the server
// refuses; it comes back by itself when the connection is lost.
func (c *Client) StreamEvents(ctx context.Context, after int64, fn func(Event) error) error {
	endless := c.endless() // a lost connection shows in the keep-alive that does not come
	for n := 1; ; n++ {
		got, err := c.stream(ctx, endless, &after, fn)
		if err != nil && !again(ctx, err) {
			return err
		}
		if got {
			n = 1
		}
		if err == nil {
			err = io.EOF
		}
		if stopped := pause(ctx, min(n, 6), err); stopped != nil {
			return ctx.Err()
		}
	}
}

// silence is how long a stream may say nothing: three times what the server's keep-alive takes.
const silence = 45 * time.Second

// stream reads one connection; got says whether any event came. An end of the connection is no error.
func (c *Client) stream(ctx context.Context, client *http.Client, after *int64, fn func(Event) error) (got bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	res, err := c.send(ctx, client, request{
		method: http.MethodGet, path: "/events", query: positions(*after, 0),
		header: http.Header{"Accept": {"text/event-stream"}},
	}, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = res.Body.Close() }()
	quiet := time.AfterFunc(silence, cancel)
	defer quiet.Stop()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		quiet.Reset(silence)
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var e Event
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			return got, err
		}
		if err := fn(e); err != nil {
			return got, err
		}
		*after, got = e.Position, true
	}
	return got, nil
}
