package access

import (
	"context"
	"slices"

	"github.com/chancery-vc/chancery/internal/vc"
)

// GiveRights lets rights be granted in a tenant or an organisation. A tenant's needs tenant:manage at operator scope, an
// organisation's organisation:manage at the tenant's. It fails with [vc.Invalid] "right-unknown" or
// "right-not-available".
func (s *Service) GiveRights(ctx context.Context, by Actor, scope vc.Scope, rights []vc.Role) error {
	return s.equip(ctx, by, scope, rights, true)
}

// TakeRights undoes [Service.GiveRights]: nobody can be granted them any more, and those who were lose them in the same
// act.
func (s *Service) TakeRights(ctx context.Context, by Actor, scope vc.Scope, rights []vc.Role) error {
	return s.equip(ctx, by, scope, rights, false)
}

func (s *Service) equip(ctx context.Context, by Actor, scope vc.Scope, rights []vc.Role, give bool) error {
	if err := mayEquip(by.Principal, scope); err != nil {
		return err
	}
	rights, err := known(scope, rights)
	if err != nil {
		return err
	}
	action := "rights.given"
	if !give {
		action = "rights.taken"
	}
	var touched []string
	err = s.rows.Update(ctx, scope, func(r Rows) error {
		touched = nil // fn may run more than once
		object, changed, err := equipRow(r, scope, rights, give)
		if err != nil {
			return err
		}
		if !give {
			if touched, err = strip(r, scope, withManagement(rights)); err != nil {
				return err
			}
		}
		if !changed && len(touched) == 0 {
			return nil
		}
		return r.Append(s.entry(by, scope, action, object, rightsText(rights)))
	})
	s.forgetScope(scope)
	for _, id := range touched {
		s.principals.forget(id)
	}
	return err
}

func mayEquip(p vc.Principal, scope vc.Scope) error {
	if scope.Tenant == "" {
		return notFound("tenant")
	}
	if scope.Organisation == "" {
		return Authorize(p, TenantManage, vc.Scope{})
	}
	return Authorize(p, OrganisationManage, vc.Scope{Tenant: scope.Tenant})
}

// equipRow writes the rights of the tenant or organisation that the transaction's scope is.
func equipRow(r Rows, scope vc.Scope, rights []vc.Role, give bool) (object string, changed bool, err error) {
	if scope.Organisation == "" {
		t, err := r.TenantForUpdate()
		if err != nil {
			return "", false, named(err, "tenant")
		}
		before := RightsOfTenant(t)
		t.Rights = altered(before, rights, give)
		if slices.Equal(before, RightsOfTenant(t)) {
			return "tenant/" + t.ID, false, nil
		}
		return "tenant/" + t.ID, true, r.UpdateTenant(t)
	}
	o, err := r.OrganisationForUpdate(scope.Organisation)
	if err != nil {
		return "", false, named(err, "organisation")
	}
	before := RightsOfOrganisation(o)
	o.Rights = altered(before, rights, give)
	all := slices.Contains(rights, organisationManages)
	if all || slices.Contains(rights, organisationIssues) {
		o.MayIssue = give
	}
	if all || slices.Contains(rights, organisationVerifies) {
		o.MayVerify = give
	}
	if slices.Equal(before, RightsOfOrganisation(o)) {
		return "organisation/" + o.ID, false, nil
	}
	return "organisation/" + o.ID, true, r.UpdateOrganisation(o)
}

// altered gives the rights that are stored after a change; those that flags say are not among them.
func altered(rights, change []vc.Role, give bool) []vc.Role {
	out := slices.DeleteFunc(slices.Clone(rights), func(r vc.Role) bool {
		return !give && slices.Contains(change, r) || r == organisationManages || r == organisationIssues || r == organisationVerifies
	})
	for _, right := range change {
		switch right {
		case organisationManages, organisationIssues, organisationVerifies:
			continue
		}
		if give && !slices.Contains(out, right) {
			out = append(out, right)
		}
	}
	return out
}

// withManagement adds to the right to manage what it holds: who loses the one loses the others.
func withManagement(rights []vc.Role) []vc.Role {
	if !slices.Contains(rights, organisationManages) {
		return rights
	}
	return append(slices.Clone(rights), organisationIssues, organisationVerifies)
}

// strip takes rights at a scope from all who have them, and gives their ids. Rights are granted to principals of the very
// scope only, so all of them are in the transaction's.
func strip(r Rows, scope vc.Scope, rights []vc.Role) (ids []string, err error) {
	err = every(r, vc.ListQuery{Exact: true}, func(p vc.Principal) error {
		if len(withoutRights(p.Grants, scope, rights)) == len(p.Grants) {
			return nil
		}
		p, err := r.PrincipalForUpdate(p.ID)
		if err != nil {
			return err
		}
		p.Grants = withoutRights(p.Grants, scope, rights)
		ids = append(ids, p.ID)
		return r.UpdatePrincipal(p)
	})
	return ids, err
}

func (s *Service) forgetScope(scope vc.Scope) {
	if scope.Organisation == "" {
		s.tenants.forget(scope.Tenant)
		return
	}
	s.organisations.forget(scope.Tenant + "/" + scope.Organisation)
	s.forgetOffices(scope.Tenant)
}
