package access

import (
	"context"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/chancery-vc/chancery/internal/vc"
)

// A slug stands in URLs, and is never mistaken for an id.
var slug = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

const nameMax = 200 // characters

func checkName(name string) error {
	if strings.TrimSpace(name) == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > nameMax ||
		strings.ContainsFunc(name, unicode.IsControl) {
		return vc.Errorf(vc.Invalid, "invalid-name", "a name has 1 to %d printable characters", nameMax).At("/name")
	}
	return nil
}

// CreateTenant makes a tenant of t's slug, name, profile, rights and what it forbids. It needs tenant:manage at operator scope. It fails
// with [vc.Invalid] "invalid-slug", "invalid-name" or "invalid-profile", and [vc.Conflict] "slug-taken".
func (s *Service) CreateTenant(ctx context.Context, by Actor, t vc.Tenant) (vc.Tenant, error) {
	if err := Authorize(by.Principal, TenantManage, vc.Scope{}); err != nil {
		return vc.Tenant{}, err
	}
	return s.insertTenant(ctx, by, t)
}

func (s *Service) insertTenant(ctx context.Context, by Actor, t vc.Tenant) (vc.Tenant, error) {
	if !slug.MatchString(t.Slug) || isID(t.Slug) {
		return vc.Tenant{}, vc.Errorf(vc.Invalid, "invalid-slug",
			"a slug has 1 to 63 of a-z, 0-9 and -, begins and ends with a letter or digit, and is no UUID").At("/slug")
	}
	if err := checkNamed(t.Name, t.Profile); err != nil {
		return vc.Tenant{}, err
	}
	t = vc.Tenant{
		ID: newID(), Slug: t.Slug, Name: t.Name, Profile: t.Profile, Rights: ordered(vc.Scope{Tenant: "new"}, t.Rights),
		CreatedAt: s.stamp(), ForbidsWhole: t.ForbidsWhole,
	}
	scope := vc.Scope{Tenant: t.ID}
	err := s.rows.Update(ctx, scope, func(r Rows) error {
		if err := r.InsertTenant(t); err != nil {
			return err
		}
		return r.Append(s.entry(by, scope, "tenant.created", "tenant/"+t.ID, "slug="+t.Slug))
	})
	if err != nil && vc.KindOf(err) == vc.Conflict {
		return vc.Tenant{}, vc.Errorf(vc.Conflict, "slug-taken", "another tenant has this slug").At("/slug").Because(err)
	}
	return t, err
}

// Tenants lists tenants. It needs tenant:read at operator scope.
func (s *Service) Tenants(ctx context.Context, by Actor, q vc.ListQuery) (list []vc.Tenant, err error) {
	if err := Authorize(by.Principal, TenantRead, vc.Scope{}); err != nil {
		return nil, err
	}
	err = s.rows.View(ctx, vc.Scope{}, func(r Rows) error {
		list, err = r.Tenants(q)
		return err
	})
	return list, err
}

// TenantsPage is [Service.Tenants] for doors that count pages: the page, and how many there are in all.
func (s *Service) TenantsPage(ctx context.Context, by Actor, q vc.ListQuery) (list []vc.Tenant, total int, err error) {
	if err := Authorize(by.Principal, TenantRead, vc.Scope{}); err != nil {
		return nil, 0, err
	}
	err = s.rows.View(ctx, vc.Scope{}, func(r Rows) error {
		if list, err = r.Tenants(q); err != nil {
			return err
		}
		total, err = r.CountTenants(q)
		return err
	})
	return list, total, err
}

// Tenant gives one tenant by slug or id. It needs tenant:read in the tenant; to a principal of another tenant it is
// [vc.NotFound] "tenant-not-found".
func (s *Service) Tenant(ctx context.Context, by Actor, tenant string) (vc.Tenant, error) {
	t, err := s.tenantOf(ctx, by.Principal, tenant)
	if err != nil {
		return vc.Tenant{}, err
	}
	own := vc.Scope{Tenant: t.ID, Organisation: by.Scope.Organisation}
	if by.Scope.Tenant == "" {
		own.Organisation = ""
	}
	return t, Authorize(by.Principal, TenantRead, own)
}

