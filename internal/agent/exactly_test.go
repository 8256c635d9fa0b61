package agent_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
)

// issuedHere counts what an issuer issued.
func (e *end) issuedHere() int {
	e.Helper()
	_, total, err := e.Issuer.Page(e.Context(), e.by.Scope, issuer.Filter{CredentialQuery: vc.CredentialQuery{Page: vc.Page{Limit: 1}}})
	fine(e.T, err)
	return total
}

// threadsOf counts the exchanges of an end by their thread and state.
func (e *end) threadsOf() map[string]vc.ExchangeState {
	e.Helper()
	all, err := e.Exchanges(e.Context(), e.by.Scope, vc.ExchangeQuery{Page: vc.Page{Limit: 10_000}})
	fine(e.T, err)
	threads := map[string]vc.ExchangeState{}
	for _, x := range all {
		if _, twice := threads[x.Exchange.Thread]; twice {
			e.Errorf("two exchanges of thread %s", x.Exchange.Thread)
		}
		threads[x.Exchange.Thread] = x.Exchange.State
	}
	return threads
}

// hostileNetwork loses, doubles, does not confirm and repeats envelopes as was drawn, and lets servers die at steps of messages; it
// lets everything through at last.
func (p *pair) hostileNetwork(r *rapid.T) (over func()) {
	fates := rapid.SliceOfN(rapid.SampledFrom([]fate{through, lost, unheard, doubled, repeated}), 0, 24).Draw(r, "fates")
	p.fate = func() fate {
		if len(fates) == 0 {
			return through
		}
		next := fates[0]
		fates = fates[1:]
		return next
	}
	deaths := rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "looked", "acted"}), 0, 12).Draw(r, "deaths")
	for _, e := range []*end{p.issuer, p.holder} {
		e.Step = func(name string) {
			if len(deaths) == 0 || name != "looked" && name != "acted" {
				return
			}
			next := deaths[0]
			deaths = deaths[1:]
			if next == name {
				panic(crash{})
			}
		}
	}
	return func() { p.fate, p.issuer.Step, p.holder.Step = nil, nil, nil }
}

// Whatever the network does to envelopes, and whenever servers die: every exchange ends well at both ends, and there is exactly one
// credential of each, however often anything was done.
func TestExactlyOnce(t *testing.T) {
	settings := auto()
	settings.Preserve = settings.AutoOffer
	p := newPair(t, settings, settings)
	began, proven, named := 0, 0, 0
	another := func() map[string]jsontext.Value { // the same credential twice is one in a wallet
		began++
		named++
		wish := p.wish()
		wish["ld_proof"] = jsontext.Value(strings.Replace(string(wish["ld_proof"]), "ALICE", fmt.Sprint("ALICE ", named), 1))
		return wish
	}
	_, err := p.issuer.SendOffer(t.Context(), p.issuer.by, p.ours, agent.Terms{Filter: another()})
	fine(t, err)
	p.settle()
	p.issuer.forget()
	p.holder.forget()
	issuedBefore := p.issuer.issuedHere()
	rapid.Check(t, func(r *rapid.T) {
		defer p.hostileNetwork(r)()
		began, proven = 0, 0
		for range rapid.IntRange(1, 3).Draw(r, "exchanges") {
			var err error
			switch rapid.SampledFrom([]string{"offer", "proposal", "proof"}).Draw(r, "kind") {
			case "offer":
				_, err = p.issuer.SendOffer(t.Context(), p.issuer.by, p.ours, agent.Terms{Filter: another()})
			case "proposal":
				_, err = p.holder.SendProposal(t.Context(), p.holder.by, p.theirs, agent.Terms{Filter: another()})
			case "proof":
				proven++
				_, err = p.issuer.SendProofRequest(t.Context(), p.issuer.by, p.ours, asks(definition))
			}
			if err != nil {
				r.Fatal(err)
			}
		}
		for range 8 { // the pauses between tries are longer each time
			p.settle()
		}
		here, there := p.issuer.threadsOf(), p.holder.threadsOf()
		if len(here) != began || len(there) != began {
			r.Fatalf("%d began, %d and %d are there", began, len(here), len(there))
		}
		for thread, state := range here {
			if state != vc.Accepted || there[thread] != vc.Accepted {
				r.Fatalf("%s: %s and %s", thread, state, there[thread])
			}
		}
		if issued, held := p.issuer.issuedHere(), p.holder.holds(); issued != issuedBefore+began || held != 1+began {
			r.Fatalf("%d began, %d issued, %d held", began, issued-issuedBefore, held-1)
		}
		issuedBefore += began
		for _, e := range []*end{p.issuer, p.holder} {
			proofs, err := e.Proofs(t.Context(), e.by.Scope, vc.ProofQuery{Page: vc.Page{Limit: 10_000}})
			if err != nil || len(proofs) != proven {
				r.Fatalf("%d proofs of %d: %v", len(proofs), proven, err)
			}
			for _, one := range proofs {
				if one.Proof.State != vc.ProofDone || one.Proof.Role == vc.RoleVerifier && !*one.Proof.Verified {
					r.Fatal(fmt.Sprintf("%+v", one.Proof))
				}
			}
			left, err := e.Letters(t.Context(), e.by.Scope, vc.LetterQuery{States: []vc.LetterState{vc.LetterWaiting, vc.LetterHeld, vc.LetterDead}})
			if err != nil || len(left) != 0 {
				r.Fatalf("%d letters are left: %v", len(left), err)
			}
		}
		p.issuer.forget()
		p.holder.forget()
	})
}

// forget drops all records of an end, and of what it holds all but one.
func (e *end) forget() {
	e.Helper()
	for thread := range e.threadsOf() {
		all, err := e.Exchanges(e.Context(), e.by.Scope, vc.ExchangeQuery{Thread: thread})
		fine(e.T, err)
		fine(e.T, e.DropExchange(e.Context(), e.by, all[0].Exchange.ID))
	}
	proofs, err := e.Proofs(e.Context(), e.by.Scope, vc.ProofQuery{})
	fine(e.T, err)
	for _, one := range proofs {
		fine(e.T, e.DropProof(e.Context(), e.by, one.Proof.ID))
	}
	held, _, err := e.Holder.HeldList(e.Context(), e.by.Scope, vc.HeldQuery{Page: vc.Page{Limit: 100, Ascending: true}}, "")
	fine(e.T, err)
	for i, one := range held {
		if i > 0 {
			fine(e.T, e.Holder.Drop(e.Context(), e.by, one.Held.ID))
		}
	}
}
