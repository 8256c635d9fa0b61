package agent

import (
	"cmp"
	"context"
	"errors"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

func proofProtocol() Protocol {
	return Protocol{
		URI: "https://didcomm.org/present-proof/2.0", Roles: []string{"verifier", "prover"}, Report: didcomm.TypePresentationProblem,
		Handlers: []Handler{
			{Types: []didcomm.Type{didcomm.TypeProposePresentation}, Need: NeedPeer, Look: lookProofProposal, Act: actProofProposal, Refused: noteProof},
			{Types: []didcomm.Type{didcomm.TypeRequestPresentation}, Need: NeedPeer, Look: lookProofRequest, Act: actProofRequest, Refused: noteProof},
			{Types: []didcomm.Type{didcomm.TypePresentation}, Need: NeedPeer, Look: lookPresentation, Act: actPresentation, Refused: noteProof},
			{Types: []didcomm.Type{didcomm.TypePresentationAck}, Need: NeedPeer, Act: actProofAck},
			{Types: []didcomm.Type{didcomm.TypePresentationProblem}, Need: NeedPeer, Act: actProofProblem},
		},
	}
}

// proofOf finds the proof of a message: nil where there is none on its channel.
func (t *Turn) proofOf(in *Inbound, role vc.ProofRole, update bool) (*proof, error) {
	find := t.Rows.ProofByThread
	if update {
		find = t.Rows.ProofByThreadForUpdate
	}
	row, err := find(role, Door, in.channel(), in.Thread)
	if err != nil {
		return nil, unlessGone(err)
	}
	return t.openedProof(row)
}

// lookInProof finds the proof of a message.
func (d *Desk) lookInProof(ctx context.Context, in *Inbound, role vc.ProofRole) (p *proof, err error) {
	err = d.look(ctx, in.By.Scope, func(t *Turn) error {
		p, err = t.proofOf(in, role, false)
		return err
	})
	return p, err
}

// lookBeginProof is lookInProof for a message that may begin a proof; see lookBegin.
func (d *Desk) lookBeginProof(ctx context.Context, in *Inbound, role vc.ProofRole) (p *proof, err error) {
	err = d.view(ctx, in.By.Scope, func(t *Turn) error {
		if p, err = t.proofOf(in, role, false); err != nil || p != nil {
			return err
		}
		many, err := t.Rows.ManyProofsByPeer(in.channel(), cmp.Or(d.Begun, begunByPeer))
		if many {
			err = refuse(didcomm.ProblemPresentationAbandoned, "too many proofs that you began are open")
		}
		return err
	})
	return p, err
}

// proofAgain gives the proof that was looked at, if it is as it was then.
func (t *Turn) proofAgain(in *Inbound, role vc.ProofRole, then *proof) (*proof, error) {
	now, err := t.proofOf(in, role, true)
	if err != nil {
		return nil, err
	}
	if (now == nil) != (then == nil) || now != nil && now.Revision != then.Revision {
		return nil, errAgain
	}
	return now, nil
}

func wrongProof(p *proof) error {
	if p == nil {
		return refuse(didcomm.ProblemPresentationAbandoned, "there is no such proof")
	}
	return refuse(didcomm.ProblemPresentationAbandoned, "the proof is %s: no such message is expected", p.State)
}

// toldProver makes of an error of ours what a peer is told.
func toldProver(err error) error {
	err = told(err)
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		refusal.Code = didcomm.ProblemPresentationAbandoned
	}
	return err
}

// peerProof is a proof that a peer begins.
func (in *Inbound) peerProof(role vc.ProofRole, state vc.ProofState) *proof {
	p := &proof{Proof: vc.Proof{Role: role, State: state, Thread: in.Thread, ByPeer: true, Channel: in.channel()}}
	p.flags = ProofFlags{Initiator: "external", Parent: in.Parent}.settled(in.Settings)
	if in.Invitation != nil {
		p.flags.Invitation = in.Invitation.ID
	}
	return p
}

// hear takes what a peer says anew into a proof, which may be new.
func (t *Turn) hear(in *Inbound, p *proof, role vc.ProofRole, state vc.ProofState) (*proof, error) {
	if p == nil {
		p = in.peerProof(role, state)
		p.saidBy(in)
		return p, t.insertProof(p)
	}
	if p.State == state {
		p.Touch(t.Now)
	} else if err := p.Move(state, t.Now); err != nil {
		return nil, err
	}
	p.Error = ""
	p.saidBy(in)
	return p, t.putProof(p)
}

