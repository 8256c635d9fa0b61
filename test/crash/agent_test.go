package crash

import (
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/peers"
)

// agents are two offices of one server, which know each other by DIDComm alone, and answer each other without asking.
type agents struct {
	issuer, holder       *peers.Controller
	issuerDID, holderDID string
}

// answers are what the agents do by themselves.
var answers = []string{"invites", "requests", "credential-offer", "credential-request", "store-credential"}

func agentsOf(t testing.TB, url, admin string) agents {
	t.Helper()
	office := func(name string) *peers.Controller {
		inside := sdk.New(url, admin)
		tenant, err := inside.CreateTenant(t.Context(), sdk.NewTenant{Slug: name, Name: name})
		check(t, err)
		inside.Tenant = tenant.Slug
		organisation, err := inside.CreateOrganisation(t.Context(), sdk.NewOrganisation{Name: name, MayIssue: true, MayVerify: true})
		check(t, err)
		inside.Organisation = organisation.ID
		key, err := inside.CreateAPIKey(t.Context(), sdk.NewPrincipal{
			Name: "controller", Grants: []sdk.Grant{{Role: "organisation-admin", Organisation: organisation.ID}},
		})
		check(t, err)
		c := peers.Controller{Name: name, URL: url + "/t/" + name + "/acapy", Header: http.Header{"X-Api-Key": {key.Secret}}}
		return c.For(t)
	}
	did := func(c *peers.Controller) string {
		made := c.Post("/wallet/did/create", peers.Object{"method": "key", "options": peers.Object{"key_type": "ed25519"}})
		return peers.Text(made, "/result/did")
	}
	a := agents{issuer: office("issuer"), holder: office("holder")}
	a.issuerDID, a.holderDID = did(a.issuer), did(a.holder)
	return a
}

// connect gives the issuer's id of a new connection.
func (a agents) connect(t testing.TB) string {
	t.Helper()
	made := a.issuer.Post("/out-of-band/create-invitation?auto_accept=true", peers.Object{
		"handshake_protocols": []string{"https://didcomm.org/didexchange/1.1"},
	})
	taken := a.holder.Post("/out-of-band/receive-invitation?auto_accept=true", made["invitation"])
	a.holder.Until("/connections/"+peers.Text(taken, "/connection_id"), peers.Object{"rfc23_state": "completed"})
	listed := a.issuer.Until("/connections?invitation_msg_id="+peers.Text(made, "/invi_msg_id"), peers.Object{})
	id := peers.Text(listed, "/results/0/connection_id")
	a.issuer.Until("/connections/"+id, peers.Object{"rfc23_state": "completed"})
	return id
}

// offer sends an offer over a connection; the rest goes by itself.
func (a agents) offer(connection string) (peers.Answer, error) {
	return a.issuer.Attempt(http.MethodPost, "/issue-credential-2.0/send-offer", peers.Object{
		"connection_id": connection, "auto_issue": true, "auto_remove": false,
		"filter": peers.Object{"ld_proof": peers.Object{
			"credential": peers.Object{
				"@context": []string{"https://www.w3.org/2018/credentials/v1", "https://w3id.org/citizenship/v1"},
				"type":     []string{"VerifiableCredential", "PermanentResident"},
				"id":       uuid.New().URN(), // without, two of the same second are one
				"issuer":   a.issuerDID, "issuanceDate": "2020-01-01T12:00:00Z",
				"credentialSubject": peers.Object{
					"id": a.holderDID, "type": []string{"PermanentResident"}, "givenName": "ALICE", "familyName": "SMITH",
				},
			},
			"options": peers.Object{"proofType": "Ed25519Signature2020", "proofPurpose": "assertionMethod"},
		}},
	})
}

// exchanged counts what issuing between two agents leaves.
type exchanged struct {
	issued, held    int // exchanges that are accepted, at either end
	credentials     int
	wallet          int // held credentials
	open, unsent    int // exchanges that are not over, letters that are not sent
	dead, leftovers int // letters that were given up, jobs that were
}

func exchangesOf(t testing.TB, db *sql.DB) (e exchanged) {
	t.Helper()
	check(t, db.QueryRow(`SELECT
		(SELECT count(*) FROM exchanges WHERE role = 'issuer' AND state = 'accepted'),
		(SELECT count(*) FROM exchanges WHERE role = 'holder' AND state = 'accepted'),
		(SELECT count(*) FROM credentials WHERE state = 'issued'), (SELECT count(*) FROM held_credentials),
		(SELECT count(*) FROM exchanges WHERE state <> 'accepted'), (SELECT count(*) FROM letters WHERE state <> 'sent'),
		(SELECT count(*) FROM letters WHERE state = 'dead'), (SELECT count(*) FROM jobs WHERE dead)`).
		Scan(&e.issued, &e.held, &e.credentials, &e.wallet, &e.open, &e.unsent, &e.dead, &e.leftovers))
	return e
}

