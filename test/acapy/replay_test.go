package acapy

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path"
	"slices"
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
	half    *half // the recorded agent that Chancery does not play; nil: it plays all
}

const recordings = "ACA-Py 1.6.1rc0, recorded"

func recorded[T any](t *testing.T, name string) (all []T) {
	t.Helper()
	done(json.Unmarshal(sharedtest.Read(t, recordings, "transcripts", "acapy", name), &all))
	return all
}

// replays says of each recording what replays it. A recording that nothing replays fails the test.
var replays = map[string]string{
	"rest-didex1.0.json": "didex1.0", "webhooks-didex1.0.json": "didex1.0", "plaintext-didex1.0.jsonl": "messages-didex1.0-*",
	"rest-didex1.1.json": "didex1.1", "webhooks-didex1.1.json": "didex1.1", "plaintext-didex1.1.jsonl": "messages-didex1.1-*",
	"rest-multitenant-oob.json": "multitenant", "webhooks-multitenant-oob.json": "multitenant", "plaintext-mt.jsonl": "messages-multitenant-*",
	"vp-acapy.json": "presentation",
}

// TestReplay: what was recorded of ACA-Py is asked of Chancery, and answered the same, but for what docs/divergences/acapy.md lists; its
// webhooks and messages are the same, too. What is listed and does not differ fails.
func TestReplay(t *testing.T) {
	allowed := readAllowed()
	ran := map[string]bool{}
	run := func(name string, test func(t *testing.T)) {
		ran[name] = true
		t.Run(name, func(t *testing.T) { suite.Guard(t, func() { test(t) }) })
	}
	for _, version := range []string{"1.0", "1.1"} {
		r := replay{name: "rest-didex" + version, allowed: allowed}
		run("didex"+version, r.both)
		for _, name := range []string{"issuer", "holder"} {
			run("messages-didex"+version+"-"+name, func(t *testing.T) { r.messages(t, name, "plaintext-didex"+version) })
		}
	}
	r := replay{name: "rest-multitenant-oob", allowed: allowed}
	run("multitenant", r.wallets)
	for _, name := range []string{"tenant", "holder"} {
		run("messages-multitenant-"+name, func(t *testing.T) { r.messages(t, name, "plaintext-mt") })
	}
	run("presentation", presentation)

	for _, file := range must(os.ReadDir(sharedtest.Path(t, recordings, "transcripts", "acapy"))) {
		pattern, ok := replays[file.Name()]
		if ok {
			ok = slices.ContainsFunc(slices.Collect(maps.Keys(ran)), func(name string) bool { return must(path.Match(pattern, name)) })
		}
		if !ok {
			t.Errorf("nothing replays %s", file.Name())
		}
	}
	if !t.Failed() && !strings.Contains(flag.Lookup("test.run").Value.String(), "/") { // all of it ran
		for _, row := range allowed.rows {
			if !row.used {
				t.Errorf("%s lists that it differs, and it does not: %s", divergences, row.line)
			}
		}
	}
}

// both replays the calls to an issuer and to a holder, of one wallet each.
func (r replay) both(t *testing.T) {
	issuer, issuerHooks := single(t, "issuer", app.Agents{})
	holder, holderHooks := single(t, "holder", app.Agents{})
	r.begin(t, map[string]*agent{"issuer": issuer, "holder": holder})
	r.run()
	r.webhooks("webhooks"+strings.TrimPrefix(r.name, "rest"), map[string]*peers.Hooks{"issuer": issuerHooks, "holder": holderHooks})
}

// wallets replays the calls to an issuer with sub-wallets, and to a holder.
func (r replay) wallets(t *testing.T) {
	base, tenantHooks, baseHooks := multi(t)
	holder, holderHooks := single(t, "holder", willing)
	r.begin(t, map[string]*agent{"base": base, "tenant": base, "holder": holder})
	r.binder.ours[hooksThere] = strings.TrimSuffix(tenantHooks.URL, "/webhooks")
	r.run()
	r.webhooks("webhooks-multitenant-oob", map[string]*peers.Hooks{"tenant": tenantHooks, "issuer-base": baseHooks, "holder": holderHooks})
}

