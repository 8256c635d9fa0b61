package empe

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// exchange is one request of a client and its answer. operation is that of a description, nil for what is described
// nowhere.
type exchange struct {
	method, path string
	sent         []byte
	sentAs       string // content type
	status       int
	header       http.Header
	body         []byte
	operation    *operation
}

// capture is the proxy before the server: it keeps what passes and holds it against the descriptions.
type capture struct {
	t      testing.TB
	target atomic.Value // the server's own address
	mu     sync.Mutex
	kept   map[string]*exchange // by the call of the test
	ended  bool
	landed chan []byte // results that were posted to /landing
}

func newCapture(t testing.TB) *capture {
	c := &capture{t: t, kept: map[string]*exchange{}, landed: make(chan []byte, 100)}
	t.Cleanup(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ended = true
	})
	return c
}

// take gives the exchange of a call.
func (c *capture) take(call string) *exchange {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.kept[call]
	delete(c.kept, call)
	return e
}

func (c *capture) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if r.URL.Path == "/landing" {
		select {
		case c.landed <- sent:
		default:
		}
		w.WriteHeader(http.StatusNoContent)
		return
	}
	res, err := c.forward(r, sent)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer func() { _ = res.Body.Close() }()
	e := &exchange{
		method: r.Method, path: r.URL.EscapedPath(), sent: sent, sentAs: r.Header.Get("Content-Type"),
		status: res.StatusCode, header: res.Header,
	}
	for name, values := range res.Header {
		w.Header()[name] = values
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		w.WriteHeader(res.StatusCode)
		e.body = stream(w, res.Body)
		c.keep(e, r.Header.Get(callHeader))
		return
	}
	if e.body, err = io.ReadAll(res.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	c.keep(e, r.Header.Get(callHeader))
	w.WriteHeader(e.status)
	_, _ = w.Write(e.body)
}

// keep judges an exchange, before its answer leaves.
func (c *capture) keep(e *exchange, call string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if path, ok := below(e.path); ok && !c.ended {
		e.operation = described.find(e.method, path)
		if problem := judge(e, path); problem != "" {
			c.t.Errorf("%s %s answered %d: %s\nto %s\n%s", e.method, e.path, e.status, problem, shortened(e.sent), shortened(e.body))
		}
	}
	if call != "" {
		c.kept[call] = e
	}
}

// forward sends the request on as it came; Host stays what the client knows.
func (c *capture) forward(r *http.Request, sent []byte) (*http.Response, error) {
	out, err := http.NewRequestWithContext(r.Context(), r.Method, c.target.Load().(string)+r.URL.RequestURI(), bytes.NewReader(sent))
	if err != nil {
		return nil, err
	}
	out.Header, out.Host = r.Header.Clone(), r.Host
	out.Header.Del(callHeader)
	res, err := http.DefaultTransport.RoundTrip(out)
	if err == nil {
		res.Header.Del("Content-Length")
	}
	return res, err
}

// stream passes an event stream on, piece by piece.
func stream(w http.ResponseWriter, body io.Reader) []byte {
	var all []byte
	piece := make([]byte, 4096)
	for {
		n, err := body.Read(piece)
		all = append(all, piece[:n]...)
		if n > 0 {
			if _, err := w.Write(piece[:n]); err != nil {
				return all
			}
			_ = http.NewResponseController(w).Flush()
		}
		if err != nil {
			return all
		}
	}
}

// below gives the path under the door's prefix. The token endpoint speaks OAuth and is none of the door's operations.
func below(path string) (string, bool) {
	if rest, ok := strings.CutPrefix(path, "/t/"); ok {
		_, rest, _ = strings.Cut(rest, "/")
		path = "/" + rest
	}
	path, ok := strings.CutPrefix(path, prefix+"/")
	return "/" + path, ok && !strings.HasPrefix(path, "oauth2/")
}
