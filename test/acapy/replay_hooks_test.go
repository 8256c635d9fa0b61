package acapy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/test/peers"
)

// hook is a webhook, as it was recorded or as it came.
type hook struct {
	Agent   string            `json:"agent"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
	Body    object            `json:"body"`
}

// webhooks compares what each receiver heard of each record with what was recorded: the path, the headers, and the record in each of
// its states. What was not recorded may not come. ACA-Py keeps no order; here the states come in that of their times.
func (r *replay) webhooks(name string, receivers map[string]*peers.Hooks) {
	r.t.Helper()
	for _, a := range r.agents {
		a.w.told()
	}
	theirs := strands(recorded[hook](r.t, name+".json"))
	for _, records := range theirs {
		for _, all := range records {
			slices.SortStableFunc(all, func(a, b hook) int { return strings.Compare(when(a), when(b)) })
		}
	}
	var came []hook
	for agent, hooks := range receivers {
		seen := map[string]bool{}
		for _, h := range hooks.All() {
			id := h.Header.Get("Webhook-Id")
			if seen[id] {
				continue // at least once
			}
			seen[id] = true
			headers := map[string]string{}
			for _, header := range []string{"x-api-key", "x-wallet-id", "Content-Type"} {
				if value := h.Header.Get(header); value != "" {
					headers[header] = value
				}
			}
			came = append(came, hook{Agent: agent, Path: h.Path, Headers: headers, Body: h.Body})
		}
	}
	ours := strands(came)
	for _, strand := range slices.Sorted(maps.Keys(theirs)) {
		r.strand(name, strand, theirs[strand], ours[strand])
		delete(ours, strand)
	}
	for _, strand := range slices.Sorted(maps.Keys(ours)) {
		r.t.Errorf("%s: %s was not recorded, and comes: %v", name, strand, ours[strand])
	}
}

// strand compares what one receiver heard of one topic, record by record.
func (r *replay) strand(name, strand string, theirs, ours [][]hook) {
	r.t.Helper()
	if len(theirs) != len(ours) {
		r.t.Errorf("%s: %s is told of %d records, here of %d", name, strand, len(theirs), len(ours))
		return
	}
	differs := func(d difference) {
		if !r.allowed.allows(name, -1, d) {
			r.t.Errorf("%s: %s\n  recorded %.300s\n  here     %.300s", name, d.pointer, d.recorded, d.ours)
		}
	}
	path := "/" + strings.ReplaceAll(strand, " ", "/") + "/"
	for i := range theirs {
		if want, got := states(theirs[i]), states(ours[i]); !slices.Equal(want, got) {
			differs(difference{path + strconv.Itoa(i) + "/states", text(want), text(got)})
		}
		for n := range min(len(theirs[i]), len(ours[i])) {
			for _, d := range r.binder.compare(path+states(theirs[i])[n], opened(whole(theirs[i][n])), opened(whole(ours[i][n]))) {
				differs(d)
			}
		}
	}
}

// strands sorts webhooks: by their receiver and topic, then by their record, the oldest first, then as they are.
func strands(all []hook) map[string][][]hook {
	strands := map[string][][]hook{}
	for _, h := range all {
		_, topic, _ := strings.Cut(h.Path, "/topic/")
		strand := h.Agent + " " + strings.Trim(topic, "/")
		i := slices.IndexFunc(strands[strand], func(record []hook) bool { return recordOf(record[0]) == recordOf(h) })
		if i < 0 {
			i = len(strands[strand])
			strands[strand] = append(strands[strand], nil)
		}
		strands[strand][i] = append(strands[strand][i], h)
	}
	for _, records := range strands {
		slices.SortStableFunc(records, func(a, b []hook) int {
			return cmp.Compare(peers.Text(a[0].Body, "/created_at"), peers.Text(b[0].Body, "/created_at"))
		})
	}
	return strands
}

// when sorts the states of a record: by the time of each; what is gone comes last.
func when(h hook) string {
	return fmt.Sprint(h.Body["updated_at"], h.Body["state"] == "deleted")
}

// recordOf names the record that a webhook is about.
func recordOf(h hook) string {
	for _, name := range []string{"cred_ex_ld_proof_id", "cred_ex_id", "pres_ex_id", "oob_id", "connection_id"} {
		if id, ok := h.Body[name].(string); ok {
			return id
		}
	}
	return ""
}

func states(all []hook) (states []string) {
	for _, h := range all {
		states = append(states, fmt.Sprint(h.Body["state"]))
	}
	return states
}

// whole is all of a webhook that is compared.
func whole(h hook) object {
	headers := object{}
	for name, value := range h.Headers {
		if name != "User-Agent" {
			headers[name] = value
		}
	}
	return object{"path": h.Path, "headers": headers, "body": h.Body}
}

// told waits until every event has been told to whom it is to be told.
func (w *world) told() {
	w.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		n := w.number(`SELECT count(*) FROM journal_pending WHERE event`) + w.number(`SELECT count(*) FROM webhooks w WHERE disabled_at = 0 AND `+
			`(waiting > 0 OR EXISTS (SELECT 1 FROM journal j WHERE j.tenant_id = w.tenant_id AND j.org_id = w.org_id AND j.event AND j.position > w.position))`)
		if n == 0 {
			return
		}
		if time.Now().After(end) {
			w.t.Fatalf("%d events or webhooks wait", n)
		}
	}
}
