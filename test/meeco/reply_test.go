package meeco

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

// date is an argument of an SDK's method, or a member of one, that is a Date.
func date(t time.Time) object { return object{"$date": t.UTC().Format(time.RFC3339Nano)} }

// reply is an answer of the door as it went through the proxy, and what the SDK made of it.
type reply struct {
	suite.Reply[*operation]
	w    *world
	view json.RawMessage // of the SDK; nil for a raw request or a refusal
}

// reply is what a test compares in an exchange.
func (w *world) reply(e *exchange) *reply {
	return &reply{Reply: suite.Reply[*operation]{T: w.t, Exchange: e}, w: w}
}

// sdk calls a method of Meeco's SDKs. An SDK that cannot read an answer fails the test.
func (w *world) sdk(token, method string, args ...any) *reply {
	w.t.Helper()
	id := w.capture.Call()
	call := peers.MeecoCall{
		SDK: "vc", Base: w.url + prefix, Token: token, Headers: map[string]string{suite.CallHeader: id}, Method: method, Args: args,
	}
	if strings.HasPrefix(method, "did") {
		call.SDK = "did"
	}
	var answer peers.MeecoAnswer
	w.node().Call("meeco.call", call, &answer)
	r := w.reply(w.capture.Take(id))
	r.view = answer.Value
	if r.Exchange == nil {
		w.t.Fatalf("%s%s: the SDK sent nothing", suite.Lines(), method)
	}
	if refused := answer.Refused; refused != nil && (refused.Status != r.Exchange.Status || refused.Body != string(r.Exchange.Body)) {
		w.t.Errorf("%s%s: the SDK read %d %s", suite.Lines(), method, refused.Status, refused.Body)
	}
	return r
}

// raw is one request of our own.
func (w *world) raw(token, method, path string, body any, header ...string) *reply {
	w.t.Helper()
	reader := suite.Body(body)
	target := w.url + prefix + path
	switch {
	case strings.HasPrefix(path, "http"):
		target = path
	case strings.HasPrefix(path, "/t/"):
		target = w.url + path
	}
	r := must(http.NewRequestWithContext(w.t.Context(), method, target, reader))
	if reader != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if i > 0 && header[i] == header[i-2] {
			r.Header.Add(header[i], header[i+1])
			continue
		}
		r.Header.Set(header[i], header[i+1])
	}
	return w.reply(must(w.capture.Send(w.client, r)))
}

func (r *reply) status() int           { return r.Exchange.Status }
func (r *reply) header() http.Header   { return r.Exchange.Header }
func (r *reply) body() []byte          { return r.Exchange.Body }
func (r *reply) at(pointer string) any { return r.At(pointer) }

// text is at for a string that must be there and not empty.
func (r *reply) text(pointer string) string {
	r.w.t.Helper()
	return r.Text(pointer)
}

// into reads the value at a pointer into out.
func (r *reply) into(pointer string, out any) {
	r.w.t.Helper()
	if err := json.Unmarshal(r.Raw(pointer), out); err != nil {
		r.Errorf("at %s: %v", pointer, err)
	}
}

// equal compares a value of the body with what it must be, as JSON values.
func (r *reply) equal(pointer string, want any) {
	r.w.t.Helper()
	r.Same(r.Exchange.Body, "", pointer, want)
}

// seen is equal for what the SDK made of the answer.
func (r *reply) seen(pointer string, want any) {
	r.w.t.Helper()
	r.Same(r.view, "the SDK's ", pointer, want)
}

// holds is for what is compared in another way.
func (r *reply) holds(is bool, format string, args ...any) {
	r.w.t.Helper()
	r.Holds(is, format, args...)
}

// succeeded says that the operation did what it should: 2xx (or 302), and something of it was compared before. An
// answer without a body has nothing to compare; look elsewhere what it did.
func (r *reply) succeeded() *reply {
	r.w.t.Helper()
	r.Succeeded(covered, 400)
	return r
}

// refused says that the operation answered as it should with a refusal.
func (r *reply) refused(status int, code string) *reply {
	r.w.t.Helper()
	r.Refused(covered, "/errors/0/error", status, code)
	return r
}

// refusedAt is refused with the place of the fault in the request.
func (r *reply) refusedAt(status int, code, pointer string) *reply {
	r.w.t.Helper()
	if got, _ := r.at("/errors/0/extra_info/pointer").(string); got != pointer {
		r.Errorf("points at %q, want %q", got, pointer)
	}
	return r.refused(status, code)
}

// refusedFor is refused for an operation that refuses nothing but another method than its own.
func (r *reply) refusedFor(method string, status int, code string) *reply {
	r.w.t.Helper()
	path, _ := suite.Below(prefix, r.Exchange.Path)
	r.Exchange.Operation = suite.Find(described.operations, method, path)
	return r.refused(status, code)
}

// succeeds fails the test unless the answer is a success; the table learns nothing of it.
func (r *reply) succeeds() *reply {
	r.w.t.Helper()
	if r.Exchange.Status >= 400 {
		r.Errorf("refused")
	}
	return r
}

func jsonOf(value any) ([]byte, error) { return json.Marshal(value) }
