package issuer

import (
	"context"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
)

// heldOrder is what an exchange keeps of an order that waits, sealed; Principal is who gave it.
type heldOrder struct {
	Variant    string         `json:"v,omitempty"`
	Format     string         `json:"f,omitempty"`
	Types      []string       `json:"t,omitempty"`
	Issuer     string         `json:"i,omitempty"`
	IssuerName string         `json:"n,omitempty"`
	Method     string         `json:"m,omitempty"`
	Claims     jsontext.Value `json:"c"`
	Subjects   []string       `json:"s,omitempty"`
	Recipient  string         `json:"r,omitempty"`
	ValidFrom  time.Time      `json:"vf,omitzero"`
	ValidUntil time.Time      `json:"vu,omitzero"`
	Revocable  *bool          `json:"rv,omitempty"`
	Replaces   string         `json:"rp,omitempty"`
	Issuance   string         `json:"is,omitempty"`
	Principal  string         `json:"p,omitempty"`
}

const exchangeLabel = "exchange body v1"

// Order carries out an order, or keeps it where its type holds ([vc.CredentialType].Hold): then an exchange waits in state
// requested, with the order sealed, and the id of the credential is known. It is [Desk.Issue] for doors that know of holding; a
// whole credential is never held. how.Life is how long it waits at most; zero means for ever.
func (d *Desk) Order(ctx context.Context, by vc.Caller, order vc.Order, how How) (Received, error) {
	if err := d.mayIssue(ctx, by.Scope); err != nil {
		return Received{}, err
	}
	use, err := d.remember(ctx, by, how)
	if err != nil {
		return Received{}, err
	}
	received, err := d.orderOrHold(ctx, by, order, how, use)
	if err != nil {
		return d.receivedBefore(ctx, by, use, err)
	}
	return received, nil
}

func (d *Desk) orderOrHold(ctx context.Context, by vc.Caller, order vc.Order, how How, use *remembered) (Received, error) {
	if order.Document == nil && order.Type != "" {
		kind, err := d.kind(ctx, by.Scope, order)
		if err != nil {
			return Received{}, placed(err, "/type")
		}
		if kind.Type.Hold {
			return d.hold(ctx, by, order, how, use)
		}
	}
	result, err := d.carry(ctx, by, order, how, use, false)
	return Received{Result: result}, err
}

func (d *Desk) hold(ctx context.Context, by vc.Caller, order vc.Order, how How, use *remembered) (Received, error) {
	if order.ID == "" {
		order.ID = newID()
	}
	order.Exchange = newID()
	x, err := d.held(ctx, by, order, how)
	if err != nil {
		return Received{}, err
	}
	err = d.commit(ctx, by, use, x.Credential, pocket{Door: how.Pocket}, func(rows Rows) error { return d.begin(rows, by, x) })
	return Received{Exchange: x, Result: Result{Credential: promised(x), Pocket: how.Pocket}}, err
}

// held checks an order as if it were issued now, and makes the exchange in which it waits.
func (d *Desk) held(ctx context.Context, by vc.Caller, order vc.Order, how How) (vc.Exchange, error) {
	c, findings, err := d.tried(ctx, by, order)
	if err == nil {
		err = refusal(findings)
	}
	if err != nil {
		return vc.Exchange{}, err
	}
	x := exchangeOf(by, c.Kind, order, how, d.now())
	x.Hold = true
	if how.Life > 0 {
		x.ExpiresAt = x.CreatedAt.Add(how.Life)
	}
	if x.PeerMAC, err = d.mac(ctx, by.Scope.Tenant, receiver(c.Subjects, order.Recipient)); err != nil {
		return vc.Exchange{}, err
	}
	x.BodyKey, x.Body, err = d.sealed(ctx, by.Scope.Tenant, exchangeLabel+" "+x.ID, heldOrder{
		Variant: order.Variant, Format: order.Format, Types: order.Types, Issuer: order.Issuer, IssuerName: order.IssuerName,
		Method: order.Method, Claims: order.Claims, Subjects: c.Subjects, Recipient: order.Recipient,
		ValidFrom: order.ValidFrom, ValidUntil: order.ValidUntil, Revocable: order.Revocable,
		Replaces: order.Replaces, Issuance: order.Issuance, Principal: by.Principal,
	})
	return x, err
}

