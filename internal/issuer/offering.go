package issuer

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// NewOffering asks for an offering. Claims are checked as they will be at the claim, but for the subject's id.
type NewOffering struct {
	Type      string // credential type id
	Issuer    string // DID or identity id; "": the organisation's only identity
	Claims    []byte // JSON object
	Recipient string // DID; "": whoever comes
	Limit     int    // 0: one where there is a recipient, else none
	ExpiresAt time.Time
	Pocket    []byte // the door's own, JSON, no claims
}

// OfferingView is an offering with what it says.
type OfferingView struct {
	Offering    vc.Offering
	Claims      []byte // JSON object; nil: not opened, or erased
	Recipient   string
	Redemptions []RedemptionView
	Replayed    bool // made before, under the same idempotency key
}

// RedemptionView is a redemption with what came of it.
type RedemptionView struct {
	Redemption vc.Redemption
	Holder     string // DID; "": what the credential said was erased, or it was declined
	Secured    []byte // of its credential; nil: not issued, or erased
}

// offered is what an offering says, sealed.
type offered struct {
	Claims    jsontext.Value `json:"c"`
	Recipient string         `json:"r,omitempty"`
	Issuer    string         `json:"i,omitempty"`
}

const offeringLabel = "offering body v1"

// someone stands in a trial for the holder whom nobody knows yet: the example of the did:key specification.
const someone = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"

// CreateOffering makes an offering of the caller's organisation. Errors: those of an order, their pointers below /claims; Invalid
// "recipient-not-a-did" /recipient, "limit" /limit, "expiry-past" /expiresAt; NotFound "type-not-found" /type; Conflict
// "schema-withdrawn"; Denied as [Desk.Issue].
func (d *Desk) CreateOffering(ctx context.Context, by vc.Caller, n NewOffering, how How) (OfferingView, error) {
	if err := d.mayIssue(ctx, by.Scope); err != nil {
		return OfferingView{}, err
	}
	use, err := d.remember(ctx, by, how)
	if err != nil {
		return OfferingView{}, err
	}
	view, err := d.offer(ctx, by, n)
	if err == nil {
		err = d.Rows.Update(ctx, by.Scope, func(rows Rows) error {
			kept := pocket{Door: how.Pocket, Offering: view.Offering.ID}
			if err := use.keep(rows, by.Scope, nil, kept, d.now(), d.window()); err != nil {
				return err
			}
			if err := rows.InsertOffering(view.Offering); err != nil {
				return err
			}
			return rows.Append(offeringEntry(by, view.Offering, "offering.created", view.Offering.CreatedAt))
		})
	}
	if err != nil {
		return d.offeredBefore(ctx, by, use, err)
	}
	return view, nil
}

// offer checks what is asked for and makes the row of it.
func (d *Desk) offer(ctx context.Context, by vc.Caller, n NewOffering) (OfferingView, error) {
	now := d.now()
	if n.Recipient != "" {
		if _, err := diddoc.ParseDID(n.Recipient); err != nil {
			return OfferingView{}, vc.Errorf(vc.Invalid, "recipient-not-a-did", "a recipient is a DID").At("/recipient")
		}
	}
	switch {
	case n.Limit < 0:
		return OfferingView{}, vc.Errorf(vc.Invalid, "limit", "an offering is redeemed at least once").At("/limit")
	case !n.ExpiresAt.IsZero() && !n.ExpiresAt.After(now):
		return OfferingView{}, vc.Errorf(vc.Invalid, "expiry-past", "the offering would be over when it is made").At("/expiresAt")
	case n.Limit == 0 && n.Recipient != "":
		n.Limit = 1
	}
	c, err := d.offerable(ctx, by, n)
	if err != nil {
		return OfferingView{}, err
	}
	o := vc.Offering{
		ID: newID(), Scope: by.Scope, Type: c.Kind.Type.ID, TypeName: c.Kind.Type.Types[0],
		Schema: c.Kind.Version.Schema, SchemaVersion: c.Kind.Version.Version, Door: by.Door, Principal: by.Principal,
		State: random(), Targeted: n.Recipient != "", Limit: n.Limit, ExpiresAt: n.ExpiresAt.UTC().Truncate(time.Microsecond),
		Pocket: n.Pocket, CreatedAt: now,
	}
	if o.RecipientMAC, err = d.mac(ctx, by.Scope.Tenant, n.Recipient); err != nil {
		return OfferingView{}, err
	}
	o.BodyKey, o.Body, err = d.sealed(ctx, by.Scope.Tenant, offeringLabel+" "+o.ID,
		offered{Claims: jsontext.Value(n.Claims), Recipient: n.Recipient, Issuer: n.Issuer})
	return OfferingView{Offering: o, Claims: n.Claims, Recipient: n.Recipient}, err
}

