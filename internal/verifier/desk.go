package verifier

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Desk asks for presentations and keeps what is submitted.
type Desk struct {
	Rows      store.Store[Rows]
	Directory store.Directory
	Vault     keys.Vault
	Verifier  *Service
	Schemas   Wanted
	Fetcher   Fetcher
	Now       func() time.Time // nil: time.Now
}

// Wanted finds the schema that a wanted credential names. *catalog.Service is one.
type Wanted interface {
	Schema(ctx context.Context, scope vc.Scope, id string) (vc.Schema, error)
	Version(ctx context.Context, scope vc.Scope, id string, version int) (vc.SchemaVersion, error)
}