// ordered opens what waits in an exchange.
func (d *Desk) ordered(ctx context.Context, x vc.Exchange) (said heldOrder, err error) {
	err = d.unsealed(ctx, x.Scope.Tenant, exchangeLabel+" "+x.ID, x.BodyKey, x.Body, &said)
	return said, err
}

// order is what was ordered in an exchange, of the version of the schema that the type had then.
func (h heldOrder) order(x vc.Exchange) vc.Order {
	return vc.Order{
		ID: x.Credential, Type: x.Type, Version: x.SchemaVersion, Exchange: x.ID,
		Variant: h.Variant, Format: h.Format, Types: h.Types, Issuer: h.Issuer, IssuerName: h.IssuerName,
		Method: h.Method, Claims: h.Claims, Recipient: h.Recipient, ValidFrom: h.ValidFrom, ValidUntil: h.ValidUntil,
		Revocable: h.Revocable, Replaces: h.Replaces, Issuance: h.Issuance,
	}
}

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
	var won bool
	d.step(StepRecording)
	if err := d.Rows.Update(ctx, by.Scope, func(rows Rows) (err error) {
		won = false
		if x, err = rows.ExchangeForUpdate(x.ID); err != nil || x.State == vc.Delivered {
			return err
		}
		if x = d.current(x); x.State == vc.Expired {
			return approvable(x)
		}
		if err := d.advance(rows, by, &x, vc.Delivered); err != nil {
			return err
		}
		won = true
		return d.write(rows, by, *m)
	}); err != nil {
		return Received{}, err
	}
	if !won {
		return d.received(ctx, by.Scope, credential)
	}
	d.step(StepCommitted)
	return Received{Exchange: x, Result: m.result}, nil
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

// receivedBefore gives what was answered before under the same idempotency key, as it stands now, or the error of the request
// that failed.
func (d *Desk) receivedBefore(ctx context.Context, by vc.Caller, use *remembered, failed error) (Received, error) {
	kept, err := d.keptFor(ctx, by, use, failed)
	if err != nil {
		return Received{}, err
	}
	if len(kept.Credentials) != 1 {
		return Received{}, vc.Errorf(vc.Conflict, "idempotency-key-reused", "this idempotency key was used for something else")
	}
	received, err := d.received(ctx, by.Scope, kept.Credentials[0])
	if err != nil || received.Result.Credential.State == "" {
		return received, err
	}
	received.Result, err = d.replayOne(ctx, by, kept)
	return received, err
}

// received gives what came of an order, at once or of what waited.
func (d *Desk) received(ctx context.Context, scope vc.Scope, credential string) (Received, error) {
	var (
		out    Received
		issued bool
	)
	err := d.Rows.View(ctx, scope, func(rows Rows) (err error) {
		out, issued = Received{Result: Result{Replayed: true}}, false
		out.Exchange, err = rows.ExchangeOfCredential(credential)
		if err != nil && vc.KindOf(err) != vc.NotFound {
			return err
		}
		known := err == nil
		row, err := rows.Credential(credential)
		switch {
		case err == nil:
			out.Result.Credential, issued = row, true
			return nil
		case known && vc.KindOf(err) == vc.NotFound:
			out.Result.Credential = promised(out.Exchange)
			return nil
		}
		return named(err)
	})
	out.Exchange = d.current(out.Exchange)
	if err != nil || !issued {
		return out, err
	}
	content, err := d.open(ctx, out.Result.Credential)
	if err != nil {
		return Received{}, err
	}
	return out, d.fill(ctx, &out.Result, content)
}
