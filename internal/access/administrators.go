package access

import (
	"context"
	"slices"

	"github.com/chancery-vc/chancery/internal/vc"
)

// An administrator of a scope is a member or an API key of exactly that scope: those inside it have their own.
// Applications are clients of exactly that scope. Who was revoked is neither.

// The kinds of principal that are administrators, and those that are applications.
func administratorKinds() []vc.PrincipalKind { return []vc.PrincipalKind{vc.Member, vc.APIKey} }
func applicationKinds() []vc.PrincipalKind   { return []vc.PrincipalKind{vc.Client} }

// mayLook says whether p may see the principals of a scope.
func mayLook(p vc.Principal, scope vc.Scope) error {
	if scope == (vc.Scope{}) {
		return Authorize(p, OperatorManage, scope)
	}
	return Authorize(p, AccessRead, scope)
}

// Administrators lists the administrators of exactly a scope, and tells how many there are in all. It needs access:read
// there, operator:manage at the operator's.
func (s *Service) Administrators(ctx context.Context, by Actor, scope vc.Scope, q vc.ListQuery) ([]vc.Principal, int, error) {
	return s.principalsPage(ctx, by, scope, q, administratorKinds())
}

// Applications lists the clients of exactly a scope, as [Service.Administrators] does.
func (s *Service) Applications(ctx context.Context, by Actor, scope vc.Scope, q vc.ListQuery) ([]vc.Principal, int, error) {
	return s.principalsPage(ctx, by, scope, q, applicationKinds())
}

func (s *Service) principalsPage(ctx context.Context, by Actor, scope vc.Scope, q vc.ListQuery, kinds []vc.PrincipalKind) (list []vc.Principal, total int, err error) {
	if err := mayLook(by.Principal, scope); err != nil {
		return nil, 0, err
	}
	revoked := false
	q.Kinds, q.Exact, q.Revoked = kinds, true, &revoked
	err = s.rows.View(ctx, scope, func(r Rows) error {
		if list, err = r.Principals(q); err != nil {
			return err
		}
		total, err = r.CountPrincipals(q)
		return err
	})
	for i := range list {
		list[i] = bare(list[i])
	}
	return list, total, err
}

// Administrator gives one administrator of exactly a scope. It needs what [Service.Administrators] does; anyone else is
// [vc.NotFound] "principal-not-found".
func (s *Service) Administrator(ctx context.Context, by Actor, scope vc.Scope, id string) (vc.Principal, error) {
	return s.principalAt(ctx, by, scope, id, administratorKinds())
}

// Application gives one client of exactly a scope, as [Service.Administrator] does.
func (s *Service) Application(ctx context.Context, by Actor, scope vc.Scope, id string) (vc.Principal, error) {
	return s.principalAt(ctx, by, scope, id, applicationKinds())
}

func (s *Service) principalAt(ctx context.Context, by Actor, scope vc.Scope, id string, kinds []vc.PrincipalKind) (p vc.Principal, err error) {
	if err := mayLook(by.Principal, scope); err != nil {
		return p, err
	}
	if !isID(id) {
		return p, notFound("principal")
	}
	err = s.rows.View(ctx, scope, func(r Rows) error {
		p, err = r.Principal(id)
		return named(err, "principal")
	})
	if err == nil && !isOne(p, scope, kinds) {
		err = notFound("principal")
	}
	if err != nil {
		return vc.Principal{}, err
	}
	return bare(p), nil
}

func isOne(p vc.Principal, scope vc.Scope, kinds []vc.PrincipalKind) bool {
	return p.Scope == scope && slices.Contains(kinds, p.Kind) && p.RevokedAt.IsZero()
}

// alterAdministrator is alterPrincipal for an administrator of exactly that scope.
func (s *Service) alterAdministrator(ctx context.Context, by Actor, scope vc.Scope, id, action string,
	alter func(Rows, *vc.Principal) (detail string, changed bool, err error),
) (vc.Principal, error) {
	return s.alterPrincipal(ctx, by, scope, id, action, func(r Rows, p *vc.Principal) (string, bool, error) {
		if !isOne(*p, scope, administratorKinds()) {
			return "", false, notFound("principal")
		}
		return alter(r, p)
	})
}

