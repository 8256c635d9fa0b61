package agent

import (
	"context"
	"errors"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// requestedIn is what looking at an inbound request gave.
type requestedIn struct {
	x     *exchange
	id    string // of the exchange where it is new: what is signed names it
	issue *issuing
}

// fitter is a format that can tell early that a request is not its offer's.
type fitter interface {
	Fits(offered, requested []byte) error
}

func lookCredentialRequest(ctx context.Context, d *Desk, in *Inbound) (any, error) {
	m := in.Message.(*didcomm.RequestCredential)
	format, requested, err := d.carried(m, stepRequest)
	if err != nil {
		return nil, err
	}
	x, err := d.lookBegin(ctx, in, vc.RoleIssuer)
	if err != nil {
		return nil, err
	}
	like := x
	if x == nil {
		if _, err := format.Propose(requested); err != nil {
			return nil, told(err)
		}
		like = in.peerExchange(vc.RoleIssuer, vc.Requested)
		like.ID = newID()
	} else {
		if x.State != vc.Offered {
			return nil, wrongState(x)
		}
		_, offered, err := d.content(x.said.Offer, stepOffer)
		if err != nil {
			return nil, err
		}
		if fits, ok := format.(fitter); ok {
			if err := fits.Fits(offered, requested); err != nil {
				return nil, told(err)
			}
		}
		copied := *x
		like = &copied
	}
	looked := &requestedIn{x: x, id: like.ID}
	if x != nil && either(x.flags.AutoIssue, in.Settings.AutoIssue) { // what nobody here offered is issued by who looked at it
		like.said.Request = in.Raw
		if looked.issue, err = d.issueOf(ctx, in.By, like, ""); err != nil {
			return nil, told(err)
		}
	}
	return looked, nil
}

func actCredentialRequest(d *Desk, t *Turn, in *Inbound, looked any) error {
	l := looked.(*requestedIn)
	x, err := t.exchangeAgain(in, vc.RoleIssuer, l.x)
	if err != nil {
		return err
	}
	fresh := x == nil
	if fresh {
		x = in.peerExchange(vc.RoleIssuer, vc.Requested)
		x.ID = l.id
	} else if err := x.advance(vc.Requested, t.Now); err != nil {
		return err
	}
	x.said.Request = in.Raw
	if err := d.putNew(t, x, fresh); err != nil {
		return err
	}
	if err := d.tellExchange(t, x, "exchange.requested"); err != nil || l.issue == nil {
		return err
	}
	return d.issue(t, x, l.issue)
}

// issuedIn is what looking at an inbound credential gave.
type issuedIn struct {
	x     *exchange
	taken *holder.Taken
	ack   *didcomm.Ack
}

func lookCredential(ctx context.Context, d *Desk, in *Inbound) (any, error) {
	_, issued, err := d.carried(in.Message.(*didcomm.IssueCredential), stepIssue)
	if err != nil {
		return nil, err
	}
	x, err := d.lookIn(ctx, in, vc.RoleHolder)
	if err != nil {
		return nil, err
	}
	if x == nil || x.State != vc.Requested {
		return nil, wrongState(x)
	}
	looked := &issuedIn{x: x}
	if looked.taken, err = d.takeOf(ctx, in.By, x, issued, ""); err != nil {
		err = told(err)
		var refusal *Refusal
		if errors.As(err, &refusal) {
			refusal.Ends = true
		}
		return nil, err
	}
	looked.ack, err = x.ack()
	return looked, err
}

func actCredential(d *Desk, t *Turn, in *Inbound, looked any) error {
	l := looked.(*issuedIn)
	x, err := t.exchangeAgain(in, vc.RoleHolder, l.x)
	if err != nil {
		return err
	}
	if err := x.advance(vc.Delivered, t.Now); err != nil {
		return err
	}
	x.said.Issue = in.Raw
	if err := t.putExchange(x); err != nil {
		return err
	}
	if err := d.tellExchange(t, x, "exchange.issued"); err != nil || !is(in.Settings.AutoStore) {
		return err
	}
	return d.store(t, x, l.taken, l.ack)
}
