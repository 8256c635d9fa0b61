package access

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// ScopeFor chooses the scope of an act of p.
//
// tenant is the slug or id that the path names, "" for none. A principal of a tenant acts in its own, and a path that
// names another is answered as one that names nobody's: [vc.NotFound] "tenant-not-found". An operator's principal
// acts in the tenant it names, else in the default tenant.
//
// organisation is the id that a header or parameter names, "" for none; then it is the principal's own, if it has
// one, else the act is the tenant's. One that is not in the tenant, or not the principal's own where it has one, is
// [vc.NotFound] "organisation-not-found". Archived ones are [vc.Denied] "tenant-archived", "organisation-archived".
//
// A scope is no permission: [Authorize] says what p may do there.
func (s *Service) ScopeFor(ctx context.Context, p vc.Principal, tenant, organisation string) (vc.Scope, error) {
	t, err := s.tenantOf(ctx, p, tenant)
	if err != nil {
		return vc.Scope{}, err
	}
	if organisation == "" {
		organisation = p.Scope.Organisation
	}
	scope := vc.Scope{Tenant: t.ID, Organisation: organisation}
	if !reaches(p.Scope, scope) {
		return vc.Scope{}, notFound("organisation")
	}
	return scope, s.open(ctx, scope)
}

// TenantFor gives the tenant in which p acts when a path names ref (a slug, an id or nothing), as [Service.ScopeFor]
// chooses it; an archived one too: a tenant is no permission.
func (s *Service) TenantFor(ctx context.Context, p vc.Principal, ref string) (vc.Tenant, error) {
	return s.tenantOf(ctx, p, ref)
}

// tenantOf gives the tenant in which p acts when the path names ref.
func (s *Service) tenantOf(ctx context.Context, p vc.Principal, ref string) (vc.Tenant, error) {
	own := p.Scope.Tenant
	switch {
	case ref == "" && own != "":
		return s.tenant(ctx, own)
	case ref == "":
		ref = vc.DefaultTenant
	}
	t, err := s.resolve(ctx, ref)
	if err != nil {
		return vc.Tenant{}, err
	}
	if own != "" && own != t.ID {
		return vc.Tenant{}, notFound("tenant")
	}
	return t, nil
}

// open says whether the tenant and organisation of a scope are there and not archived.
func (s *Service) open(ctx context.Context, scope vc.Scope) error {
	if scope.Tenant == "" {
		return nil
	}
	t, err := s.tenant(ctx, scope.Tenant)
	if err != nil {
		return err
	}
	if !t.ArchivedAt.IsZero() {
		return vc.Errorf(vc.Denied, "tenant-archived", "the tenant is archived")
	}
	if scope.Organisation == "" {
		return nil
	}
	o, err := s.organisation(ctx, scope.Tenant, scope.Organisation)
	if err != nil {
		return err
	}
	if !o.ArchivedAt.IsZero() {
		return vc.Errorf(vc.Denied, "organisation-archived", "the organisation is archived")
	}
	return nil
}
