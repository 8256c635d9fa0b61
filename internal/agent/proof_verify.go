package agent

import (
	"context"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/spec/ijson"
)

// judgement is what became of a presentation, with the message that says that it was looked at.
type judgement struct {
	verified bool
	findings []vc.Finding
	ack      *didcomm.Ack // nil: none was promised
}

// judge verifies what was presented in answer to a request.
func (d *Desk) judge(ctx context.Context, scope vc.Scope, p *proof, presented jsontext.Value) (*judgement, error) {
	content, err := difSaid(p.said.Request, difAsked)
	if err != nil {
		return nil, err
	}
	request, _, err := difRequest(content)
	if err != nil {
		return nil, err
	}
	secured := []byte(presented)
	if token, ok := ijson.String(presented); ok {
		secured = []byte(token)
	}
	domain, challenge := bound(request)
	options := verifier.PresentationOptions{Nonce: challenge, Definition: request.Definition}
	if domain != "" && domained(secured) {
		options.Audience = []string{domain}
	}
	report, err := d.Verifier.VerifyPresentation(ctx, scope, secured, options)
	if err != nil {
		return nil, err
	}
	j := &judgement{verified: report.Outcome == verifier.Passed, findings: faultsOf(report)}
	if len(report.Credentials) == 0 { // a presentation of nothing proves nothing, whatever was asked for
		j.verified = false
		j.findings = append(j.findings, vc.Finding{Code: verifier.CheckPresentation, Message: verifier.CodeNoCredentials})
	}
	return j, nil
}

// faultsOf are the checks that keep a presentation from being verified: each by name, with its code, and the credential it is of.
func faultsOf(report verifier.PresentationReport) []vc.Finding {
	found := checkFaults(report.Checks, "")
	for i, credential := range report.Credentials {
		found = append(found, checkFaults(credential.Checks, fmt.Sprintf("/verifiableCredential/%d", i))...)
	}
	return found
}

// unasked are the codes of checks that were not made because there was nothing to look at.
var unasked = [...]string{
	verifier.CodeNoSchema, verifier.CodeNoStatus, verifier.CodeNotAsked, verifier.CodeNoCredentials, verifier.CodeNoSubject,
	verifier.CodeNoDefinition,
}

func checkFaults(checks []verifier.Check, at string) (found []vc.Finding) {
	for _, check := range checks {
		bad := check.Outcome == verifier.Failed || check.Outcome == verifier.NotChecked && !slices.Contains(unasked[:], check.Code)
		if bad {
			found = append(found, vc.Finding{Code: check.Name, Pointer: at, Message: check.Code})
		}
	}
	return found
}

// settled records a judgement and ends its proof.
func (d *Desk) judged(t *Turn, p *proof, j *judgement) error {
	if err := p.Move(vc.ProofDone, t.Now); err != nil {
		return err
	}
	p.Verified, p.said.Findings, p.Error = &j.verified, j.findings, ""
	if err := t.putProof(p); err != nil {
		return err
	}
	if j.ack != nil {
		if err := d.tellPeer(t, p.Channel, j.ack, "proof/"+p.ID); err != nil {
			return err
		}
	}
	return d.endedProof(t, p, "proof.done")
}

// ackOf is the acknowledgement that a request promised; nil where it did not.
func (p *proof) ackOf() (*didcomm.Ack, error) {
	message, err := didcomm.Decode(p.said.Request)
	if err != nil {
		return nil, err
	}
	if request, ok := message.(*didcomm.RequestPresentation); !ok || !is(request.WillConfirm) {
		return nil, nil
	}
	h, err := head(didcomm.TypePresentationAck, p.Thread, p.flags.Parent)
	return &didcomm.Ack{Header: h, Status: didcomm.AckOK}, err
}

// VerifyProof verifies what was presented. Conflict "proof-state"; Denied "not-a-verifier".
func (d *Desk) VerifyProof(ctx context.Context, by vc.Caller, id string) (view ProofView, err error) {
	p, _, err := d.lookedProof(ctx, by.Scope, id)
	if err == nil {
		err = p.expected(vc.RoleVerifier, vc.ProofPresented)
	}
	if err != nil {
		return ProofView{}, err
	}
	presented, err := difSaid(p.said.Presentation, difPresented)
	if err != nil {
		return ProofView{}, err
	}
	j, err := d.judge(ctx, by.Scope, p, presented)
	if err != nil {
		return ProofView{}, err
	}
	if j.ack, err = p.ackOf(); err != nil {
		return ProofView{}, err
	}
	err = d.actOnProof(ctx, by, id, vc.RoleVerifier, vc.ProofPresented, func(t *Turn, p *proof) error {
		err := d.judged(t, p, j)
		view = p.view()
		return err
	})
	return view, err
}
