package native

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// eventWire is the event face of a journal entry. Position is the cursor.
type eventWire struct {
	Position     int64          `json:"position"`
	ID           string         `json:"id"`
	Type         string         `json:"type"`
	At           time.Time      `json:"at"`
	Organisation string         `json:"organisation,omitempty"`
	Object       string         `json:"object,omitempty"`
	Subject      string         `json:"subject,omitempty"`
	Data         jsontext.Value `json:"data,omitempty"`
}

// numbered is a list whose cursor is a position, given even when nothing followed it.
type numbered[T any] struct {
	Items []T   `json:"items"`
	Next  int64 `json:"next"`
}

func wireEvent(e vc.Entry) eventWire {
	return eventWire{
		Position: e.Position, ID: e.ID, Type: e.Action, At: e.At, Organisation: e.Scope.Organisation,
		Object: e.Object, Subject: e.Subject, Data: e.Data,
	}
}

// listEvents gives events after a position, or keeps giving them as server-sent events.
func (d *Door) listEvents(w http.ResponseWriter, r *http.Request, c call) error {
	after, limit, err := positions(r)
	if err != nil {
		return err
	}
	if accepts(r, "text/event-stream") {
		return d.streamEvents(w, r, c, after)
	}
	entries, err := d.Journal.Events(r.Context(), c.scope, after, limit)
	if err != nil {
		return err
	}
	out := numbered[eventWire]{Items: make([]eventWire, 0, len(entries)), Next: after}
	for _, e := range entries {
		out.Items, out.Next = append(out.Items, wireEvent(e)), e.Position
	}
	httpx.EncodeJSON(w, http.StatusOK, out)
	return nil
}

func positions(r *http.Request) (after int64, limit int, err error) {
	values, err := params(r, "after", "limit")
	if err != nil {
		return 0, 0, err
	}
	const most = 1<<53 - 1
	if after, err = number(values, "after", 0, 0, most); err != nil {
		return 0, 0, err
	}
	n, err := number(values, "limit", 100, 1, maxLimit)
	return after, int(n), err
}

const streamBatch = 100

// streamEvents is the event stream of the HTML standard §9.2. A client that comes back sends Last-Event-ID, which
// wins over the query. Whatever ends a stream, its client comes back and then learns why.
func (d *Door) streamEvents(w http.ResponseWriter, r *http.Request, c call, after int64) error {
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		n, err := strconv.ParseInt(last, 10, 64)
		if err != nil || n < 0 {
			return vc.Errorf(vc.Invalid, "parameter", "Last-Event-ID must be the position of an event")
		}
		after = n
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	go func() {
		select {
		case <-d.Stopping:
			cancel()
		case <-ctx.Done():
		}
	}()
	entries, err := d.Journal.Events(ctx, c.scope, after, streamBatch)
	if err != nil {
		return err
	}
	s := httpx.StartEvents(w)
	for err == nil && ctx.Err() == nil && d.stillAllowed(r) && send(s, entries) {
		if len(entries) > 0 {
			after = entries[len(entries)-1].Position
		}
		quiet, done := context.WithTimeout(ctx, httpx.KeepAlive)
		entries, err = d.Journal.Wait(quiet, c.scope, after, streamBatch)
		done()
	}
	return nil
}

// stillAllowed admits the caller again, from the service's short-lived cache: a revoked key ends its streams.
func (d *Door) stillAllowed(r *http.Request) bool {
	again, err := d.admit(r)
	return err == nil && access.Authorize(again.who, access.EventRead, again.scope) == nil
}

// send writes events, or a comment that keeps the connection when there are none; false when the reader is gone.
func send(s *httpx.EventStream, entries []vc.Entry) bool {
	if len(entries) == 0 && !s.Beat() {
		return false
	}
	for _, e := range entries {
		data, err := json.Marshal(wireEvent(e), json.Deterministic(true))
		if err != nil || !s.Send(strconv.FormatInt(e.Position, 10), e.Action, data) {
			return false
		}
	}
	return s.Flush()
}
