package issuer

import (
	"bytes"
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// claim is a claim that is ready to be recorded.
type claim struct {
	exchange   vc.Exchange
	redemption vc.Redemption
	made       *made // nil: it waits
}

// Claim redeems an offering for a holder who proved that DID: one transaction counts it, records exchange, redemption and, unless
// the type holds, the credential. how.Key makes it once per key and offering; how.Issuer is who issues, where that is not who the
// offering names; how.Life is how long it waits at most where the type holds. Errors: Invalid "holder-not-a-did"; NotFound
// "offering-not-found", "offering-for-another", "offering-expired", "offering-exhausted"; those of [Desk.Issue].
func (d *Desk) Claim(ctx context.Context, by vc.Caller, offering, holder string, how How) (Received, error) {
	if err := d.mayIssue(ctx, by.Scope); err != nil {
		return Received{}, err
	}
	if _, err := diddoc.ParseDID(holder); err != nil {
		return Received{}, vc.Errorf(vc.Invalid, "holder-not-a-did", "a holder is known by a DID")
	}
	how.Operation += " " + offering
	if how.Request == nil {
		how.Request = []byte("{}")
	}
	use, err := d.remember(ctx, by, how)
	if err != nil {
		return Received{}, err
	}
	// A holder is anybody: who comes again must not take a status index and a signature each time.
	if kept, again, err := d.recall(ctx, by.Scope, use); err != nil {
		return Received{}, err
	} else if again {
		return d.receivedAgain(ctx, by, kept)
	}
	received, err := d.redeem(ctx, by, offering, holder, how, use)
	if err != nil {
		return d.receivedBefore(ctx, by, use, err)
	}
	return received, nil
}

// redeem claims. All is made before the transaction that counts: where others were faster there, what was signed for this one is
// dropped, and its status index stays a hole.
func (d *Desk) redeem(ctx context.Context, by vc.Caller, offering, holder string, how How, use *remembered) (Received, error) {
	mac, err := d.mac(ctx, by.Scope.Tenant, holder)
	if err != nil {
		return Received{}, err
	}
	var o vc.Offering
	if err := d.Rows.View(ctx, by.Scope, func(rows Rows) (err error) {
		o, err = rows.Offering(offering)
		return claimable(o, err, mac, d.now())
	}); err != nil {
		return Received{}, err
	}
	c, err := d.claim(ctx, by, o, holder, mac, how)
	if err != nil {
		return Received{}, err
	}
	kept := pocket{Door: how.Pocket}
	received := Received{Exchange: c.exchange, Result: Result{Credential: promised(c.exchange), Pocket: how.Pocket}}
	if c.made != nil {
		received.Result, received.Result.Pocket = c.made.result, how.Pocket
		kept.Findings = findingsOf(c.made.result.Findings)
	}
	return received, d.commit(ctx, by, use, c.exchange.Credential, kept, func(rows Rows) error {
		return d.writeClaim(rows, by, offering, mac, c)
	})
}

// claimable tells whether a holder may claim an offering now. To whom it is not for it tells nothing more.
func claimable(o vc.Offering, err error, holder []byte, now time.Time) error {
	switch {
	case err != nil:
		return namedOffering(err)
	case !o.WithdrawnAt.IsZero():
		return vc.Errorf(vc.NotFound, "offering-not-found", "there is no such offering")
	case o.Targeted && !bytes.Equal(o.RecipientMAC, holder):
		return vc.Errorf(vc.NotFound, "offering-for-another", "the offering is for another holder")
	case !o.ExpiresAt.IsZero() && !o.ExpiresAt.After(now):
		return vc.Errorf(vc.NotFound, "offering-expired", "the offering is over")
	case o.Limit > 0 && o.Redeemed >= o.Limit:
		return vc.Errorf(vc.NotFound, "offering-exhausted", "the offering was redeemed as often as it may be")
	}
	return nil
}

// claim makes what a holder gets: the credential, or the exchange that waits for it.
func (d *Desk) claim(ctx context.Context, by vc.Caller, o vc.Offering, holder string, mac []byte, how How) (claim, error) {
	said, err := d.offered(ctx, o)
	if err != nil {
		return claim{}, err
	}
	if how.Issuer != "" {
		said.Issuer = how.Issuer
	}
	order, _ := orderFor(said, holder)
	order.ID, order.Exchange, order.Type, order.Schema, order.Version = newID(), newID(), o.Type, o.Schema, o.SchemaVersion
	kind, err := d.kind(ctx, by.Scope, order)
	if err != nil {
		return claim{}, err
	}
	var c claim
	if kind.Type.Hold {
		c.exchange, err = d.held(ctx, by, order, how)
	} else {
		c.made, err = d.claimed(ctx, by, order, how)
		c.exchange = exchangeOf(by, kind, order, how, d.now())
		c.exchange.State = vc.Delivered
	}
	c.exchange.Offering, c.exchange.PeerMAC = o.ID, mac
	c.redemption = vc.Redemption{
		ID: newID(), Scope: by.Scope, Offering: o.ID, Exchange: c.exchange.ID, Credential: order.ID, HolderMAC: mac, At: c.exchange.CreatedAt,
	}
	return c, err
}

func (d *Desk) claimed(ctx context.Context, by vc.Caller, order vc.Order, how How) (*made, error) {
	m, err := d.make(ctx, by, order, how, false)
	m.answered = true
	return &m, err
}

func (d *Desk) writeClaim(rows Rows, by vc.Caller, offering string, mac []byte, c claim) error {
	now := d.now()
	o, err := rows.OfferingForUpdate(offering)
	if err := claimable(o, err, mac, now); err != nil {
		return err
	}
	o.Redeemed++
	if err := rows.UpdateOffering(o); err != nil {
		return err
	}
	entry := offeringEntry(by, o, "offering.redeemed", now)
	entry.Subject = c.exchange.ID
	if err := rows.Append(entry); err != nil {
		return err
	}
	if err := d.begin(rows, by, c.exchange); err != nil {
		return err
	}
	if err := rows.InsertRedemption(c.redemption); err != nil || c.made == nil {
		return err
	}
	return d.write(rows, by, *c.made)
}
