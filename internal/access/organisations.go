package access

import (
	"context"
	"fmt"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// CreateOrganisation makes an organisation of o.Tenant (an id) with o's name, profile and what it may do. It needs
// organisation:manage at the tenant's scope: what an organisation may is its tenant's to say.
func (s *Service) CreateOrganisation(ctx context.Context, by Actor, o vc.Organisation) (vc.Organisation, error) {
	scope := vc.Scope{Tenant: o.Tenant}
	if err := s.mayOrganise(by, o.Tenant); err != nil {
		return vc.Organisation{}, err
	}
	if err := checkNamed(o.Name, o.Profile); err != nil {
		return vc.Organisation{}, err
	}
	if err := s.open(ctx, scope); err != nil {
		return vc.Organisation{}, err
	}
	o = vc.Organisation{
		ID: newID(), Tenant: o.Tenant, Name: o.Name, MayIssue: o.MayIssue, MayVerify: o.MayVerify, Profile: o.Profile,
		CreatedAt: s.stamp(),
	}
	err := s.rows.Update(ctx, scope, func(r Rows) error {
		if err := r.InsertOrganisation(o); err != nil {
			return err
		}
		return r.Append(s.entry(by, scope, "organisation.created", "organisation/"+o.ID, rights(o)))
	})
	s.forgetOffices(o.Tenant)
	return o, err
}

// UpdateOrganisation writes name, may issue and may verify of the organisation o.ID of o.Tenant. It needs
// organisation:manage at the tenant's scope.
func (s *Service) UpdateOrganisation(ctx context.Context, by Actor, o vc.Organisation) (vc.Organisation, error) {
	if err := s.mayOrganise(by, o.Tenant); err != nil {
		return vc.Organisation{}, err
	}
	if err := checkName(o.Name); err != nil {
		return vc.Organisation{}, err
	}
	return s.changeOrganisation(ctx, by, o.Tenant, o.ID, "organisation.updated", func(stored *vc.Organisation) (bool, error) {
		same := stored.Name == o.Name && stored.MayIssue == o.MayIssue && stored.MayVerify == o.MayVerify
		stored.Name, stored.MayIssue, stored.MayVerify = o.Name, o.MayIssue, o.MayVerify
		return !same, nil
	})
}

// ArchiveOrganisation closes an organisation: its principals are refused, what it published stays. It needs
// organisation:manage at the tenant's scope, and is idempotent.
func (s *Service) ArchiveOrganisation(ctx context.Context, by Actor, tenant, id string) (vc.Organisation, error) {
	return s.archiveOrganisation(ctx, by, tenant, id, "organisation.archived", s.stamp())
}

// RestoreOrganisation undoes [Service.ArchiveOrganisation].
func (s *Service) RestoreOrganisation(ctx context.Context, by Actor, tenant, id string) (vc.Organisation, error) {
	return s.archiveOrganisation(ctx, by, tenant, id, "organisation.restored", time.Time{})
}

func (s *Service) archiveOrganisation(ctx context.Context, by Actor, tenant, id, action string, at time.Time) (vc.Organisation, error) {
	if err := s.mayOrganise(by, tenant); err != nil {
		return vc.Organisation{}, err
	}
	return s.changeOrganisation(ctx, by, tenant, id, action, func(o *vc.Organisation) (bool, error) {
		if o.ArchivedAt.IsZero() == at.IsZero() {
			return false, nil
		}
		o.ArchivedAt = at
		return true, nil
	})
}

// Organisation gives one organisation of a tenant. It needs tenant:read there; to a principal of another organisation
// or tenant it is [vc.NotFound] "organisation-not-found".
func (s *Service) Organisation(ctx context.Context, by Actor, tenant, id string) (vc.Organisation, error) {
	scope := vc.Scope{Tenant: tenant, Organisation: id}
	if tenant == "" || id == "" || !reaches(by.Scope, scope) {
		return vc.Organisation{}, notFound("organisation")
	}
	if err := Authorize(by.Principal, TenantRead, scope); err != nil {
		return vc.Organisation{}, err
	}
	return s.organisation(ctx, tenant, id)
}

// Organisations lists the organisations of a scope: a tenant's, or the one. It needs tenant:read there.
func (s *Service) Organisations(ctx context.Context, by Actor, scope vc.Scope, q vc.ListQuery) (list []vc.Organisation, err error) {
	if err := Authorize(by.Principal, TenantRead, scope); err != nil {
		return nil, err
	}
	err = s.rows.View(ctx, scope, func(r Rows) error {
		list, err = r.Organisations(q)
		return err
	})
	return list, err
}

// OrganisationsPage is [Service.Organisations] for doors that count pages: the page, and how many there are in all.
func (s *Service) OrganisationsPage(ctx context.Context, by Actor, scope vc.Scope, q vc.ListQuery) (list []vc.Organisation, total int, err error) {
	if err := Authorize(by.Principal, TenantRead, scope); err != nil {
		return nil, 0, err
	}
	err = s.rows.View(ctx, scope, func(r Rows) error {
		if list, err = r.Organisations(q); err != nil {
			return err
		}
		total, err = r.CountOrganisations(q)
		return err
	})
	return list, total, err
}

func (s *Service) mayOrganise(by Actor, tenant string) error {
	if tenant == "" {
		return notFound("tenant")
	}
	return Authorize(by.Principal, OrganisationManage, vc.Scope{Tenant: tenant})
}

func (s *Service) changeOrganisation(ctx context.Context, by Actor, tenant, id, action string,
	change func(*vc.Organisation) (bool, error),
) (o vc.Organisation, err error) {
	if !isID(id) {
		return o, notFound("organisation")
	}
	scope := vc.Scope{Tenant: tenant}
	err = s.rows.Update(ctx, scope, func(r Rows) error {
		if o, err = r.OrganisationForUpdate(id); err != nil {
			return named(err, "organisation")
		}
		if write, err := change(&o); err != nil || !write {
			return err
		}
		if err := r.UpdateOrganisation(o); err != nil {
			return err
		}
		return r.Append(s.entry(by, scope, action, "organisation/"+id, rights(o)))
	})
	s.forgetScope(vc.Scope{Tenant: tenant, Organisation: id})
	return o, err
}

func rights(o vc.Organisation) string {
	return fmt.Sprintf("may-issue=%t may-verify=%t", o.MayIssue, o.MayVerify)
}
