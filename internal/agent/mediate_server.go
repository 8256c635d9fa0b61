package agent

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// GrantMediation makes us the mediator of a peer that asked. It fails with NotFound "mediation-not-found" and Conflict
// "mediation-state" where the mediation is not a request to us.
func (d *Desk) GrantMediation(ctx context.Context, by vc.Caller, id string) (vc.Mediation, error) {
	return vc.Mediation{}, errUnbuilt
}

// DenyMediation says no to a peer that asked. It fails as GrantMediation does.
func (d *Desk) DenyMediation(ctx context.Context, by vc.Caller, id string) (vc.Mediation, error) {
	return vc.Mediation{}, errUnbuilt
}
