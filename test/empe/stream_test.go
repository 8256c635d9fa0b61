package empe

import (
	"bufio"
	"io"
	"net/http"
	"strings"

	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/suite"
)

// watching is a stream of server-sent events, as a browser reads it.
type watching struct {
	w    *world
	call string
	body io.ReadCloser
	text *bufio.Reader
}

// watch opens a stream. What opens it is in the table when [watching.end] came to its end.
func (w *world) watch(path string) *watching {
	w.t.Helper()
	r, call := w.request("GET", path, nil, caller{"Accept", "text/event-stream"}), w.capture.Call()
	r.Header.Set(suite.CallHeader, call)
	res := must(w.client.Do(r))
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		w.t.Fatalf("%s%s: %d %s", suite.Lines(), path, res.StatusCode, res.Header.Get("Content-Type"))
	}
	w.t.Cleanup(func() { _ = res.Body.Close() })
	return &watching{w: w, call: call, body: res.Body, text: bufio.NewReader(res.Body)}
}

// next waits for an event; its data is the reply's body.
func (s *watching) next() *reply {
	s.w.t.Helper()
	var data string
	for {
		line, err := s.text.ReadString('\n')
		if err != nil {
			s.w.t.Fatalf("%sthe stream ended: %v", suite.Lines(), err)
		}
		line = strings.TrimSuffix(line, "\n")
		if rest, ok := strings.CutPrefix(line, "data:"); ok {
			data += strings.TrimPrefix(rest, " ")
		}
		if line == "" && data != "" {
			return s.w.reply(&exchange{Method: "GET", Path: "event", Body: []byte(data)})
		}
	}
}

// end says that nothing more comes; the operation is exercised.
func (s *watching) end() {
	s.w.t.Helper()
	rest, err := io.ReadAll(s.text)
	if err != nil || strings.Contains(string(rest), "data:") {
		s.w.t.Errorf("%safter the last event: %q, %v", suite.Lines(), rest, err)
	}
	_ = s.body.Close()
	r := s.w.reply(s.w.capture.Take(s.call))
	r.Compared = true
	r.succeeded()
}

// tenant makes one without anything in it.
func (w *world) tenant(slug string) sdk.Tenant {
	w.t.Helper()
	return must(w.native(w.operator).CreateTenant(w.t.Context(), sdk.NewTenant{Slug: slug, Name: "Tenant " + slug}))
}
