package agent

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Letters lists letters, newest first, without what is in them.
func (d *Desk) Letters(ctx context.Context, scope vc.Scope, q vc.LetterQuery) ([]vc.Letter, error) {
	return nil, errUnbuilt
}

// ReviveLetter sends a dead letter again, behind what waits for its connection. It fails with NotFound "letter-not-found" and
// Conflict "letter-state" for one that is not dead, or has lost what was in it.
func (d *Desk) ReviveLetter(ctx context.Context, by vc.Caller, id string) (vc.Letter, error) {
	return vc.Letter{}, errUnbuilt
}
