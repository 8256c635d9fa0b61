package agent_test

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
)

const definition = `{"id":"32f54163-7166-48f1-93d8-ff217bdb0653","input_descriptors":[{"id":"citizenship_input_1","name":"PR",` +
	`"schema":[{"uri":"https://www.w3.org/2018/credentials#VerifiableCredential"},{"uri":"https://w3id.org/citizenship#PermanentResident"}],` +
	`"constraints":{"fields":[{"path":["$.credentialSubject.familyName"],"filter":{"const":"SMITH"}}]}}]}`

// asks is a request for a credential of the issuer's.
func asks(definition string) agent.ProofTerms {
	return agent.ProofTerms{Wish: map[string]jsontext.Value{"dif": jsontext.Value(`{"presentation_definition":` + definition +
		`,"options":{"challenge":"3fa85f64-5717-4562-b3fc-2c963f66afa7","domain":"4jt78h47fh47"}}`)}}
}

// proof gives the one proof of an end.
func (e *end) proof(state vc.ProofState) agent.ProofView {
	e.Helper()
	all, err := e.Proofs(e.Context(), e.by.Scope, vc.ProofQuery{})
	fine(e.T, err)
	if len(all) != 1 || all[0].Proof.State != state {
		e.Fatalf("%d proofs: %+v", len(all), all)
	}
	return all[0]
}

// issued gives the holder a credential of the issuer's, about the holder.
func (p *pair) issued(name string) agent.ExchangeView {
	t := p.issuer.T
	t.Helper()
	x, err := p.issuer.SendOffer(t.Context(), p.issuer.by, p.ours, agent.Terms{Filter: p.wish()})
	fine(t, err)
	p.settle()
	y := p.holder.expect(vc.Offered)
	_, err = p.holder.Request(t.Context(), p.holder.by, y.Exchange.ID, agent.RequestTerms{HolderDID: p.holder.did})
	fine(t, err)
	p.settle()
	_, err = p.issuer.IssueNow(t.Context(), p.issuer.by, x.Exchange.ID, "")
	fine(t, err)
	p.settle()
	_, err = p.holder.Store(t.Context(), p.holder.by, y.Exchange.ID, name)
	fine(t, err)
	p.settle()
	return p.issuer.expect(vc.Accepted)
}

// A request is answered and verified by who says so.
func TestProof(t *testing.T) {
	p := newPair(t, kept(), kept())
	p.issued("mine")
	asked, err := p.issuer.SendProofRequest(t.Context(), p.issuer.by, p.ours, asks(definition))
	fine(t, err)
	p.settle()
	here := p.holder.proof(vc.ProofAsked)
	if here.Formats["pres_request"]["dif"] == nil || here.Flags.Initiator != "external" || here.Proof.Thread != asked.Proof.Thread {
		t.Errorf("%+v", here)
	}
	found, err := p.holder.ProofCredentials(t.Context(), p.holder.by.Scope, here.Proof.ID, []string{"citizenship_input_1"}, vc.Page{})
	fine(t, err)
	none, err := p.holder.ProofCredentials(t.Context(), p.holder.by.Scope, here.Proof.ID, []string{"other"}, vc.Page{})
	fine(t, err)
	if len(found) != 1 || found[0].Held.Name != "mine" || len(none) != 0 {
		t.Errorf("%d, %d", len(found), len(none))
	}
	_, err = p.issuer.VerifyProof(t.Context(), p.issuer.by, asked.Proof.ID)
	refuses(t, err, vc.Conflict, "proof-state", "")
	_, err = p.holder.SendPresentation(t.Context(), p.holder.by, here.Proof.ID, agent.PresentTerms{Records: map[string][]string{"citizenship_input_1": {"mine"}}})
	fine(t, err)
	p.settle()
	p.issuer.proof(vc.ProofPresented)
	p.holder.proof(vc.ProofPresented)
	done, err := p.issuer.VerifyProof(t.Context(), p.issuer.by, asked.Proof.ID)
	fine(t, err)
	if done.Proof.Verified == nil || !*done.Proof.Verified || done.Findings != nil || done.Formats["pres"]["dif"] == nil {
		t.Errorf("%+v %+v", done.Proof, done.Findings)
	}
	p.settle()
	p.holder.proof(vc.ProofDone)
	p.issuer.proof(vc.ProofDone)
}
