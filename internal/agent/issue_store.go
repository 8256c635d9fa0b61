package agent

import (
	"context"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// takeOf verifies what was issued in an exchange.
func (d *Desk) takeOf(ctx context.Context, by vc.Caller, x *exchange, issue []byte, name string) (*holder.Taken, error) {
	format, requested, err := d.content(x.said.Request, stepRequest)
	if err != nil {
		return nil, err
	}
	return format.Take(ctx, d, by, requested, issue, x.ID, name)
}

// store keeps a credential, acknowledges it, and ends the exchange.
func (d *Desk) store(t *Turn, x *exchange, taken *holder.Taken, ack *didcomm.Ack) error {
	held, err := taken.Record(t.Rows, t.By)
	if err != nil {
		return err
	}
	row, err := t.Rows.Held(held) // one that the wallet had before keeps its name
	if err != nil {
		return err
	}
	x.Held, x.said.HeldName = held, row.Name
	x.flags.Detail, x.flags.DetailAt, x.flags.DetailUpdated = newID(), t.Now, t.Now
	if err := x.advance(vc.Accepted, t.Now); err != nil {
		return err
	}
	if err := t.putExchange(x); err != nil {
		return err
	}
	if err := d.tellPeer(t, x.Channel, ack, "exchange/"+x.ID); err != nil {
		return err
	}
	if err := t.Tell(TopicExchangeFormat, "exchange.stored", "exchange", x.ID, x.outline()); err != nil {
		return err
	}
	return d.ended(t, x, "exchange.accepted")
}

// ended tells of an exchange that is over, and deletes its record where nobody wants it kept.
func (d *Desk) ended(t *Turn, x *exchange, action string) error {
	if err := d.tellExchange(t, x, action); err != nil {
		return err
	}
	remove := is(x.flags.AutoRemove)
	if x.State == vc.Failed || x.State == vc.Declined {
		remove = is(x.flags.AutoRemoveOnFailure)
		if err := t.over(x.Channel); err != nil { // where it went well, the holder may be told of a revocation still
			return err
		}
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
	if err := t.over(x.Channel); err != nil {
		return err
	}
	gone := x.outline()
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
	err = d.actOnExchange(ctx, by, id, vc.RoleHolder, vc.Delivered, func(t *Turn, x *exchange) error {
		err := d.store(t, x, taken, ack)
		view = x.view(d)
		return err
	})
	return view, err
}
