package empe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
)

// callHeader tells the proxy which call of the test a request is; it goes no further.
const callHeader = "X-Test-Call"

// reply is an answer of the door as it went through the proxy.
type reply struct {
	w        *world
	exchange *exchange
	compared bool
}

// caller is how a request proves who sends it: headers in pairs.
type caller []string

// nobody sends no proof of anything.
var nobody caller

func bearer(token string) caller { return caller{"Authorization", "Bearer " + token} }

func secret(text string) caller { return caller{"x-client-secret", text} }

// also adds headers.
func (c caller) also(headers ...string) caller { return append(append(caller{}, c...), headers...) }

// send is one request. A path that does not begin with http is the server's; a body is JSON unless it is a string or bytes.
func (w *world) send(method, path string, body any, by caller) *reply {
	w.t.Helper()
	r, id := w.request(method, path, body, by)
	res := must(w.client.Do(r))
	_, err := io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	done(err)
	return &reply{w: w, exchange: w.capture.take(id)}
}

// attempt is send without must: for goroutines.
func (w *world) attempt(method, path string, body any, by caller) (int, []byte, error) {
	r, id := w.request(method, path, body, by)
	res, err := w.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	w.capture.take(id)
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, text, err
}

func (w *world) request(method, path string, body any, by caller) (*http.Request, string) {
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	case []byte:
		reader = bytes.NewReader(b)
	default:
		reader = bytes.NewReader(must(json.Marshal(body)))
	}
	if !strings.HasPrefix(path, "http") {
		path = w.url + path
	}
	r := must(http.NewRequestWithContext(w.t.Context(), method, path, reader))
	if reader != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	set := map[string]bool{}
	for i := 0; i+1 < len(by); i += 2 {
		if name := by[i]; !set[name] {
			r.Header.Set(name, by[i+1])
			set[name] = true
		} else {
			r.Header.Add(name, by[i+1])
		}
	}
	id := strconv.FormatInt(w.calls.Add(1), 10)
	r.Header.Set(callHeader, id)
	return r, id
}

func (r *reply) status() int         { return r.exchange.status }
func (r *reply) header() http.Header { return r.exchange.header }
func (r *reply) body() []byte        { return r.exchange.body }

// name is how a failure calls the exchange.
func (r *reply) name() string {
	return fmt.Sprintf("%s%s %s", lines(), r.exchange.method, r.exchange.path)
}

func (r *reply) errorf(format string, args ...any) {
	r.w.t.Helper()
	r.w.t.Errorf("%s: %s\n%d %s", r.name(), fmt.Sprintf(format, args...), r.exchange.status, shortened(r.exchange.body))
}

// at gives a value of the body by RFC 6901 pointer; nil when it is not there.
func (r *reply) at(pointer string) any {
	value, _ := pointed(r.exchange.body, pointer)
	return value
}

// text is at for a string that must be there and not empty.
func (r *reply) text(pointer string) string {
	r.w.t.Helper()
	text, _ := r.at(pointer).(string)
	if text == "" {
		r.w.t.Fatalf("%s: there is no text at %s\n%d %s", r.name(), pointer, r.exchange.status, shortened(r.exchange.body))
	}
	return text
}

// raw is the JSON at a pointer.
func (r *reply) raw(pointer string) json.RawMessage {
	r.w.t.Helper()
	value, ok := pointed(r.exchange.body, pointer)
	if !ok {
		r.w.t.Fatalf("%s: there is nothing at %s\n%d %s", r.name(), pointer, r.exchange.status, shortened(r.exchange.body))
	}
	return must(json.Marshal(value))
}

// equal compares a value of the body with what it must be, as JSON values.
func (r *reply) equal(pointer string, want any) *reply {
	r.w.t.Helper()
	r.compared = true
	got, ok := pointed(r.exchange.body, pointer)
	var wanted any
	done(json.Unmarshal(must(json.Marshal(want)), &wanted))
	if !ok || !reflect.DeepEqual(got, wanted) {
		r.errorf("%s is %s, want %s", pointer, must(json.Marshal(got)), must(json.Marshal(wanted)))
	}
	return r
}

// absent says that there is nothing at a pointer.
func (r *reply) absent(pointer string) *reply {
	r.w.t.Helper()
	if _, ok := pointed(r.exchange.body, pointer); ok {
		r.errorf("there is something at %s", pointer)
	}
	return r
}

// holds is for what is compared in another way.
func (r *reply) holds(is bool, format string, args ...any) *reply {
	r.w.t.Helper()
	r.compared = true
	if !is {
		r.errorf(format, args...)
	}
	return r
}

// succeeded says that the operation did what it should: 2xx, and something of it was compared before. An answer without a
// body has nothing to compare; look elsewhere what it did.
func (r *reply) succeeded() *reply {
	r.w.t.Helper()
	switch {
	case r.exchange.status >= 300:
		r.errorf("refused")
	case !r.compared && len(r.exchange.body) > 2:
		r.errorf("nothing of the answer was compared")
	default:
		covered.success(r.exchange.operation)
	}
	return r
}

// succeeds fails the test unless the answer is a success; the table learns nothing of it.
func (r *reply) succeeds() *reply {
	r.w.t.Helper()
	if r.exchange.status >= 300 {
		r.w.t.Fatalf("%s: refused\n%d %s", r.name(), r.exchange.status, shortened(r.exchange.body))
	}
	return r
}

// refused says that the operation answered as it should with a refusal of that name. The verifier's errors have no name: there
// it is "".
func (r *reply) refused(status int, name string) *reply {
	r.w.t.Helper()
	if got, _ := r.at("/name").(string); r.exchange.status != status || got != name {
		r.errorf("want %d %s", status, name)
		return r
	}
	covered.refusal(r.exchange.operation, status, name)
	return r
}

// says looks for a text in a refusal's message.
func (r *reply) says(text string) *reply {
	r.w.t.Helper()
	if message, _ := r.at("/message").(string); !strings.Contains(message, text) {
		r.errorf("the message does not say %q", text)
	}
	return r
}

// refusedFor is refused for an operation that refuses nothing but another method than its own.
func (r *reply) refusedFor(method string, status int, name string) *reply {
	r.w.t.Helper()
	path, _ := below(r.exchange.path)
	r.exchange.operation = described.find(method, path)
	return r.refused(status, name)
}

// pointed follows a JSON pointer; ok tells whether it leads anywhere. "" is the whole, text that is no JSON a string.
func pointed(text []byte, pointer string) (value any, ok bool) {
	if json.Unmarshal(text, &value) != nil {
		return string(text), pointer == ""
	}
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch v := value.(type) {
		case map[string]any:
			value, ok = v[token]
		case []any:
			i, err := strconv.Atoi(token)
			if ok = err == nil && i >= 0 && i < len(v); ok {
				value = v[i]
			}
		default:
			ok = false
		}
		if !ok {
			return nil, false
		}
	}
	return value, true
}

func shortened(body []byte) string {
	if len(body) > 900 {
		return string(body[:900]) + "…"
	}
	return string(body)
}
