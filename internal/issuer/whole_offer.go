package issuer

import (
	"context"
	"crypto/hmac"
	stdjson "encoding/json"
	"reflect"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
)

// offerUse is what the keyed digests of offers are for.
const offerUse = "whole offer"

// WholeOffer is a whole credential as it will be signed, but for its subject's id and its proof, with the places in status lists
// that it names. It is plain data: who offered keeps it (JSON), and gives it back unchanged.
type WholeOffer struct {
	ID       string           `json:"id"`       // of the record that it becomes
	Document jsontext.Value   `json:"document"` // complete: contexts, issuer, status entries
	Suite    string           `json:"suite,omitempty"`
	Model    vc.ModelVersion  `json:"model"`
	Identity string           `json:"identity"`
	Method   string           `json:"method"` // verification method that would sign now
	Entries  []vc.StatusEntry `json:"entries,omitempty"`
	Order    []byte           `json:"order"` // [vc.Order] without its document, JSON
	MAC      []byte           `json:"mac"`   // keyed digest of the rest, in its scope: what comes back changed is refused
}

// OfferWhole checks a whole credential by every rule and completes it now, so that nothing need be added when it is signed: its
// issuer and date where it has none, the contexts of suite and status, and with purposes in the order's profile a place in a list
// that from here on is this offer's. A document without id stays without one. Nothing is signed, and nothing recorded but the
// lease. Errors: those of [Desk.Issue], with pointers into the document; Conflict "credential-id-used".
func (d *Desk) OfferWhole(ctx context.Context, by vc.Caller, order vc.Order) (WholeOffer, error) {
	if err := d.mayIssue(ctx, by.Scope); err != nil {
		return WholeOffer{}, err
	}
	c, err := d.decideWhole(ctx, by.Scope, order)
	if err != nil {
		return WholeOffer{}, err
	}
	c.whole.fillID = false
	if err := d.nameUnused(ctx, by.Scope, c); err != nil {
		return WholeOffer{}, err
	}
	if _, err := d.draft(ctx, by, c); err != nil {
		return WholeOffer{}, err
	}
	order.Document, order.ID, order.Issuer = nil, c.ID, c.Issuer // who issues is decided, whoever comes to be here
	said, err := stdjson.Marshal(order)                          // which tells what is nil from what is empty
	if err != nil {
		return WholeOffer{}, err
	}
	offer := WholeOffer{
		ID: c.ID, Document: c.Credential, Suite: c.Variant.Suite, Model: c.Variant.Model, Identity: c.Identity.ID, Method: c.Method,
		Entries: c.Entries, Order: said,
	}
	offer.MAC, err = d.offerMAC(ctx, by.Scope, offer)
	return offer, err
}

// SignOffered signs what was offered as its holder asked for it: equal to the offer, but that credentialSubject may have got an
// id. What is signed is requested, member for member as it came, with a proof and nothing else added. Every rule is asked again:
// a key may have been retired since. Errors: Conflict "not-the-offer"; Internal "offer-changed"; those of [Desk.OfferWhole].
func (d *Desk) SignOffered(ctx context.Context, by vc.Caller, offer WholeOffer, requested []byte, exchange string) (*Signed, error) {
	if err := d.mayIssue(ctx, by.Scope); err != nil {
		return nil, err
	}
	mac, err := d.offerMAC(ctx, by.Scope, offer)
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(mac, offer.MAC) {
		return nil, vc.Errorf(vc.Internal, "offer-changed", "the offer is not what was made here")
	}
	if err := fitsOffer(offer.Document, requested); err != nil {
		return nil, err
	}
	var order vc.Order
	if err := stdjson.Unmarshal(offer.Order, &order); err != nil {
		return nil, vc.Errorf(vc.Internal, "offer-changed", "the offer cannot be read").Because(err)
	}
	order.Document, order.ID, order.Exchange = requested, offer.ID, exchange
	c, err := d.decideWhole(ctx, by.Scope, order)
	if err != nil {
		return nil, err
	}
	c.Entries, c.whole.offered = offer.Entries, true
	return d.signAsIs(ctx, by, c)
}

