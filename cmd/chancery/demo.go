package main

import (
	"context"

	"github.com/chancery-vc/chancery/internal/app"
)

type demoCommand struct{}

// Run shows the demonstration.
func (demoCommand) Run(ctx context.Context, std streams) error { return app.Demo(ctx, std.out) }
