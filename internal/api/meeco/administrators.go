package meeco

import (
	"context"
	"net/http"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/vc"
)

func (d *Door) administrators() []line {
	return []line{
		{get, "/orgs/{org_id}/admins", "tenancyGetOrgsOrgIdAdmins", headerIgnored, access.AccessRead, judged, d.listAdministrators(d.inOrganisation)},
		{get, "/orgs/{org_id}/admins/{org_admin_id}", "tenancyGetOrgsOrgIdAdminsOrgAdminId", headerIgnored, access.AccessRead, judged, d.getAdministrator(d.inOrganisation)},
		{remove, "/orgs/{org_id}/admins/{org_admin_id}", "tenancyDeleteOrgsOrgIdAdminsOrgAdminId", headerIgnored, access.AccessManage, judged, d.removeAdministrator(d.inOrganisation)},
		{post, "/orgs/{org_id}/admins/{org_admin_id}/archive", "tenancyPostOrgsOrgIdAdminsOrgAdminIdArchive", headerIgnored, access.AccessManage, judged, d.archiveAdministrator(d.inOrganisation)},
		{post, "/orgs/{org_id}/admins/{org_admin_id}/restore", "tenancyPostOrgsOrgIdAdminsOrgAdminIdRestore", headerIgnored, access.AccessManage, judged, d.restoreAdministrator(d.inOrganisation)},
		{get, "/orgs/{org_id}/admins/{org_admin_id}/security_rights", "tenancyGetOrgsOrgIdAdminsOrgAdminIdSecurityRights", headerIgnored, access.AccessRead, judged, d.rightsOfAdministrator(d.inOrganisation)},
		{post, "/orgs/{org_id}/admins/{org_admin_id}/security_rights", "tenancyPostOrgsOrgIdAdminsOrgAdminIdSecurityRights", headerIgnored, access.AccessManage, judged, d.grantRights(d.inOrganisation)},
		{get, "/tenants/{tenant_id}/admins", "tenancyGetTenantsTenantIdAdmins", headerIgnored, access.AccessRead, judged, d.listAdministrators(d.inTenancy)},
		{get, "/tenants/{tenant_id}/admins/{tenant_admin_id}", "tenancyGetTenantsTenantIdAdminsTenantAdminId", headerIgnored, access.AccessRead, judged, d.getAdministrator(d.inTenancy)},
		{remove, "/tenants/{tenant_id}/admins/{tenant_admin_id}", "tenancyDeleteTenantsTenantIdAdminsTenantAdminId", headerIgnored, access.AccessManage, judged, d.removeAdministrator(d.inTenancy)},
		{post, "/tenants/{tenant_id}/admins/{tenant_admin_id}/archive", "tenancyPostTenantsTenantIdAdminsTenantAdminIdArchive", headerIgnored, access.AccessManage, judged, d.archiveAdministrator(d.inTenancy)},
		{post, "/tenants/{tenant_id}/admins/{tenant_admin_id}/restore", "tenancyPostTenantsTenantIdAdminsTenantAdminIdRestore", headerIgnored, access.AccessManage, judged, d.restoreAdministrator(d.inTenancy)},
		{post, "/tenants/{tenant_id}/admins/{tenant_admin_id}/security_rights", "tenancyPostTenantsTenantIdAdminsTenantAdminIdSecurityRights", headerIgnored, access.AccessManage, judged, d.grantRights(d.inTenancy)},
		{get, "/global_admins", "tenancyGetGlobalAdmins", headerIgnored, access.OperatorManage, judged, d.listAdministrators(d.inServer)},
		{get, "/global_admins/{id}", "tenancyGetGlobalAdminsId", headerIgnored, access.OperatorManage, judged, d.getAdministrator(d.inServer)},
		{remove, "/global_admins/{id}", "tenancyDeleteGlobalAdminsId", headerIgnored, access.OperatorManage, judged, d.removeAdministrator(d.inServer)},
		{post, "/global_admins/{id}/archive", "tenancyPostGlobalAdminsIdArchive", headerIgnored, access.OperatorManage, judged, d.archiveAdministrator(d.inServer)},
		{post, "/global_admins/{id}/restore", "tenancyPostGlobalAdminsIdRestore", headerIgnored, access.OperatorManage, judged, d.restoreAdministrator(d.inServer)},
		{post, "/global_admins/{id}/security_rights", "tenancyPostGlobalAdminsIdSecurityRights", headerIgnored, access.OperatorManage, judged, d.grantRights(d.inServer)},
		{remove, "/global_admins/{id}/security_rights/{security_rights}", "tenancyDeleteGlobalAdminsIdSecurityRightsSecurityRights", headerIgnored, access.OperatorManage, judged, d.withdrawRights(d.inServer)},
	}
}