// messages replays one agent's calls, while the other is what it said.
func (r replay) messages(t *testing.T, name, recording string) {
	following := map[int][]int{14: {0, 1, 2}, 20: {3, 5}, 21: {4}, 28: {6}, 30: {7}, 31: {8}, 32: {9}, 39: {10}, 42: {11}, 43: {12}}
	endpoint := map[string]string{"holder": "http://127.0.0.1:8020", "issuer": "http://127.0.0.1:8030", "tenant": "http://127.0.0.1:8030"}[name]
	var auto app.Agents
	if recording == "plaintext-mt" {
		following, auto = map[int][]int{14: {0, 1, 2, 3, 4, 5}, 17: {6, 7}, 22: {8, 9, 10}}, willing
	}
	if name == "tenant" {
		base, hooks, _ := multi(t)
		r.begin(t, map[string]*agent{"base": base, "tenant": base})
		r.binder.ours[hooksThere] = strings.TrimSuffix(hooks.URL, "/webhooks")
	} else {
		us, _ := single(t, name, auto)
		r.begin(t, map[string]*agent{name: us})
	}
	r.half = newHalf(&r, recording, name != "holder", endpoint, following)
	r.run()
	r.half.ended()
}

// hooksThere is where the recorded wallet's webhooks went.
const hooksThere = "http://127.0.0.1:8120"

// willing is the recorded holder of the wallet's credentials.
var willing = app.Agents{Auto: []string{"credential-offer", "store-credential"}}

func (r *replay) begin(t *testing.T, agents map[string]*agent) {
	r.t, r.agents, r.binder = t, agents, binder{ours: map[string]string{}}
}

// multi is a server with sub-wallets, the receiver of the one's webhooks and the server's own.
func multi(t *testing.T) (base *agent, tenant, server *peers.Hooks) {
	t.Helper()
	tenant, closed := peers.NewHooks("tkey")
	t.Cleanup(closed)
	server, closed = peers.NewHooks("hookkey")
	t.Cleanup(closed)
	w := start(t, "sqlite", app.Config{Agents: app.Agents{Multitenant: true, Preserve: true, Webhooks: []string{server.URL + "#" + server.Key}}})
	return &agent{w: w, at: prefix, Controller: (&peers.Controller{Name: "base", URL: w.url + prefix, Header: w.admin()}).For(t)}, tenant, server
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
	for n, c := range recorded[call](r.t, r.name+".json") {
		for _, a := range r.agents {
			a.w.settled()
			a.w.told()                                        // a wallet that is removed tells nothing more
			if strings.Contains(c.Request, "/create-offer") { // two credentials of one second with the same contents are one
				a.w.clock.Advance(time.Second)
			}
		}
		if r.agents[c.Agent] != nil {
			r.one(n, c)
		} else if r.half != nil {
			r.half.goOn(n)
		}
	}
}

// meanwhile sends a call, and goes on with the messages that follow it, which its answer may wait for.
func (r *replay) meanwhile(n int, send func() *reply) *reply {
	r.t.Helper()
	if r.half == nil || len(r.half.after[n]) == 0 {
		return send()
	}
	answers := make(chan any, 1)
	go func() {
		defer func() {
			if failed := recover(); failed != nil {
				answers <- failed
			}
		}()
		answers <- send()
	}()
	r.half.goOn(n)
	answer := <-answers
	if reply, ok := answer.(*reply); ok {
		return reply
	}
	panic(answer)
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
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		at := agent.at + r.binder.here(path)
		reply := r.meanwhile(n, func() *reply { return agent.w.send(method, at, body, by) })
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

// presentation has a presentation of ACA-Py's verified, and refused where it was spoilt.
func presentation(t *testing.T) {
	verifier, _ := single(t, "verifier", app.Agents{})
	var presentation object
	done(json.Unmarshal(sharedtest.Read(t, recordings, "transcripts", "acapy", "vp-acapy.json"), &presentation))
	options := object{"challenge": peers.Text(presentation, "/proof/challenge"), "proofPurpose": "authentication"}
	verify := func(verified bool) {
		t.Helper()
		verifier.post("/vc/presentations/verify", object{"verifiablePresentation": presentation, "options": options}).equal("/verified", verified)
	}
	verify(true)
	options["challenge"] = "6aad5022-00fc-41ff-a3aa-7c5382ab8402"
	verify(false)
	options["challenge"] = peers.Text(presentation, "/proof/challenge")
	peers.At(presentation, "/verifiableCredential/0/credentialSubject").(object)["givenName"] = "ALISON"
	verify(false)
}
