package acapy

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/chancery-vc/chancery/test/suite"
)

// reply is an answer of the door as it went through the proxy.
type reply struct {
	suite.Reply[*operation]
	w *world
}

// nobody sends no proof of anything.
var nobody = http.Header{}

func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

func apiKey(key string) http.Header { return http.Header{"X-Api-Key": {key}} }

// admin is who operates the server.
func (w *world) admin() http.Header { return apiKey(w.operator) }

// send is one request. A body is JSON unless it is a string or bytes.
func (w *world) send(method, path string, body any, by http.Header) *reply {
	w.t.Helper()
	reader := suite.Body(body)
	r := must(http.NewRequestWithContext(w.t.Context(), method, w.url+path, reader))
	for name, values := range by {
		r.Header[name] = values
	}
	if reader != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	e := must(w.capture.Send(w.client, r))
	return &reply{Reply: suite.Reply[*operation]{T: w.t, Exchange: e}, w: w}
}

// as is the agent called by another.
func (a *agent) as(by http.Header) *agent {
	other, controller := *a, *a.Controller
	controller.Header = by
	other.Controller = &controller
	return &other
}

func (a *agent) send(method, path string, body any) *reply {
	a.w.t.Helper()
	return a.w.send(method, a.at+path, body, a.Header)
}

func (a *agent) get(path string) *reply {
	a.w.t.Helper()
	return a.send(http.MethodGet, path, nil)
}

func (a *agent) post(path string, body any) *reply {
	a.w.t.Helper()
	return a.send(http.MethodPost, path, body)
}

func (a *agent) remove(path string) *reply {
	a.w.t.Helper()
	return a.send(http.MethodDelete, path, nil)
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
	_, ok := suite.Pointed(r.Exchange.Body, pointer)
	return r.holds(!ok, "there is something at %s", pointer)
}

// holds is for what is compared in another way.
func (r *reply) holds(is bool, format string, args ...any) *reply {
	r.w.t.Helper()
	r.Holds(is, format, args...)
	return r
}

// succeeded says that the operation did what it should: 2xx, and something of it was compared before. An answer without a body has
// nothing to compare; look elsewhere what it did.
func (r *reply) succeeded() *reply {
	r.w.t.Helper()
	r.Succeeded(covered, http.StatusMultipleChoices)
	return r
}

// succeeds fails the test unless the answer is a success; the table learns nothing of it.
func (r *reply) succeeds() *reply {
	r.w.t.Helper()
	if r.Exchange.Status >= http.StatusMultipleChoices {
		r.Fatalf("refused")
	}
	return r
}

// refused says that the operation answered with a status and a reason, which may be its beginning and "…".
func (r *reply) refused(status int, reason string) *reply {
	r.w.t.Helper()
	text := string(r.Exchange.Body)
	if message, ok := suite.Pointed(r.Exchange.Body, "/message"); ok && strings.HasPrefix(text, "{") {
		text = fmt.Sprintf("%d: %s", r.Exchange.Status, message)
	}
	want := fmt.Sprintf("%d: %s", status, reason)
	begins, open := strings.CutSuffix(want, "…")
	if r.Exchange.Status != status || text != want && !(open && strings.HasPrefix(text, begins)) {
		r.Errorf("want %s", want)
		return r
	}
	covered.Refused(r.Exchange.Operation, status, "")
	return r
}

// status compares the answer's.
func (r *reply) status(want int) *reply {
	r.w.t.Helper()
	return r.holds(r.Exchange.Status == want, "want %d", want)
}
