package agent

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// expected says whether a proof is where an act begins; it is not changed by one that comes too early or too late.
func (p *proof) expected(role vc.ProofRole, state vc.ProofState) error {
	if p.Role == role && p.State == state {
		return nil
	}
	e := vc.Errorf(vc.Conflict, "proof-state", "the proof is %s, of the %s", p.State, p.Role)
	e.Details = []vc.Finding{{Code: string(role), Message: string(state)}, {Code: string(p.Role), Message: string(p.State)}}
	return e
}

// over is what an act on a proof that has ended is refused by.
func (p *proof) over() error {
	e := vc.Errorf(vc.Conflict, "proof-state", "the proof is %s, and over", p.State)
	e.Details = []vc.Finding{{Code: string(p.Role), Message: string(p.State)}}
	return e
}

// lookedProof gives a proof as it is now, with the settings of its office.
func (d *Desk) lookedProof(ctx context.Context, scope vc.Scope, id string) (p *proof, settings vc.AgentSettings, err error) {
	err = d.view(ctx, scope, func(t *Turn) error {
		if settings, err = d.settings(t); err != nil {
			return err
		}
		p, err = t.proof(id)
		return err
	})
	return p, settings, err
}

// actOnProof does what is done with a proof that is where it must be.
func (d *Desk) actOnProof(ctx context.Context, by vc.Caller, id string, role vc.ProofRole, state vc.ProofState, fn func(*Turn, *proof) error) error {
	return d.act(ctx, by, func(t *Turn) error {
		p, err := t.proofForUpdate(id)
		if err != nil {
			return err
		}
		if err := p.expected(role, state); err != nil {
			return err
		}
		return fn(t, p)
	})
}

// beganProof writes a new proof, with the message that begins it; nil: nobody is told.
func (d *Desk) beganProof(ctx context.Context, by vc.Caller, p *proof, m didcomm.Message, action string) (view ProofView, err error) {
	p.ID = newID()
	err = d.act(ctx, by, func(t *Turn) error {
		fresh := *p
		if err := t.insertProof(&fresh); err != nil {
			return err
		}
		if m != nil {
			if err := d.sendOf(t, fresh.Channel, m, "proof/"+fresh.ID); err != nil {
				return err
			}
		}
		view = fresh.view()
		return d.tellProof(t, &fresh, action)
	})
	return view, err
}

// tellProof tells of a proof: in whole where the office wants that, else in outline.
func (d *Desk) tellProof(t *Turn, p *proof, action string) error {
	settings, err := d.settings(t)
	if err != nil {
		return err
	}
	view := p.outline()
	if is(settings.WholeWebhooks) {
		view = p.view()
	}
	return t.Tell(TopicProof, action, "proof", p.ID, view)
}

// endedProof tells of a proof that is over, and deletes its record where nobody wants it kept.
func (d *Desk) endedProof(t *Turn, p *proof, action string) error {
	if err := d.tellProof(t, p, action); err != nil {
		return err
	}
	if err := t.over(p.Channel); err != nil {
		return err
	}
	remove := is(p.flags.AutoRemove)
	if p.State == vc.ProofFailed {
		remove = is(p.flags.AutoRemoveOnFailure)
	}
	if !remove {
		return nil
	}
	return t.dropProof(p)
}

func (t *Turn) dropProof(p *proof) error {
	if err := t.Rows.DeleteProof(p.ID); err != nil {
		return err
	}
	if err := t.over(p.Channel); err != nil {
		return err
	}
	gone := p.outline()
	gone.Deleted = true
	return t.Tell(TopicProof, "proof.deleted", "proof", p.ID, gone)
}

// Proof gives a proof; NotFound "proof-not-found".
func (d *Desk) Proof(ctx context.Context, scope vc.Scope, id string) (view ProofView, err error) {
	err = d.view(ctx, scope, func(t *Turn) error {
		p, err := t.proof(id)
		if err == nil {
			view = p.view()
		}
		return err
	})
	return view, err
}

// Proofs lists the proofs of the scope. The query's door is set here.
func (d *Desk) Proofs(ctx context.Context, scope vc.Scope, query vc.ProofQuery) (views []ProofView, err error) {
	query.Door = Door
	err = d.view(ctx, scope, func(t *Turn) error {
		views = nil
		rows, err := t.Rows.Proofs(query)
		if err != nil {
			return err
		}
		for _, row := range rows {
			p, err := t.openedProof(row)
			if err != nil {
				return err
			}
			views = append(views, p.view())
		}
		return nil
	})
	return views, err
}

// DropProof deletes the record of a proof.
func (d *Desk) DropProof(ctx context.Context, by vc.Caller, id string) error {
	return d.act(ctx, by, func(t *Turn) error {
		p, err := t.proofForUpdate(id)
		if err != nil {
			return err
		}
		return t.dropProof(p)
	})
}

// AbandonProof ends a proof and tells the peer why. Conflict "proof-state" for one that is over.
func (d *Desk) AbandonProof(ctx context.Context, by vc.Caller, id, description string) (view ProofView, err error) {
	message, err := newMessageID()
	if err != nil {
		return ProofView{}, err
	}
	err = d.act(ctx, by, func(t *Turn) error {
		p, err := t.proofForUpdate(id)
		if err != nil {
			return err
		}
		if p.State.Final() {
			return p.over()
		}
		if err := p.Move(vc.ProofFailed, t.Now); err != nil {
			return err
		}
		p.Error = "created problem report: " + description
		if err := t.putProof(p); err != nil {
			return err
		}
		report := abandonment(didcomm.TypePresentationProblem, message, p.Thread, p.flags.Parent, didcomm.ProblemPresentationAbandoned, description)
		if err := d.tellPeer(t, p.Channel, report, "proof/"+p.ID); err != nil {
			return err
		}
		view = p.view()
		return d.endedProof(t, p, "proof.failed")
	})
	return view, err
}
