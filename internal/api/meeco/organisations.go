package meeco

import (
	"context"
	"net/http"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

func (d *Door) organisations() []line {
	return []line{
		{get, "/tenants/{tenant_id}/orgs", "tenancyGetTenantsTenantIdOrgs", headerIgnored, access.TenantRead, judged, d.listOrganisations},
		{post, "/tenants/{tenant_id}/orgs", "tenancyPostTenantsTenantIdOrgs", headerIgnored, access.OrganisationManage, judged, d.createOrganisation},
		{get, "/orgs/{org_id}", "tenancyGetOrgsOrgId", headerIgnored, access.TenantRead, judged, d.getOrganisation},
		{put, "/orgs/{org_id}", "tenancyPutOrgsOrgId", headerIgnored, access.OrganisationManage, judged, d.updateOrganisation},
		{remove, "/orgs/{org_id}", "tenancyDeleteOrgsOrgId", headerIgnored, access.OrganisationManage, judged, d.closeOrganisation},
		{post, "/orgs/{org_id}/archive", "tenancyPostOrgsOrgIdArchive", headerIgnored, access.OrganisationManage, judged, d.changeOrganisation(d.Access.ArchiveOrganisation)},
		{post, "/orgs/{org_id}/restore", "tenancyPostOrgsOrgIdRestore", headerIgnored, access.OrganisationManage, judged, d.changeOrganisation(d.Access.RestoreOrganisation)},
		{post, "/orgs/{org_id}/security_rights", "tenancyPostOrgsOrgIdSecurityRights", headerIgnored, access.OrganisationManage, judged, d.giveRights(d.inOrganisation)},
		{remove, "/orgs/{org_id}/security_rights/{security_rights}", "tenancyDeleteOrgsOrgIdSecurityRightsSecurityRights", headerIgnored, access.OrganisationManage, judged, d.takeRights(d.inOrganisation)},
		{get, "/orgs/{org_id}/logo", "tenancyGetOrgsOrgIdLogo", headerIgnored, httpx.Public, here, d.organisationLogo},
		{get, "/visible_orgs", "tenancyGetVisibleOrgs", headerIgnored, "", here, d.visibleOrganisations},
		{get, "/my_orgs", "tenancyGetMyOrgs", headerIgnored, "", here, d.myOrganisations},
	}
}

// orgWire is an organisation.
type orgWire struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	TenantID   string      `json:"tenant_id"`
	TenantName string      `json:"tenant_name"`
	Archived   bool        `json:"archived"`
	Rights     []vc.Role   `json:"security_rights"`
	CreatedAt  httpx.Stamp `json:"created_at"`
	CompanyURL orNull      `json:"company_url"`
	profileWire
}

type oneOrg struct {
	Org orgWire `json:"org"`
}

type orgList struct {
	Orgs []orgWire `json:"orgs"`
	Meta meta      `json:"meta"`
	Next orNull    `json:"next_page_after"`
}

func wireOrganisation(o vc.Organisation, tenant string) orgWire {
	return orgWire{
		ID: o.ID, Name: o.Name, TenantID: o.Tenant, TenantName: tenant, Archived: !o.ArchivedAt.IsZero(),
		Rights: access.RightsOfOrganisation(o), CreatedAt: httpx.Stamp(o.CreatedAt), CompanyURL: orNull(o.Profile.CompanyURL),
		profileWire: wireProfile(o.Profile),
	}
}

func wireOrganisations(list []vc.Organisation, tenant string) []orgWire {
	out := []orgWire{}
	for _, o := range list {
		out = append(out, wireOrganisation(o, tenant))
	}
	return out
}

// answerOrganisation answers with an organisation and the name of its tenant.
func (d *Door) answerOrganisation(w http.ResponseWriter, r *http.Request, c call, o vc.Organisation, err error) error {
	if err != nil {
		return err
	}
	t, err := d.Access.TenantFor(r.Context(), c.who, o.Tenant)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, oneOrg{wireOrganisation(o, t.Name)})
}

// newOrganisation is an organisation as it is sent: what is absent is empty, or stays.
type newOrganisation struct {
	Name       *string `json:"name"`
	CompanyURL *string `json:"company_url"`
	profileIn
}

func (in newOrganisation) over(p vc.Profile) vc.Profile {
	if in.CompanyURL != nil {
		p.CompanyURL = *in.CompanyURL
	}
	return in.profileIn.over(p)
}

func (d *Door) listOrganisations(w http.ResponseWriter, r *http.Request, c call) error {
	t, err := d.tenantOf(r, c, r.PathValue("tenant_id"))
	if err != nil {
		return err
	}
	l, err := tenancyPage(r)
	if err != nil {
		return err
	}
	all, total, err := d.Access.OrganisationsPage(r.Context(), c.actor(), vc.Scope{Tenant: t.ID}, l.ListQuery)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, orgList{wireOrganisations(all, t.Name), l.meta(total), l.nextPage(total)})
}

