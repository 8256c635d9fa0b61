package agent

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

func lookCredentialProposal(ctx context.Context, d *Desk, in *Inbound) (any, error) {
	m := in.Message.(*didcomm.ProposeCredential)
	format, wish, err := d.carried(m, stepPropose)
	if err != nil {
		return nil, err
	}
	if _, err := format.Propose(wish); err != nil {
		return nil, told(err)
	}
	x, err := d.lookBegin(ctx, in, vc.RoleIssuer)
	if err != nil {
		return nil, err
	}
	if x != nil && x.State != vc.Offered && x.State != vc.Proposed {
		return nil, wrongState(x)
	}
	looked := &proposedIn{x: x}
	flags := in.Settings.AutoOffer
	if x != nil && x.flags.AutoOffer != nil {
		flags = x.flags.AutoOffer
	}
	if is(flags) {
		settings, err := d.settingsOf(ctx, in)
		if err != nil {
			return nil, err
		}
		terms := Terms{Comment: m.Comment, Preview: m.Preview, Filter: wishOf(format, wish)}
		if looked.offer, looked.message, err = d.offerOf(ctx, in.By, terms, settings, in.Thread, in.Parent); err != nil {
			return nil, told(err)
		}
	}
	return looked, nil
}

// proposedIn is what looking at an inbound proposal gave.
type proposedIn struct {
	x       *exchange
	offer   *exchange // to be, where it is answered by itself
	message *didcomm.OfferCredential
}

func actCredentialProposal(d *Desk, t *Turn, in *Inbound, looked any) error {
	l := looked.(*proposedIn)
	x, err := t.exchangeAgain(in, vc.RoleIssuer, l.x)
	if err != nil {
		return err
	}
	x, fresh, err := t.heard(in, x, vc.RoleIssuer, vc.Proposed)
	if err != nil {
		return err
	}
	x.said.Proposal, x.said.Preview = in.Raw, in.Message.(*didcomm.ProposeCredential).Preview
	x.said.Offer, x.said.Kept = nil, nil
	if err := d.putNew(t, x, fresh); err != nil {
		return err
	}
	if err := d.tellExchange(t, x, "exchange.proposed"); err != nil || l.offer == nil {
		return err
	}
	return d.answerProposal(t, x, l.offer, l.message)
}

// putNew writes an exchange that may be new.
func (d *Desk) putNew(t *Turn, x *exchange, fresh bool) error {
	if fresh {
		return t.insertExchange(x)
	}
	return t.putExchange(x)
}

// answerProposal answers a proposal by an offer that was made for it.
func (d *Desk) answerProposal(t *Turn, x, made *exchange, m *didcomm.OfferCredential) error {
	if err := x.advance(vc.Offered, t.Now); err != nil {
		return err
	}
	x.said.Offer, x.said.Kept, x.said.Method, x.Credential = made.said.Offer, made.said.Kept, made.said.Method, made.Credential
	if made.said.Preview != nil {
		x.said.Preview = made.said.Preview
	}
	return d.sent(t, x, m, "exchange.offered")
}

// offeredIn is what looking at an inbound offer gave.
type offeredIn struct {
	x       *exchange // as it was; nil: none
	request *requesting
}

// maxReplacement bounds an id of whatever form that stands in clear, bytes.
const maxReplacement = 256

func lookCredentialOffer(ctx context.Context, d *Desk, in *Inbound) (any, error) {
	m := in.Message.(*didcomm.OfferCredential)
	format, content, err := d.carried(m, stepOffer)
	if err != nil {
		return nil, err
	}
	if _, err := format.Propose(content); err != nil {
		return nil, told(err)
	}
	x, err := d.lookBegin(ctx, in, vc.RoleHolder)
	if err != nil {
		return nil, err
	}
	if x != nil && x.State != vc.Proposed && x.State != vc.Offered {
		return nil, wrongState(x)
	}
	looked := &offeredIn{x: x}
	if is(in.Settings.AutoRequest) {
		like := in.peerExchange(vc.RoleHolder, vc.Offered)
		like.said.Offer = in.Raw
		if looked.request, err = d.requestFor(ctx, in.By, like, "", ""); err != nil {
			return nil, told(err)
		}
	}
	return looked, nil
}

func actCredentialOffer(d *Desk, t *Turn, in *Inbound, looked any) error {
	l := looked.(*offeredIn)
	x, err := t.exchangeAgain(in, vc.RoleHolder, l.x)
	if err != nil {
		return err
	}
	x, fresh, err := t.heard(in, x, vc.RoleHolder, vc.Offered)
	if err != nil {
		return err
	}
	m := in.Message.(*didcomm.OfferCredential)
	x.said.Offer, x.said.Preview = in.Raw, m.Preview
	if len(m.ReplacementID) <= maxReplacement {
		x.flags.Replacement = m.ReplacementID
	}
	if err := d.putNew(t, x, fresh); err != nil {
		return err
	}
	if err := d.tellExchange(t, x, "exchange.offered"); err != nil || l.request == nil {
		return err
	}
	return d.request(t, x, l.request)
}
