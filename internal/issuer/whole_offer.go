package issuer

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
)

// WholeOffer is a whole credential as it will be signed, but for its subject's id and its proof, with the places in status lists
// that it names. It is plain data: who offered keeps it (JSON), and gives it back unchanged. Nothing in it is a secret, and all of
// it is what an [Desk.OfferWhole] decided: MAC is a keyed digest of the rest, under the tenant.
type WholeOffer struct {
	ID       string           `json:"id"`       // of the record that it becomes
	Document jsontext.Value   `json:"document"` // complete: contexts, issuer, status entries
	Suite    string           `json:"suite"`
	Model    vc.ModelVersion  `json:"model"`
	Identity string           `json:"identity"`
	Method   string           `json:"method"` // verification method that signs
	Entries  []vc.StatusEntry `json:"entries,omitzero"`
	Order    []byte           `json:"order"` // what was ordered, but for the document: JSON
	MAC      []byte           `json:"mac"`
}

// OfferWhole checks a whole credential by every rule and completes it now, so that nothing need be added when it is signed: its
// issuer and date where it has none, the contexts of suite and status, and with purposes in the order's profile a place in a list
// that from here on is this offer's. A document without id stays without one. Nothing is signed, and nothing recorded but the
// lease. Errors: those of [Desk.Issue], with pointers into the document.
func (d *Desk) OfferWhole(ctx context.Context, by vc.Caller, order vc.Order) (WholeOffer, error) {
	return WholeOffer{}, vc.Errorf(vc.Unsupported, "not-built", "not built")
}

// SignOffered signs what was offered as its holder asked for it: equal to the offer, but that credentialSubject may have got an
// id. What is signed is requested, byte for byte. Every rule is asked again. Errors: Invalid "not-the-offer"; Internal
// "offer-changed"; those of [Desk.Issue].
func (d *Desk) SignOffered(ctx context.Context, by vc.Caller, offer WholeOffer, requested []byte, exchange string) (*Signed, error) {
	return nil, vc.Errorf(vc.Unsupported, "not-built", "not built")
}

// SignRequested signs a whole credential that nobody offered, as it stands: Invalid "context-missing" at /@context, and
// "incomplete", where something would have to be added, and Invalid "status-not-offered" where the order's profile has purposes.
func (d *Desk) SignRequested(ctx context.Context, by vc.Caller, order vc.Order, exchange string) (*Signed, error) {
	return nil, vc.Errorf(vc.Unsupported, "not-built", "not built")
}
