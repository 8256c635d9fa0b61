package issuer

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Viewer is who wants to see a credential: a holder by DID, or a principal by id.
type Viewer struct {
	DID       string
	Principal string
}

// Shown gives a credential to its recipient, its subject or who made it; also one that waits: then View.Secured is nil and
// View.Credential has no State. NotFound "credential-not-found" to everybody else, and of what was erased.
func (d *Desk) Shown(ctx context.Context, scope vc.Scope, who Viewer, id string) (View, error) {
	return View{}, errNotBuilt()
}
