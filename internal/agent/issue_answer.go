package agent

import (
	"context"
	"errors"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// maxLooks is how often an act looks anew at what changed meanwhile.
const maxLooks = 3

// looking looks and acts, and does it again where what was looked at has changed. Conflict "stale" where it changes all the time.
func looking(fn func() error) error {
	for range maxLooks {
		if err := fn(); !errors.Is(err, errAgain) {
			return err
		}
	}
	return vc.Errorf(vc.Conflict, "stale", "the record changed in the meantime: look at it again")
}

// Offer answers a proposal, with its own terms or others. Conflict "exchange-state".
func (d *Desk) Offer(ctx context.Context, by vc.Caller, id string, terms Terms) (view ExchangeView, err error) {
	err = looking(func() error {
		then, settings, err := d.looked(ctx, by.Scope, id)
		if err == nil {
			err = then.expected(vc.RoleIssuer, vc.Proposed)
		}
		if err != nil {
			return err
		}
		made, m, err := d.answerOf(ctx, by, then, terms, settings)
		if err != nil {
			return err
		}
		return d.actOnExchange(ctx, by, id, vc.RoleIssuer, vc.Proposed, func(t *Turn, x *exchange) error {
			if x.Revision != then.Revision {
				return errAgain
			}
			x.flags.take(made.flags)
			err := d.answerProposal(t, x, made, m)
			view = x.view(d)
			return err
		})
	})
	return view, err
}

// answerOf is the offer that answers a proposal: of what it says, where the terms say nothing else.
func (d *Desk) answerOf(ctx context.Context, by vc.Caller, x *exchange, terms Terms, settings vc.AgentSettings) (*exchange, *didcomm.OfferCredential, error) {
	if len(terms.Filter) == 0 {
		format, wish, err := d.content(x.said.Proposal, stepPropose)
		if err != nil {
			return nil, nil, err
		}
		terms.Filter = wishOf(format, wish)
	}
	if terms.Preview == nil {
		terms.Preview = x.said.Preview
	}
	return d.offerOf(ctx, by, terms, settings, x.Thread, x.flags.Parent)
}

// take takes over what was said anew.
func (f *ExchangeFlags) take(said ExchangeFlags) {
	for _, flag := range [...]struct{ to, from **bool }{
		{&f.AutoOffer, &said.AutoOffer},
		{&f.AutoIssue, &said.AutoIssue},
		{&f.AutoRemove, &said.AutoRemove},
		{&f.AutoRemoveOnFailure, &said.AutoRemoveOnFailure},
		{&f.Trace, &said.Trace},
	} {
		if *flag.from != nil {
			*flag.to = *flag.from
		}
	}
	if said.Replacement != "" {
		f.Replacement = said.Replacement
	}
}

// Abandon ends an exchange and tells the peer why. Conflict "exchange-state" for one that is over.
func (d *Desk) Abandon(ctx context.Context, by vc.Caller, id, description string) (view ExchangeView, err error) {
	message, err := newMessageID()
	if err != nil {
		return ExchangeView{}, err
	}
	err = d.act(ctx, by, func(t *Turn) error {
		x, err := t.exchangeForUpdate(id)
		if err != nil {
			return err
		}
		if x.State.Final() {
			return x.over()
		}
		if err := x.Move(vc.Failed, t.Now); err != nil {
			return err
		}
		x.Error = "created problem report: " + description
		if err := t.putExchange(x); err != nil {
			return err
		}
		report := abandonment(didcomm.TypeCredentialProblem, message, x.Thread, x.flags.Parent, didcomm.ProblemIssuanceAbandoned, description)
		if err := d.tellPeer(t, x.Channel, report, "exchange/"+x.ID); err != nil {
			return err
		}
		view = x.view(d)
		return d.ended(t, x, "exchange.failed")
	})
	return view, err
}
