package httpx

import (
	"bytes"
	"fmt"
	"net/http"
	"time"
)

// KeepAlive is how long an event stream may be silent before [EventStream.Beat] is due.
const KeepAlive = 15 * time.Second

// slowReader is how long one write may wait: a reader who stopped does not hold the connection.
const slowReader = 30 * time.Second

// EventStream writes server-sent events, HTML Standard §9.2. Every method tells whether the reader is still there.
type EventStream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// StartEvents answers 200 and begins a stream.
func StartEvents(w http.ResponseWriter) *EventStream {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	return &EventStream{w: w, control: http.NewResponseController(w)}
}

// Send writes one event; an id or a type that is "" is left out. Neither may hold a line break.
func (s *EventStream) Send(id, event string, data []byte) bool {
	var b bytes.Buffer
	if id != "" {
		fmt.Fprintf(&b, "id: %s\n", id)
	}
	if event != "" {
		fmt.Fprintf(&b, "event: %s\n", event)
	}
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		fmt.Fprintf(&b, "data: %s\n", line)
	}
	b.WriteByte('\n')
	return s.write(b.Bytes())
}

// Beat writes a comment that keeps the connection.
func (s *EventStream) Beat() bool { return s.write([]byte(":\n\n")) }

// Flush sends what was written.
func (s *EventStream) Flush() bool { return s.control.Flush() == nil }

func (s *EventStream) write(text []byte) bool {
	_ = s.control.SetWriteDeadline(time.Now().Add(slowReader))
	_, err := s.w.Write(text)
	return err == nil
}
