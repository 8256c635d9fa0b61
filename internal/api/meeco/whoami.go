package meeco

import (
	"context"
	"net/http"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// whoamiWire says who calls and what of.
type whoamiWire struct {
	ID              string               `json:"id"`
	Known           bool                 `json:"user_known_to_atom"`
	Type            string               `json:"user_type"`
	GivenName       orNull               `json:"given_name"`
	FamilyName      orNull               `json:"family_name"`
	Tenant          tenantOfCaller       `json:"tenant_in_jwt"`
	Orgs            []administeredOrg    `json:"administered_orgs"`
	Tenants         []administeredTenant `json:"administered_tenants"`
	ArchivedOrgs    []archivedOrg        `json:"administered_archived_orgs"`
	ArchivedTenants []administeredTenant `json:"administered_archived_tenants"`
}

// tenantOfCaller is null in every member but Known for an operator, who is no tenant's.
type tenantOfCaller struct {
	ID    orNull      `json:"tenant_id"`
	Name  orNull      `json:"tenant_name"`
	Known bool        `json:"tenant_known_to_atom"`
	Since httpx.Stamp `json:"user_became_tenant_admin_at"`
}

type administeredTenant struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	LogoURL string `json:"logo_url"`
	Color   string `json:"color"`
}

type archivedOrg struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	TenantID     string `json:"tenant_id"`
	LogoURL      string `json:"logo_url"`
	Color        string `json:"color"`
	TenantActive bool   `json:"tenant_active"`
}

type administeredOrg struct {
	archivedOrg
	Since httpx.Stamp `json:"user_became_org_admin_at"`
}

// userType names a kind of principal.
func userType(kind vc.PrincipalKind) string {
	switch kind {
	case vc.Client:
		return "application"
	case vc.Member:
		return "admin"
	}
	return "api_key"
}

func (d *Door) whoami(w http.ResponseWriter, r *http.Request, c call) error {
	given, family := personOf(c.who)
	out := whoamiWire{
		ID: c.who.ID, Known: true, Type: userType(c.who.Kind), GivenName: given, FamilyName: family,
		Orgs: []administeredOrg{}, Tenants: []administeredTenant{}, ArchivedOrgs: []archivedOrg{}, ArchivedTenants: []administeredTenant{},
	}
	if c.who.Scope.Tenant != "" {
		if err := d.inside(r.Context(), c, &out); err != nil {
			return err
		}
	}
	return answer(w, http.StatusOK, out)
}

// inside adds the tenant of a caller that is in one, and the organisations it sees there.
func (d *Door) inside(ctx context.Context, c call, out *whoamiWire) error {
	t, err := d.Access.TenantFor(ctx, c.who, c.who.Scope.Tenant)
	if err != nil {
		return err
	}
	out.Tenant = tenantOfCaller{ID: orNull(t.ID), Name: orNull(t.Name), Known: true}
	if c.who.Scope.Organisation == "" {
		out.Tenant.Since = httpx.Stamp(c.who.CreatedAt)
		out.Tenants = append(out.Tenants, administeredTenant{t.ID, t.Name, t.Profile.LogoURL, t.Profile.Color})
	}
	all, err := d.administered(ctx, c, t)
	if err != nil {
		return err
	}
	for _, o := range all {
		wire := archivedOrg{o.ID, o.Name, o.Tenant, o.Profile.LogoURL, o.Profile.Color, t.ArchivedAt.IsZero()}
		if o.ArchivedAt.IsZero() {
			out.Orgs = append(out.Orgs, administeredOrg{wire, httpx.Stamp(c.who.CreatedAt)})
		} else {
			out.ArchivedOrgs = append(out.ArchivedOrgs, wire)
		}
	}
	return nil
}
