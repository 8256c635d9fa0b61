package didcomm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/protocol/didcomm"
	"github.com/chancery-vc/chancery/internal/vc"
	spec "github.com/chancery-vc/chancery/spec/didcomm"
)

// peer is an agent behind a wire: it keeps what it receives, and answers as it is told.
type peer struct {
	mu     sync.Mutex
	got    []string
	answer func(envelope []byte, from agent.Source) ([]byte, error)
	more   chan struct{}
}

func (p *peer) Receive(_ context.Context, envelope []byte, from agent.Source) (answer []byte, err error) {
	if p.answer != nil {
		answer, err = p.answer(envelope, from)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, string(envelope))
	close(p.more)
	p.more = make(chan struct{})
	return answer, err
}

func newPeer() *peer { return &peer{more: make(chan struct{})} }

// await waits until so many envelopes came.
func (p *peer) await(t *testing.T, n int) []string {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		p.mu.Lock()
		got, more := append([]string{}, p.got...), p.more
		p.mu.Unlock()
		if len(got) >= n {
			return got
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("%d of %d envelopes came", len(got), n)
		}
	}
}

func client(timeout time.Duration) *httpx.Client {
	return httpx.NewClient(httpx.ClientConfig{
		AllowLoopbackHTTP: true, Timeout: timeout, MaxBody: didcomm.MaxAnswer, MaxRedirects: -1,
	})
}

// serve is a wire with its listener. It is run until the test ends.
func serve(t *testing.T, w *didcomm.Wire, prefix string) *httptest.Server {
	t.Helper()
	if w.Client == nil {
		w.Client = client(10 * time.Second)
	}
	server := httptest.NewServer(httpx.Stack{}.Wrap(w.Handler(prefix)))
	t.Cleanup(server.Close)
	run(t, w)
	return server
}

func run(t *testing.T, w *didcomm.Wire) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { w.Run(ctx) })
	stop = func() { cancel(); running.Wait() }
	t.Cleanup(stop)
	return stop
}

func socketURL(server *httptest.Server) string { return strings.Replace(server.URL, "http:", "ws:", 1) }

func wantCode(t *testing.T, err error, kind vc.Kind, code string) {
	t.Helper()
	e, ok := errors.AsType[*vc.Error](err)
	if !ok || e.Kind != kind || e.Code != code {
		t.Fatalf("got %v, want %v %q", err, kind, code)
	}
}

const envelope = `{"protected":"e30","iv":"","ciphertext":"","tag":""}`

func TestHTTPBothWays(t *testing.T) {
	there := newPeer()
	there.answer = func(got []byte, from agent.Source) ([]byte, error) {
		if from.Wait <= 0 || from.Socket != nil {
			t.Errorf("source %+v", from)
		}
		if bytes.Contains(got, []byte("answer me")) {
			return []byte(`{"back":1}`), nil
		}
		return nil, nil
	}
	here := &didcomm.Wire{Client: client(10 * time.Second), Agent: newPeer()}
	for _, prefix := range []string{"", didcomm.Prefix} {
		server := serve(t, &didcomm.Wire{Agent: there}, prefix)
		for _, path := range []string{didcomm.Prefix, didcomm.Prefix + "/"} {
			if answer, err := here.Post(t.Context(), server.URL+path, []byte(envelope)); err != nil || answer != nil {
				t.Fatalf("%q %v", answer, err)
			}
		}
	}
	root := serve(t, &didcomm.Wire{Agent: there}, "")
	for _, path := range []string{"", "/", "/?x=y"} {
		if answer, err := here.Post(t.Context(), root.URL+path, []byte(`{"answer me":1}`)); err != nil || string(answer) != `{"back":1}` {
			t.Fatalf("%q %v", answer, err)
		}
	}
	there.await(t, 7)
}

