package agent_test

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
)

// wish is a filter for a credential of the issuer's.
func (p *pair) wish() map[string]jsontext.Value {
	return map[string]jsontext.Value{"ld_proof": jsontext.Value(`{"credential":{"@context":["https://www.w3.org/2018/credentials/v1",` +
		`"https://w3id.org/citizenship/v1"],"type":["VerifiableCredential","PermanentResident"],"issuer":"` + p.issuer.did + `",` +
		`"issuanceDate":"2020-01-01T12:00:00Z","credentialSubject":{"type":["PermanentResident"],"givenName":"ALICE","familyName":"SMITH",` +
		`"gender":"Female","birthCountry":"Bahamas","birthDate":"1958-07-17"}},"options":{"proofType":"Ed25519Signature2020"}}`)}
}

// only gives the one exchange of an end.
func (e *end) only() agent.ExchangeView {
	e.Helper()
	all, err := e.Exchanges(e.Context(), e.by.Scope, vc.ExchangeQuery{})
	fine(e.T, err)
	if len(all) != 1 {
		e.Fatalf("%d exchanges", len(all))
	}
	return all[0]
}

func (e *end) expect(state vc.ExchangeState) agent.ExchangeView {
	e.Helper()
	x := e.only()
	if x.Exchange.State != state {
		e.Fatalf("%s, not %s: %s", x.Exchange.State, state, x.Exchange.Error)
	}
	return x
}

// kept are settings that keep records.
func kept() vc.AgentSettings {
	yes := true
	return vc.AgentSettings{Preserve: &yes}
}

// The five steps of the page, and the acknowledgement.
func TestIssue(t *testing.T) {
	p := newPair(t, kept(), kept())
	x, err := p.issuer.SendOffer(t.Context(), p.issuer.by, p.ours, agent.Terms{Filter: p.wish(), Comment: "c"})
	fine(t, err)
	if x.Exchange.State != vc.Offered || x.Flags.Initiator != "self" || x.Formats["cred_offer"]["ld_proof"] == nil {
		t.Errorf("%+v", x)
	}
	p.settle()
	y := p.holder.expect(vc.Offered)
	_, err = p.holder.Request(t.Context(), p.holder.by, y.Exchange.ID, agent.RequestTerms{HolderDID: p.holder.did})
	fine(t, err)
	p.settle()
	p.issuer.expect(vc.Requested)
	_, err = p.issuer.IssueNow(t.Context(), p.issuer.by, x.Exchange.ID, "")
	fine(t, err)
	p.settle()
	p.holder.expect(vc.Delivered)
	y, err = p.holder.Store(t.Context(), p.holder.by, y.Exchange.ID, "my-cred-1")
	fine(t, err)
	if y.Exchange.State != vc.Accepted || y.HeldName != "my-cred-1" {
		t.Errorf("%+v", y)
	}
	p.settle()
	p.issuer.expect(vc.Accepted)
	held, err := p.holder.Holder.HeldByName(t.Context(), p.holder.by.Scope, "my-cred-1")
	fine(t, err)
	if held.Held.ID != y.Exchange.Held {
		t.Errorf("%+v", held)
	}
}
