package suite

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// CallHeader tells the proxy which call of the test a request is; it goes no further.
const CallHeader = "X-Test-Call"

// Exchange is one request of a client and its answer. Operation is that of a description, nil for what is described
// nowhere.
type Exchange[O any] struct {
	Method, Path string
	Sent         []byte
	SentAs       string // content type
	Status       int
	Header       http.Header
	Body         []byte
	Operation    O
}

// Capture is the proxy before a server: it keeps what passes and holds it against descriptions. What it finds wrong
// fails the test. Prefix is the door's, as in [Below]; Find gives the operation of a path below it; Judge says what is
// wrong with an answer, "" when it is as described. Landing, where not nil, takes what is posted to /landing, which is
// the proxy's own.
type Capture[O any] struct {
	T       testing.TB
	Prefix  string
	Find    func(method, path string) O
	Judge   func(e *Exchange[O], path string) string
	Landing chan []byte

	target atomic.Value // the server's own address
	calls  atomic.Int64
	mu     sync.Mutex
	kept   map[string]*Exchange[O] // by the call of the test
	ended  bool
}

// Open listens until the test ends and gives the URL.
func (c *Capture[O]) Open() string {
	c.kept = map[string]*Exchange[O]{}
	c.T.Cleanup(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ended = true
	})
	front := httptest.NewServer(c)
	c.T.Cleanup(front.Close)
	return front.URL
}

// Before says which server it stands before: its address, host and port.
func (c *Capture[O]) Before(address string) { c.target.Store("http://" + address) }

// Call marks a request, for [Capture.Take]: the mark is the value of [CallHeader].
func (c *Capture[O]) Call() string { return strconv.FormatInt(c.calls.Add(1), 10) }

// Take gives the exchange of a call; nil when none passed.
func (c *Capture[O]) Take(call string) *Exchange[O] {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.kept[call]
	delete(c.kept, call)
	return e
}

// Send sends a request through the proxy and gives what passed.
func (c *Capture[O]) Send(client *http.Client, r *http.Request) (*Exchange[O], error) {
	call := c.Call()
	r.Header.Set(CallHeader, call)
	res, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if e := c.Take(call); e != nil {
		return e, nil
	}
	return nil, fmt.Errorf("nothing passed the proxy: it answers %d %s", res.StatusCode, Shortened(text))
}

func (c *Capture[O]) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if c.Landing != nil && r.URL.Path == "/landing" {
		select {
		case c.Landing <- sent:
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
	e := &Exchange[O]{
		Method: r.Method, Path: r.URL.EscapedPath(), Sent: sent, SentAs: r.Header.Get("Content-Type"),
		Status: res.StatusCode, Header: res.Header,
	}
	for name, values := range res.Header {
		w.Header()[name] = values
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		w.WriteHeader(res.StatusCode)
		e.Body = stream(w, res.Body)
		c.keep(e, r.Header.Get(CallHeader))
		return
	}
	if e.Body, err = io.ReadAll(res.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	c.keep(e, r.Header.Get(CallHeader))
	w.WriteHeader(e.Status)
	_, _ = w.Write(e.Body)
}

// keep judges an exchange, before its answer leaves.
func (c *Capture[O]) keep(e *Exchange[O], call string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if path, ok := Below(c.Prefix, e.Path); ok && !c.ended {
		e.Operation = c.Find(e.Method, path)
		if problem := c.Judge(e, path); problem != "" {
			c.T.Errorf("%s %s answered %d: %s\nto %s\n%s", e.Method, e.Path, e.Status, problem, Shortened(e.Sent), Shortened(e.Body))
		}
	}
	if call != "" {
		c.kept[call] = e
	}
}

// forward sends the request on as it came; Host stays what the client knows.
func (c *Capture[O]) forward(r *http.Request, sent []byte) (*http.Response, error) {
	out, err := http.NewRequestWithContext(r.Context(), r.Method, c.target.Load().(string)+r.URL.RequestURI(), bytes.NewReader(sent))
	if err != nil {
		return nil, err
	}
	out.Header, out.Host = r.Header.Clone(), r.Host
	out.Header.Del(CallHeader)
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

// Below gives the path under a door's prefix, in whichever tenant. The token endpoint speaks OAuth and is none of a
// door's operations.
func Below(prefix, path string) (string, bool) {
	if rest, ok := strings.CutPrefix(path, "/t/"); ok {
		_, rest, _ = strings.Cut(rest, "/")
		path = "/" + rest
	}
	path, ok := strings.CutPrefix(path, prefix+"/")
	return "/" + path, ok && !strings.HasPrefix(path, "oauth2/")
}
