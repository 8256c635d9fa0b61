package issuer

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Anchor publishes a status list elsewhere, on a ledger. It is called outside any transaction, and may be called again with the
// same bytes.
type Anchor interface {
	Anchor(ctx context.Context, list vc.StatusList, credential []byte) error
}

// PublishList makes a list show everything that was committed before the call, on every server, hands it to [Desk].Anchors, and
// answers when that is so. The list is named by id or, id being "", by place: the scope's n-th, oldest first, from 1. NotFound
// "status-list-not-found"; Unavailable "anchor-unavailable": the list is published here all the same.
func (d *Desk) PublishList(ctx context.Context, by vc.Caller, id string, place int) (Published, error) {
	return Published{}, errNotBuilt()
}
