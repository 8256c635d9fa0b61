package acapy

import (
	"database/sql"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

const (
	rounds      = 10
	atOnce      = 50
	connections = 5
	killedIn    = 1 // that the lease of the dead passes while others go on
)

// TestAtOnce: fifty exchanges at once, ten times, between two processes. In the middle of every second round both are restarted, once
// they are killed instead: all end done, none is stuck, none is doubled. What a killed server had borrowed goes on at once with SQLite, and
// with PostgreSQL when its lease of 15 seconds is over.
func TestAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("not run: it takes its time")
	}
	binary := filepath.Join(t.TempDir(), "chancery")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/chancery-vc/chancery/cmd/chancery").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	suite.Engines(t, func(t *testing.T, engine string) {
		issuer, holder := startEnd(t, binary, engine, "issuer"), startEnd(t, binary, engine, "holder")
		var channels []string
		for range connections {
			channels = append(channels, issuer.meet(holder))
		}
		from := did(issuer.Controller)
		for round := range rounds {
			offerAll(t, issuer, channels, round, from)
			if round%2 == 0 {
				continue
			}
			var both sync.WaitGroup
			for _, e := range []*end{issuer, holder} {
				if round == killedIn {
					both.Go(e.killed)
				} else {
					both.Go(e.restarted)
				}
			}
			both.Wait()
		}
		total := rounds * atOnce
		for _, e := range []*end{issuer, holder} {
			e.allDone(total)
		}
		for what, query := range map[string]string{
			"credentials issued": `SELECT count(*) FROM credentials`, "places in status lists": `SELECT count(*) FROM status_entries`,
		} {
			if n := issuer.number(query); n != total {
				t.Errorf("%s: %d, want %d", what, n, total)
			}
		}
		if n := holder.number(`SELECT count(*) FROM held_credentials`); n != total {
			t.Errorf("credentials held: %d, want %d", n, total)
		}
		issuer.settled()
		holder.settled()
	})
}

// meet gives our id of a new connection.
func (e *end) meet(holder *end) string {
	e.t.Helper()
	made := e.Post("/out-of-band/create-invitation?auto_accept=true", object{
		"handshake_protocols": []string{"https://didcomm.org/didexchange/1.1"},
	})
	taken := holder.Post("/out-of-band/receive-invitation?auto_accept=true", made["invitation"])
	holder.Until("/connections/"+peers.Text(taken, "/connection_id"), object{"rfc23_state": "completed"})
	id := peers.Text(e.Get("/connections?invitation_msg_id="+peers.Text(made, "/invi_msg_id")), "/results/0/connection_id")
	e.Until("/connections/"+id, object{"rfc23_state": "completed"})
	return id
}

// offerAll offers fifty credentials at once.
func offerAll(t *testing.T, issuer *end, channels []string, round int, from string) {
	t.Helper()
	options := object{"proofType": "Ed25519Signature2018", "credentialStatus": object{"type": "StatusList2021Entry"}}
	var all sync.WaitGroup
	for i := range atOnce {
		credential := resident(from)
		credential["id"] = fmt.Sprintf("https://credential.example.com/residents/%d-%d", round, i)
		all.Go(func() {
			answer, err := issuer.Attempt(http.MethodPost, "/issue-credential-2.0/send-offer", object{
				"connection_id": channels[i%len(channels)], "auto_issue": true,
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
func (e *end) allDone(want int) {
	e.t.Helper()
	for began := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		states := map[string]int{}
		results, _ := e.Get("/issue-credential-2.0/records?limit=10000")["results"].([]any)
		for _, result := range results {
			states[peers.Text(result, "/cred_ex_record/state")]++
		}
		if states["done"] == want && len(results) == want {
			return
		}
		if time.Since(began) > 4*time.Minute {
			e.t.Fatalf("%s: the exchanges are %v, want %d done", e.Name, states, want)
		}
	}
}

// settled waits until no letter waits to be sent.
func (e *end) settled() {
	e.t.Helper()
	for began := time.Now(); e.number(`SELECT count(*) FROM letters WHERE state = 'waiting'`) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > 30*time.Second {
			e.t.Fatalf("%s: letters are not sent", e.Name)
		}
	}
}

// number is the answer of a query that gives one.
func (e *end) number(query string) (n int) {
	e.t.Helper()
	if e.db == nil {
		e.db = must(sql.Open(e.driver, e.dsn))
		e.t.Cleanup(func() { _ = e.db.Close() })
	}
	done(e.db.QueryRowContext(e.t.Context(), query).Scan(&n))
	return n
}

// database gives a new database: how a server is told of it, and how a test looks into it.
func database(t *testing.T, engine string) (env []string, driver, dsn string) {
	t.Helper()
	if engine == "postgres" {
		url := storetest.FreshPostgres(t)
		return []string{"CHANCERY_DATABASE_URL=" + url, "CHANCERY_MASTER_KEY=" + local.NewMasterKey().Reveal()}, "pgx", url
	}
	folder := t.TempDir()
	return []string{"CHANCERY_DATA=" + folder}, "sqlite", "file:" + filepath.Join(folder, "chancery.db") + "?_pragma=busy_timeout(10000)"
}
