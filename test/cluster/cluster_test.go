package cluster

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/spec/statuslist"
)

// TestTwoServers issues and revokes on two servers at once and counts.
func TestTwoServers(t *testing.T) {
	if testing.Short() {
		t.Skip("not run: it takes half a minute")
	}
	c := open(t)
	reading, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	readers := c.readers(reading, t, &running)
	defer running.Wait()
	defer stop()
	l := &load{cluster: c, t: t}
	l.run()
	if len(l.made) != total || len(l.revoked) != total/2 {
		t.Fatalf("%d credentials, %d revocations", len(l.made), len(l.revoked))
	}
	events := l.journal(t)
	for _, r := range readers {
		for end := time.Now().Add(10 * time.Second); r.last() < events[len(events)-1].Position && time.Now().Before(end); {
			time.Sleep(10 * time.Millisecond)
		}
		r.hold(t, events)
	}
	l.places(t)
	l.listed(t)
}

// journal waits until everything is published, looks for gaps and for one event of each act, and verifies the chain.
func (l *load) journal(t *testing.T) []sdk.Event {
	t.Helper()
	began := time.Now()
	counts := map[string]int{}
	var events []sdk.Event
	for after, acts := int64(0), 0; acts < len(l.made)+len(l.revoked) && time.Since(began) < 20*time.Second; {
		page, next, err := l.tenant[0].Events(t.Context(), after, 1000)
		check(t, err)
		for _, e := range page {
			counts[e.Type+" "+e.Subject]++
			if strings.HasPrefix(e.Type, "credential.") {
				acts++
			}
		}
		events, after = append(events, page...), next
		if len(page) == 0 {
			time.Sleep(20 * time.Millisecond)
		}
	}
	for id := range l.made {
		if n := counts["credential.issued "+id]; n != 1 {
			t.Errorf("%d events credential.issued of %s", n, id)
		}
		if n := counts["credential.revoked "+id]; n != map[bool]int{true: 1}[l.revoked[id]] {
			t.Errorf("%d events credential.revoked of %s", n, id)
		}
	}
	for i, position := 0, int64(0); ; i++ {
		page, _, err := l.tenant[i%2].Audit(t.Context(), position, 1000)
		check(t, err)
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			if position++; e.Position != position {
				t.Fatalf("position %d follows %d", e.Position, position-1)
			}
		}
	}
	heads, err := l.servers[0].DB.AuditHeads(t.Context())
	check(t, err)
	for _, head := range heads {
		report, err := journal.Verify(t.Context(), l.servers[1].Reader, l.servers[1].Keys.MasterKeys(), head.Tenant, head)
		check(t, err)
		if len(report.Faults) > 0 {
			t.Errorf("audit chain of %q: %+v", head.Tenant, report.Faults)
		}
	}
	return events
}

// places holds the published lists, as both servers publish them, against who was revoked.
func (l *load) places(t *testing.T) {
	t.Helper()
	want := map[string]map[int64]uint8{} // list, index: value
	for id, credential := range l.made {
		if len(credential.StatusEntries) != 2 {
			t.Fatalf("%s has %d status entries", id, len(credential.StatusEntries))
		}
		for _, e := range credential.StatusEntries {
			if want[e.List] == nil {
				want[e.List] = map[int64]uint8{}
			}
			if _, taken := want[e.List][e.Index]; taken {
				t.Errorf("list %s: index %d is used twice", e.List, e.Index)
			}
			want[e.List][e.Index] = 0
			if e.Purpose == "revocation" && l.revoked[id] {
				want[e.List][e.Index] = 1
			}
		}
	}
	t.Logf("%d lists", len(want))
	time.Sleep(1100 * time.Millisecond) // a server may be a second behind what another changed
	for list, values := range want {
		for i := range l.servers {
			bits := l.published(t, i, list)
			wrong := 0
			for index := range bits.Len() {
				value, err := bits.Get(index)
				check(t, err)
				if value != values[index] {
					wrong++
				}
			}
			if wrong > 0 {
				t.Errorf("list %s on server %d: %d of %d bits are wrong", list, i, wrong, bits.Len())
			}
		}
	}
}

// published fetches a list as a verifier would.
func (c *cluster) published(t *testing.T, server int, list string) *statuslist.Bitstring {
	t.Helper()
	res, err := http.Get(c.url(server) + "/status/" + list)
	check(t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	check(t, err)
	parts := strings.Split(string(body), ".")
	if res.StatusCode != http.StatusOK || len(parts) != 3 {
		t.Fatalf("list %s: %s", list, res.Status)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	check(t, err)
	read, err := statuslist.ReadList(payload, 0, 1<<20)
	check(t, err)
	return read.Bits
}

// listed reads all credentials back.
func (l *load) listed(t *testing.T) {
	t.Helper()
	seen := 0
	for i, q := 0, (sdk.CredentialQuery{Limit: 1000}); ; i++ {
		page, err := l.issuer[i%2].ListCredentials(t.Context(), q)
		check(t, err)
		for _, c := range page.Items {
			seen++
			if _, ok := l.made[c.ID]; !ok {
				t.Errorf("nobody was told of %s", c.ID)
			}
			if (c.Status == "revoked") != l.revoked[c.ID] {
				t.Errorf("%s is %s", c.ID, c.Status)
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	if seen != total {
		t.Errorf("%d credentials are listed, not %d", seen, total)
	}
}

// TestOneKeyTwoServers sends one idempotency key to both servers at once, twice to each: one credential.
func TestOneKeyTwoServers(t *testing.T) {
	c := open(t)
	const rounds = 50
	for round := range rounds {
		var (
			order   = c.order(fmt.Sprint("shared-", round))
			answers [4]sdk.Credential
			at      = make(chan struct{})
			work    sync.WaitGroup
		)
		for i := range answers {
			work.Go(func() {
				<-at
				var err error
				if answers[i], err = c.issuer[i%2].Issue(t.Context(), order); err != nil {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		close(at)
		work.Wait()
		for _, a := range answers {
			if a.ID != answers[0].ID || a.Credential != answers[0].Credential {
				t.Errorf("round %d: %s and %s", round, answers[0].ID, a.ID)
			}
		}
	}
	page, err := c.issuer[1].ListCredentials(t.Context(), sdk.CredentialQuery{Limit: 1000})
	check(t, err)
	if len(page.Items) != rounds {
		t.Errorf("%d credentials of %d keys", len(page.Items), rounds)
	}
}
