package empe

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/chancery-vc/chancery/test/suite"
)

// reply is an answer of the door as it went through the proxy.
type reply struct {
	suite.Reply[*operation]
	w *world
}

// reply is what a test compares in an exchange.
func (w *world) reply(e *exchange) *reply {
	return &reply{Reply: suite.Reply[*operation]{T: w.t, Exchange: e}, w: w}
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
	return w.reply(must(w.capture.Send(w.client, w.request(method, path, body, by))))
}

// attempt is send without must: for goroutines.
func (w *world) attempt(method, path string, body any, by caller) (int, []byte, error) {
	res, err := w.client.Do(w.request(method, path, body, by))
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, text, err
}

func (w *world) request(method, path string, body any, by caller) *http.Request {
	reader := suite.Body(body)
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
	return r
}

func (r *reply) status() int           { return r.Exchange.Status }
func (r *reply) header() http.Header   { return r.Exchange.Header }
func (r *reply) body() []byte          { return r.Exchange.Body }
func (r *reply) at(pointer string) any { return r.At(pointer) }

func (r *reply) errorf(format string, args ...any) {
	r.w.t.Helper()
	r.Errorf(format, args...)
}

// text is at for a string that must be there and not empty.
func (r *reply) text(pointer string) string {
	r.w.t.Helper()
	return r.Text(pointer)
}

// raw is the JSON at a pointer.
func (r *reply) raw(pointer string) json.RawMessage {
	r.w.t.Helper()
	return r.Raw(pointer)
}

// equal compares a value of the body with what it must be, as JSON values.
func (r *reply) equal(pointer string, want any) *reply {
	r.w.t.Helper()
	r.Same(r.Exchange.Body, "", pointer, want)
	return r
}

// absent says that there is nothing at a pointer.
func (r *reply) absent(pointer string) *reply {
	r.w.t.Helper()
	if _, ok := suite.Pointed(r.Exchange.Body, pointer); ok {
		r.errorf("there is something at %s", pointer)
	}
	return r
}

// holds is for what is compared in another way.
func (r *reply) holds(is bool, format string, args ...any) *reply {
	r.w.t.Helper()
	r.Holds(is, format, args...)
	return r
}

// succeeded says that the operation did what it should: 2xx, and something of it was compared before. An answer without a
// body has nothing to compare; look elsewhere what it did.
func (r *reply) succeeded() *reply {
	r.w.t.Helper()
	r.Succeeded(covered, 300)
	return r
}

// succeeds fails the test unless the answer is a success; the table learns nothing of it.
func (r *reply) succeeds() *reply {
	r.w.t.Helper()
	if r.Exchange.Status >= 300 {
		r.Fatalf("refused")
	}
	return r
}

// refused says that the operation answered as it should with a refusal of that name. The verifier's errors have no name: there
// it is "".
func (r *reply) refused(status int, name string) *reply {
	r.w.t.Helper()
	r.Refused(covered, "/name", status, name)
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
	path, _ := suite.Below(prefix, r.Exchange.Path)
	r.Exchange.Operation = suite.Find(described.operations, method, path)
	return r.refused(status, name)
}
