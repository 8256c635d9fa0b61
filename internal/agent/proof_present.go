package agent

import (
	"context"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/spec/pex"
)

// presenting is a presentation that is signed, with the message that brings it.
type presenting struct {
	answered *holder.Answered
	message  *didcomm.Presentation
	raw      jsontext.Value // the message as it is sent
}

// presentationOf answers a request out of the wallet. It is recorded by present alone.
func (d *Desk) presentationOf(ctx context.Context, by vc.Caller, p *proof, terms PresentTerms) (*presenting, error) {
	if terms.Reveal {
		return nil, vc.Errorf(vc.Invalid, "reveal-not-offered", "reveal_doc needs BBS signatures, which this agent does not have").At("/dif/reveal_doc")
	}
	content, err := difSaid(p.said.Request, difAsked)
	if err != nil {
		return nil, err
	}
	request, _, err := difRequest(content)
	if err != nil {
		return nil, err
	}
	definition := []byte(request.Definition)
	if terms.Definition != nil {
		if definition, err = named(terms.Definition); err != nil {
			return nil, err
		}
	}
	domain, challenge := bound(request)
	asked := holder.Presenting{
		Signer: terms.Issuer, Definition: definition, Choice: terms.Records, Audience: domain, Nonce: challenge, Embed: true,
	}
	if parsed, err := pex.Parse(definition); err == nil && len(parsed.Descriptors) == 0 {
		asked.Held = []string{} // who asks for nothing is shown nothing
	}
	answered, err := d.Holder.Answer(ctx, by, asked)
	if err != nil {
		return nil, err
	}
	h, err := head(didcomm.TypePresentation, p.Thread, p.flags.Parent)
	if err != nil {
		return nil, err
	}
	m := &didcomm.Presentation{Header: h}
	m.Formats, m.Presentations = difAttached(difPresented, answered.Presentation())
	raw, err := encoded(m)
	return &presenting{answered, m, raw}, err
}

// present records a presentation and moves its proof on: one transaction.
func (d *Desk) present(t *Turn, p *proof, made *presenting) error {
	if err := p.Move(vc.ProofPresented, t.Now); err != nil {
		return err
	}
	if err := made.answered.Record(t.Rows, t.By); err != nil {
		return err
	}
	p.said.Presentation, p.Error = made.raw, ""
	if err := t.putProof(p); err != nil {
		return err
	}
	if err := d.sendOf(t, p.Channel, made.message, "proof/"+p.ID); err != nil {
		return err
	}
	return d.tellProof(t, p, "proof.presented")
}

// SendPresentation answers a request. Errors: Conflict "proof-state"; Invalid "reveal-not-offered"; those of [holder.Desk.Answer].
func (d *Desk) SendPresentation(ctx context.Context, by vc.Caller, id string, terms PresentTerms) (view ProofView, err error) {
	err = looking(func() error {
		then, settings, err := d.lookedProof(ctx, by.Scope, id)
		if err == nil {
			err = then.expected(vc.RoleProver, vc.ProofAsked)
		}
		if err != nil {
			return err
		}
		made, err := d.presentationOf(ctx, by, then, terms)
		if err != nil {
			return err
		}
		return d.actOnProof(ctx, by, id, vc.RoleProver, vc.ProofAsked, func(t *Turn, p *proof) error {
			if p.Revision != then.Revision {
				return errAgain // it may ask for something else
			}
			p.flags.take(ProofFlags{AutoRemove: terms.AutoRemove, AutoRemoveOnFailure: terms.AutoRemoveOnFailure})
			p.flags = p.flags.settled(settings)
			err := d.present(t, p, made)
			view = p.view()
			return err
		})
	})
	return view, err
}

// ProofCredentials lists what the wallet has for a request, for the descriptors named or all.
func (d *Desk) ProofCredentials(ctx context.Context, scope vc.Scope, id string, referents []string, page vc.Page) ([]holder.HeldView, error) {
	p, _, err := d.lookedProof(ctx, scope, id)
	if err != nil {
		return nil, err
	}
	content, err := difSaid(p.said.Request, difAsked)
	if err != nil {
		return nil, err
	}
	request, _, err := difRequest(content)
	if err != nil {
		return nil, err
	}
	matching, err := d.Holder.Matching(ctx, scope, request.Definition)
	if err != nil {
		return nil, err
	}
	var views []holder.HeldView
	for _, one := range matching {
		if len(referents) == 0 || meets(one.Descriptors, referents) {
			views = append(views, one.HeldView)
		}
	}
	views = views[min(max(page.Offset, 0), len(views)):]
	if page.Limit > 0 && len(views) > page.Limit {
		views = views[:page.Limit]
	}
	return views, nil
}

func meets(descriptors, referents []string) bool {
	have := "\n" + strings.Join(descriptors, "\n") + "\n"
	for _, one := range referents {
		if strings.Contains(have, "\n"+one+"\n") {
			return true
		}
	}
	return false
}