// saidBy keeps a message of a peer.
func (p *proof) saidBy(in *Inbound) {
	switch in.Message.(type) {
	case *didcomm.ProposePresentation:
		p.said.Proposal = in.Raw
	case *didcomm.RequestPresentation:
		p.said.Request = in.Raw
	case *didcomm.Presentation:
		p.said.Presentation = in.Raw
	}
}

// proposedProof is what looking at an inbound proposal gave.
type proposedProof struct {
	p       *proof
	request *didcomm.RequestPresentation // nil: nobody answers by itself
}

func lookProofProposal(ctx context.Context, d *Desk, in *Inbound) (any, error) {
	content, err := difCarried(in.Message.(*didcomm.ProposePresentation), difProposed)
	if err != nil {
		return nil, err
	}
	if _, _, err := difRequest(content); err != nil {
		return nil, toldProver(err)
	}
	p, err := d.lookBeginProof(ctx, in, vc.RoleVerifier)
	if err != nil {
		return nil, err
	}
	if p != nil && p.State != vc.ProofProposed && p.State != vc.ProofAsked {
		return nil, wrongProof(p)
	}
	looked := &proposedProof{p: p}
	if is(in.Settings.AutoAsk) {
		if looked.request, err = proofRequest(ProofTerms{Wish: difWishOf(content)}, in.Thread, in.Parent); err != nil {
			return nil, toldProver(err)
		}
	}
	return looked, nil
}

func difWishOf(content jsontext.Value) map[string]jsontext.Value {
	return map[string]jsontext.Value{difName: content}
}

func actProofProposal(d *Desk, t *Turn, in *Inbound, looked any) error {
	l := looked.(*proposedProof)
	p, err := t.proofAgain(in, vc.RoleVerifier, l.p)
	if err != nil {
		return err
	}
	if p, err = t.hear(in, p, vc.RoleVerifier, vc.ProofProposed); err != nil {
		return err
	}
	if err := d.tellProof(t, p, "proof.proposed"); err != nil || l.request == nil {
		return err
	}
	return d.ask(t, p, l.request)
}

func actProofAck(d *Desk, t *Turn, in *Inbound, _ any) error {
	p, err := t.proofOf(in, vc.RoleProver, true)
	if err != nil || p == nil || p.State != vc.ProofPresented {
		return err
	}
	if err := p.Move(vc.ProofDone, t.Now); err != nil {
		return err
	}
	if err := t.putProof(p); err != nil {
		return err
	}
	return d.endedProof(t, p, "proof.done")
}

func actProofProblem(d *Desk, t *Turn, in *Inbound, _ any) error {
	for _, role := range []vc.ProofRole{vc.RoleVerifier, vc.RoleProver} {
		p, err := t.proofOf(in, role, true)
		if err != nil {
			return err
		}
		if p == nil || p.State.Final() {
			continue
		}
		return d.failProof(t, p, reported(in.Message.(*didcomm.ProblemReport)))
	}
	return nil
}

// failProof ends a proof for a reason.
func (d *Desk) failProof(t *Turn, p *proof, why string) error {
	if err := p.Move(vc.ProofFailed, t.Now); err != nil {
		return err
	}
	p.Error = why
	if err := t.putProof(p); err != nil {
		return err
	}
	return d.endedProof(t, p, "proof.failed")
}

// noteProof keeps in the record why a message was refused. The record goes on, unless it cannot.
func noteProof(d *Desk, t *Turn, in *Inbound, refusal *Refusal) error {
	role := vc.RoleVerifier
	if _, asked := in.Message.(*didcomm.RequestPresentation); asked {
		role = vc.RoleProver
	}
	p, err := t.proofOf(in, role, true)
	if err != nil || p == nil || p.State.Final() {
		return err
	}
	if refusal.Ends {
		return d.failProof(t, p, refusal.Error())
	}
	p.Error = refusal.Error()
	p.Touch(t.Now)
	if err := t.putProof(p); err != nil {
		return err
	}
	return d.tellProof(t, p, "proof.refused")
}