// adminWire is an administrator: a member, or an API key, whose name is its given name.
type adminWire struct {
	ID         string `json:"id"`
	Email      orNull `json:"email"`
	GivenName  orNull `json:"given_name"`
	FamilyName orNull `json:"family_name"`
	Archived   bool   `json:"archived"`
}

type oneAdmin struct {
	Admin adminWire `json:"admin"`
}

type adminList struct {
	Admins []adminWire `json:"admins"`
	Meta   meta        `json:"meta"`
	Next   orNull      `json:"next_page_after"`
}

func wireAdmin(p vc.Principal) adminWire {
	given, family := personOf(p)
	return adminWire{p.ID, orNull(p.Email), given, family, !p.ArchivedAt.IsZero()}
}

func personOf(p vc.Principal) (given, family orNull) {
	if p.Kind != vc.Member {
		return orNull(p.Name), ""
	}
	return orNull(p.GivenName), orNull(p.FamilyName)
}

// administrator is the id in the path, whatever the path calls it.
func administrator(r *http.Request) string {
	return r.PathValue("org_admin_id") + r.PathValue("tenant_admin_id") + r.PathValue("id")
}

func (d *Door) listAdministrators(in locality) act {
	return in.then(func(w http.ResponseWriter, r *http.Request, c call, scope vc.Scope) error {
		l, err := tenancyPage(r)
		if err != nil {
			return err
		}
		all, total, err := d.Access.Administrators(r.Context(), c.actor(), scope, l.ListQuery)
		if err != nil {
			return err
		}
		out := adminList{Admins: []adminWire{}, Meta: l.meta(total), Next: l.nextPage(total)}
		for _, p := range all {
			out.Admins = append(out.Admins, wireAdmin(p))
		}
		return answer(w, http.StatusOK, out)
	})
}

// administering is an act on an administrator that answers with it.
func administering(in locality, do func(context.Context, access.Actor, vc.Scope, string) (vc.Principal, error)) act {
	return in.then(func(w http.ResponseWriter, r *http.Request, c call, scope vc.Scope) error {
		p, err := do(r.Context(), c.actor(), scope, administrator(r))
		if err != nil {
			return err
		}
		return answer(w, http.StatusOK, oneAdmin{wireAdmin(p)})
	})
}

func (d *Door) getAdministrator(in locality) act { return administering(in, d.Access.Administrator) }

func (d *Door) restoreAdministrator(in locality) act {
	return administering(in, d.Access.RestoreAdministrator)
}

func (d *Door) archiveAdministrator(in locality) act {
	return in.then(func(w http.ResponseWriter, r *http.Request, c call, scope vc.Scope) error {
		if _, err := d.Access.ArchiveAdministrator(r.Context(), c.actor(), scope, administrator(r)); err != nil {
			return err
		}
		return done(w)
	})
}

func (d *Door) removeAdministrator(in locality) act {
	return in.then(func(w http.ResponseWriter, r *http.Request, c call, scope vc.Scope) error {
		if err := d.Access.RemoveAdministrator(r.Context(), c.actor(), scope, administrator(r)); err != nil {
			return err
		}
		return done(w)
	})
}
