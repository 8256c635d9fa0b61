package acapy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
)

// world is a running server, whose API is driven by plain HTTP.
type world struct {
	*testing.T
	url, key string
}

func start(t *testing.T, change func(*app.Config)) *world {
	t.Helper()
	w := &world{T: t}
	config := app.Config{
		Data: t.TempDir(), Listen: "127.0.0.1:0", Dev: true, Notice: func(text string) { _, w.key, _ = strings.Cut(text, ": ") },
		Agents: app.Agents{Multitenant: true, Preserve: true},
	}
	if change != nil {
		change(&config)
	}
	server, err := app.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(running) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-ended, server.Close()); err != nil {
			t.Error(err)
		}
	})
	w.url = server.URL + "/acapy"
	return w
}

// reply is an answer: JSON, or text.
type reply struct {
	status int
	text   string
	json   map[string]any
}

// call makes a request with headers, which are name, value, name, value….
func (w *world) call(method, path string, body any, headers ...string) reply {
	w.Helper()
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			w.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(w.Context(), method, w.url+path, bytes.NewReader(raw))
	if err != nil {
		w.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		w.Fatal(err)
	}
	out := reply{status: answer.StatusCode, text: string(text)}
	_ = json.Unmarshal(text, &out.json) // what is text stays so
	return out
}

// ok is call, of what must be answered 200 or 201.
func (w *world) ok(method, path string, body any, headers ...string) map[string]any {
	w.Helper()
	got := w.call(method, path, body, headers...)
	if got.status != http.StatusOK && got.status != http.StatusCreated {
		w.Fatalf("%s %s: %s", method, path, got.text)
	}
	return got.json
}

// wallet makes a sub-wallet, and gives its id and the header that opens it.
func (w *world) wallet(name string, more map[string]any) (id string, header []string) {
	w.Helper()
	body := map[string]any{"wallet_name": name, "label": name}
	for key, value := range more {
		body[key] = value
	}
	made := w.ok(http.MethodPost, "/multitenancy/wallet", body, "X-API-KEY", w.key)
	return made["wallet_id"].(string), []string{"Authorization", "Bearer " + made["token"].(string)}
}

// hook is a message that a receiver got.
type hook struct {
	path   string
	header http.Header
	body   map[string]any
}

// receiver takes webhooks.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	got  []hook
	news chan struct{}
}

func receive(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{news: make(chan struct{}, 1000)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		h := hook{path: req.URL.Path, header: req.Header}
		_ = json.NewDecoder(req.Body).Decode(&h.body)
		r.mu.Lock()
		r.got = append(r.got, h)
		r.mu.Unlock()
		r.news <- struct{}{}
	}))
	t.Cleanup(r.Close)
	return r
}

// until waits for a message.
func (r *receiver) until(t *testing.T, what string, fits func(hook) bool) hook {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		r.mu.Lock()
		for _, h := range r.got {
			if fits(h) {
				r.mu.Unlock()
				return h
			}
		}
		r.mu.Unlock()
		select {
		case <-r.news:
		case <-late:
			t.Fatalf("%s never came", what)
		}
	}
}
