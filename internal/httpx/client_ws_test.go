package httpx

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/chancery-vc/chancery/internal/vc"
)

// echo answers each frame with itself, behind everything that surrounds a request.
func echo(stack Stack, done chan<- struct{}) http.Handler {
	mux := Mux{Routes: []Route{{Method: http.MethodGet, Pattern: "/socket", Handler: http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			defer close(done)
			conn, err := websocket.Accept(w, r, nil)
			if err != nil {
				return
			}
			defer func() { _ = conn.CloseNow() }()
			for {
				kind, frame, err := conn.Read(r.Context())
				if err != nil {
					return
				}
				if err := conn.Write(r.Context(), kind, frame); err != nil {
					return
				}
			}
		})}, {Method: http.MethodGet, Pattern: "/moved", Handler: http.RedirectHandler("/socket", http.StatusTemporaryRedirect)}}}
	return stack.Wrap(mux.Handler())
}

// lines hands each line of a log to whoever waits for it.
type lines chan string

func (l lines) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

func TestDial(t *testing.T) {
	log := make(lines, 10)
	done := make(chan struct{})
	metrics := NewMetrics()
	server := httptest.NewServer(echo(Stack{Log: slog.New(slog.NewTextHandler(log, nil)), Metrics: metrics}, done))
	defer server.Close()
	at := strings.Replace(server.URL, "http:", "ws:", 1)

	client := NewClient(ClientConfig{AllowLoopbackHTTP: true, Timeout: 5 * time.Second})
	conn, err := client.Dial(t.Context(), at+"/socket", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, frame, err := conn.Read(t.Context()); err != nil || string(frame) != "hello" {
		t.Fatalf("%q %v", frame, err)
	}
	if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Fatal(err)
	}
	<-done
	// A server that closes does not wait for connections that were taken over.
	select {
	case line := <-log:
		if !strings.Contains(line, "status=101") {
			t.Errorf("log %q", line)
		}
	case <-time.After(10 * time.Second):
		t.Error("nothing was logged")
	}
}

func TestDialRefusals(t *testing.T) {
	server := httptest.NewServer(echo(Stack{}, make(chan struct{})))
	defer server.Close()
	at := strings.Replace(server.URL, "http:", "ws:", 1)
	open, closed := NewClient(ClientConfig{AllowLoopbackHTTP: true}), NewClient(ClientConfig{})
	for _, c := range []struct {
		client *Client
		url    string
		kind   vc.Kind
		code   string
	}{
		{closed, at + "/socket", vc.Denied, "url-not-allowed"},
		{closed, "wss://127.0.0.1:1/", vc.Denied, "address-not-allowed"},
		{closed, "wss://10.0.0.1/", vc.Denied, "address-not-allowed"},
		{open, "ws://169.254.169.254/", vc.Denied, "url-not-allowed"},
		{open, "ws://example.com/", vc.Denied, "url-not-allowed"},
		{open, server.URL + "/socket", vc.Denied, "url-not-allowed"},
		{open, "ws://[::1", vc.Denied, "url-not-allowed"},
		{open, "wss://user:pw@example.com/", vc.Denied, "url-not-allowed"},
		{open, at + "/moved", vc.Unavailable, "fetch-status"},
		{open, at + "/nothing", vc.Unavailable, "fetch-status"},
		{open, "ws://127.0.0.1:1/", vc.Unavailable, "fetch-failed"},
	} {
		conn, err := c.client.Dial(t.Context(), c.url, nil)
		if conn != nil {
			t.Fatalf("%s was dialled", c.url)
		}
		wantError(t, err, c.kind, c.code)
	}
	for url, allowed := range map[string]bool{
		at: true, server.URL: true, "wss://example.com/": true, "https://example.com": true,
		"ws://example.com/": false, "http://example.com/": false, "didcomm:transport/queue": false, "ftp://example.com": false, "::": false,
	} {
		if err := open.CheckSocket(url); (err == nil) != allowed {
			t.Errorf("%s: %v", url, err)
		}
	}
}
