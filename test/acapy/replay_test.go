package acapy

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
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
			w := start(t, "sqlite", app.Config{Agents: app.Agents{Multitenant: true, Preserve: true}})
			hooks, closed := peers.NewHooks("tkey")
			t.Cleanup(closed)
			base := &agent{w: w, at: prefix, Controller: (&peers.Controller{Name: "base", URL: w.url + prefix, Header: w.admin()}).For(t)}
			holder, _ := single(t, "holder", app.Agents{Auto: []string{"credential-offer", "store-credential"}})
			r := &replay{t: t, name: "rest-multitenant-oob", allowed: allowed, agents: map[string]*agent{"base": base, "tenant": base, "holder": holder}}
			r.binder.ours = map[string]string{"http://127.0.0.1:8120": strings.TrimSuffix(hooks.URL, "/webhooks")}
			r.run()
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

// webhooks compares what each record told of itself: the states in their order, and the members of each.
func (r *replay) webhooks(name string, heard map[string]*peers.Hooks) {
	r.t.Helper()
	type hook struct {
		Agent, Path string
		Body        object
	}
	wanted := map[string][]string{}
	for _, h := range recorded[hook](r.t, name+".json") {
		topic := strings.Trim(strings.TrimPrefix(h.Path, "/webhooks/topic/"), "/")
		id := r.binder.here(recordOf(topic, h.Body))
		wanted[h.Agent+" "+topic+" "+id] = append(wanted[h.Agent+" "+topic+" "+id], told(h.Body))
	}
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		got := map[string][]string{}
		for agent, hooks := range heard {
			for _, h := range hooks.All() {
				key := agent + " " + h.Topic + " " + recordOf(h.Topic, h.Body)
				got[key] = append(got[key], told(h.Body))
			}
		}
		wrong := r.wrongHooks(name, wanted, got)
		if len(wrong) == 0 {
			return
		}
		if time.Now().After(end) {
			r.t.Errorf("%s", strings.Join(wrong, "\n"))
			return
		}
	}
}

func (r *replay) wrongHooks(name string, wanted, got map[string][]string) (wrong []string) {
	for key, want := range wanted {
		slices.Sort(want) // ACA-Py has no order
		have := slices.Clone(got[key])
		slices.Sort(have)
		agent, rest, _ := strings.Cut(key, " ")
		topic, _, _ := strings.Cut(rest, " ")
		if !slices.Equal(slices.Compact(want), slices.Compact(have)) && !r.allowed.allows(name, -1, difference{pointer: agent + "/" + topic}) {
			wrong = append(wrong, fmt.Sprintf("%s: %s\n  recorded %v\n  here     %v", name, key, want, have))
		}
	}
	slices.Sort(wrong)
	return wrong
}

// recordOf names the record that a webhook is about.
func recordOf(topic string, body object) string {
	for _, name := range []string{"cred_ex_ld_proof_id", "cred_ex_id", "pres_ex_id", "connection_id", "oob_id"} {
		if id, ok := body[name].(string); ok && (name != "connection_id" || topic != "out_of_band") {
			return id
		}
	}
	return ""
}

// told is a webhook without what differs in every run: the state, and which members there are.
func told(body object) string {
	return fmt.Sprint(body["state"], " ", slices.Sorted(maps.Keys(body)))
}

// allowed are the rows of the table "What differs from the recordings" of the divergences.
type allowed struct{ rows []*allowedRow }

type allowedRow struct {
	line             string
	capture, pointer *regexp.Regexp
	call, ours       string
	used             bool
}

func readAllowed() *allowed {
	text := must(os.ReadFile(divergences))
	_, section, _ := strings.Cut(string(text), "### What differs from the recordings")
	section, _, _ = strings.Cut(section, "\n#")
	glob := func(text string) *regexp.Regexp {
		text = regexp.QuoteMeta(text)
		text = strings.ReplaceAll(text, `\*\*`, `.*`)
		return regexp.MustCompile("^" + strings.ReplaceAll(text, `\*`, `[^/]*`) + "$")
	}
	a := &allowed{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]*)` \\| ([^|]*) \\| `([^`]*)` \\| `([^`]*)` \\|.*$").FindAllStringSubmatch(section, -1) {
		a.rows = append(a.rows, &allowedRow{line: row[0], capture: glob(row[1]), call: strings.TrimSpace(row[2]), pointer: glob(row[3]), ours: row[4]})
	}
	return a
}

// row finds the one that allows a difference.
func (a *allowed) row(capture string, call int, d difference) *allowedRow {
	for _, row := range a.rows {
		if row.capture.MatchString(capture) && row.pointer.MatchString(d.pointer) && (row.ours == "…" || row.ours == d.ours) &&
			(row.call == "all" || slices.Contains(strings.Split(row.call, ", "), fmt.Sprint(call))) {
			return row
		}
	}
	return nil
}

func (a *allowed) allows(capture string, call int, d difference) bool {
	row := a.row(capture, call, d)
	if row != nil {
		row.used = true
	}
	return row != nil
}

// unlisted are the differences that the divergences do not list, and the rows that list the others.
func (r *replay) unlisted(n int, all []difference) (left []difference, rows []*allowedRow) {
	for _, d := range all {
		if row := r.allowed.row(r.name, n, d); row != nil {
			rows = append(rows, row)
		} else {
			left = append(left, d)
		}
	}
	return left, rows
}
