package main

import (
	"context"

	"github.com/chancery-vc/chancery/internal/app"
)

type demoCommand struct {
	Cheqd bool `help:"With a DID on a ledger, cheqd's, which is simulated."`
}

// Run shows the demonstration.
func (c *demoCommand) Run(ctx context.Context, std streams) error {
	return app.Demo(ctx, std.out, c.Cheqd)
}
