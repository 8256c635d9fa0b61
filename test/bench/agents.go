package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chancery-vc/chancery/sdk"
	judges "github.com/chancery-vc/chancery/test/peers"
)

const (
	agentsMeet     = 4                // connections
	agentsPatience = 30 * time.Second // with one exchange; after that it is stuck
)

// agentsAtOnce are how many exchanges are under way at once: the best rate of each kind of agents counts, wherever it is.
var agentsAtOnce = []int{2, 4, 16, 64}

// end is an agent with its controller, which speaks ACA-Py's admin API and hears webhooks.
type end struct {
	url    string
	header http.Header
	client *http.Client
	pid    int
	hooks  *doneHooks
}

// pairOf are two agents in processes of their own. The holder takes and stores what it is offered.
type pairOf struct {
	place          string
	issuer, holder *end
	stuck          atomic.Int64 // exchanges that did not end
}

// agents measures whole issuances between two agents, offer, request, credential and ack: Chancery's, then ACA-Py's.
func agents(ctx context.Context, o options, t *table) error {
	if err := chanceryAgents(ctx, o, t); err != nil {
		return fmt.Errorf("agents of Chancery: %w", err)
	}
	err := acapyAgents(ctx, o, t)
	if errors.Is(err, judges.ErrNoPython) {
		fmt.Println("not run: agents of ACA-Py:", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("agents of ACA-Py: %w", err)
	}
	return nil
}

func chanceryAgents(ctx context.Context, o options, t *table) error {
	p := pairOf{place: "chancery"}
	for name, at := range map[string]**end{"issuer": &p.issuer, "holder": &p.holder} {
		hooks := newDoneHooks()
		defer hooks.close() //nolint:gocritic // two, until all is measured
		s, err := startServer(ctx, o, filepath.Join(o.folder, name), "--dev", "--acapy-webhook", hooks.url+"#key",
			"--acapy-preserve", "--acapy-auto", "credential-offer", "--acapy-auto", "store-credential")
		if err != nil {
			return err
		}
		defer s.stop() //nolint:gocritic // two, until all is measured
		if _, err := sdk.New(s.url, s.admin).CreateOrganisation(ctx, sdk.NewOrganisation{Name: name, MayIssue: true, MayVerify: true}); err != nil {
			return err
		}
		*at = newEnd(s.url+"/acapy", s.admin, s.command.Process.Pid, hooks)
	}
	if err := p.measure(ctx, o, t); err != nil {
		return err
	}
	if n := p.stuck.Load(); n > 0 {
		return fmt.Errorf("%d exchanges are stuck", n)
	}
	return nil
}

func acapyAgents(ctx context.Context, o options, t *table) error {
	p := pairOf{place: "acapy"}
	for name, at := range map[string]**end{"issuer": &p.issuer, "holder": &p.holder} {
		hooks := newDoneHooks()
		defer hooks.close() //nolint:gocritic // two, until all is measured
		a, err := judges.OpenACAPy(judges.ACAPyStart{
			Label: name, Webhook: hooks.url + "#key", Flags: []string{"--auto-respond-credential-offer", "--auto-store-credential"},
		})
		if err != nil {
			return err
		}
		defer a.Close() //nolint:gocritic // two, until all is measured
		*at = newEnd(a.Controller.URL, a.Controller.Header.Get("X-Api-Key"), a.PID(), hooks)
	}
	return p.measure(ctx, o, t)
}

func newEnd(url, key string, pid int, hooks *doneHooks) *end {
	transport := &http.Transport{MaxIdleConnsPerHost: slices.Max(agentsAtOnce), DisableCompression: true}
	return &end{url: url, header: http.Header{"X-Api-Key": {key}}, client: &http.Client{Transport: transport}, pid: pid, hooks: hooks}
}

// measure has the issuer offer, over and over, ever more at once.
func (p *pairOf) measure(ctx context.Context, o options, t *table) error {
	did, connections, err := p.meet(ctx)
	if err != nil {
		return err
	}
	done := 0
	for _, atOnce := range agentsAtOnce {
		f, err := p.issue(ctx, o, atOnce, connections, did)
		if err != nil {
			return err
		}
		if done += f.n; f.n > 0 {
			t.row(p.place, agentsRow(atOnce), f)
		}
		if p.stuck.Load() > 0 {
			break // what is stuck would be in the way of the next
		}
		if err := p.count(ctx, done); err != nil {
			return err
		}
	}
	t.note("%s: %d issuances between agents, %d stuck, load average %s", p.place, done, p.stuck.Load(), loadAverage())
	return nil
}

// issue offers so many at once, each again as soon as its issuer's controller is told that it is done: then it counts.
func (p *pairOf) issue(ctx context.Context, o options, atOnce int, connections []string, did string) (figure, error) {
	var (
		mu    sync.Mutex
		took  []time.Duration
		last  time.Time // when the last ended
		wrong atomic.Pointer[error]
		all   sync.WaitGroup
	)
	used, started := cpuTime(p.issuer.pid)+cpuTime(p.holder.pid), time.Now()
	for i := range atOnce {
		all.Go(func() {
			for n := 0; time.Since(started) < 3*o.seconds && wrong.Load() == nil; n++ {
				at := time.Now()
				err := p.one(ctx, connections[i%len(connections)], did, fmt.Sprintf("%d-%d-%d", atOnce, i, n))
				if errors.Is(err, errStuck) {
					p.stuck.Add(1)
					continue
				}
				if err != nil {
					wrong.Store(&err)
					return
				}
				mu.Lock()
				last = time.Now()
				took = append(took, last.Sub(at))
				mu.Unlock()
			}
		})
	}
	all.Wait()
	used = cpuTime(p.issuer.pid) + cpuTime(p.holder.pid) - used
	if err := wrong.Load(); err != nil {
		return figure{}, *err
	}
	n := len(took)
	if n == 0 {
		return figure{}, nil
	}
	slices.Sort(took)
	return figure{rate: float64(n) / last.Sub(started).Seconds(), p50: took[n/2], p99: took[n*99/100], cpu: used / time.Duration(n), n: n}, nil
}

// agentsRow is what the row of both is called.
func agentsRow(atOnce int) string { return fmt.Sprintf("issuance between agents, %d at once", atOnce) }

// bestAgents gives the figure of the best rate of a kind of agents.
func (t *table) bestAgents(place string) (best figure) {
	for _, atOnce := range agentsAtOnce {
		if f := t.figures[place+" "+agentsRow(atOnce)]; f.rate > best.rate {
			best = f
		}
	}
	return best
}

// meet makes connections, and the issuer's DID.
func (p *pairOf) meet(ctx context.Context) (did string, connections []string, err error) {
	made, err := p.issuer.call(ctx, http.MethodPost, "/wallet/did/create", judges.Object{
		"method": "key", "options": judges.Object{"key_type": "ed25519"},
	})
	if err != nil {
		return "", nil, err
	}
	for range agentsMeet {
		invited, err := p.issuer.call(ctx, http.MethodPost, "/out-of-band/create-invitation?auto_accept=true", judges.Object{
			"handshake_protocols": []string{"https://didcomm.org/didexchange/1.1"},
		})
		if err != nil {
			return "", nil, err
		}
		if _, err = p.holder.call(ctx, http.MethodPost, "/out-of-band/receive-invitation?auto_accept=true", invited["invitation"]); err != nil {
			return "", nil, err
		}
		id, err := p.issuer.connected(ctx, judges.Text(invited, "/invi_msg_id"))
		if err != nil {
			return "", nil, err
		}
		connections = append(connections, id)
	}
	return judges.Text(made, "/result/did"), connections, nil
}

// connected waits for the connection that an invitation leads to.
func (e *end) connected(ctx context.Context, invitation string) (string, error) {
	for began := time.Now(); time.Since(began) < agentsPatience; time.Sleep(20 * time.Millisecond) {
		listed, err := e.call(ctx, http.MethodGet, "/connections?invitation_msg_id="+invitation, nil)
		if err != nil {
			return "", err
		}
		if judges.Text(listed, "/results/0/rfc23_state") == "completed" {
			return judges.Text(listed, "/results/0/connection_id"), nil
		}
	}
	return "", errors.New("the agents do not meet")
}

// one is one exchange, from the offer until the issuer is told that it is done.
func (p *pairOf) one(ctx context.Context, connection, did, name string) error {
	offered, err := p.issuer.call(ctx, http.MethodPost, "/issue-credential-2.0/send-offer", judges.Object{
		"connection_id": connection, "auto_issue": true, "auto_remove": false,
		"filter": judges.Object{"ld_proof": judges.Object{
			"credential": judges.Object{
				"@context": []string{"https://www.w3.org/2018/credentials/v1", "https://w3id.org/citizenship/v1"},
				"type":     []string{"VerifiableCredential", "PermanentResident"},
				"id":       "https://credential.example.com/residents/" + name,
				"issuer":   did, "issuanceDate": "2020-01-01T12:00:00Z",
				"credentialSubject": judges.Object{
					"type": []string{"PermanentResident"}, "givenName": "ALICE", "familyName": "SMITH", "gender": "Female",
					"birthCountry": "Bahamas", "birthDate": "1958-07-17",
				},
			},
			"options": judges.Object{"proofType": "Ed25519Signature2018", "proofPurpose": "assertionMethod"},
		}},
	})
	if err != nil {
		return err
	}
	id := judges.Text(offered, "/cred_ex_id")
	select {
	case <-p.issuer.hooks.done(id):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(agentsPatience):
		return errStuck
	}
}

// errStuck says that an exchange did not end.
var errStuck = errors.New("an exchange is stuck")

// count holds both ends to as many exchanges as there were, all done.
func (p *pairOf) count(ctx context.Context, want int) error {
	for name, e := range map[string]*end{"issuer": p.issuer, "holder": p.holder} {
		states := map[string]int{}
		for began := time.Now(); states["done"] != want; time.Sleep(50 * time.Millisecond) {
			clear(states)
			for page := 0; page == 0 || page%100 == 0; page += 100 {
				listed, err := e.call(ctx, http.MethodGet, fmt.Sprintf("/issue-credential-2.0/records?limit=100&offset=%d", page), nil)
				if err != nil {
					return err
				}
				results, _ := listed["results"].([]any)
				for _, result := range results {
					states[judges.Text(result, "/cred_ex_record/state")]++
				}
				if len(results) < 100 {
					break
				}
			}
			if time.Since(began) > agentsPatience {
				return fmt.Errorf("the %s's exchanges are %v, want %d done", name, states, want)
			}
		}
		if len(states) != 1 {
			return fmt.Errorf("the %s's exchanges are %v, want %d done", name, states, want)
		}
	}
	return nil
}

func (e *end) call(ctx context.Context, method, path string, body any) (judges.Object, error) {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		sent = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, e.url+path, sent)
	if err != nil {
		return nil, err
	}
	request.Header = e.header.Clone()
	request.Header.Set("Content-Type", "application/json")
	response, err := e.client.Do(request)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %.300s", path, response.Status, text)
	}
	var answer judges.Object
	err = errors.Join(err, json.Unmarshal(text, &answer))
	return answer, err
}