// TenantPatch changes what is not nil.
type TenantPatch struct {
	Name         *string
	ForbidsWhole *bool
}

// UpdateTenant renames a tenant or changes what it forbids; its slug is in published URLs and stays. It needs tenant:manage
// in the tenant, and fails with [vc.Invalid] "invalid-name".
func (s *Service) UpdateTenant(ctx context.Context, by Actor, tenant string, patch TenantPatch) (vc.Tenant, error) {
	t, err := s.tenantOf(ctx, by.Principal, tenant)
	if err != nil {
		return vc.Tenant{}, err
	}
	if err := Authorize(by.Principal, TenantManage, vc.Scope{Tenant: t.ID}); err != nil {
		return vc.Tenant{}, err
	}
	if patch.Name != nil {
		if err := checkName(*patch.Name); err != nil {
			return vc.Tenant{}, err
		}
	}
	return s.changeTenant(ctx, by, t.ID, "tenant.updated", func(t *vc.Tenant) (bool, error) {
		before := *t
		if patch.Name != nil {
			t.Name = *patch.Name
		}
		if patch.ForbidsWhole != nil {
			t.ForbidsWhole = *patch.ForbidsWhole
		}
		return t.Name != before.Name || t.ForbidsWhole != before.ForbidsWhole, nil
	})
}

// ArchiveTenant closes a tenant: its principals are refused, what it published stays. It needs tenant:manage at
// operator scope, and is idempotent. The default tenant is [vc.Conflict] "default-tenant": without it an operator could
// not even restore it.
func (s *Service) ArchiveTenant(ctx context.Context, by Actor, tenant string) (vc.Tenant, error) {
	return s.archiveTenant(ctx, by, tenant, "tenant.archived", s.stamp())
}

// RestoreTenant undoes [Service.ArchiveTenant].
func (s *Service) RestoreTenant(ctx context.Context, by Actor, tenant string) (vc.Tenant, error) {
	return s.archiveTenant(ctx, by, tenant, "tenant.restored", time.Time{})
}

func (s *Service) archiveTenant(ctx context.Context, by Actor, tenant, action string, at time.Time) (vc.Tenant, error) {
	t, err := s.tenantOf(ctx, by.Principal, tenant)
	if err != nil {
		return vc.Tenant{}, err
	}
	if err := Authorize(by.Principal, TenantManage, vc.Scope{}); err != nil {
		return vc.Tenant{}, err
	}
	if t.Slug == vc.DefaultTenant && !at.IsZero() {
		return vc.Tenant{}, defaultStaysOpen()
	}
	return s.changeTenant(ctx, by, t.ID, action, func(t *vc.Tenant) (bool, error) {
		if t.ArchivedAt.IsZero() == at.IsZero() {
			return false, nil
		}
		t.ArchivedAt = at
		return true, nil
	})
}

func defaultStaysOpen() error {
	return vc.Errorf(vc.Conflict, "default-tenant", "the default tenant is where an operator acts who names none: it stays open")
}

// changeTenant writes what change made of the tenant, with its journal entry, if it made anything.
func (s *Service) changeTenant(ctx context.Context, by Actor, id, action string, change func(*vc.Tenant) (bool, error)) (t vc.Tenant, err error) {
	scope := vc.Scope{Tenant: id}
	err = s.rows.Update(ctx, scope, func(r Rows) error {
		if t, err = r.TenantForUpdate(); err != nil {
			return named(err, "tenant")
		}
		before := t.ForbidsWhole
		if write, err := change(&t); err != nil || !write {
			return err
		}
		detail := ""
		switch {
		case t.ForbidsWhole && !before:
			detail = "whole-credentials=forbidden"
		case before && !t.ForbidsWhole:
			detail = "whole-credentials=allowed"
		}
		if err := r.UpdateTenant(t); err != nil {
			return err
		}
		return r.Append(s.entry(by, scope, action, "tenant/"+id, detail))
	})
	s.tenants.forget(id)
	return t, err
}

// stamp is the present in the store's precision.
func (s *Service) stamp() time.Time { return s.now().UTC().Truncate(time.Microsecond) }
