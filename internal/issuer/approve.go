package issuer

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Approve issues what waits. What an approval issued before is answered again, so that of several at once each has the one
// credential. NotFound "credential-not-found"; Conflict "exchange-state" when nothing waits; those of [Desk.Issue].
func (d *Desk) Approve(ctx context.Context, by vc.Caller, credential string) (Received, error) {
	if err := d.mayIssue(ctx, by.Scope); err != nil {
		return Received{}, err
	}
	x, err := d.exchangeOfCredential(ctx, by.Scope, credential)
	if err != nil {
		return Received{}, err
	}
	if x.State == vc.Delivered && x.Hold {
		return d.received(ctx, by.Scope, credential)
	}
	if err := approvable(x); err != nil {
		return Received{}, err
	}
	said, err := d.ordered(ctx, x)
	if err != nil {
		return Received{}, err
	}
	m, err := d.claimed(ctx, by, said.order(x), How{})
	if err != nil {
		return Received{}, err
	}
	m.row.Principal, m.row.Door = said.Principal, x.Door // who ordered it made it, whoever approves
	m.result.Credential = m.row
	won, err := d.deliver(ctx, by, &x, m)
	if err != nil {
		return Received{}, err
	}
	if !won {
		return d.received(ctx, by.Scope, credential)
	}
	return Received{Exchange: x, Result: m.result}, nil
}

// deliver records what was approved, and tells whether another approval was faster.
func (d *Desk) deliver(ctx context.Context, by vc.Caller, x *vc.Exchange, m *made) (won bool, err error) {
	d.step(StepRecording)
	err = d.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		won = false
		now, err := rows.ExchangeForUpdate(x.ID)
		if err != nil || now.State == vc.Delivered {
			return err
		}
		if now = d.current(now); now.State == vc.Expired {
			return approvable(now)
		}
		if err := d.advance(rows, by, &now, vc.Delivered); err != nil {
			return err
		}
		won, *x = true, now
		return d.write(rows, by, *m)
	})
	if won && err == nil {
		d.step(StepCommitted)
	}
	return won && err == nil, err
}

// approvable refuses an exchange in which nothing waits.
func approvable(x vc.Exchange) error {
	if (x.State == vc.Requested || x.State == vc.Deferred) && x.Hold {
		return nil
	}
	return vc.Errorf(vc.Conflict, "exchange-state", "nothing waits: the exchange is %s", x.State)
}

// exchangeOfCredential finds the exchange of a credential, issued or to be, as it stands now.
func (d *Desk) exchangeOfCredential(ctx context.Context, scope vc.Scope, credential string) (x vc.Exchange, err error) {
	err = d.Rows.View(ctx, scope, func(rows Rows) error {
		x, err = exchangeOr(rows, credential)
		return err
	})
	return d.current(x), err
}

// exchangeOr gives the exchange of a credential; Conflict "exchange-state" for one that had none.
func exchangeOr(rows Rows, credential string) (vc.Exchange, error) {
	x, err := rows.ExchangeOfCredential(credential)
	if err == nil || vc.KindOf(err) != vc.NotFound {
		return x, err
	}
	if _, err := rows.Credential(credential); err != nil {
		return x, named(err)
	}
	return x, vc.Errorf(vc.Conflict, "exchange-state", "nothing waits: the credential was issued at once")
}

// Decline ends what waits, and destroys what was ordered. Again, it changes nothing. Errors as [Desk.Approve].
func (d *Desk) Decline(ctx context.Context, by vc.Caller, credential string) (vc.Exchange, error) {
	var x vc.Exchange
	if err := d.Rows.Update(ctx, by.Scope, func(rows Rows) (err error) {
		if x, err = exchangeOr(rows, credential); err != nil {
			return err
		}
		if x, err = rows.ExchangeForUpdate(x.ID); err != nil || x.State == vc.Declined {
			return err
		}
		if err := approvable(d.current(x)); err != nil {
			return err
		}
		return d.advance(rows, by, &x, vc.Declined)
	}); err != nil {
		return vc.Exchange{}, err
	}
	return x, d.scrub(ctx)
}
