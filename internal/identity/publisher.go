package identity

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Publisher gives the identity that publishes the status lists of issuers of the caller's scope whose keys are not
// here: the oldest of the scope that issues or publishes and has an active key. Where there is none it makes one, a
// did:key that signs status lists and nothing else; two servers that do so at once leave one to spare, and the older
// is taken from then on. It is as stale as [Service.SigningKey] is.
//
// Errors: Invalid "no-status-publisher" where no did:key is made on this server.
func (s *Service) Publisher(ctx context.Context, by vc.Caller) (vc.Identity, error) {
	if known, ok := s.publishers.get(by.Scope); ok {
		return known, nil
	}
	generation := s.publishers.generation()
	oldest, found, err := s.oldestPublisher(ctx, by.Scope)
	if err != nil {
		return vc.Identity{}, err
	}
	if found {
		s.publishers.put(by.Scope, oldest, stale, generation)
		return oldest, nil
	}
	made, err, _ := s.flight.Do("publisher "+by.Scope.Tenant+" "+by.Scope.Organisation, func() (any, error) {
		// It is for all who wait for it, so it does not end with the caller who began it.
		return s.Create(context.WithoutCancel(ctx), by, CreateRequest{Method: "key", use: vc.UsePublisher})
	})
	switch {
	case err != nil && vc.KindOf(err) == vc.Unsupported:
		return vc.Identity{}, vc.Errorf(vc.Invalid, "no-status-publisher",
			"a revocable credential needs a DID of the organisation's own to publish its status list").Because(err)
	case err != nil:
		return vc.Identity{}, err
	}
	return made.(vc.Identity), nil
}

// oldestPublisher looks through the identities of a scope: those without a key that signs may be first.
func (s *Service) oldestPublisher(ctx context.Context, scope vc.Scope) (oldest vc.Identity, found bool, err error) {
	const page = 500
	archived, after := false, ""
	for {
		all, err := s.List(ctx, scope, vc.ListQuery{
			Page: vc.Page{Ascending: true, Limit: page, After: after}, Archived: &archived,
			Uses: []vc.IdentityUse{vc.UseIssuing, vc.UseAgent, vc.UsePublisher},
		})
		if err != nil {
			return vc.Identity{}, false, err
		}
		for _, identity := range all {
			if _, signs := newestActive(identity); signs {
				return identity, true, nil
			}
		}
		if len(all) < page {
			return vc.Identity{}, false, nil
		}
		after = all[len(all)-1].ID
	}
}