// story tells how exchanges and letters are, for who reads of a failure.
func story(t testing.TB, db *sql.DB) string {
	t.Helper()
	var text strings.Builder
	for _, query := range []string{
		`SELECT role, state, error, revision FROM exchanges ORDER BY id`,
		`SELECT way, type, state || ' ' || failure, attempts FROM letters WHERE state <> 'sent' ORDER BY id`,
		`SELECT kind, key, error, attempts FROM jobs ORDER BY id`,
	} {
		all, err := db.Query(query)
		check(t, err)
		for all.Next() {
			var a, b, c string
			var n int
			check(t, all.Scan(&a, &b, &c, &n))
			fmt.Fprintln(&text, a, b, c, n)
		}
		check(t, all.Close())
	}
	return text.String()
}

// settled waits until every exchange is over and every letter sent.
func settled(t testing.TB, db *sql.DB, patience time.Duration) exchanged {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		e := exchangesOf(t, db)
		if e.open == 0 && e.unsent == 0 {
			return e
		}
		if time.Now().After(end) {
			t.Fatalf("it does not end: %+v\n%s", e, story(t, db))
		}
	}
}

// once holds what was left to one credential an exchange, and one in the wallet.
func (e exchanged) once(t testing.TB, least int) {
	t.Helper()
	if want := (exchanged{issued: e.issued, held: e.issued, credentials: e.issued, wallet: e.issued}); e != want || e.issued < least {
		t.Errorf("%+v are left of at least %d", e, least)
	}
}

// TestAgentKilled kills the server at each step of the messages of a handshake and of an issuance: what an agent was answered is
// done when the server is back, each exchange with one credential, and each credential once in the wallet.
func TestAgentKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("not run: a dead server's lease lasts 15 seconds")
	}
	binary := build(t)
	for name, open := range engines() {
		t.Run(name, func(t *testing.T) { agentKilled(t, binary, open(t)) })
	}
}

// passings are the steps of messages, as each of so many passes them.
func passings(messages int) (steps []string) {
	for _, step := range []string{"packed", "posted", "looked", "acted"} {
		for n := range messages {
			steps = append(steps, fmt.Sprintf("%s:%d", step, n+1))
		}
	}
	return steps
}

func agentKilled(t *testing.T, binary string, e engine) {
	s := newServer(t, binary, append(e.env, "CHANCERY_DEV=true", "CHANCERY_ACAPY_PRESERVE=true",
		"CHANCERY_ACAPY_AUTO="+strings.Join(answers, ","))...)
	s.start("")
	a := agentsOf(t, s.url, s.admin)
	db := e.look(t)
	rest := func() {
		if e.name == "postgres" {
			lapse(t, db)
		}
		atRest(t, s, db)
	}
	met := a.meetKilled(t, s, rest)
	answered := a.issueKilled(t, s, rest)
	if len(met) == 0 || len(answered) == 0 {
		t.Errorf("%d invitations and %d offers were answered", len(met), len(answered))
	}
	settled(t, db, time.Minute).once(t, len(answered))
	for _, id := range answered {
		if record := a.issuer.Get("/issue-credential-2.0/records/" + id); peers.Text(record, "/cred_ex_record/state") != "done" {
			t.Errorf("%v", record)
		}
	}
	for _, id := range met {
		a.holder.Until("/connections/"+id, peers.Object{"rfc23_state": "completed"})
	}
	var half int // connections that were asked for, at either end, and did not come about
	check(t, db.QueryRow(`SELECT count(*) FROM connections WHERE thread <> '' AND state <> 'completed'`).Scan(&half))
	if half > 0 {
		t.Errorf("%d connections are half made", half)
	}
	s.kill()
}

// lapse ends the leases of the dead, so that not each is waited for: after the last death they end by themselves.
func lapse(t testing.TB, db *sql.DB) {
	t.Helper()
	_, err := db.Exec(`UPDATE jobs SET leased_to = 0`)
	check(t, err)
}

// atRest has a server do what a dead one left, and kills it when nothing is left to do.
func atRest(t testing.TB, s *server, db *sql.DB) {
	t.Helper()
	s.start("")
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		var left int
		check(t, db.QueryRow(`SELECT (SELECT count(*) FROM letters WHERE state = 'waiting')
			+ (SELECT count(*) FROM jobs WHERE kind LIKE 'didcomm.%')
			+ (SELECT count(*) FROM exchanges WHERE state <> 'accepted')`).Scan(&left))
		if left == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("what the dead left is not done\n%s", story(t, db))
		}
	}
	s.kill()
}