func TestInletRefuses(t *testing.T) {
	there := newPeer()
	there.answer = func(got []byte, _ agent.Source) ([]byte, error) {
		switch string(got) {
		case "malformed":
			return nil, vc.Errorf(vc.Invalid, "envelope-malformed", "no envelope")
		case "nobody":
			return nil, vc.Errorf(vc.NotFound, "recipient-unknown", "for nobody here")
		case "stranger":
			return nil, vc.Errorf(vc.Denied, "sender-unknown", "not from you")
		case "later":
			return nil, vc.Errorf(vc.Unavailable, "key-store-unavailable", "later")
		case "fault":
			return nil, errors.New("a secret of ours")
		}
		return nil, nil
	}
	server := serve(t, &didcomm.Wire{Agent: there}, didcomm.Prefix)
	for _, c := range []struct {
		method, path, kind, body string
		status                   int
	}{
		{"POST", "/didcomm", spec.MediaType, envelope, 200},
		{"POST", "/didcomm", spec.MediaTypeLegacy, envelope, 200},
		{"POST", "/didcomm", "application/json; charset=utf-8", envelope, 200},
		{"POST", "/didcomm", "text/plain", envelope, 415},
		{"POST", "/didcomm", "", envelope, 415},
		{"POST", "/didcomm", spec.MediaType, "malformed", 400},
		{"POST", "/didcomm", spec.MediaType, "nobody", 404},
		{"POST", "/didcomm", spec.MediaType, "stranger", 400},
		{"POST", "/didcomm", spec.MediaType, "later", 503},
		{"POST", "/didcomm", spec.MediaType, "fault", 500},
		{"POST", "/didcomm", spec.MediaType, strings.Repeat("x", spec.MaxEnvelope+1), 413},
		{"PUT", "/didcomm", spec.MediaType, envelope, 405},
		{"POST", "/elsewhere", spec.MediaType, envelope, 404},
		{"GET", "/didcomm", "", "", 200},
	} {
		request, err := http.NewRequestWithContext(t.Context(), c.method, server.URL+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if request.Header.Del("Content-Type"); c.kind != "" {
			request.Header.Set("Content-Type", c.kind)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if response.StatusCode != c.status || bytes.Contains(body, []byte("secret")) {
			t.Errorf("%s %s %.20q: %d %s", c.method, c.path, c.body, response.StatusCode, body)
		}
		if c.status == 503 && response.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
}

func TestInvitationPage(t *testing.T) {
	server := serve(t, &didcomm.Wire{Agent: newPeer()}, didcomm.Prefix)
	link, err := spec.InvitationURL(server.URL+didcomm.Prefix, &spec.Invitation{
		Header: spec.Header{Type: spec.TypeInvitation, ID: "1"}, Label: "Office\nof <b>Titles</b>", HandshakeProtocols: []string{spec.DIDExchange11},
		Services: []spec.InvitationService{{DID: "did:web:example.com"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		link:                                  "from Office of <b>Titles</b>.",
		server.URL + "/didcomm?oob=nonsense":  "You have received an invitation.",
		server.URL + "/didcomm?c_i=%00%00":    "You have received an invitation.",
		server.URL + "/didcomm":               "endpoint",
		server.URL + "/didcomm?unrelated=yes": "endpoint",
	} {
		response, err := http.Get(url) //nolint:noctx // a test
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if !strings.Contains(string(body), want) || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/plain") || response.StatusCode != 200 {
			t.Errorf("%s: %d %s", url, response.StatusCode, body)
		}
	}
}

func TestPostAnswers(t *testing.T) {
	var moved atomic.Int64
	mux := http.NewServeMux()
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	for _, code := range []int{202, 204, 400, 401, 404, 408, 413, 422, 425, 429, 500, 502, 503, 302} {
		mux.Handle(fmt.Sprintf("/%d", code), status(code))
	}
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "{<html>")
	})
	mux.HandleFunc("/octets", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = io.WriteString(w, envelope)
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, didcomm.MaxAnswer+1))
	})
	mux.Handle("/moved", http.RedirectHandler("/here", http.StatusTemporaryRedirect))
	mux.HandleFunc("/here", func(_ http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); r.Method == http.MethodPost && string(body) == envelope && r.Header.Get("Content-Type") == spec.MediaType {
			moved.Add(1)
		}
	})
	mux.Handle("/twice", http.RedirectHandler("/moved", http.StatusPermanentRedirect))
	mux.Handle("/inside", http.RedirectHandler("http://169.254.169.254/latest/meta-data", http.StatusTemporaryRedirect))
	mux.Handle("/private", http.RedirectHandler("https://10.0.0.1/", http.StatusTemporaryRedirect))
	mux.Handle("/nowhere", status(http.StatusTemporaryRedirect))
	server := httptest.NewServer(mux)
	defer server.Close()
	wire := &didcomm.Wire{Client: client(5 * time.Second), Agent: newPeer()}

	for path, want := range map[string]string{"/202": "", "/204": "", "/page": "", "/octets": envelope, "/moved": ""} {
		if answer, err := wire.Post(t.Context(), server.URL+path, []byte(envelope)); err != nil || string(answer) != want {
			t.Errorf("%s: %q %v", path, answer, err)
		}
	}
	if moved.Load() != 1 {
		t.Error("a peer that moved was not followed")
	}
	for path, want := range map[string]struct {
		kind vc.Kind
		code string
	}{
		"/400": {vc.Invalid, "peer-refused"}, "/401": {vc.Invalid, "peer-refused"}, "/404": {vc.Invalid, "peer-refused"},
		"/413": {vc.Invalid, "peer-refused"}, "/422": {vc.Invalid, "peer-refused"}, "/302": {vc.Invalid, "peer-refused"},
		"/408": {vc.Unavailable, "peer-unavailable"}, "/425": {vc.Unavailable, "peer-unavailable"}, "/429": {vc.Unavailable, "peer-unavailable"},
		"/500": {vc.Unavailable, "peer-unavailable"}, "/502": {vc.Unavailable, "peer-unavailable"}, "/503": {vc.Unavailable, "peer-unavailable"},
		"/large":  {vc.Unavailable, "fetch-too-large"},
		"/twice":  {vc.Invalid, "peer-refused"},
		"/inside": {vc.Denied, "endpoint-not-allowed"}, "/private": {vc.Denied, "endpoint-not-allowed"}, "/nowhere": {vc.Denied, "endpoint-not-allowed"},
	} {
		_, err := wire.Post(t.Context(), server.URL+path, []byte(envelope))
		wantCode(t, err, want.kind, want.code)
	}
}

