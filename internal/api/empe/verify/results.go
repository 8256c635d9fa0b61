package verify

import (
	"context"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/api/empe/wire"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// resultWire is the result of a request for the back end. ResponseCode is what its holder's browser brings back, once the
// request is answered.
type resultWire struct {
	ID           string         `json:"id"`
	State        string         `json:"state"`
	Status       string         `json:"verification_status"`
	Result       jsontext.Value `json:"result,omitempty"`
	Errors       jsontext.Value `json:"errors,omitempty"`
	ResponseCode string         `json:"response_code,omitempty"`
	ExpiresAt    httpx.Stamp    `json:"expires_at"`
}

func (d *Door) getResult(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	progress, err := d.Presentations.Progress(r.Context(), c.Scope, r.PathValue("id"))
	if err != nil {
		return err
	}
	request := progress.Request
	if !seen(request, c) || request.Scope != c.Scope || !request.ArchivedAt.IsZero() {
		return unknown()
	}
	var out resultWire
	if err := json.Unmarshal(progress.Result, &out); err != nil {
		return err
	}
	out.ID, out.ExpiresAt = request.ID, httpx.Stamp(request.ExpiresAt)
	if progress.Status == verifier.ProgressVerified || progress.Status == verifier.ProgressFailed {
		kept, err := pocketOf(request)
		if err != nil {
			return err
		}
		out.ResponseCode = kept.Code
	}
	return wire.Answer(w, http.StatusOK, out)
}

// watch streams what becomes of a request (HTML Standard §9.2): as it is, and again when that changes, until it is final.
func (d *Door) watch(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	go func() {
		select {
		case <-d.Stopping:
			cancel()
		case <-ctx.Done():
		}
	}()
	s := watching{door: d, r: r, c: c, w: w}
	for ctx.Err() == nil && !s.over {
		if err := s.listen(ctx); err != nil {
			return err
		}
	}
	return nil
}

// watching is a stream on its way; stream is nil until its first event.
type watching struct {
	door   *Door
	r      *http.Request
	c      wire.Call
	w      http.ResponseWriter
	stream *httpx.EventStream
	last   string // status that was sent
	over   bool
}

// listen watches until it is time for a sign of life. An error is one that can still be answered.
func (s *watching) listen(ctx context.Context) error {
	quiet, done := context.WithTimeout(ctx, httpx.KeepAlive)
	defer done()
	for progress, err := range s.door.Presentations.Watch(quiet, s.r.PathValue("state")) {
		if err == nil && !s.mine(progress.Request) {
			err = unknown()
		}
		if err != nil {
			if s.over = true; s.stream != nil {
				return nil // who comes back learns why
			}
			return err
		}
		if progress.Status != s.last && !s.send(progress) || progress.Final() {
			s.over = true
			return nil
		}
	}
	if s.stream != nil && ctx.Err() == nil {
		s.over = !s.stream.Beat() || !s.stream.Flush()
	}
	return nil
}

// mine says whether a request is one that the path may lead to.
func (s *watching) mine(request vc.PresentationRequest) bool {
	flow := s.r.PathValue("flow")
	return seen(request, s.c) && (flow == "" || flow == request.DefinitionID)
}

// send writes a change; false: its reader is gone.
func (s *watching) send(progress verifier.Progress) bool {
	if s.stream == nil {
		s.stream = httpx.StartEvents(s.w)
	}
	s.last = progress.Status
	return s.stream.Send("", "message", progress.Result) && s.stream.Flush()
}
