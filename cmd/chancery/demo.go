package main

import (
	"context"

	"github.com/chancery-vc/chancery/internal/app"
)

type demoCommand struct{}

// Help gives the example that every command has.
func (demoCommand) Help() string { return "Example:\n  chancery demo" }

// Run shows the demonstration.
func (demoCommand) Run(ctx context.Context, std streams) error { return app.Demo(ctx, std.out) }