// offerable tries what a claim would order. Of an offering for whoever comes it does not judge the subject's id, which comes
// with the holder.
func (d *Desk) offerable(ctx context.Context, by vc.Caller, n NewOffering) (*Complete, error) {
	holder := n.Recipient
	if holder == "" {
		holder = someone
	}
	order, placedID := orderFor(offered{Claims: jsontext.Value(n.Claims), Issuer: n.Issuer}, holder)
	order.Type = n.Type
	c, findings, err := d.tried(ctx, by, order)
	if err != nil {
		return nil, err
	}
	if n.Recipient == "" && placedID {
		findings = slices.DeleteFunc(findings, func(f vc.Finding) bool { return f.Pointer == "/claims/id" })
	}
	return c, refusal(findings)
}

// orderFor is what a holder orders by a claim. The holder is the subject, unless the claims are about another: then the holder
// is who receives it.
func orderFor(said offered, holder string) (order vc.Order, placedID bool) {
	order = vc.Order{Issuer: said.Issuer, Claims: said.Claims}
	var members map[string]jsontext.Value
	if err := json.Unmarshal(said.Claims, &members); err != nil || members == nil {
		return order, false // no JSON object: the rules say so
	}
	id, has := members["id"]
	if !has {
		claims, err := jsontext.AppendQuote([]byte(`{"id":`), holder)
		if err != nil {
			return order, false
		}
		if len(members) > 0 {
			claims = append(claims, ',')
		}
		claims = append(claims, said.Claims[slices.Index(said.Claims, '{')+1:]...)
		order.Claims = claims
		return order, true
	}
	var subject string
	if err := json.Unmarshal(id, &subject); err != nil || subject != holder {
		order.Recipient = holder
	}
	return order, false
}

func random() string {
	secret := make([]byte, 32)
	rand.Read(secret) // never fails, and ends the program if it could
	return base64.RawURLEncoding.EncodeToString(secret)
}

func offeringEntry(by vc.Caller, o vc.Offering, action string, at time.Time) vc.Entry {
	return vc.Entry{
		ID: newID(), Scope: by.Scope, At: at, Action: action, Principal: by.Principal, Door: by.Door, Request: by.Request,
		Object: "offering/" + o.ID, Detail: "type=" + o.Type, Event: true, Data: eventData(map[string]any{"type": o.TypeName}),
	}
}

// offeredBefore gives the offering that was made under the same idempotency key, or the error of the request that failed.
func (d *Desk) offeredBefore(ctx context.Context, by vc.Caller, use *remembered, failed error) (OfferingView, error) {
	kept, err := d.keptFor(ctx, by, use, failed)
	if err != nil {
		return OfferingView{}, err
	}
	var p pocket
	if err := json.Unmarshal(kept.Pocket, &p); err != nil {
		return OfferingView{}, err
	}
	if p.Offering == "" {
		return OfferingView{}, vc.Errorf(vc.Conflict, "idempotency-key-reused", "this idempotency key was used for something else")
	}
	view, err := d.PublicOffering(ctx, by.Scope, p.Offering)
	view.Replayed = true
	return view, err
}

// PublicOffering gives an offering to whoever knows its id; NotFound "offering-not-found" also when it is of another tenant, or
// organisation where the scope has one, and when it was withdrawn.
func (d *Desk) PublicOffering(ctx context.Context, scope vc.Scope, id string) (OfferingView, error) {
	var o vc.Offering
	err := d.Rows.View(ctx, scope, func(rows Rows) (err error) {
		o, err = rows.Offering(id)
		return err
	})
	if err == nil && !o.WithdrawnAt.IsZero() {
		err = vc.Errorf(vc.NotFound, "withdrawn", "the offering was withdrawn")
	}
	if err != nil {
		return OfferingView{}, namedOffering(err)
	}
	said, err := d.offered(ctx, o)
	return OfferingView{Offering: o, Claims: said.Claims, Recipient: said.Recipient}, err
}

// offered opens an offering; of one that was withdrawn nothing is left.
func (d *Desk) offered(ctx context.Context, o vc.Offering) (said offered, err error) {
	if o.BodyKey == nil {
		return said, nil
	}
	err = d.unsealed(ctx, o.Scope.Tenant, offeringLabel+" "+o.ID, o.BodyKey, o.Body, &said)
	return said, err
}

func namedOffering(err error) error {
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return vc.Errorf(vc.NotFound, "offering-not-found", "there is no such offering").Because(err)
	}
	return err
}

// WithdrawOffering ends an offering, and destroys what it said. Again, it changes nothing. NotFound "offering-not-found".
func (d *Desk) WithdrawOffering(ctx context.Context, by vc.Caller, id string) error {
	if err := d.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		o, err := rows.OfferingForUpdate(id)
		if err != nil {
			return namedOffering(err)
		}
		return d.withdraw(rows, by, o)
	}); err != nil {
		return err
	}
	return d.scrub(ctx)
}

func (d *Desk) withdraw(rows Rows, by vc.Caller, o vc.Offering) error {
	if !o.WithdrawnAt.IsZero() {
		return nil
	}
	o.WithdrawnAt, o.BodyKey, o.Body = d.now(), nil, nil
	if err := rows.UpdateOffering(o); err != nil {
		return err
	}
	return rows.Append(offeringEntry(by, o, "offering.withdrawn", o.WithdrawnAt))
}
