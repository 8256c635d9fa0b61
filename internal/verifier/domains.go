package verifier

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Domains tells which DIDs an origin is linked to, DIF Well Known DID Configuration. It is asked outside transactions. An
// error says that it could not be found out. *Links is one.
type Domains interface {
	Linked(ctx context.Context, scope vc.Scope, origin string) (dids []string, err error)
}

// Links are [Domains] that are fetched and verified, and kept for a minute.
type Links struct {
	Fetcher  Fetcher // that follows no redirects: an open one would link whoever it leads to
	Verifier *Service
	Now      func() time.Time // nil: time.Now
}

// Linked gives the DIDs of the domain linkage credentials of an origin that verify. Unavailable "domain-unreachable" where its
// configuration cannot be had, or is none.
func (l *Links) Linked(ctx context.Context, scope vc.Scope, origin string) ([]string, error) {
	return nil, errNotBuilt
}
