package crash

import (
	"fmt"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/sdk"
)

// count holds what the server says against what the clients were told.
func (l *load) count() {
	told := map[string]bool{}
	for key, a := range l.answers {
		for _, id := range a.ids {
			if told[id] {
				l.t.Errorf("%s: credential %s was the answer to another key too", key, id)
			}
			told[id] = true
		}
	}
	listed := l.list()
	places := map[string]string{}
	for id, c := range listed {
		if !told[id] {
			l.t.Errorf("credential %s, for %v, was recorded and never answered", id, c.Subjects)
		}
		if want := map[bool]string{true: "revoked", false: "active"}[l.revoked[id]]; c.Status != want {
			l.t.Errorf("credential %s is %s, not %s", id, c.Status, want)
		}
		if len(c.StatusEntries) != 2 {
			l.t.Errorf("credential %s has %d status entries", id, len(c.StatusEntries))
		}
		for _, entry := range c.StatusEntries {
			place := fmt.Sprint(entry.List, "#", entry.Index)
			if other, taken := places[place]; taken {
				l.t.Errorf("%s is used by %s and %s", place, id, other)
			}
			places[place] = id
		}
	}
	for id := range told {
		if _, ok := listed[id]; !ok {
			l.t.Errorf("credential %s was answered and is not there", id)
		}
	}
	for key, a := range l.answers {
		l.repeat(key, a)
	}
	l.countEvents(told)
}

// list reads all pages.
func (l *load) list() map[string]sdk.Credential {
	all := map[string]sdk.Credential{}
	for q := (sdk.CredentialQuery{Limit: 1000}); ; {
		page, err := l.issuer.ListCredentials(l.t.Context(), q)
		check(l.t, err)
		for _, c := range page.Items {
			if _, twice := all[c.ID]; twice {
				l.t.Errorf("credential %s is listed twice", c.ID)
			}
			all[c.ID] = c
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return all
		}
	}
}

// countEvents waits until the journal is published, and looks for exactly one event of each act.
func (l *load) countEvents(told map[string]bool) {
	issued, revoked := map[string]int{}, map[string]int{}
	var after int64
	for end := time.Now().Add(10 * time.Second); (len(issued) < len(told) || len(revoked) < len(l.revoked)) && time.Now().Before(end); {
		events, next, err := l.issuer.Events(l.t.Context(), after, 1000)
		check(l.t, err)
		for _, e := range events {
			if e.Position <= after {
				l.t.Errorf("event %d comes after %d", e.Position, after)
			}
			after = e.Position
			switch e.Type {
			case "credential.issued":
				issued[e.Subject]++
			case "credential.revoked":
				revoked[e.Subject]++
			}
		}
		if after = next; len(events) == 0 {
			time.Sleep(100 * time.Millisecond)
		}
	}
	same(l, "credential.issued", issued, told)
	same(l, "credential.revoked", revoked, l.revoked)
	l.countPositions()
}

func same(l *load, what string, got map[string]int, want map[string]bool) {
	for id := range want {
		if got[id] != 1 {
			l.t.Errorf("%s: %d events for %s", what, got[id], id)
		}
	}
	for id := range got {
		if !want[id] {
			l.t.Errorf("%s: an event for %s, which nobody was told of", what, id)
		}
	}
}

// countPositions looks for gaps in the tenant's journal.
func (l *load) countPositions() {
	for after := int64(0); ; {
		entries, _, err := l.tenant.Audit(l.t.Context(), after, 1000)
		check(l.t, err)
		if len(entries) == 0 {
			l.t.Logf("%d positions", after)
			return
		}
		for _, e := range entries {
			if after++; e.Position != after {
				l.t.Fatalf("position %d follows %d", e.Position, after-1)
			}
		}
	}
}

// countRows looks at the tables themselves, after the last death.
func (l *load) countRows(e engine) {
	db := e.look(l.t)
	credentials := 0
	for _, a := range l.answers {
		credentials += len(a.ids)
	}
	for query, want := range map[string]int{
		`SELECT count(*) FROM credentials`:                                                                     credentials,
		`SELECT count(*) FROM status_entries`:                                                                  2 * credentials,
		`SELECT count(*) FROM idempotency`:                                                                     len(l.answers),
		`SELECT count(*) FROM status_changes`:                                                                  len(l.revoked),
		`SELECT count(DISTINCT credential_id) FROM status_changes`:                                             len(l.revoked),
		`SELECT count(*) FROM journal_pending`:                                                                 0,
		`SELECT count(DISTINCT subject) FROM journal WHERE action = 'credential.issued'`:                       credentials,
		`SELECT count(*) FROM status_lists`:                                                                    2,
		`SELECT count(*) FROM status_lists WHERE next < (SELECT count(*) FROM credentials)`:                    0,
		`SELECT count(*) FROM (SELECT list, idx FROM status_entries GROUP BY list, idx HAVING count(*) > 1) x`: 0,
	} {
		var got int
		check(l.t, db.QueryRow(query).Scan(&got))
		if got != want {
			l.t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
}

// verifyChain opens what the dead server left and walks its audit chain.
func (l *load) verifyChain(e engine) {
	config := e.config
	config.Listen = "127.0.0.1:0"
	a, err := app.Open(l.t.Context(), config)
	check(l.t, err)
	defer func() { check(l.t, a.Close()) }()
	heads, err := a.DB.AuditHeads(l.t.Context())
	check(l.t, err)
	for _, head := range heads {
		report, err := journal.Verify(l.t.Context(), a.Reader, a.Keys.MasterKeys(), head.Tenant, head)
		check(l.t, err)
		for _, fault := range report.Faults {
			l.t.Errorf("tenant %q: %s at %d: %s", head.Tenant, fault.Code, fault.Position, fault.Message)
		}
	}
	if len(heads) == 0 {
		l.t.Error("there is no audit chain")
	}
}
