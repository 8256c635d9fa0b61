package agent

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// JobPickup fetches what a mediator of ours keeps for us: [Desk.PickupJob] carries it out.
const JobPickup = "didcomm.pickup"

// PickupJob asks a mediator for what it keeps, and comes again.
func (d *Desk) PickupJob(ctx context.Context, job vc.Job) error { return nil }
