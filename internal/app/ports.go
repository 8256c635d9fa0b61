package app

import (
	"context"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/status"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// What the verifier asks for, in the words of the services that know.

type resolver struct{ identity *identity.Service }

func (r resolver) Resolve(ctx context.Context, scope vc.Scope, did string) (diddoc.Resolution, error) {
	resolution, _, err := r.identity.Resolve(ctx, scope, did)
	return resolution, err
}

type fates struct{ identity *identity.Service }

func (f fates) KeyFate(ctx context.Context, method string) (vc.KeyState, time.Time, error) {
	did, _, _ := strings.Cut(method, "#")
	state, since, known, err := f.identity.KeyFate(ctx, did, method)
	if err == nil && !known {
		err = vc.Errorf(vc.NotFound, "key-not-found", "no key of ours")
	}
	return state, since, err
}

type exactStatus struct{ status *status.Service }

func (e exactStatus) Value(ctx context.Context, url string, index int64) (int, error) {
	id, ok := e.status.Own(url)
	if !ok {
		return 0, vc.Errorf(vc.NotFound, "status-list-not-found", "no status list of ours")
	}
	scope, _, err := e.status.Lookup(ctx, id)
	if err != nil {
		return 0, err
	}
	return e.status.Value(ctx, scope, id, index)
}