func TestForbiddenEndpoints(t *testing.T) {
	wire := &didcomm.Wire{Client: client(time.Second), Agent: newPeer()}
	for _, endpoint := range []string{
		"http://10.0.0.1/", "https://10.0.0.1/", "http://169.254.169.254/", "https://[fd00::1]/", "ws://10.0.0.1/", "wss://192.168.0.1/",
		"http://example.com/", "file:///etc/passwd", "didcomm:transport/queue", "did:web:example.com", "", "::", "https://user:pw@example.com/",
	} {
		_, err := wire.Post(t.Context(), endpoint, []byte(envelope))
		wantCode(t, err, vc.Denied, "endpoint-not-allowed")
	}
}

// A host that takes connections and never answers must not take the place of others: a worker does so many calls at once, and those
// to the dead host leave it some.
func TestDeadHostStopsNobody(t *testing.T) {
	release := make(chan struct{})
	dead := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer dead.Close()
	there := newPeer()
	alive := serve(t, &didcomm.Wire{Agent: there}, "")
	wire := &didcomm.Wire{Client: client(time.Minute), Agent: newPeer()}

	slots := make(chan struct{}, 64) // as a worker has them
	var busy, held atomic.Int64
	var running sync.WaitGroup
	for range 300 {
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			switch _, err := wire.Post(context.Background(), dead.URL, []byte(envelope)); {
			case err == nil:
				held.Add(1)
			case vc.KindOf(err) == vc.Unavailable && strings.Contains(err.Error(), "earlier messages"):
				busy.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	for len(slots) < cap(slots) {
		time.Sleep(time.Millisecond)
	}
	for range 20 {
		slots <- struct{}{}
		if _, err := wire.Post(t.Context(), alive.URL, []byte(envelope)); err != nil {
			t.Fatal(err)
		}
		<-slots
	}
	close(release)
	running.Wait()
	if held.Load() == 0 || held.Load() >= 64 || busy.Load()+held.Load() != 300 {
		t.Errorf("%d were held, %d were told to come later", held.Load(), busy.Load())
	}
	if _, err := wire.Post(t.Context(), dead.URL, []byte(envelope)); err != nil { // it lives again
		t.Error(err)
	}
}

func TestSocketBothWays(t *testing.T) {
	key := spec.Verkey{1}
	there := newPeer()
	var pushed atomic.Int64
	heard := make(chan bool, 1) // that what was held was read, before the socket ends with the test
	wire := &didcomm.Wire{Agent: there}
	there.answer = func(got []byte, from agent.Source) ([]byte, error) {
		switch string(got) {
		case "bind":
			from.Socket.Bind(key, func(context.Context) {
				if pushed.Add(1) == 1 {
					heard <- wire.Live(key, []byte("held"))
				}
			})
		case "answer me":
			return []byte("answer"), nil
		case "nobody":
			return nil, vc.Errorf(vc.NotFound, "recipient-unknown", "for nobody here")
		}
		return nil, nil
	}
	server := serve(t, wire, "")
	back := newPeer()
	here := &didcomm.Wire{Client: client(10 * time.Second), Agent: back}
	run(t, here)
	post := func(text string) {
		t.Helper()
		if answer, err := here.Post(t.Context(), socketURL(server), []byte(text)); err != nil || answer != nil {
			t.Fatalf("%q %v", answer, err)
		}
	}
	if wire.Live(key, []byte("nobody listens")) {
		t.Error("nobody has a socket")
	}
	post("first")
	post("nobody") // ends nothing
	post("answer me")
	post("bind")
	there.await(t, 4)
	if got := back.await(t, 2); got[0] != "answer" || got[1] != "held" {
		t.Errorf("%q", got)
	}
	if !<-heard {
		t.Error("what was held is not pushed")
	}
	if !wire.Live(key, []byte("live")) || wire.Live(spec.Verkey{2}, []byte("live")) {
		t.Error("live")
	}
	if got := back.await(t, 3); got[2] != "live" {
		t.Errorf("%q", got)
	}
}

// What goes back through a socket is known to have been read, or not to.
func TestAnswersAreRead(t *testing.T) {
	answering := func(patience time.Duration) (*httptest.Server, chan bool) {
		there, outcomes := newPeer(), make(chan bool, 1)
		there.answer = func(_ []byte, from agent.Source) ([]byte, error) {
			socket, ok := from.Socket.(agent.Answerer)
			if !ok {
				t.Errorf("%T tells nothing", from.Socket)
				return nil, nil
			}
			socket.Answer(t.Context(), []byte("answer"), func(_ context.Context, read bool) { outcomes <- read })
			return nil, nil
		}
		return serve(t, &didcomm.Wire{Agent: there, Patience: patience}, ""), outcomes
	}
	outcome := func(outcomes chan bool, want bool) {
		t.Helper()
		select {
		case read := <-outcomes:
			if read != want {
				t.Errorf("read: %v", read)
			}
		case <-time.After(20 * time.Second):
			t.Error("nothing is told")
		}
	}
	dial := func(server *httptest.Server) *websocket.Conn {
		t.Helper()
		conn, _, err := websocket.Dial(t.Context(), socketURL(server), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.CloseNow() })
		if err := conn.Write(t.Context(), websocket.MessageBinary, []byte(envelope)); err != nil {
			t.Fatal(err)
		}
		return conn
	}
	server, outcomes := answering(0)
	back := newPeer()
	here := &didcomm.Wire{Client: client(10 * time.Second), Agent: back}
	run(t, here)
	if _, err := here.Post(t.Context(), socketURL(server), []byte(envelope)); err != nil {
		t.Fatal(err)
	}
	back.await(t, 1)
	outcome(outcomes, true)
	gone := dial(server)
	if err := gone.CloseNow(); err != nil {
		t.Fatal(err)
	}
	outcome(outcomes, false)
	server, outcomes = answering(time.Millisecond)
	dial(server) // and reads nothing
	outcome(outcomes, false)
}

// A socket that was cut is dialled again, and what nobody read is not counted as sent.
func TestSocketDrops(t *testing.T) {
	there := newPeer()
	key := spec.Verkey{1}
	wire := &didcomm.Wire{Agent: there}
	there.answer = func(got []byte, from agent.Source) ([]byte, error) {
		if string(got) == "bind" {
			from.Socket.Bind(key, nil)
		}
		return nil, nil
	}
	server := httptest.NewServer(wire.Handler(""))
	defer server.Close()
	stop := run(t, wire)
	here := &didcomm.Wire{Client: client(5 * time.Second), Agent: newPeer()}
	run(t, here)
	if _, err := here.Post(t.Context(), socketURL(server), []byte("bind")); err != nil {
		t.Fatal(err)
	}
	stop() // the far end goes away, as a server that is restarted does
	if wire.Live(key, []byte("gone")) {
		t.Error("a closed socket took an envelope")
	}
	if _, err := here.Post(t.Context(), socketURL(server), []byte("lost")); vc.KindOf(err) != vc.Unavailable {
		t.Errorf("a server that stopped took an envelope: %v", err)
	}
	again := newPeer()
	second := serve(t, &didcomm.Wire{Agent: again}, "")
	if _, err := here.Post(t.Context(), socketURL(second), []byte("hello")); err != nil {
		t.Fatal(err)
	}
	again.await(t, 1)
}

func TestSocketLimits(t *testing.T) {
	there := newPeer()
	there.answer = func(got []byte, _ agent.Source) ([]byte, error) {
		switch string(got) {
		case "malformed":
			return nil, vc.Errorf(vc.Invalid, "envelope-malformed", "no envelope")
		case "later":
			return nil, vc.Errorf(vc.Unavailable, "database", "later")
		case "fault":
			return nil, errors.New("a secret of ours")
		}
		return nil, nil
	}
	server := serve(t, &didcomm.Wire{Agent: there, Sockets: 2}, "")
	dial := func() *websocket.Conn {
		t.Helper()
		conn, answer, err := websocket.Dial(t.Context(), socketURL(server), &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"https://anywhere.example"}}})
		if err != nil {
			t.Fatalf("%v %v", err, answer)
		}
		t.Cleanup(func() { _ = conn.CloseNow() })
		return conn
	}
	closed := func(conn *websocket.Conn, frame []byte, want websocket.StatusCode) {
		t.Helper()
		if err := conn.Write(t.Context(), websocket.MessageText, frame); err != nil && want != websocket.StatusMessageTooBig {
			t.Fatal(err)
		}
		_, _, err := conn.Read(t.Context())
		if got := websocket.CloseStatus(err); got != want && !(want == websocket.StatusMessageTooBig && err != nil) {
			t.Errorf("%.20q: closed with %v, %v", frame, got, err)
		}
	}
	first, second := dial(), dial()
	if conn, answer, err := websocket.Dial(t.Context(), socketURL(server), nil); err == nil || answer == nil || answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a third socket: %v %v", conn, err)
	}
	closed(first, []byte("malformed"), websocket.StatusInvalidFramePayloadData)
	closed(second, make([]byte, spec.MaxEnvelope+1), websocket.StatusMessageTooBig)
	for frame, code := range map[string]websocket.StatusCode{"later": websocket.StatusTryAgainLater, "fault": websocket.StatusInternalError} {
		var conn *websocket.Conn
		for end := time.Now().Add(10 * time.Second); conn == nil; { // the places of those that went are free soon
			c, _, err := websocket.Dial(t.Context(), socketURL(server), nil)
			if err == nil {
				conn = c
			} else if time.Now().After(end) {
				t.Fatal(err)
			}
		}
		closed(conn, []byte(frame), code)
	}
}

func TestIdleSocketsAreClosed(t *testing.T) {
	there := newPeer()
	server := serve(t, &didcomm.Wire{Agent: there}, "")
	here := &didcomm.Wire{Client: client(5 * time.Second), Agent: newPeer(), Idle: 40 * time.Millisecond}
	run(t, here)
	for n := 1; n <= 2; n++ {
		if _, err := here.Post(t.Context(), socketURL(server), []byte("hello")); err != nil {
			t.Fatal(err)
		}
		there.await(t, n)
		for end := time.Now().Add(10 * time.Second); didcomm.Lines(here) > 0; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the socket stays open")
			}
		}
	}
}
