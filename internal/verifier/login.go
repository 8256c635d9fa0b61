package verifier

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Proven is who answered a login request.
type Proven struct {
	DID     string // whose key signed
	Request vc.PresentationRequest
}

var errNotBuilt = vc.Errorf(vc.Unsupported, "not-built", "this is not built yet")

// Prove verifies an answer to a login request now, and gives who proved it. It succeeds once; ten failures close the
// request. Nothing of the answer is kept. by is who carried it: of another tenant's or another door's request it finds
// nothing.
//
// Errors: NotFound "request-not-found"; Gone "request-expired"; Conflict "request-completed", "too-many-submissions";
// Invalid "answer-empty", "too-large", "submission-invalid" at /submission, "state-mismatch" at /state, and
// "presentation-invalid" at /vpToken with what is wrong in Details.
func (d *Desk) Prove(ctx context.Context, by vc.Caller, request string, a Answer) (Proven, error) {
	return Proven{}, errNotBuilt
}

// SweepLogins deletes login requests that were over a day ago, of all tenants.
func (d *Desk) SweepLogins(ctx context.Context) error { return errNotBuilt }
