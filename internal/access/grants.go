package access

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
)

// known checks that each right is one of the registry and may be granted in a scope of that kind: [vc.Invalid]
// "right-unknown", "right-not-available". It gives them once each, in the registry's order.
func known(scope vc.Scope, rights []vc.Role) ([]vc.Role, error) {
	for _, role := range rights {
		right, ok := rightOf(role)
		if !ok {
			return nil, vc.Errorf(vc.Invalid, "right-unknown", "there is no such right").At("/rights")
		}
		if !right.at(scope) {
			return nil, notAvailable(role)
		}
	}
	return ordered(scope, rights), nil
}

func notAvailable(right vc.Role) error {
	return vc.Errorf(vc.Invalid, "right-not-available", "the right %s cannot be granted there", right).At("/rights")
}

// ordered gives the rights of a scope's kind once each, in the registry's order; nil stays nil.
func ordered(scope vc.Scope, rights []vc.Role) []vc.Role {
	if rights == nil {
		return nil
	}
	return chosen(scope, func(r Right) bool { return slices.Contains(rights, r.Role) })
}

// available refuses rights that the scope they are granted in does not have. A right that is taken at the same time is
// granted before, and goes, or not at all: the row of the scope is locked until then, and before any principal's.
func available(r Rows, grants []vc.Grant) error {
	for _, g := range grants {
		if _, ok := rightOf(g.Role); !ok {
			continue
		}
		in, err := rightsIn(r, g.Scope)
		if err != nil {
			return err
		}
		if !slices.Contains(in, g.Role) {
			return notAvailable(g.Role)
		}
	}
	return nil
}

// rightsIn gives the rights that can be granted in a scope, which is the transaction's, and locks them.
func rightsIn(r Rows, scope vc.Scope) ([]vc.Role, error) {
	return rightsBy(scope, r.TenantForUpdate, r.OrganisationForUpdate)
}

// rightsSeen is rightsIn without a lock.
func rightsSeen(r Rows, scope vc.Scope) ([]vc.Role, error) {
	return rightsBy(scope, r.Tenant, r.Organisation)
}

func rightsBy(scope vc.Scope, tenant func() (vc.Tenant, error), organisation func(string) (vc.Organisation, error)) ([]vc.Role, error) {
	switch {
	case scope.Tenant == "":
		return chosen(scope, func(Right) bool { return true }), nil
	case scope.Organisation == "":
		t, err := tenant()
		return RightsOfTenant(t), named(err, "tenant")
	}
	o, err := organisation(scope.Organisation)
	return RightsOfOrganisation(o), named(err, "organisation")
}

func grantsAt(scope vc.Scope, rights []vc.Role) []vc.Grant {
	grants := make([]vc.Grant, len(rights))
	for i, right := range rights {
		grants[i] = vc.Grant{Scope: scope, Role: right}
	}
	return grants
}

func rightsText(rights []vc.Role) string {
	texts := make([]string, len(rights))
	for i, right := range rights {
		texts[i] = string(right)
	}
	return "rights=" + strings.Join(texts, ",")
}

// GrantRights gives rights of a scope to one of its administrators. It needs access:manage there (operator:manage at the
// operator's) and each permission the rights give: nobody can grant what they do not hold. It fails with [vc.Denied]
// "permission-denied", "grant-exceeds-own" or "expiry-exceeds-own", [vc.Invalid] "right-unknown" or
// "right-not-available", and [vc.NotFound] "principal-not-found".
func (s *Service) GrantRights(ctx context.Context, by Actor, scope vc.Scope, id string, rights []vc.Role) error {
	if err := mayAdminister(by.Principal, scope); err != nil {
		return err
	}
	if err := s.open(ctx, scope); err != nil {
		return err
	}
	rights, err := known(scope, rights)
	if err != nil {
		return err
	}
	grants := grantsAt(scope, rights)
	if err := holds(by.Principal, grants); err != nil {
		return errAtRights(err)
	}
	if !isID(id) {
		return notFound("principal")
	}
	err = s.rows.Update(ctx, scope, func(r Rows) error {
		if err := available(r, grants); err != nil {
			return err
		}
		_, err := s.alterIn(r, by, id, "right.granted", granting(by, scope, grants))
		return err
	})
	s.principals.forget(id)
	return err
}

// errAtRights points at the rights of a request, of which the core has made grants.
func errAtRights(err error) error {
	if e, ok := errors.AsType[*vc.Error](err); ok {
		return e.At("/rights")
	}
	return err
}

func granting(by Actor, scope vc.Scope, grants []vc.Grant) func(Rows, *vc.Principal) (string, bool, error) {
	return func(_ Rows, p *vc.Principal) (string, bool, error) {
		if !isOne(*p, scope, administratorKinds()) {
			return "", false, notFound("principal")
		}
		if err := outlives(by.Principal, p.ExpiresAt); err != nil {
			return "", false, err
		}
		before := len(p.Grants)
		for _, g := range grants {
			if !slices.Contains(p.Grants, g) {
				p.Grants = append(p.Grants, g)
			}
		}
		if len(p.Grants) > grantsMax {
			return "", false, vc.Errorf(vc.Invalid, "invalid-grant", "a principal has at most %d grants", grantsMax).At("/rights")
		}
		return grantsText(grants), len(p.Grants) > before, nil
	}
}

// WithdrawRights takes rights of a scope from one of its administrators; one it does not have is as good as taken. It
// needs what [Service.GrantRights] needs but the rights themselves. It fails with [vc.Conflict] "own-access" for one's
// own, "right-of-role" for one that a plain role gives, and "last-operator" where nobody would be left.
func (s *Service) WithdrawRights(ctx context.Context, by Actor, scope vc.Scope, id string, rights []vc.Role) error {
	if err := mayAdminister(by.Principal, scope); err != nil {
		return err
	}
	rights, err := known(scope, rights)
	if err != nil {
		return err
	}
	_, err = s.alterAdministrator(ctx, by, scope, id, "right.withdrawn", func(r Rows, p *vc.Principal) (string, bool, error) {
		if p.ID == by.ID {
			return "", false, ownAccess()
		}
		for _, role := range rights {
			if right, _ := rightOf(role); implied(*p, scope, right) {
				return "", false, vc.Errorf(vc.Conflict, "right-of-role", "a role gives the right %s: it goes with the role", role)
			}
		}
		without := *p
		without.Grants = withoutRights(p.Grants, scope, rights)
		if err := s.operatorsLeft(r, *p, without); err != nil {
			return "", false, err
		}
		changed := len(without.Grants) < len(p.Grants)
		p.Grants = without.Grants
		return rightsText(rights), changed, nil
	})
	return err
}

func withoutRights(grants []vc.Grant, scope vc.Scope, rights []vc.Role) []vc.Grant {
	return slices.DeleteFunc(slices.Clone(grants), func(g vc.Grant) bool {
		return g.Scope == scope && slices.Contains(rights, g.Role)
	})
}
