package agent

import (
	"context"

	"github.com/chancery-vc/chancery/internal/holder"
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

// looked gives an exchange as it is now, with the settings of its office.
func (d *Desk) looked(ctx context.Context, scope vc.Scope, id string) (x *exchange, settings vc.AgentSettings, err error) {
	err = d.view(ctx, scope, func(t *Turn) error {
		if settings, err = d.settings(t); err != nil {
			return err
		}
		x, err = t.exchange(id)
		return err
	})
	return x, settings, err
}

// requesting is a request that was prepared: of what, and for whom.
type requesting struct {
	message *didcomm.RequestCredential
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
	return &requesting{m, holder}, nil
}

// request moves an offered exchange on, in a transaction.
func (d *Desk) request(t *Turn, x *exchange, r *requesting) (err error) {
	if err := x.Move(vc.Requested, t.Now); err != nil {
		return err
	}
	if x.said.Request, err = didcomm.Encode(r.message); err != nil {
		return err
	}
	x.said.HolderDID = r.holder
	if err := t.putExchange(x); err != nil {
		return err
	}
	if err := d.sendIn(t, x, r.message); err != nil {
		return err
	}
	return t.Tell(TopicExchange, "exchange.requested", "exchange", x.ID, x.view(d))
}

// Request answers an offer.
func (d *Desk) Request(ctx context.Context, by vc.Caller, id string, terms RequestTerms) (view ExchangeView, err error) {
	x, settings, err := d.looked(ctx, by.Scope, id)
	if err == nil {
		err = x.expected(vc.RoleHolder, vc.Offered)
	}
	if err == nil && terms.HolderDID != "" {
		err = d.holds(ctx, by.Scope, terms.HolderDID)
	}
	if err != nil {
		return ExchangeView{}, err
	}
	prepared, err := d.requestFor(ctx, by, x, terms.HolderDID, terms.Comment)
	if err != nil {
		return ExchangeView{}, err
	}
	err = d.act(ctx, by, func(t *Turn) error {
		x, err := t.exchangeForUpdate(id)
		if err != nil {
			return err
		}
		if err := x.expected(vc.RoleHolder, vc.Offered); err != nil {
			return err
		}
		if terms.AutoRemove != nil {
			x.flags.AutoRemove = terms.AutoRemove
		}
		if terms.AutoRemoveOnFailure != nil {
			x.flags.AutoRemoveOnFailure = terms.AutoRemoveOnFailure
		}
		x.flags = x.flags.settled(settings)
		err = d.request(t, x, prepared)
		view = x.view(d)
		return err
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
	return &issuing{signed, m}, nil
}

// issue records a signed credential and moves its exchange on: one transaction.
func (d *Desk) issue(t *Turn, x *exchange, made *issuing) (err error) {
	if err := x.Move(vc.Delivered, t.Now); err != nil {
		return err
	}
	x.Credential = made.signed.Credential().ID
	if err := made.signed.Record(t.Rows, t.By); err != nil {
		return err
	}
	if x.said.Issue, err = didcomm.Encode(made.message); err != nil {
		return err
	}
	if err := t.putExchange(x); err != nil {
		return err
	}
	if err := d.sendIn(t, x, made.message); err != nil {
		return err
	}
	return t.Tell(TopicExchange, "exchange.issued", "exchange", x.ID, x.view(d))
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
	err = d.act(ctx, by, func(t *Turn) error {
		x, err := t.exchangeForUpdate(id)
		if err != nil {
			return err
		}
		if err := x.expected(vc.RoleIssuer, vc.Requested); err != nil {
			return err
		}
		err = d.issue(t, x, made)
		view = x.view(d)
		return err
	})
	return view, err
}

// takeOf verifies what was issued in an exchange.
func (d *Desk) takeOf(ctx context.Context, by vc.Caller, x *exchange, issue []byte, name string) (*holder.Taken, error) {
	format, requested, err := d.content(x.said.Request, stepRequest)
	if err != nil {
		return nil, err
	}
	return format.Take(ctx, d, by, requested, issue, x.ID, name)
}

// store keeps a credential, acknowledges it, and ends the exchange.
func (d *Desk) store(t *Turn, x *exchange, taken *holder.Taken, name string, ack *didcomm.Ack) error {
	held, err := taken.Record(t.Rows, t.By)
	if err != nil {
		return err
	}
	if name == "" {
		name = held
	}
	x.Held, x.said.HeldName = held, name
	x.flags.Detail, x.flags.DetailAt, x.flags.DetailUpdated = newID(), t.Now, t.Now
	if err := x.Move(vc.Accepted, t.Now); err != nil {
		return err
	}
	if err := t.putExchange(x); err != nil {
		return err
	}
	if err := d.sendIn(t, x, ack); err != nil {
		return err
	}
	if err := t.Tell(TopicExchangeFormat, "exchange.stored", "exchange", x.ID, x.view(d)); err != nil {
		return err
	}
	return d.ended(t, x, "exchange.accepted")
}

// ended tells of an exchange that is over, and deletes its record where nobody wants it kept.
func (d *Desk) ended(t *Turn, x *exchange, action string) error {
	if err := t.Tell(TopicExchange, action, "exchange", x.ID, x.view(d)); err != nil {
		return err
	}
	remove := is(x.flags.AutoRemove)
	if x.State == vc.Failed || x.State == vc.Declined {
		remove = is(x.flags.AutoRemoveOnFailure)
	}
	if !remove {
		return nil
	}
	return d.dropExchange(t, x)
}

func (d *Desk) dropExchange(t *Turn, x *exchange) error {
	if err := t.Rows.DeleteExchange(x.ID); err != nil {
		return err
	}
	gone := x.view(d)
	gone.Deleted = true
	return t.Tell(TopicExchange, "exchange.deleted", "exchange", x.ID, gone)
}

func (x *exchange) ack() (*didcomm.Ack, error) {
	h, err := head(didcomm.TypeCredentialAck, x.Thread, x.flags.Parent)
	return &didcomm.Ack{Header: h, Status: didcomm.AckOK}, err
}

// Store keeps what was issued in the wallet, under a name where one is given.
func (d *Desk) Store(ctx context.Context, by vc.Caller, id, name string) (view ExchangeView, err error) {
	x, _, err := d.looked(ctx, by.Scope, id)
	if err == nil {
		err = x.expected(vc.RoleHolder, vc.Delivered)
	}
	if err != nil {
		return ExchangeView{}, err
	}
	_, issued, err := d.content(x.said.Issue, stepIssue)
	if err != nil {
		return ExchangeView{}, err
	}
	taken, err := d.takeOf(ctx, by, x, issued, name)
	if err != nil {
		return ExchangeView{}, err
	}
	ack, err := x.ack()
	if err != nil {
		return ExchangeView{}, err
	}
	err = d.act(ctx, by, func(t *Turn) error {
		x, err := t.exchangeForUpdate(id)
		if err != nil {
			return err
		}
		if err := x.expected(vc.RoleHolder, vc.Delivered); err != nil {
			return err
		}
		err = d.store(t, x, taken, name, ack)
		view = x.view(d)
		return err
	})
	return view, err
}
