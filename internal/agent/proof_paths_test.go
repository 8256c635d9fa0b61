package agent_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
)

// presenting are settings that keep records and present by themselves.
func presenting() vc.AgentSettings {
	s := kept()
	s.AutoPresent = s.Preserve
	return s
}

// Where the wallet has nothing that answers, the record says so and waits for somebody.
func TestNothingToPresent(t *testing.T) {
	p := newPair(t, kept(), presenting())
	_, err := p.issuer.SendProofRequest(t.Context(), p.issuer.by, p.ours, asks(definition))
	fine(t, err)
	p.settle()
	here := p.holder.proof(vc.ProofAsked)
	if !strings.HasPrefix(here.Proof.Error, "descriptor-unmet") {
		t.Error(here.Proof.Error)
	}
	_, err = p.holder.SendPresentation(t.Context(), p.holder.by, here.Proof.ID, agent.PresentTerms{})
	refuses(t, err, vc.Invalid, "descriptor-unmet", "/definition/input_descriptors/0")
	p.issued("")
	_, err = p.holder.SendPresentation(t.Context(), p.holder.by, here.Proof.ID, agent.PresentTerms{Reveal: true})
	refuses(t, err, vc.Invalid, "reveal-not-offered", "/dif/reveal_doc")
	done, err := p.holder.SendPresentation(t.Context(), p.holder.by, here.Proof.ID, agent.PresentTerms{})
	fine(t, err)
	if done.Proof.State != vc.ProofPresented || done.Proof.Error != "" {
		t.Errorf("%+v", done.Proof)
	}
}

// What answers another definition is received, and not verified.
func TestPresentationOfSomethingElse(t *testing.T) {
	p := newPair(t, kept(), kept())
	p.issued("")
	asked, err := p.issuer.SendProofRequest(t.Context(), p.issuer.by, p.ours, asks(strings.Replace(definition, "SMITH", "JONES", 1)))
	fine(t, err)
	p.settle()
	_, err = p.holder.SendPresentation(t.Context(), p.holder.by, p.holder.proof(vc.ProofAsked).Proof.ID, agent.PresentTerms{Definition: []byte(definition)})
	fine(t, err)
	p.settle()
	done, err := p.issuer.VerifyProof(t.Context(), p.issuer.by, asked.Proof.ID)
	fine(t, err)
	if *done.Proof.Verified || done.Proof.State != vc.ProofDone || len(done.Findings) != 1 || done.Findings[0].Code != "constraints" {
		t.Errorf("%+v %+v", done.Proof, done.Findings)
	}
}

// Who asks for nothing is shown nothing, and a presentation of nothing proves nothing.
func TestPresentationOfNothing(t *testing.T) {
	p := newPair(t, kept(), presenting())
	p.issued("")
	asked, err := p.issuer.SendProofRequest(t.Context(), p.issuer.by, p.ours, asks(`{"input_descriptors":[]}`))
	fine(t, err)
	p.settle()
	if shown := p.holder.proof(vc.ProofPresented); strings.Contains(string(shown.Formats["pres"]["dif"]), "SMITH") {
		t.Error("a credential was shown to who asked for none")
	}
	done, err := p.issuer.VerifyProof(t.Context(), p.issuer.by, asked.Proof.ID)
	fine(t, err)
	if *done.Proof.Verified || len(done.Findings) != 1 {
		t.Errorf("%+v %+v", done.Proof, done.Findings)
	}
}

// A prover proposes, the verifier asks for it or for something else, and everything goes on from there.
func TestProofProposal(t *testing.T) {
	descriptors := jsontext.Value(definition[strings.Index(definition, `,"input`)+1 : len(definition)-1])
	proposal := agent.ProofTerms{Wish: map[string]jsontext.Value{"dif": jsontext.Value("{" + string(descriptors) + "}")}, Comment: "look"}
	for name, settings := range map[string]vc.AgentSettings{"by hand": kept(), "by itself": auto()} {
		t.Run(name, func(t *testing.T) {
			settings.Preserve = kept().Preserve
			p := newPair(t, settings, presenting())
			p.issuer.Defaults.AutoIssue, p.issuer.Defaults.AutoVerify = nil, kept().Preserve
			p.issued("")
			_, err := p.holder.SendProofProposal(t.Context(), p.holder.by, p.theirs, proposal)
			fine(t, err)
			p.settle()
			if settings.AutoAsk == nil {
				proposed := p.issuer.proof(vc.ProofProposed)
				if proposed.Formats["pres_proposal"]["dif"] == nil || proposed.Flags.Initiator != "external" {
					t.Errorf("%+v", proposed)
				}
				_, err = p.issuer.AskProposed(t.Context(), p.issuer.by, proposed.Proof.ID, agent.ProofTerms{})
				fine(t, err)
				_, err = p.issuer.AskProposed(t.Context(), p.issuer.by, proposed.Proof.ID, agent.ProofTerms{})
				refuses(t, err, vc.Conflict, "proof-state", "")
				p.settle()
			}
			if done := p.issuer.proof(vc.ProofDone); !*done.Proof.Verified {
				t.Errorf("%+v", done.Findings)
			}
			p.holder.proof(vc.ProofDone)
		})
	}
}

// Requests that cannot be made are refused before anybody hears of them.
func TestWrongProofs(t *testing.T) {
	p := newPair(t, kept(), kept())
	for want, wish := range map[string]map[string]jsontext.Value{
		"filter-missing /presentation_request":                          nil,
		"format-not-offered /presentation_request/indy":                 {"indy": jsontext.Value(`{}`)},
		"format-not-offered /presentation_request/anoncreds":            {"anoncreds": jsontext.Value(`{}`)},
		"definition-invalid /presentation_definition":                   {"dif": jsontext.Value(`{"presentation_definition":[]}`)},
		"definition-invalid /presentation_definition/input_descriptors": {"dif": jsontext.Value(`{"presentation_definition":{"input_descriptors":"x"}}`)},
	} {
		code, pointer, _ := strings.Cut(want, " ")
		_, err := p.issuer.SendProofRequest(t.Context(), p.issuer.by, p.ours, agent.ProofTerms{Wish: wish})
		refuses(t, err, vc.Invalid, code, pointer)
	}
	_, err := p.issuer.SendProofRequest(t.Context(), p.issuer.by, p.issuer.by.Scope.Tenant, asks(definition))
	refuses(t, err, vc.NotFound, "connection-not-found", "")
	p.issuer.none()
}

// Either end may give up, and tells the other why.
func TestAbandonProof(t *testing.T) {
	p := newPair(t, kept(), kept())
	asked, err := p.issuer.SendProofRequest(t.Context(), p.issuer.by, p.ours, asks(definition))
	fine(t, err)
	p.settle()
	_, err = p.holder.AbandonProof(t.Context(), p.holder.by, p.holder.proof(vc.ProofAsked).Proof.ID, "private")
	fine(t, err)
	p.settle()
	if told := p.issuer.proof(vc.ProofFailed); told.Proof.Error != "abandoned: private" {
		t.Error(told.Proof.Error)
	}
	_, err = p.issuer.VerifyProof(t.Context(), p.issuer.by, asked.Proof.ID)
	refuses(t, err, vc.Conflict, "proof-state", "")
	fine(t, p.issuer.DropProof(t.Context(), p.issuer.by, asked.Proof.ID))
	_, err = p.issuer.Proof(t.Context(), p.issuer.by.Scope, asked.Proof.ID)
	refuses(t, err, vc.NotFound, "proof-not-found", "")
}
