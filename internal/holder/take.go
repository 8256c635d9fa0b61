package holder

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Taken is a credential that was verified for the wallet and is recorded nowhere.
type Taken struct {
	desk *Desk
	view HeldView
}

// View gives the credential as the wallet will have it.
func (t *Taken) View() HeldView { return t.view }

// Record writes the credential in the caller's transaction, which may run again. Of a credential that is held already it gives
// the id under which it is.
func (t *Taken) Record(rows Rows, by vc.Caller) (id string, err error) {
	return "", vc.Errorf(vc.Unsupported, "not-built", "not built")
}

// Take is [Desk.Hold] in two halves: it verifies; [Taken.Record] keeps.
func (d *Desk) Take(ctx context.Context, by vc.Caller, n NewHeld) (*Taken, error) {
	return nil, vc.Errorf(vc.Unsupported, "not-built", "not built")
}

// HeldByName gives a credential of the wallet by the name that its holder gave it, or by its id. NotFound "held-not-found".
func (d *Desk) HeldByName(ctx context.Context, scope vc.Scope, nameOrID string) (HeldView, error) {
	return HeldView{}, vc.Errorf(vc.Unsupported, "not-built", "not built")
}
