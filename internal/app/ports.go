package app

import (
	"context"

	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// What the verifier asks for, in the words of the services that know.

type resolver struct{ identity *identity.Service }

func (r resolver) Resolve(ctx context.Context, scope vc.Scope, did string) (diddoc.Resolution, error) {
	resolution, _, err := r.identity.Resolve(ctx, scope, did)
	return resolution, err
}
