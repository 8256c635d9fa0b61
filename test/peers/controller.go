package peers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Object is a JSON object.
type Object = map[string]any

// Controller drives an agent as the businesses behind it do: over its admin API, and by the webhooks that it sends. It knows
// nothing of whose agent that is.
//
//	issuer := (&peers.Controller{Name: "issuer", URL: admin, Header: http.Header{"X-Api-Key": {key}}, Hooks: hooks}).For(t)
//	made := issuer.Post("/out-of-band/create-invitation?auto_accept=true", peers.Object{…})
//	connection := issuer.Hears("connections", peers.Object{"invitation_msg_id": made["invi_msg_id"], "rfc23_state": "completed"})
type Controller struct {
	Name   string
	URL    string // of the admin API
	Header http.Header
	Hooks  *Hooks // nil: nothing is heard

	t testing.TB
}

// For is the controller as a test uses it.
func (c *Controller) For(t testing.TB) *Controller {
	own := *c
	own.t = t
	return &own
}

// Answer is what an agent answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Object is the body as a JSON object.
func (a Answer) Object() Object {
	var object Object
	_ = json.Unmarshal(a.Body, &object)
	return object
}

var controllers = &http.Client{Timeout: time.Minute}

// Attempt is a request; its error is one of the network. A body is JSON unless it is a string.
func (c *Controller) Attempt(method, path string, body any) (Answer, error) {
	var sent io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		sent = strings.NewReader(body)
	default:
		text, err := json.Marshal(body)
		if err != nil {
			return Answer{}, err
		}
		sent = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.URL+path, sent)
	if err != nil {
		return Answer{}, err
	}
	for name, values := range c.Header {
		r.Header[name] = values
	}
	if sent != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := controllers.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return Answer{Status: res.StatusCode, Header: res.Header, Body: text}, err
}

// Do is [Controller.Attempt] that the network must not fail.
func (c *Controller) Do(method, path string, body any) Answer {
	c.t.Helper()
	answer, err := c.Attempt(method, path, body)
	if err != nil {
		c.t.Fatalf("%s: %s %s: %v", c.Name, method, path, err)
	}
	return answer
}

// Succeeds is a request that must be answered with an object.
func (c *Controller) Succeeds(method, path string, body any) Object {
	c.t.Helper()
	answer := c.Do(method, path, body)
	if answer.Status >= 300 {
		sent, _ := json.Marshal(body)
		c.t.Fatalf("%s: %s %s answers %d %s\nto %.1000s", c.Name, method, path, answer.Status, answer.Body, sent)
	}
	return answer.Object()
}

// Get is a GET that succeeds.
func (c *Controller) Get(path string) Object {
	c.t.Helper()
	return c.Succeeds(http.MethodGet, path, nil)
}

// Post is a POST that succeeds.
func (c *Controller) Post(path string, body any) Object {
	c.t.Helper()
	return c.Succeeds(http.MethodPost, path, body)
}

// Refuses is a request that must be refused with a status and a text: the whole body.
func (c *Controller) Refuses(method, path string, body any, status int, text string) {
	c.t.Helper()
	answer := c.Do(method, path, body)
	if answer.Status != status || string(answer.Body) != text {
		c.t.Errorf("%s: %s %s answers %d %s\nwant %d %s", c.Name, method, path, answer.Status, answer.Body, status, text)
	}
}

// Hears waits for a webhook of a topic that has all members of a pattern.
func (c *Controller) Hears(topic string, pattern Object) Object {
	c.t.Helper()
	hook, ok := c.Hooks.Wait(topic, pattern, 30*time.Second)
	if !ok {
		wanted, _ := json.Marshal(pattern)
		c.t.Fatalf("%s: no webhook %s with %s; of the topic came\n%s", c.Name, topic, wanted, c.Hooks.shown(topic))
	}
	return hook
}

// Until asks again and again until a path answers with all members of a pattern, 30 seconds long.
func (c *Controller) Until(path string, pattern Object) Object {
	c.t.Helper()
	end := time.Now().Add(30 * time.Second)
	for {
		answer := c.Do(http.MethodGet, path, nil)
		object := answer.Object()
		if answer.Status < 300 && Has(object, pattern) {
			return object
		}
		if time.Now().After(end) {
			wanted, _ := json.Marshal(pattern)
			c.t.Fatalf("%s: %s is not %s but %d %.2000s", c.Name, path, wanted, answer.Status, answer.Body)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Has tells whether a value has everything that a pattern has: objects member by member, others as they are.
func Has(value, pattern any) bool {
	wanted, ok := pattern.(Object)
	if !ok {
		return reflect.DeepEqual(value, pattern)
	}
	object, ok := value.(Object)
	for name, member := range wanted {
		if !ok || !Has(object[name], member) {
			return false
		}
	}
	return ok
}

// At follows an RFC 6901 pointer without escapes; nil where it leads nowhere.
func At(value any, pointer string) any {
	for _, token := range strings.Split(pointer, "/")[1:] {
		switch v := value.(type) {
		case Object:
			value = v[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// Text is [At] for a string; "" where there is none.
func Text(value any, pointer string) string {
	text, _ := At(value, pointer).(string)
	return text
}

// Hooks takes an agent's webhooks, in the order of their arrival.
type Hooks struct {
	URL string // what the agent is told, without the key; any other path is as good
	Key string // of the header x-api-key; a webhook without it is refused

	mu     sync.Mutex
	all    []Hook
	more   chan struct{} // closed when one came
	Refuse func(n int) bool
}

// Hook is one webhook.
type Hook struct {
	Path   string
	Topic  string
	Header http.Header
	Body   Object
}

// NewHooks listens until close.
func NewHooks(key string) (h *Hooks, closed func()) {
	h = &Hooks{Key: key, more: make(chan struct{})}
	server := httptest.NewServer(h)
	h.URL = server.URL + "/webhooks"
	return h, server.Close
}

func (h *Hooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, topic, ok := strings.Cut(r.URL.Path, "/topic/")
	topic, slash := strings.CutSuffix(topic, "/")
	var body Object
	if err := json.NewDecoder(r.Body).Decode(&body); !ok || !slash || err != nil || r.Header.Get("X-Api-Key") != h.Key {
		http.Error(w, fmt.Sprint("not a webhook: ", r.URL.Path, " ", err), http.StatusBadRequest)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.Refuse != nil && h.Refuse(len(h.all)) {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	h.all = append(h.all, Hook{Path: r.URL.Path, Topic: topic, Header: r.Header, Body: body})
	close(h.more)
	h.more = make(chan struct{})
}

// All are the webhooks that came so far.
func (h *Hooks) All() []Hook {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]Hook{}, h.all...)
}

// Wait gives the first webhook of a topic, of those that came and those to come, that has all members of a pattern.
func (h *Hooks) Wait(topic string, pattern Object, patience time.Duration) (Object, bool) {
	late := time.After(patience)
	for from := 0; ; {
		h.mu.Lock()
		news, more := h.all[from:], h.more
		from = len(h.all)
		h.mu.Unlock()
		for _, hook := range news {
			if hook.Topic == topic && Has(hook.Body, pattern) {
				return hook.Body, true
			}
		}
		select {
		case <-more:
		case <-late:
			return nil, false
		}
	}
}

func (h *Hooks) shown(topic string) string {
	var text strings.Builder
	for _, hook := range h.All() {
		if hook.Topic == topic {
			body, _ := json.Marshal(hook.Body)
			fmt.Fprintf(&text, "%.600s\n", body)
		}
	}
	return text.String()
}