func (d *Door) createOrganisation(w http.ResponseWriter, r *http.Request, c call) error {
	scope, err := d.inTenancy(r, c)
	if err != nil {
		return err
	}
	whole, err := flag(r, "add_all_external_security_rights")
	if err != nil {
		return err
	}
	if _, err := flag(r, "no_first_user"); err != nil { // it changes nothing: who makes an organisation is none of it
		return err
	}
	var in newOrganisation
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	if in.Name == nil {
		return httpx.Missing("/name")
	}
	set := whole != nil && *whole
	o, err := d.Access.CreateOrganisation(r.Context(), c.actor(), vc.Organisation{
		Tenant: scope.Tenant, Name: *in.Name, Profile: in.over(vc.Profile{}), MayIssue: set, MayVerify: set,
	})
	return d.answerOrganisation(w, r, c, o, profilePlaced(err))
}

func (d *Door) getOrganisation(w http.ResponseWriter, r *http.Request, c call) error {
	scope, err := d.inOrganisation(r, c)
	if err != nil {
		return err
	}
	o, err := d.Access.Organisation(r.Context(), c.actor(), scope.Tenant, scope.Organisation)
	return d.answerOrganisation(w, r, c, o, err)
}

func (d *Door) updateOrganisation(w http.ResponseWriter, r *http.Request, c call) error {
	scope, err := d.inOrganisation(r, c)
	if err != nil {
		return err
	}
	if err := access.Authorize(c.who, access.OrganisationManage, vc.Scope{Tenant: scope.Tenant}); err != nil {
		return err
	}
	var in newOrganisation
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	if in.Name == nil {
		return httpx.Missing("/name")
	}
	o, err := d.Access.UpdateOrganisationProfile(r.Context(), c.actor(), scope.Tenant, scope.Organisation, *in.Name, in.over)
	return d.answerOrganisation(w, r, c, o, profilePlaced(err))
}

func (d *Door) closeOrganisation(w http.ResponseWriter, r *http.Request, c call) error {
	scope, err := d.inOrganisation(r, c)
	if err != nil {
		return err
	}
	if err := d.Access.CloseOrganisation(r.Context(), c.actor(), scope.Tenant, scope.Organisation); err != nil {
		return err
	}
	return done(w)
}

func (d *Door) changeOrganisation(change func(context.Context, access.Actor, string, string) (vc.Organisation, error)) act {
	return func(w http.ResponseWriter, r *http.Request, c call) error {
		scope, err := d.inOrganisation(r, c)
		if err != nil {
			return err
		}
		o, err := change(r.Context(), c.actor(), scope.Tenant, scope.Organisation)
		return d.answerOrganisation(w, r, c, o, err)
	}
}

func (d *Door) organisationLogo(w http.ResponseWriter, r *http.Request, _ call) error {
	url, err := d.Access.OrganisationLogo(r.Context(), r.PathValue("org_id"))
	return redirect(w, url, err)
}

// administered gives the organisations that the caller sees in a tenant: all of it, its own, or none where it may not
// look.
func (d *Door) administered(ctx context.Context, c call, t vc.Tenant) ([]vc.Organisation, error) {
	if c.who.Scope.Organisation != "" {
		o, err := d.Access.OrganisationOf(ctx, c.who.Scope)
		return []vc.Organisation{o}, err
	}
	scope := vc.Scope{Tenant: t.ID}
	if access.Authorize(c.who, access.TenantRead, scope) != nil {
		return nil, nil
	}
	q := vc.ListQuery{Page: vc.Page{Limit: 1000}}
	var all []vc.Organisation
	for {
		list, err := d.Access.Organisations(ctx, c.actor(), scope, q)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
		if len(list) < q.Page.Limit {
			return all, nil
		}
		q.Page.After = list[len(list)-1].ID
	}
}

// active parts organisations from archived ones.
func active(all []vc.Organisation) (open, archived []vc.Organisation) {
	for _, o := range all {
		if o.ArchivedAt.IsZero() {
			open = append(open, o)
		} else {
			archived = append(archived, o)
		}
	}
	return open, archived
}

func (d *Door) visibleOrganisations(w http.ResponseWriter, r *http.Request, c call) error {
	t, err := d.tenantOf(r, c, httpx.Query(r).Get("tenant_id"))
	if err != nil {
		return err
	}
	all, err := d.administered(r.Context(), c, t)
	if err != nil {
		return err
	}
	open, _ := active(all)
	return answer(w, http.StatusOK, struct {
		Orgs []orgWire `json:"orgs"`
	}{wireOrganisations(open, t.Name)})
}

func (d *Door) myOrganisations(w http.ResponseWriter, r *http.Request, c call) error {
	t, err := d.tenantOf(r, c, httpx.Query(r).Get("tenant_id"))
	if err != nil {
		return err
	}
	all, err := d.administered(r.Context(), c, t)
	if err != nil {
		return err
	}
	open, archived := active(all)
	return answer(w, http.StatusOK, struct {
		Orgs     []orgWire `json:"orgs"`
		Archived []orgWire `json:"archived_orgs"`
	}{wireOrganisations(open, t.Name), wireOrganisations(archived, t.Name)})
}
