package issuer

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Received is what came of an order that may be held: where it waits, Result has the id of the credential to be and no Secured.
type Received struct {
	Exchange vc.Exchange // zero: an order that no type held has none
	Result   Result
}

// Claim redeems an offering for a holder who proved that DID: one transaction counts it, records exchange, redemption and, unless
// the type holds, the credential. how.Key makes it once per key; how.Issuer is who issues, where that is not who the offering
// names. Errors: NotFound "offering-not-found", "offering-expired", "offering-exhausted", "offering-for-another"; those of
// [Desk.Issue].
func (d *Desk) Claim(ctx context.Context, by vc.Caller, offering, holder string, how How) (Received, error) {
	return Received{}, errNotBuilt()
}
