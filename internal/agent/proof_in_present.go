package agent

import (
	"context"
	"errors"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// askedIn is what looking at an inbound request gave.
type askedIn struct {
	p     *proof
	made  *presenting // nil: nobody answers by itself, or nothing answers
	short string      // why nothing answers
}

func lookProofRequest(ctx context.Context, d *Desk, in *Inbound) (any, error) {
	content, err := difCarried(in.Message.(*didcomm.RequestPresentation), difAsked)
	if err != nil {
		return nil, err
	}
	if _, _, err := difRequest(content); err != nil {
		return nil, toldProver(err)
	}
	p, err := d.lookBeginProof(ctx, in, vc.RoleProver)
	if err != nil {
		return nil, err
	}
	if p != nil && p.State != vc.ProofProposed && p.State != vc.ProofAsked {
		return nil, wrongProof(p)
	}
	looked := &askedIn{p: p}
	flag := in.Settings.AutoPresent
	if p != nil && p.flags.AutoPresent != nil {
		flag = p.flags.AutoPresent
	}
	if !is(flag) {
		return looked, nil
	}
	like := in.peerProof(vc.RoleProver, vc.ProofAsked)
	like.said.Request = in.Raw
	looked.made, err = d.presentationOf(ctx, in.By, like, PresentTerms{})
	if e, ok := errors.AsType[*vc.Error](err); ok && e.Kind != vc.Internal && e.Kind != vc.Unavailable {
		looked.short, err = e.Code+": "+e.Message, nil // a person may find more than the wallet does
	}
	return looked, err
}

func actProofRequest(d *Desk, t *Turn, in *Inbound, looked any) error {
	l := looked.(*askedIn)
	p, err := t.proofAgain(in, vc.RoleProver, l.p)
	if err != nil {
		return err
	}
	if p, err = t.hear(in, p, vc.RoleProver, vc.ProofAsked); err != nil {
		return err
	}
	if l.short != "" {
		p.Error = l.short
		p.Touch(t.Now)
		if err := t.putProof(p); err != nil {
			return err
		}
	}
	if err := d.tellProof(t, p, "proof.requested"); err != nil || l.made == nil {
		return err
	}
	return d.present(t, p, l.made)
}

// presentedIn is what looking at an inbound presentation gave.
type presentedIn struct {
	p         *proof
	judgement *judgement // nil: it is verified when somebody says so
}

func lookPresentation(ctx context.Context, d *Desk, in *Inbound) (any, error) {
	presented, err := difCarried(in.Message.(*didcomm.Presentation), difPresented)
	if err != nil {
		return nil, err
	}
	p, err := d.lookInProof(ctx, in, vc.RoleVerifier)
	if err != nil {
		return nil, err
	}
	if p == nil || p.State != vc.ProofAsked {
		return nil, wrongProof(p)
	}
	looked := &presentedIn{p: p}
	if !either(p.flags.AutoVerify, in.Settings.AutoVerify) {
		return looked, nil
	}
	if looked.judgement, err = d.judge(ctx, in.By.Scope, p, presented); err != nil {
		return nil, toldProver(err)
	}
	looked.judgement.ack, err = p.ackOf()
	return looked, err
}

func actPresentation(d *Desk, t *Turn, in *Inbound, looked any) error {
	l := looked.(*presentedIn)
	p, err := t.proofAgain(in, vc.RoleVerifier, l.p)
	if err != nil {
		return err
	}
	if p, err = t.hear(in, p, vc.RoleVerifier, vc.ProofPresented); err != nil {
		return err
	}
	if err := d.tellProof(t, p, "proof.presented"); err != nil || l.judgement == nil {
		return err
	}
	return d.judged(t, p, l.judgement)
}
