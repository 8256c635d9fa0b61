package suite

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// Body is that of a request: JSON unless it is a string or bytes. nil is no body. Only under [Guard].
func Body(body any) io.Reader {
	switch b := body.(type) {
	case nil:
		return nil
	case string:
		return strings.NewReader(b)
	case []byte:
		return bytes.NewReader(b)
	}
	return bytes.NewReader(Must(json.Marshal(body)))
}

// Token gets an access token with client credentials from a token endpoint.
func Token(t testing.TB, client *http.Client, endpoint, id, secret string) string {
	t.Helper()
	form := "grant_type=client_credentials&client_id=" + id + "&client_secret=" + secret
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var body struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&body); err != nil || body.Token == "" {
		t.Fatalf("the token endpoint answers %d: %v", res.StatusCode, err)
	}
	return body.Token
}

// Reply is an answer as it went through the proxy, to be compared. Pointers are RFC 6901's, into the body. Only under
// [Guard].
type Reply[O Operation] struct {
	T        testing.TB
	Exchange *Exchange[O]
	Compared bool // something of it was compared
}

// Name is how a failure calls the exchange.
func (r *Reply[O]) Name() string {
	return fmt.Sprintf("%s%s %s", Lines(), r.Exchange.Method, r.Exchange.Path)
}

// shown is the failure with the answer that it is about.
func (r *Reply[O]) shown(format string, args ...any) string {
	return fmt.Sprintf("%s: %s\n%d %s", r.Name(), fmt.Sprintf(format, args...), r.Exchange.Status, Shortened(r.Exchange.Body))
}

// Errorf fails the test with the exchange; the test goes on.
func (r *Reply[O]) Errorf(format string, args ...any) {
	r.T.Helper()
	r.T.Error(r.shown(format, args...))
}

// Fatalf is [Reply.Errorf] that ends the test.
func (r *Reply[O]) Fatalf(format string, args ...any) {
	r.T.Helper()
	r.T.Fatal(r.shown(format, args...))
}

// At gives a value of the body; nil when it is not there.
func (r *Reply[O]) At(pointer string) any {
	value, _ := Pointed(r.Exchange.Body, pointer)
	return value
}

// Text is [Reply.At] for a string that must be there and not empty.
func (r *Reply[O]) Text(pointer string) string {
	r.T.Helper()
	text, _ := r.At(pointer).(string)
	if text == "" {
		r.Fatalf("there is no text at %s", pointer)
	}
	return text
}

// Raw is the JSON of a value that must be there.
func (r *Reply[O]) Raw(pointer string) json.RawMessage {
	r.T.Helper()
	value, ok := Pointed(r.Exchange.Body, pointer)
	if !ok {
		r.Fatalf("there is nothing at %s", pointer)
	}
	return Must(json.Marshal(value))
}

// Same compares the value at a pointer into text with what it must be, as JSON values. whose is put before the pointer
// in a failure.
func (r *Reply[O]) Same(text []byte, whose, pointer string, want any) {
	r.T.Helper()
	r.Compared = true
	got, ok := Pointed(text, pointer)
	var wanted any
	Done(json.Unmarshal(Must(json.Marshal(want)), &wanted))
	if !ok || !reflect.DeepEqual(got, wanted) {
		r.Errorf("%s%s is %s, want %s", whose, pointer, Must(json.Marshal(got)), Must(json.Marshal(wanted)))
	}
}

// Holds is for what is compared in another way.
func (r *Reply[O]) Holds(is bool, format string, args ...any) {
	r.T.Helper()
	r.Compared = true
	if !is {
		r.Errorf(format, args...)
	}
}

// Succeeded says that the operation did what it should: a status below until, and something of it was compared before. An
// answer without a body has nothing to compare; look elsewhere what it did.
func (r *Reply[O]) Succeeded(table *Table[O], until int) {
	r.T.Helper()
	switch {
	case r.Exchange.Status >= until:
		r.Errorf("refused")
	case !r.Compared && len(r.Exchange.Body) > 2:
		r.Errorf("nothing of the answer was compared")
	default:
		table.succeeded(r.Exchange.Operation)
	}
}

// Refused says that the operation answered as it should with a refusal of that name, which the API has at a pointer.
func (r *Reply[O]) Refused(table *Table[O], pointer string, status int, name string) {
	r.T.Helper()
	if got, _ := r.At(pointer).(string); r.Exchange.Status != status || got != name {
		r.Errorf("want %d %s", status, name)
		return
	}
	table.Refused(r.Exchange.Operation, status, name)
}

// Pointed follows a JSON pointer; ok tells whether it leads anywhere. "" is the whole, text that is no JSON a string.
func Pointed(text []byte, pointer string) (value any, ok bool) {
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

// Shortened is a body as a failure shows it.
func Shortened(body []byte) string {
	if len(body) > 900 {
		return string(body[:900]) + "…"
	}
	return string(body)
}