// ArchiveAdministrator keeps an administrator of a scope out until it is restored; it is idempotent. It needs
// access:manage there (operator:manage at the operator's). It fails with [vc.Conflict] "own-access" for oneself and
// "last-operator" where nobody would be left.
func (s *Service) ArchiveAdministrator(ctx context.Context, by Actor, scope vc.Scope, id string) (vc.Principal, error) {
	return s.alterAdministrator(ctx, by, scope, id, "principal.archived", func(r Rows, p *vc.Principal) (string, bool, error) {
		if p.ID == by.ID {
			return "", false, ownAccess()
		}
		if !p.ArchivedAt.IsZero() {
			return "", false, nil
		}
		before := *p
		p.ArchivedAt = s.stamp()
		return "", true, s.operatorsLeft(r, before, *p)
	})
}

// RestoreAdministrator undoes [Service.ArchiveAdministrator]. Who lets somebody in again gives what that one may, so it
// needs to hold it.
func (s *Service) RestoreAdministrator(ctx context.Context, by Actor, scope vc.Scope, id string) (vc.Principal, error) {
	return s.alterAdministrator(ctx, by, scope, id, "principal.restored", func(_ Rows, p *vc.Principal) (string, bool, error) {
		if p.ArchivedAt.IsZero() {
			return "", false, nil
		}
		p.ArchivedAt = vc.Principal{}.ArchivedAt
		if err := outlives(by.Principal, p.ExpiresAt); err != nil {
			return "", false, err
		}
		return "", true, holds(by.Principal, p.Grants)
	})
}

// RemoveAdministrator revokes an administrator of a scope for good. It fails as [Service.ArchiveAdministrator] does.
func (s *Service) RemoveAdministrator(ctx context.Context, by Actor, scope vc.Scope, id string) error {
	_, err := s.alterAdministrator(ctx, by, scope, id, "principal.revoked", func(r Rows, p *vc.Principal) (string, bool, error) {
		if p.ID == by.ID {
			return "", false, ownAccess()
		}
		before := *p
		p.RevokedAt = s.stamp()
		return "", true, s.operatorsLeft(r, before, *p)
	})
	return err
}

func ownAccess() error {
	return vc.Errorf(vc.Conflict, "own-access", "nobody takes their own access away: another administrator does")
}

// operatorsLeft refuses what takes the server's administration from the last who has it.
func (s *Service) operatorsLeft(r Rows, before, after vc.Principal) error {
	if before.Scope != (vc.Scope{}) || !s.operates(before) || s.operates(after) {
		return nil
	}
	alive, left := false, 0
	err := every(r, vc.ListQuery{Archived: &alive}, func(p vc.Principal) error {
		if left > 0 || p.ID == before.ID || !s.operates(p) {
			return nil
		}
		locked, err := r.PrincipalForUpdate(p.ID) // two who remove each other do not both succeed
		if err == nil && s.operates(locked) {
			left++
		}
		return err
	})
	if err == nil && left == 0 {
		err = vc.Errorf(vc.Conflict, "last-operator", "nobody else administers the server")
	}
	return err
}

// DescribeApplication writes name and description of a client of exactly a scope. It needs access:manage there. It fails
// with [vc.Invalid] "invalid-name" or "invalid-description".
func (s *Service) DescribeApplication(ctx context.Context, by Actor, scope vc.Scope, id, name, description string) (vc.Principal, error) {
	if err := mayAdminister(by.Principal, scope); err != nil {
		return vc.Principal{}, err
	}
	if err := checkName(name); err != nil {
		return vc.Principal{}, err
	}
	if err := checkText(description, descriptionMax, "invalid-description", "/description"); err != nil {
		return vc.Principal{}, err
	}
	return s.alterPrincipal(ctx, by, scope, id, "principal.described", func(_ Rows, p *vc.Principal) (string, bool, error) {
		if !isOne(*p, scope, applicationKinds()) {
			return "", false, notFound("principal")
		}
		changed := p.Name != name || p.Description != description
		p.Name, p.Description = name, description
		return "", changed, nil
	})
}

// RemoveApplication revokes a client of exactly a scope, with the tokens it got. It needs access:manage there.
func (s *Service) RemoveApplication(ctx context.Context, by Actor, scope vc.Scope, id string) error {
	_, err := s.alterPrincipal(ctx, by, scope, id, "principal.revoked", func(_ Rows, p *vc.Principal) (string, bool, error) {
		if !isOne(*p, scope, applicationKinds()) {
			return "", false, notFound("principal")
		}
		p.RevokedAt = s.stamp()
		return "", true, nil
	})
	return err
}
