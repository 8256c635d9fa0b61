package acapy

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

// call is a recorded request to ACA-Py and its answer.
type call struct {
	Agent    string            `json:"agent"`
	Request  string            `json:"request"`
	Headers  map[string]string `json:"headers"`
	Body     any               `json:"body"`
	Status   int               `json:"status"`
	Media    string            `json:"content_type"`
	Response any               `json:"response"`
}

// replay is a recording that is gone through again.
type replay struct {
	t       *testing.T
	name    string
	agents  map[string]*agent // by the name in the recording
	binder  binder
	allowed *allowed
}

func recorded[T any](t *testing.T, name string) (all []T) {
	t.Helper()
	done(json.Unmarshal(sharedtest.Read(t, "ACA-Py 1.6.1rc0, recorded", "transcripts", "acapy", name), &all))
	return all
}

// TestReplay: what was recorded of ACA-Py is asked of Chancery, and answered the same, but for what docs/divergences/acapy.md lists. What
// is listed and does not differ fails, too.
func TestReplay(t *testing.T) {
	allowed := readAllowed()
	for _, version := range []string{"1.0", "1.1"} {
		t.Run("didex"+version, func(t *testing.T) {
			suite.Guard(t, func() {
				issuer, issuerHooks := single(t, "issuer", app.Agents{})
				holder, holderHooks := single(t, "holder", app.Agents{})
				r := &replay{t: t, name: "rest-didex" + version, allowed: allowed, agents: map[string]*agent{"issuer": issuer, "holder": holder}}
				r.run()
				r.webhooks("webhooks-didex"+version, map[string]*peers.Hooks{"issuer": issuerHooks, "holder": holderHooks})
			})
		})
	}
	t.Run("multitenant", func(t *testing.T) {
		suite.Guard(t, func() {
			hooks, closed := peers.NewHooks("tkey")
			t.Cleanup(closed)
			baseHooks, closed := peers.NewHooks("hookkey")
			t.Cleanup(closed)
			w := start(t, "sqlite", app.Config{Agents: app.Agents{Multitenant: true, Preserve: true, Webhooks: []string{baseHooks.URL + "#" + baseHooks.Key}}})
			base := &agent{w: w, at: prefix, Controller: (&peers.Controller{Name: "base", URL: w.url + prefix, Header: w.admin()}).For(t)}
			holder, holderHooks := single(t, "holder", app.Agents{Auto: []string{"credential-offer", "store-credential"}})
			r := &replay{t: t, name: "rest-multitenant-oob", allowed: allowed, agents: map[string]*agent{"base": base, "tenant": base, "holder": holder}}
			r.binder.ours = map[string]string{"http://127.0.0.1:8120": strings.TrimSuffix(hooks.URL, "/webhooks")}
			r.run()
			r.webhooks("webhooks-multitenant-oob", map[string]*peers.Hooks{"tenant": hooks, "issuer-base": baseHooks, "holder": holderHooks})
		})
	})
	if !t.Failed() && !strings.Contains(flag.Lookup("test.run").Value.String(), "/") { // all of it ran
		for _, row := range allowed.rows {
			if !row.used {
				t.Errorf("%s lists that it differs, and it does not: %s", divergences, row.line)
			}
		}
	}
}

// single is a server with one wallet.
func single(t *testing.T, label string, agents app.Agents) (*agent, *peers.Hooks) {
	t.Helper()
	hooks, closed := peers.NewHooks("hookkey")
	t.Cleanup(closed)
	agents.Preserve, agents.Label, agents.Webhooks = true, label, []string{hooks.URL + "#" + hooks.Key}
	w := start(t, "sqlite", app.Config{Agents: agents})
	return w.alone(label, hooks), hooks
}

func (r *replay) run() {
	if r.binder.ours == nil {
		r.binder.ours = map[string]string{}
	}
	for n, c := range recorded[call](r.t, r.name+".json") {
		for _, a := range r.agents {
			a.w.settled()
			a.w.told()                                        // a wallet that is removed tells nothing more
			if strings.Contains(c.Request, "/create-offer") { // two credentials of one second with the same contents are one
				a.w.clock.Advance(time.Second)
			}
		}
		r.one(n, c)
	}
}

// one is one call. What is read may need a moment to be so: messages are on their way.
func (r *replay) one(n int, c call) {
	r.t.Helper()
	method, path, _ := strings.Cut(c.Request, " ")
	agent := r.agents[c.Agent]
	by := agent.Header
	if len(c.Headers) > 0 {
		by = http.Header{}
		if c.Headers["x-api-key"] != "" {
			by = agent.Header
		}
		if token := c.Headers["authorization"]; token != "" {
			by = http.Header{"Authorization": {r.binder.here(token)}}
		}
	} else if c.Status == http.StatusUnauthorized {
		by = nobody
	}
	var body any
	if c.Body != nil {
		body = r.said(c.Body)
	}
	var left []difference
	for end := time.Now().Add(3 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		reply := agent.w.send(method, agent.at+r.binder.here(path), body, by)
		trial := binder{ours: maps.Clone(r.binder.ours)}
		var rows []*allowedRow
		left, rows = r.unlisted(n, trial.answer(c, reply))
		if len(left) == 0 || method != http.MethodGet || time.Now().After(end) {
			r.binder = trial
			for _, row := range rows {
				row.used = true
			}
			if len(left) == 0 && reply.Exchange.Operation != nil {
				r.enter(c, reply)
			}
			break
		}
	}
	for _, d := range left {
		r.t.Errorf("%s call %d, %s:%s\n  recorded %.300s\n  here     %.300s", r.name, n, c.Request, d.pointer, d.recorded, d.ours)
	}
}

// enter is a line in the table of operations: every value was compared with what was recorded.
func (r *replay) enter(c call, reply *reply) {
	if c.Status < http.StatusMultipleChoices {
		reply.Compared = true
		reply.succeeded()
	} else if c.Status == reply.Exchange.Status {
		covered.Refused(reply.Exchange.Operation, c.Status, "")
	}
}

// said is a recorded body as it is sent here.
func (r *replay) said(value any) any {
	switch v := value.(type) {
	case object:
		all := object{}
		for name, member := range v {
			all[name] = r.said(member)
		}
		return all
	case []any:
		all := make([]any, len(v))
		for i, element := range v {
			all[i] = r.said(element)
		}
		return all
	case string:
		if inside := unpacked(v); inside != nil {
			return base64.StdEncoding.EncodeToString(must(json.Marshal(r.said(any(inside)))))
		}
		return r.binder.here(v)
	}
	return value
}

// answer compares an answer with what was recorded.
func (b *binder) answer(c call, reply *reply) (all []difference) {
	e := reply.Exchange
	if e.Status != c.Status {
		all = append(all, difference{"status", fmt.Sprint(c.Status), fmt.Sprint(e.Status)})
	}
	if media := e.Header.Get("Content-Type"); c.Media != "" && media != c.Media {
		all = append(all, difference{"content-type", c.Media, media})
	}
	var ours any
	if json.Unmarshal(e.Body, &ours) != nil {
		ours = string(e.Body)
	}
	return append(all, b.compare("", opened(c.Response), opened(ours))...)
}
