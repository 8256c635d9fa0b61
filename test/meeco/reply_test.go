package meeco

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/test/peers"
)

// callHeader tells the proxy which call of the test a request is; it goes no further.
const callHeader = "X-Test-Call"

// date is an argument of an SDK's method, or a member of one, that is a Date.
func date(t time.Time) object { return object{"$date": t.UTC().Format(time.RFC3339Nano)} }

// reply is an answer of the door as it went through the proxy, and what the SDK made of it.
type reply struct {
	w        *world
	exchange *exchange
	view     json.RawMessage // of the SDK; nil for a raw request or a refusal
	compared bool
}

// sdk calls a method of Meeco's SDKs. An SDK that cannot read an answer fails the test.
func (w *world) sdk(token, method string, args ...any) *reply {
	w.t.Helper()
	w.calls++
	id := strconv.Itoa(w.calls)
	call := peers.MeecoCall{
		SDK: "vc", Base: w.url + prefix, Token: token, Headers: map[string]string{callHeader: id}, Method: method, Args: args,
	}
	if strings.HasPrefix(method, "did") {
		call.SDK = "did"
	}
	var answer peers.MeecoAnswer
	w.node().Call("meeco.call", call, &answer)
	r := &reply{w: w, exchange: w.capture.take(id), view: answer.Value}
	if r.exchange == nil {
		w.t.Fatalf("%s%s: the SDK sent nothing", lines(), method)
	}
	if refused := answer.Refused; refused != nil && (refused.Status != r.exchange.status || refused.Body != string(r.exchange.body)) {
		w.t.Errorf("%s%s: the SDK read %d %s", lines(), method, refused.Status, refused.Body)
	}
	return r
}

// raw is one request of our own.
func (w *world) raw(token, method, path string, body any, header ...string) *reply {
	w.t.Helper()
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
	w.calls++
	id := strconv.Itoa(w.calls)
	r.Header.Set(callHeader, id)
	res := must(w.client.Do(r))
	_, err := io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	done(err)
	return &reply{w: w, exchange: w.capture.take(id)}
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

// into reads the value at a pointer into out.
func (r *reply) into(pointer string, out any) {
	r.w.t.Helper()
	value, ok := pointed(r.exchange.body, pointer)
	if !ok {
		r.w.t.Fatalf("%s: there is nothing at %s\n%d %s", r.name(), pointer, r.exchange.status, shortened(r.exchange.body))
	}
	if err := json.Unmarshal(must(json.Marshal(value)), out); err != nil {
		r.errorf("at %s: %v", pointer, err)
	}
}

// equal compares a value of the body with what it must be, as JSON values.
func (r *reply) equal(pointer string, want any) {
	r.w.t.Helper()
	r.same(r.exchange.body, "", pointer, want)
}

// seen is equal for what the SDK made of the answer.
func (r *reply) seen(pointer string, want any) {
	r.w.t.Helper()
	r.same(r.view, "the SDK's ", pointer, want)
}

func (r *reply) same(text []byte, whose, pointer string, want any) {
	r.w.t.Helper()
	r.compared = true
	got, ok := pointed(text, pointer)
	var wanted any
	done(json.Unmarshal(must(json.Marshal(want)), &wanted))
	if !ok || !reflect.DeepEqual(got, wanted) {
		r.errorf("%s%s is %s, want %s", whose, pointer, must(json.Marshal(got)), must(json.Marshal(wanted)))
	}
}

// holds is for what is compared in another way.
func (r *reply) holds(is bool, format string, args ...any) {
	r.w.t.Helper()
	r.compared = true
	if !is {
		r.errorf(format, args...)
	}
}

// succeeded says that the operation did what it should: 2xx (or 302), and something of it was compared before. An
// answer without a body has nothing to compare; look elsewhere what it did.
func (r *reply) succeeded() *reply {
	r.w.t.Helper()
	switch {
	case r.exchange.status >= 400:
		r.errorf("refused")
	case !r.compared && len(r.exchange.body) > 2:
		r.errorf("nothing of the answer was compared")
	default:
		covered.success(r.exchange.operation)
	}
	return r
}

// refused says that the operation answered as it should with a refusal.
func (r *reply) refused(status int, code string) *reply {
	r.w.t.Helper()
	if got, _ := r.at("/errors/0/error").(string); r.exchange.status != status || got != code {
		r.errorf("want %d %s", status, code)
		return r
	}
	covered.refusal(r.exchange.operation, status, code)
	return r
}

// refusedAt is refused with the place of the fault in the request.
func (r *reply) refusedAt(status int, code, pointer string) *reply {
	r.w.t.Helper()
	if got, _ := r.at("/errors/0/extra_info/pointer").(string); got != pointer {
		r.errorf("points at %q, want %q", got, pointer)
	}
	return r.refused(status, code)
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

// refusedFor is refused for an operation that refuses nothing but another method than its own.
func (r *reply) refusedFor(method string, status int, code string) *reply {
	r.w.t.Helper()
	path, _ := below(r.exchange.path)
	r.exchange.operation = described.find(method, path)
	return r.refused(status, code)
}

// succeeds fails the test unless the answer is a success; the table learns nothing of it.
func (r *reply) succeeds() *reply {
	r.w.t.Helper()
	if r.exchange.status >= 400 {
		r.errorf("refused")
	}
	return r
}

func jsonOf(value any) ([]byte, error) { return json.Marshal(value) }
