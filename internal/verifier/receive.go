package verifier

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// CheckAllowed is the check of an answer's issuers where a request names domains.
const CheckAllowed = "issuer-allowed"

// Receive takes anyone's answer to a request, verifies and judges it at once, and writes verdict, event and the job that
// pushes the result in one transaction. An answer that does not verify is an answer: what is wrong is in the result.
// State is required. by is who carried it, as for [Desk.Prove].
//
// Errors: those of [Desk.Submit], and Denied "not-a-verifier".
func (d *Desk) Receive(ctx context.Context, by vc.Caller, request string, a Answer) (Progress, error) {
	return Progress{}, errNotBuilt
}
