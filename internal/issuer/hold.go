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
		ID: x.Credential, Type: x.Type, Schema: x.Schema, Version: x.SchemaVersion, Exchange: x.ID,
		Variant: h.Variant, Format: h.Format, Types: h.Types, Issuer: h.Issuer, IssuerName: h.IssuerName,
		Method: h.Method, Claims: h.Claims, Recipient: h.Recipient, ValidFrom: h.ValidFrom, ValidUntil: h.ValidUntil,
		Revocable: h.Revocable, Replaces: h.Replaces, Issuance: h.Issuance,
	}
}
