package acapy

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

const (
	rounds      = 10
	atOnce      = 50
	connections = 5
)

// TestAtOnce: fifty exchanges at once, ten times, and in the middle of every second round both ends are restarted: all end done, none is
// stuck, none is doubled.
func TestAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("not run: it takes its time")
	}
	suite.Engines(t, func(t *testing.T, engine string) {
		auto := app.Agents{Multitenant: true, Preserve: true, Auto: []string{"credential-offer", "store-credential"}}
		one, other := start(t, engine, tenants()), start(t, engine, app.Config{Agents: auto})
		issuer, holder := one.wallet("issuer"), other.wallet("holder")
		var pairs []*pair
		for range connections {
			pairs = append(pairs, connect(t, issuer.Controller, holder.Controller, "1.1"))
		}
		from := did(issuer.Controller)
		for round := range rounds {
			offerAll(t, issuer, pairs, round, from)
			if round%2 == 1 {
				var both sync.WaitGroup
				for _, w := range []*world{one, other} {
					both.Go(w.restart)
				}
				both.Wait()
			}
		}
		total := rounds * atOnce
		for _, end := range []*agent{issuer, holder} {
			end.allDone(t, total)
		}
		for what, query := range map[string]string{
			"credentials issued": `SELECT count(*) FROM credentials`, "places in status lists": `SELECT count(*) FROM status_entries`,
		} {
			if n := one.number(query); n != total {
				t.Errorf("%s: %d, want %d", what, n, total)
			}
		}
		if n := other.number(`SELECT count(*) FROM held_credentials`); n != total {
			t.Errorf("credentials held: %d, want %d", n, total)
		}
		one.settled()
		other.settled()
	})
}

// offerAll offers fifty credentials at once.
func offerAll(t *testing.T, issuer *agent, pairs []*pair, round int, from string) {
	t.Helper()
	options := object{"proofType": "Ed25519Signature2018", "credentialStatus": object{"type": "StatusList2021Entry"}}
	var all sync.WaitGroup
	for i := range atOnce {
		credential := resident(from)
		credential["id"] = fmt.Sprintf("https://credential.example.com/residents/%d-%d", round, i)
		all.Go(func() {
			answer, err := issuer.Attempt(http.MethodPost, "/issue-credential-2.0/send-offer", object{
				"connection_id": pairs[i%len(pairs)].toHolder, "auto_issue": true,
				"filter": object{"ld_proof": object{"credential": credential, "options": options}},
			})
			if err != nil || answer.Status != http.StatusOK {
				t.Errorf("an offer is answered %d %s %v", answer.Status, answer.Body, err)
			}
		})
	}
	all.Wait()
}

// allDone waits until as many exchanges are done, and there is no other.
func (a *agent) allDone(t *testing.T, want int) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		states := map[string]int{}
		results, _ := a.Get("/issue-credential-2.0/records?limit=10000")["results"].([]any)
		for _, result := range results {
			states[peers.Text(result, "/cred_ex_record/state")]++
		}
		if states["done"] == want && len(results) == want {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: the exchanges are %v, want %d done", a.Name, states, want)
		}
	}
}