// SignRequested signs a whole credential that a holder asked for and nobody offered, as it stands: where something would have to
// be added, it is refused. It has no status: nobody agreed on a place. Errors: Invalid "context-missing" at /@context,
// "status-not-offered" where the order's profile has purposes; those of [Desk.Issue].
func (d *Desk) SignRequested(ctx context.Context, by vc.Caller, order vc.Order, exchange string) (*Signed, error) {
	if err := d.mayIssue(ctx, by.Scope); err != nil {
		return nil, err
	}
	if len(order.Profile.Purposes) > 0 {
		return nil, vc.Errorf(vc.Invalid, "status-not-offered", "a place in a status list is offered before it is asked for").At("/credentialStatus")
	}
	order.Exchange = exchange
	c, err := d.decideWhole(ctx, by.Scope, order)
	if err != nil {
		return nil, err
	}
	return d.signAsIs(ctx, by, c)
}

// decideWhole is decide for an order of a whole credential, and of nothing else.
func (d *Desk) decideWhole(ctx context.Context, scope vc.Scope, order vc.Order) (*Complete, error) {
	if order.Document == nil {
		return nil, vc.Errorf(vc.Invalid, "document-missing", "a whole credential is expected")
	}
	return d.decide(ctx, scope, order, false)
}

// signAsIs carries a whole credential to the point where only the transaction is missing, and adds nothing to it but a proof.
func (d *Desk) signAsIs(ctx context.Context, by vc.Caller, c *Complete) (*Signed, error) {
	c.whole.asIs = true
	if err := d.nameUnused(ctx, by.Scope, c); err != nil {
		return nil, err
	}
	draft, err := d.draft(ctx, by, c)
	if e, ok := asError(err); ok && e.Code == "suite-context" {
		err = vc.Errorf(vc.Invalid, "context-missing", "%s", e.Message).At(e.Pointer)
	}
	if err != nil {
		return nil, err
	}
	m, err := d.made(ctx, by, draft)
	if err != nil {
		return nil, err
	}
	return &Signed{desk: d, made: m}, nil
}

// nameUnused looks early whether a credential's own id is free; the transaction that records it decides.
func (d *Desk) nameUnused(ctx context.Context, scope vc.Scope, c *Complete) error {
	mac, err := d.documentMAC(ctx, scope.Tenant, c.Variant.Name, c.whole.name)
	if err != nil || mac == nil || len(c.Purposes) == 0 {
		return err
	}
	row := vc.Credential{DocumentMAC: mac, Entries: make([]vc.StatusEntry, 1)}
	return d.Rows.View(ctx, scope, func(rows Rows) error { return unused(rows, row) })
}

// offerMAC is the keyed digest of an offer's canonical form, in a scope.
func (d *Desk) offerMAC(ctx context.Context, scope vc.Scope, offer WholeOffer) ([]byte, error) {
	offer.MAC = nil
	plain, err := json.Marshal(offer)
	if err != nil {
		return nil, vc.Errorf(vc.Internal, "offer-changed", "the offer is not what was made here").Because(err)
	}
	if plain, err = ijson.Canonical(plain); err != nil {
		return nil, vc.Errorf(vc.Internal, "offer-changed", "the offer is not what was made here").Because(err)
	}
	return d.Vault.MAC(ctx, scope.Tenant, offerUse, append([]byte(scope.Organisation+"\n"), plain...))
}

// fitsOffer: a request equals the offer, but that a holder may have added the id of the one subject (RFC 0593).
func fitsOffer(offered, requested []byte) error {
	mine, theirs := members(offered), members(requested)
	if mine == nil || theirs == nil {
		return notTheOffer()
	}
	subject, ok := theirs["credentialSubject"].(map[string]any)
	before, one := mine["credentialSubject"].(map[string]any)
	if _, bound := before["id"]; ok && one && !bound {
		if id, there := subject["id"]; there {
			if _, text := id.(string); !text {
				return notTheOffer()
			}
			delete(subject, "id")
		}
	}
	if !reflect.DeepEqual(mine, theirs) {
		return notTheOffer()
	}
	return nil
}

func notTheOffer() error {
	return vc.Errorf(vc.Conflict, "not-the-offer", "what is asked for is not what was offered")
}

// members decodes a JSON object so that equal ones are deeply equal: numbers by their value, as RFC 8785 has them. nil for
// anything else.
func members(raw []byte) map[string]any {
	canonical, err := ijson.Canonical(raw)
	if err != nil {
		return nil
	}
	value, err := ijson.Decode(canonical, ijson.Limits{Depth: claimsDepth})
	if err != nil {
		return nil
	}
	object, _ := value.(map[string]any)
	return object
}
