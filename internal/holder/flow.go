package holder

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

var errNotBuilt = vc.Errorf(vc.Unsupported, "not-built", "this is not built yet")

// JobExpire ends a flow whose time is over; [Desk.ExpireFlow] carries it out.
const JobExpire = "wallet.flow-expire"

// Begin reads what was scanned and begins a flow of ten minutes; did is who is to act, "" lets the desk choose. Errors: Invalid
// "scan-not-understood", "no-did", "did-not-held" at /did; Unavailable "peer-unavailable"; those of the protocol.
func (d *Desk) Begin(ctx context.Context, by vc.Caller, scanned []byte, did string) (Flow, error) {
	return Flow{}, errNotBuilt
}

// Flow gives a flow; NotFound "flow-not-found".
func (d *Desk) Flow(ctx context.Context, scope vc.Scope, id string) (Flow, error) {
	return Flow{}, errNotBuilt
}

// ConfirmClaim fetches what was offered and keeps it.
func (d *Desk) ConfirmClaim(ctx context.Context, by vc.Caller, id string) (Flow, error) {
	return Flow{}, errNotBuilt
}

// ConfirmPresentation presents credentials of the wallet to who asked.
func (d *Desk) ConfirmPresentation(ctx context.Context, by vc.Caller, id string, held ...string) (Flow, error) {
	return Flow{}, errNotBuilt
}

// ExpireFlow carries out a job of kind [JobExpire].
func (d *Desk) ExpireFlow(ctx context.Context, job vc.Job) error { return errNotBuilt }
