package issuer

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
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

// CreateOffering makes an offering of the caller's organisation. Errors: those of an order, their pointers below /claims; Invalid
// "recipient-not-a-did" /recipient, "limit" /limit, "expiry-past" /expiresAt; NotFound "type-not-found" /type; Denied as
// [Desk.Issue].
func (d *Desk) CreateOffering(ctx context.Context, by vc.Caller, n NewOffering, how How) (OfferingView, error) {
	return OfferingView{}, errNotBuilt()
}

// PublicOffering gives an offering to whoever knows its id; NotFound "offering-not-found" also when it is of another tenant, or
// organisation where the scope has one, and when it was withdrawn.
func (d *Desk) PublicOffering(ctx context.Context, scope vc.Scope, id string) (OfferingView, error) {
	return OfferingView{}, errNotBuilt()
}

// Offerings lists offerings; full: claims, recipients and redemptions are opened.
func (d *Desk) Offerings(ctx context.Context, scope vc.Scope, q vc.OfferingQuery, full bool) ([]OfferingView, error) {
	return nil, errNotBuilt()
}

// WithdrawOffering ends an offering. Again, it changes nothing. NotFound "offering-not-found".
func (d *Desk) WithdrawOffering(ctx context.Context, by vc.Caller, id string) error {
	return errNotBuilt()
}

func errNotBuilt() error { return vc.Errorf(vc.Unsupported, "not-built", "not built yet") }
