package agent

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// CreateExchange makes an offer that is told to nobody yet, of what is issued as soon as it is asked for: it is attached to an
// invitation.
func (d *Desk) CreateExchange(ctx context.Context, by vc.Caller, terms Terms) (ExchangeView, error) {
	return d.CreateOffer(ctx, by, terms.issuing())
}

// issuing are the terms where nobody is to say when it is issued.
func (terms Terms) issuing() Terms {
	yes := true
	terms.AutoIssue = &yes
	return terms
}

// CreateOffer makes an offer that is told to nobody yet: it is attached to an invitation.
func (d *Desk) CreateOffer(ctx context.Context, by vc.Caller, terms Terms) (ExchangeView, error) {
	settings, err := d.Settings(ctx, by.Scope)
	if err != nil {
		return ExchangeView{}, err
	}
	x, _, err := d.offerOf(ctx, by, terms, settings, "", "")
	if err != nil {
		return ExchangeView{}, err
	}
	return d.began(ctx, by, x, nil, "exchange.offered")
}

// SendCredential begins an exchange that offers, and issues as soon as it is asked.
func (d *Desk) SendCredential(ctx context.Context, by vc.Caller, connection string, terms Terms) (ExchangeView, error) {
	return d.SendOffer(ctx, by, connection, terms.issuing())
}

// wished finds the format of terms and checks what is wished in it.
func (d *Desk) wished(terms Terms) (format CredentialFormat, wish []byte, err error) {
	format, given, err := d.formatOf(terms.Filter)
	if err != nil {
		return nil, nil, err
	}
	if wish, err = format.Propose(given); err != nil {
		return nil, nil, within(err, "/filter/"+format.Name())
	}
	return format, wish, nil
}

// proposalOf is the message that proposes what terms say.
func proposalOf(terms Terms, format CredentialFormat, wish []byte) (*didcomm.ProposeCredential, error) {
	h, err := head(didcomm.TypeProposeCredential, "", "")
	if err != nil {
		return nil, err
	}
	m := &didcomm.ProposeCredential{Header: h, Comment: terms.Comment, Preview: terms.Preview}
	m.Formats, m.Filters = attached(format, stepPropose, wish)
	return m, nil
}

// SendProposal says what a holder would like.
func (d *Desk) SendProposal(ctx context.Context, by vc.Caller, connection string, terms Terms) (ExchangeView, error) {
	_, settings, err := d.ready(ctx, by.Scope, connection)
	if err != nil {
		return ExchangeView{}, err
	}
	format, wish, err := d.wished(terms)
	if err != nil {
		return ExchangeView{}, err
	}
	m, err := proposalOf(terms, format, wish)
	if err != nil {
		return ExchangeView{}, err
	}
	x := &exchange{
		Exchange: vc.Exchange{Role: vc.RoleHolder, State: vc.Proposed, Thread: m.ThreadID(), Channel: connection},
		flags:    terms.flags(settings),
		said:     exchangeSaid{Preview: terms.Preview},
	}
	if x.said.Proposal, err = encoded(m); err != nil {
		return ExchangeView{}, err
	}
	return d.began(ctx, by, x, m, "exchange.proposed")
}

// SendRequest asks for a credential that nobody offered.
func (d *Desk) SendRequest(ctx context.Context, by vc.Caller, connection string, terms Terms) (ExchangeView, error) {
	_, settings, err := d.ready(ctx, by.Scope, connection)
	if err != nil {
		return ExchangeView{}, err
	}
	format, wish, err := d.wished(terms)
	if err != nil {
		return ExchangeView{}, err
	}
	if terms.HolderDID != "" {
		if err := d.holds(ctx, by.Scope, terms.HolderDID); err != nil {
			return ExchangeView{}, err
		}
	}
	requested, err := format.Request(ctx, d, by, wish, terms.HolderDID)
	if err != nil {
		return ExchangeView{}, err
	}
	proposal, err := proposalOf(terms, format, wish)
	if err != nil {
		return ExchangeView{}, err
	}
	h, err := head(didcomm.TypeRequestCredential, "", "")
	if err != nil {
		return ExchangeView{}, err
	}
	m := &didcomm.RequestCredential{Header: h, Comment: terms.Comment}
	m.Formats, m.Requests = attached(format, stepRequest, requested)
	x := &exchange{
		Exchange: vc.Exchange{Role: vc.RoleHolder, State: vc.Requested, Thread: m.ThreadID(), Channel: connection},
		flags:    terms.flags(settings),
		said:     exchangeSaid{Preview: terms.Preview, HolderDID: terms.HolderDID},
	}
	for _, kept := range [...]struct {
		to *jsontext.Value
		m  didcomm.Message
	}{{&x.said.Proposal, proposal}, {&x.said.Request, m}} {
		if *kept.to, err = encoded(kept.m); err != nil {
			return ExchangeView{}, err
		}
	}
	return d.began(ctx, by, x, m, "exchange.requested")
}
