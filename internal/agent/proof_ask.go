package agent

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

func (terms ProofTerms) flags(settings vc.AgentSettings) ProofFlags {
	f := ProofFlags{
		Initiator: "self", AutoPresent: terms.AutoPresent, AutoVerify: terms.AutoVerify, AutoRemove: terms.AutoRemove,
		AutoRemoveOnFailure: terms.AutoRemoveOnFailure, Trace: terms.Trace,
	}
	return f.settled(settings)
}

// settled fills in what the settings say of what goes with the record.
func (f ProofFlags) settled(settings vc.AgentSettings) ProofFlags {
	if f.AutoRemove == nil {
		f.AutoRemove = removed(settings)
	}
	return f
}

// proofRequest is the message that asks for what terms say.
func proofRequest(terms ProofTerms, thread, parent string) (*didcomm.RequestPresentation, error) {
	content, err := difNewRequest(terms.Wish)
	if err != nil {
		return nil, err
	}
	h, err := head(didcomm.TypeRequestPresentation, thread, parent)
	if err != nil {
		return nil, err
	}
	confirm := terms.WillConfirm == nil || *terms.WillConfirm
	m := &didcomm.RequestPresentation{Header: h, Comment: terms.Comment, WillConfirm: &confirm}
	m.Formats, m.Requests = difAttached(difAsked, content)
	return m, nil
}

// newProof is a proof of ours that is asked for.
func newProof(terms ProofTerms, settings vc.AgentSettings) (*proof, *didcomm.RequestPresentation, error) {
	m, err := proofRequest(terms, "", "")
	if err != nil {
		return nil, nil, err
	}
	p := &proof{Proof: vc.Proof{Role: vc.RoleVerifier, State: vc.ProofAsked, Thread: m.ThreadID()}, flags: terms.flags(settings)}
	p.said.Request, err = encoded(m)
	return p, m, err
}

// CreateProofRequest makes a request that is told to nobody yet: it is attached to an invitation.
func (d *Desk) CreateProofRequest(ctx context.Context, by vc.Caller, terms ProofTerms) (ProofView, error) {
	settings, err := d.Settings(ctx, by.Scope)
	if err != nil {
		return ProofView{}, err
	}
	p, _, err := newProof(terms, settings)
	if err != nil {
		return ProofView{}, err
	}
	return d.beganProof(ctx, by, p, nil, "proof.requested")
}

// SendProofRequest asks a peer for a presentation.
func (d *Desk) SendProofRequest(ctx context.Context, by vc.Caller, connection string, terms ProofTerms) (ProofView, error) {
	_, settings, err := d.ready(ctx, by.Scope, connection)
	if err != nil {
		return ProofView{}, err
	}
	p, m, err := newProof(terms, settings)
	if err != nil {
		return ProofView{}, err
	}
	p.Channel = connection
	return d.beganProof(ctx, by, p, m, "proof.requested")
}

// SendProofProposal tells a verifier what could be presented.
func (d *Desk) SendProofProposal(ctx context.Context, by vc.Caller, connection string, terms ProofTerms) (ProofView, error) {
	_, settings, err := d.ready(ctx, by.Scope, connection)
	if err != nil {
		return ProofView{}, err
	}
	content, err := difWish(terms.Wish)
	if err == nil {
		_, _, err = difRequest(content)
	}
	if err != nil {
		return ProofView{}, err
	}
	h, err := head(didcomm.TypeProposePresentation, "", "")
	if err != nil {
		return ProofView{}, err
	}
	m := &didcomm.ProposePresentation{Header: h, Comment: terms.Comment}
	m.Formats, m.Proposals = difAttached(difProposed, content)
	p := &proof{
		Proof: vc.Proof{Role: vc.RoleProver, State: vc.ProofProposed, Thread: m.ThreadID(), Channel: connection}, flags: terms.flags(settings),
	}
	if p.said.Proposal, err = encoded(m); err != nil {
		return ProofView{}, err
	}
	return d.beganProof(ctx, by, p, m, "proof.proposed")
}

// AskProposed answers a proposal by a request, with its own terms or others. Conflict "proof-state".
func (d *Desk) AskProposed(ctx context.Context, by vc.Caller, id string, terms ProofTerms) (view ProofView, err error) {
	err = looking(func() error {
		then, settings, err := d.lookedProof(ctx, by.Scope, id)
		if err == nil {
			err = then.expected(vc.RoleVerifier, vc.ProofProposed)
		}
		if err != nil {
			return err
		}
		m, err := then.askedFor(terms)
		if err != nil {
			return err
		}
		return d.actOnProof(ctx, by, id, vc.RoleVerifier, vc.ProofProposed, func(t *Turn, p *proof) error {
			if p.Revision != then.Revision {
				return errAgain
			}
			p.flags.take(terms.flags(settings))
			err := d.ask(t, p, m)
			view = p.view()
			return err
		})
	})
	return view, err
}

// askedFor is the request that answers a proposal.
func (p *proof) askedFor(terms ProofTerms) (*didcomm.RequestPresentation, error) {
	if len(terms.Wish) == 0 {
		content, err := difSaid(p.said.Proposal, difProposed)
		if err != nil {
			return nil, err
		}
		terms.Wish = difWishOf(content)
	}
	return proofRequest(terms, p.Thread, p.flags.Parent)
}

// take takes over what was said anew.
func (f *ProofFlags) take(said ProofFlags) {
	for _, flag := range [...]struct{ to, from **bool }{
		{&f.AutoPresent, &said.AutoPresent},
		{&f.AutoVerify, &said.AutoVerify},
		{&f.AutoRemove, &said.AutoRemove},
		{&f.AutoRemoveOnFailure, &said.AutoRemoveOnFailure},
		{&f.Trace, &said.Trace},
	} {
		if *flag.from != nil {
			*flag.to = *flag.from
		}
	}
}

// ask moves a proposed proof on, in a transaction.
func (d *Desk) ask(t *Turn, p *proof, m *didcomm.RequestPresentation) (err error) {
	if err := p.Move(vc.ProofAsked, t.Now); err != nil {
		return err
	}
	if p.said.Request, err = encoded(m); err != nil {
		return err
	}
	p.Error = ""
	if err := t.putProof(p); err != nil {
		return err
	}
	if err := d.sendOf(t, p.Channel, m, "proof/"+p.ID); err != nil {
		return err
	}
	return d.tellProof(t, p, "proof.requested")
}
