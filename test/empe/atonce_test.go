package empe

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/test/peers"
)

// answers are what came of requests that were sent at once: how often each status, with the error's name.
type answers struct {
	counts map[string]int
	bodies map[string]int
}

// atOnce sends n requests at the same moment, to the servers in turn.
func atOnce(n int, servers []*world, send func(i int, w *world) (int, []byte, error)) answers {
	all := answers{counts: map[string]int{}, bodies: map[string]int{}}
	begin := make(chan struct{})
	var running sync.WaitGroup
	var mu sync.Mutex
	for i := range n {
		running.Go(func() {
			<-begin
			status, body, err := send(i, servers[i%len(servers)])
			var failure struct{ Name string }
			_ = json.Unmarshal(body, &failure)
			mu.Lock()
			defer mu.Unlock()
			key := fmt.Sprint(status, " ", failure.Name)
			if err != nil {
				key = err.Error()
			}
			all.counts[key]++
			if status < 300 {
				all.bodies[string(body)]++
			}
		})
	}
	close(begin)
	running.Wait()
	return all
}

func (a answers) want(t *testing.T, what string, counts map[string]int) {
	t.Helper()
	if fmt.Sprint(a.counts) != fmt.Sprint(counts) {
		t.Errorf("%s: %v, want %v", what, a.counts, counts)
	}
}

// TestAtOnce: a limit holds for a hundred holders, a code and a token are good for one thing, versions follow each other; on
// PostgreSQL with two servers.
func TestAtOnce(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		servers := []*world{w}
		if w.config.DatabaseURL != "" {
			servers = append(servers, w.twin())
		}

		schemas := atOnce(20, servers, func(_ int, w *world) (int, []byte, error) {
			return w.attempt("POST", o.at+"/api/v1/schemas", object{"name": "Ticket", "type": "Ticket", "credentialSubject": ticketClaims()}, o.secret)
		})
		schemas.want(t, "schemas", map[string]int{"201 Ticket": 20})
		var versions, wanted []int
		for body := range schemas.bodies {
			var made struct{ Version int }
			done(json.Unmarshal([]byte(body), &made))
			versions = append(versions, made.Version)
		}
		slices.Sort(versions)
		for i := range 20 {
			wanted = append(wanted, i+1)
		}
		if !slices.Equal(versions, wanted) {
			t.Errorf("versions %v", versions)
		}

		const limit, holders = 7, 100
		var tokens struct{ Tokens []string }
		keys := make([]peers.EmpeKey, holders)
		for i := range keys {
			keys[i] = w.holder("EdDSA", "key")
		}
		w.node().Call("empe.logins", peers.EmpeLogins{Issuer: o.url(), Keys: keys}, &tokens)
		offering := o.offer(object{"redemption_limit": limit}).text("/id")
		path := o.at + "/api/v1/offerings/" + offering + "/claim"
		before := w.counts()
		claims := atOnce(holders, servers, func(i int, w *world) (int, []byte, error) {
			return w.attempt("POST", path, nil, bearer(tokens.Tokens[i]))
		})
		claims.want(t, "claims", map[string]int{"200 ": limit, "404 OfferingExhaustedError": holders - limit})
		after := w.counts()
		for _, table := range []string{"redemptions", "exchanges", "credentials"} {
			if n := after[table] - before[table]; n != limit {
				t.Errorf("%d rows of %s, want %d", n, table, limit)
			}
		}
		o.get("/api/v1/offerings", o.secret).equal("/0/id", offering).absent("/0/redemptions/7").
			holds(len(claims.bodies) == limit, "%d credentials", len(claims.bodies)).succeeded()

		id := o.authorize("once").text("/id")
		vp := w.present(peers.EmpePresent{Key: keys[0], Nonce: chosen("nonceonce"), Audience: o.url()})
		proofs := atOnce(20, servers, func(_ int, w *world) (int, []byte, error) {
			return w.attempt("POST", o.at+"/api/v1/authorizations/"+id+"/validate", object{"vp_token": vp, "state": chosen("stateonce")}, nobody)
		})
		proofs.want(t, "proofs", map[string]int{"200 ": 1, "400 AuthorizationUsedError": 19})
		var proven struct{ Code string }
		for body := range proofs.bodies {
			done(json.Unmarshal([]byte(body), &proven))
		}
		codes := atOnce(50, servers, func(_ int, w *world) (int, []byte, error) {
			return w.attempt("POST", o.at+"/api/v1/tokens", object{"authorization_code": proven.Code}, nobody)
		})
		codes.want(t, "codes", map[string]int{"201 ": 1, "400 CodeUsedError": 49})

		again := o.offer(nil).text("/id")
		same := atOnce(20, servers, func(_ int, w *world) (int, []byte, error) {
			return w.attempt("POST", o.at+"/api/v1/offerings/"+again+"/claim", nil, bearer(tokens.Tokens[0]))
		})
		same.want(t, "one token", map[string]int{"200 ": 20})
		if len(same.bodies) != 1 {
			t.Errorf("one token got %d credentials", len(same.bodies))
		}
		o.get("/api/v1/offerings", o.secret).equal("/0/id", again).absent("/0/redemptions/1")
	})
}