// meetKilled has the holder take an invitation before each death, and gives the connections that it was answered about.
func (a agents) meetKilled(t *testing.T, s *server, rest func()) (met []string) {
	steps := passings(3) // request, response, complete
	invitations := make([]any, len(steps))
	for i := range invitations {
		invitations[i] = a.issuer.Post("/out-of-band/create-invitation?auto_accept=true", peers.Object{
			"handshake_protocols": []string{"https://didcomm.org/didexchange/1.1"},
		})["invitation"]
	}
	s.kill()
	for i, step := range steps {
		if i > 0 {
			rest() // the next death is to meet what it is for
		}
		s.start(step)
		answer, err := a.holder.Attempt(http.MethodPost, "/out-of-band/receive-invitation?auto_accept=true", invitations[i])
		if err == nil {
			if answer.Status != http.StatusOK {
				t.Fatalf("%s: %d %s", step, answer.Status, answer.Body)
			}
			met = append(met, peers.Text(answer.Object(), "/connection_id"))
		}
		s.died()
	}
	s.start("")
	return met
}

// issueKilled has the issuer offer before each death, and gives the exchanges that it was answered about.
func (a agents) issueKilled(t *testing.T, s *server, rest func()) (answered []string) {
	steps := append(passings(4), "signed:1")  // offer, request, credential, acknowledgement
	connections := make([]string, len(steps)) // one each: letters of a channel wait for those before them
	for i := range connections {
		connections[i] = a.connect(t)
	}
	s.kill()
	for i, step := range steps {
		if i > 0 {
			rest() // the next death is to meet what it is for
		}
		s.start(step)
		if answer, err := a.offer(connections[i]); err == nil {
			if answer.Status != http.StatusOK {
				t.Fatalf("%s: %d %s", step, answer.Status, answer.Body)
			}
			answered = append(answered, peers.Text(answer.Object(), "/cred_ex_id"))
		}
		s.died()
	}
	s.start("")
	return answered
}

// TestLetterRefused makes the database refuse rows in the middle of an issuance between agents: after the credential was signed
// nothing of it is kept or sent, and a letter that was posted and not noted as sent is posted again and handled once.
func TestLetterRefused(t *testing.T) {
	for name, open := range engines() {
		t.Run(name, func(t *testing.T) {
			e := open(t)
			e.config.Dev = true
			e.config.Agents = app.Agents{Auto: answers, Preserve: true}
			a, admin := e.running(t)
			two := agentsOf(t, a.URL, admin)
			connection := two.connect(t)
			db := e.look(t)
			n := 0
			issue := func(what string, end func()) {
				t.Helper()
				n++
				answer, err := two.offer(connection)
				check(t, err)
				if answer.Status != http.StatusOK {
					t.Fatalf("%s: %d %s", what, answer.Status, answer.Body)
				}
				if end != nil {
					unfinished(t, db, what, n)
					end()
				}
				settled(t, db, time.Minute).once(t, n)
			}
			issue("warm", nil) // what is made once is there now
			for _, table := range []string{"credentials", "held_credentials", "receipts", "notices"} {
				end := sync.OnceFunc(e.refuse(t, db, table, "1 = 1"))
				t.Cleanup(end)
				if table == "notices" { // then nothing is offered
					answer, err := two.offer(connection)
					check(t, err)
					if answer.Status < 500 {
						t.Errorf("%s: %d %s", table, answer.Status, answer.Body)
					}
					end()
					settled(t, db, time.Minute).once(t, n)
					continue
				}
				issue(table, end)
			}
			end := sync.OnceFunc(e.refuseSent(t, db))
			t.Cleanup(end)
			issue("letters", end)
		})
	}
}

// unfinished waits until a letter has failed, or was posted and not noted as sent: nothing was kept twice meanwhile.
func unfinished(t testing.TB, db *sql.DB, what string, n int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		var tried int
		check(t, db.QueryRow(`SELECT count(*) FROM jobs WHERE attempts > 1`).Scan(&tried))
		if tried > 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%s: nothing was tried again: %+v\n%s", what, exchangesOf(t, db), story(t, db))
		}
	}
	if e := exchangesOf(t, db); e.credentials > n || e.wallet > n || e.unsent == 0 {
		t.Errorf("%s: %+v\n%s", what, e, story(t, db))
	}
}

// refuseSent makes the database refuse that a letter is noted as sent, until the function is called.
func (e engine) refuseSent(t testing.TB, db *sql.DB) (end func()) {
	t.Helper()
	begin := []string{`CREATE TRIGGER refusal BEFORE UPDATE ON letters FOR EACH ROW WHEN (NEW.state = 'sent')
		BEGIN SELECT RAISE(ABORT, 'refused by a trigger'); END`}
	last := `DROP TRIGGER refusal`
	if e.name == "postgres" {
		begin = []string{
			`CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN RAISE EXCEPTION 'refused by a trigger'; END $$`,
			`CREATE TRIGGER refusal BEFORE UPDATE ON letters FOR EACH ROW WHEN (NEW.state = 'sent') EXECUTE FUNCTION refuse()`,
		}
		last += ` ON letters`
	}
	for _, statement := range begin {
		_, err := db.Exec(statement)
		check(t, err)
	}
	return func() {
		t.Helper()
		_, err := db.Exec(last)
		check(t, err)
	}
}
