package access

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// RevokePrincipal ends a principal of scope, with the tokens it got; it is final and idempotent. It needs
// access:manage in scope (operator:manage at the operator's).
func (s *Service) RevokePrincipal(ctx context.Context, by Actor, scope vc.Scope, id string) (vc.Principal, error) {
	return s.changePrincipal(ctx, by, scope, id, "principal.revoked", func(p *vc.Principal) (bool, error) {
		if !p.RevokedAt.IsZero() {
			return false, nil
		}
		p.RevokedAt, p.Previous, p.PreviousUntil = s.stamp(), nil, time.Time{}
		return true, nil
	})
}

func (s *Service) changePrincipal(ctx context.Context, by Actor, scope vc.Scope, id, action string,
	change func(*vc.Principal) (bool, error),
) (vc.Principal, error) {
	return s.alterPrincipal(ctx, by, scope, id, action, func(_ Rows, p *vc.Principal) (string, bool, error) {
		changed, err := change(p)
		return "", changed, err
	})
}

// alterPrincipal writes what alter made of a principal, with its journal entry, whose detail alter gives.
func (s *Service) alterPrincipal(ctx context.Context, by Actor, scope vc.Scope, id, action string,
	alter func(Rows, *vc.Principal) (detail string, changed bool, err error),
) (p vc.Principal, err error) {
	if err := mayAdminister(by.Principal, scope); err != nil {
		return p, err
	}
	if !isID(id) {
		return p, notFound("principal")
	}
	err = s.rows.Update(ctx, scope, func(r Rows) error {
		p, err = s.alterIn(r, by, id, action, alter)
		return err
	})
	s.principals.forget(id)
	if err != nil {
		return vc.Principal{}, err
	}
	return bare(p), nil
}

// alterIn is alterPrincipal inside a transaction. The row is locked first: of two who change it at once neither undoes
// what the other did.
func (s *Service) alterIn(r Rows, by Actor, id, action string,
	alter func(Rows, *vc.Principal) (detail string, changed bool, err error),
) (vc.Principal, error) {
	p, err := r.PrincipalForUpdate(id)
	if err != nil {
		return p, named(err, "principal")
	}
	detail, changed, err := alter(r, &p)
	if err != nil || !changed {
		return p, err
	}
	if err := r.UpdatePrincipal(p); err != nil {
		return p, err
	}
	return p, r.Append(s.entry(by, p.Scope, action, "principal/"+id, detail))
}
