package agent

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// expected says whether an exchange is where an act begins; it is not changed by one that comes too early or too late.
func (x *exchange) expected(role vc.ExchangeRole, state vc.ExchangeState) error {
	if x.Role == role && x.State == state {
		return nil
	}
	e := vc.Errorf(vc.Conflict, "exchange-state", "the exchange is %s, of the %s", x.State, x.Role)
	e.Details = []vc.Finding{{Code: string(role), Message: string(state)}, {Code: string(x.Role), Message: string(x.State)}}
	return e
}

// over is what an act on an exchange that has ended is refused by.
func (x *exchange) over() error {
	e := vc.Errorf(vc.Conflict, "exchange-state", "the exchange is %s, and over", x.State)
	e.Details = []vc.Finding{{Code: string(x.Role), Message: string(x.State)}}
	return e
}

// actOnExchange does what is done with an exchange that is where it must be.
func (d *Desk) actOnExchange(ctx context.Context, by vc.Caller, id string, role vc.ExchangeRole, state vc.ExchangeState, fn func(*Turn, *exchange) error) error {
	return d.act(ctx, by, func(t *Turn) error {
		x, err := t.exchangeForUpdate(id)
		if err != nil {
			return err
		}
		if err := x.expected(role, state); err != nil {
			return err
		}
		return fn(t, x)
	})
}

// looked gives an exchange as it is now, with the settings of its office.
func (d *Desk) looked(ctx context.Context, scope vc.Scope, id string) (x *exchange, settings vc.AgentSettings, err error) {
	err = d.view(ctx, scope, func(t *Turn) error {
		if x, err = t.exchange(id); err != nil {
			return err
		}
		settings, err = d.settingsFor(t, x.Channel)
		return err
	})
	return x, settings, err
}

// requesting is a request that was prepared: of what, and for whom.
type requesting struct {
	message *didcomm.RequestCredential
	raw     jsontext.Value // the message as it is sent
	holder  string
}

// requestFor prepares the request of an offer.
func (d *Desk) requestFor(ctx context.Context, by vc.Caller, x *exchange, holder, comment string) (*requesting, error) {
	format, offered, err := d.content(x.said.Offer, stepOffer)
	if err != nil {
		return nil, err
	}
	requested, err := format.Request(ctx, d, by, offered, holder)
	if err != nil {
		return nil, err
	}
	h, err := head(didcomm.TypeRequestCredential, x.Thread, x.flags.Parent)
	if err != nil {
		return nil, err
	}
	m := &didcomm.RequestCredential{Header: h, Comment: comment}
	m.Formats, m.Requests = attached(format, stepRequest, requested)
	raw, err := encoded(m)
	return &requesting{m, raw, holder}, err
}

// request moves an offered exchange on, in a transaction.
func (d *Desk) request(t *Turn, x *exchange, r *requesting) error {
	if err := x.advance(vc.Requested, t.Now); err != nil {
		return err
	}
	x.said.Request, x.said.HolderDID = r.raw, r.holder
	return d.sent(t, x, r.message, "exchange.requested")
}

// Request answers an offer. Errors: Conflict "exchange-state"; Invalid "holder-did-unknown".
func (d *Desk) Request(ctx context.Context, by vc.Caller, id string, terms RequestTerms) (view ExchangeView, err error) {
	err = looking(func() error {
		then, settings, err := d.looked(ctx, by.Scope, id)
		if err == nil {
			err = then.expected(vc.RoleHolder, vc.Offered)
		}
		if err == nil && terms.HolderDID != "" {
			err = d.holds(ctx, by.Scope, terms.HolderDID)
		}
		if err != nil {
			return err
		}
		prepared, err := d.requestFor(ctx, by, then, terms.HolderDID, terms.Comment)
		if err != nil {
			return err
		}
		return d.actOnExchange(ctx, by, id, vc.RoleHolder, vc.Offered, func(t *Turn, x *exchange) error {
			if x.Revision != then.Revision {
				return errAgain // the offer may be another
			}
			x.flags.take(ExchangeFlags{AutoRemove: terms.AutoRemove, AutoRemoveOnFailure: terms.AutoRemoveOnFailure})
			x.flags = x.flags.settled(settings)
			err := d.request(t, x, prepared)
			view = x.view(d)
			return err
		})
	})
	return view, err
}

// holds says whether a DID is one of the wallet's own: Invalid "holder-did-unknown".
func (d *Desk) holds(ctx context.Context, scope vc.Scope, did string) error {
	if _, _, err := d.Identity.HoldingKey(ctx, scope, did, ""); err != nil {
		if vc.KindOf(err) == vc.NotFound || vc.KindOf(err) == vc.Invalid {
			return vc.Errorf(vc.Invalid, "holder-did-unknown", "no DID of this wallet is %s", did).At("/holder_did")
		}
		return err
	}
	return nil
}

// issuing is a credential that is signed, with the message that brings it.
type issuing struct {
	signed  *issuer.Signed
	message *didcomm.IssueCredential
	raw     jsontext.Value // the message as it is sent
}

// issueOf signs what an exchange asks for. It is recorded by issue alone.
func (d *Desk) issueOf(ctx context.Context, by vc.Caller, x *exchange, comment string) (*issuing, error) {
	format, requested, err := d.content(x.said.Request, stepRequest)
	if err != nil {
		return nil, err
	}
	var offered []byte
	if x.said.Kept != nil {
		if _, offered, err = d.content(x.said.Offer, stepOffer); err != nil {
			return nil, err
		}
	}
	secured, signed, err := format.Sign(ctx, d, by, x.said.Kept, offered, requested, x.ID)
	if err != nil {
		return nil, err
	}
	h, err := head(didcomm.TypeIssueCredential, x.Thread, x.flags.Parent)
	if err != nil {
		return nil, err
	}
	m := &didcomm.IssueCredential{Header: h, Comment: comment, ReplacementID: x.flags.Replacement}
	m.Formats, m.Credentials = attached(format, stepIssue, secured)
	raw, err := encoded(m)
	return &issuing{signed, m, raw}, err
}

// issue records a signed credential and moves its exchange on: one transaction.
func (d *Desk) issue(t *Turn, x *exchange, made *issuing) error {
	if err := x.advance(vc.Delivered, t.Now); err != nil {
		return err
	}
	x.Credential = made.signed.Credential().ID
	if err := made.signed.Record(t.Rows, t.By); err != nil {
		return err
	}
	x.said.Issue = made.raw
	if err := d.sent(t, x, made.message, "exchange.issued"); err != nil {
		return err
	}
	return d.notePlaces(t, x, made.signed.Credential())
}

// IssueNow signs what was asked for and sends it.
func (d *Desk) IssueNow(ctx context.Context, by vc.Caller, id, comment string) (view ExchangeView, err error) {
	x, _, err := d.looked(ctx, by.Scope, id)
	if err == nil {
		err = x.expected(vc.RoleIssuer, vc.Requested)
	}
	if err != nil {
		return ExchangeView{}, err
	}
	made, err := d.issueOf(ctx, by, x, comment)
	if err != nil {
		return ExchangeView{}, err
	}
	d.step("signed")
	err = d.actOnExchange(ctx, by, id, vc.RoleIssuer, vc.Requested, func(t *Turn, x *exchange) error {
		err := d.issue(t, x, made)
		view = x.view(d)
		return err
	})
	return view, err
}
