package holder

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Hold verifies a credential and keeps it. Errors: Invalid "credential-malformed", "credential-refused" with what its
// verification found, "foreign-subject"; Conflict "held-already".
func (d *Desk) Hold(ctx context.Context, by vc.Caller, n NewHeld) (HeldView, error) {
	return HeldView{}, errNotBuilt
}

// Held gives a credential of the wallet; refresh looks at its status now. NotFound "held-not-found".
func (d *Desk) Held(ctx context.Context, scope vc.Scope, id string, refresh bool) (HeldView, error) {
	return HeldView{}, errNotBuilt
}

// HeldList gives credentials of the wallet, and how many there are in all; status "": whatever they are good for.
func (d *Desk) HeldList(ctx context.Context, scope vc.Scope, q vc.HeldQuery, status Status) ([]HeldView, int, error) {
	return nil, 0, errNotBuilt
}

// Drop destroys a credential of the wallet. NotFound "held-not-found".
func (d *Desk) Drop(ctx context.Context, by vc.Caller, id string) error { return errNotBuilt }

// DropAll destroys all credentials of the wallet, and tells how many.
func (d *Desk) DropAll(ctx context.Context, by vc.Caller) (int, error) { return 0, errNotBuilt }

// Matching gives the held credentials that answer a presentation definition, newest first. Invalid "definition-invalid".
func (d *Desk) Matching(ctx context.Context, scope vc.Scope, definition []byte) ([]Candidate, error) {
	return nil, errNotBuilt
}

// Present signs a presentation by an identity of the wallet.
func (d *Desk) Present(ctx context.Context, by vc.Caller, p Presenting) (Presented, error) {
	return Presented{}, errNotBuilt
}
