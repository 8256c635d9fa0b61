package meeco

import (
	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
)

// tenancy are the routes of tenants, organisations and who may what in them. Their permissions are judged by the access
// service, in the scope of the path, and their errors have flat members too.
func (d *Door) tenancy() []line {
	lines := []line{
		{get, "/tenants", "tenancyGetTenants", headerIgnored, access.TenantRead, judged, d.notOffered},
		{post, "/tenants", "tenancyPostTenants", headerIgnored, access.TenantManage, judged, d.notOffered},
		{get, "/tenants/{tenant_id}", "tenancyGetTenantsTenantId", headerIgnored, access.TenantRead, judged, d.notOffered},
		{put, "/tenants/{tenant_id}", "tenancyPutTenantsTenantId", headerIgnored, access.TenantManage, judged, d.notOffered},
		{remove, "/tenants/{tenant_id}", "tenancyDeleteTenantsTenantId", headerIgnored, access.TenantManage, judged, d.notOffered},
		{post, "/tenants/{tenant_id}/archive", "tenancyPostTenantsTenantIdArchive", headerIgnored, access.TenantManage, judged, d.notOffered},
		{post, "/tenants/{tenant_id}/restore", "tenancyPostTenantsTenantIdRestore", headerIgnored, access.TenantManage, judged, d.notOffered},
		{post, "/tenants/{tenant_id}/security_rights", "tenancyPostTenantsTenantIdSecurityRights", headerIgnored, access.TenantManage, judged, d.notOffered},
		{remove, "/tenants/{tenant_id}/security_rights/{security_rights}", "tenancyDeleteTenantsTenantIdSecurityRightsSecurityRights", headerIgnored, access.TenantManage, judged, d.notOffered},
		{get, "/tenants/{tenant_id}/logo", "tenancyGetTenantsTenantIdLogo", headerIgnored, httpx.Public, here, d.notOffered},
		{get, "/tenants/{tenant_id}/orgs", "tenancyGetTenantsTenantIdOrgs", headerIgnored, access.TenantRead, judged, d.notOffered},
		{post, "/tenants/{tenant_id}/orgs", "tenancyPostTenantsTenantIdOrgs", headerIgnored, access.OrganisationManage, judged, d.notOffered},
		{get, "/orgs/{org_id}", "tenancyGetOrgsOrgId", headerIgnored, access.TenantRead, judged, d.notOffered},
		{put, "/orgs/{org_id}", "tenancyPutOrgsOrgId", headerIgnored, access.OrganisationManage, judged, d.notOffered},
		{remove, "/orgs/{org_id}", "tenancyDeleteOrgsOrgId", headerIgnored, access.OrganisationManage, judged, d.notOffered},
		{post, "/orgs/{org_id}/archive", "tenancyPostOrgsOrgIdArchive", headerIgnored, access.OrganisationManage, judged, d.notOffered},
		{post, "/orgs/{org_id}/restore", "tenancyPostOrgsOrgIdRestore", headerIgnored, access.OrganisationManage, judged, d.notOffered},
		{post, "/orgs/{org_id}/security_rights", "tenancyPostOrgsOrgIdSecurityRights", headerIgnored, access.OrganisationManage, judged, d.notOffered},
		{remove, "/orgs/{org_id}/security_rights/{security_rights}", "tenancyDeleteOrgsOrgIdSecurityRightsSecurityRights", headerIgnored, access.OrganisationManage, judged, d.notOffered},
		{get, "/orgs/{org_id}/logo", "tenancyGetOrgsOrgIdLogo", headerIgnored, httpx.Public, here, d.notOffered},
		{get, "/visible_orgs", "tenancyGetVisibleOrgs", headerIgnored, "", here, d.notOffered},
		{get, "/my_orgs", "tenancyGetMyOrgs", headerIgnored, "", here, d.notOffered},
		{get, "/orgs/{org_id}/admins", "tenancyGetOrgsOrgIdAdmins", headerIgnored, access.AccessRead, judged, d.notOffered},
		{get, "/orgs/{org_id}/admins/{org_admin_id}", "tenancyGetOrgsOrgIdAdminsOrgAdminId", headerIgnored, access.AccessRead, judged, d.notOffered},
		{remove, "/orgs/{org_id}/admins/{org_admin_id}", "tenancyDeleteOrgsOrgIdAdminsOrgAdminId", headerIgnored, access.AccessManage, judged, d.notOffered},
		{post, "/orgs/{org_id}/admins/{org_admin_id}/archive", "tenancyPostOrgsOrgIdAdminsOrgAdminIdArchive", headerIgnored, access.AccessManage, judged, d.notOffered},
		{post, "/orgs/{org_id}/admins/{org_admin_id}/restore", "tenancyPostOrgsOrgIdAdminsOrgAdminIdRestore", headerIgnored, access.AccessManage, judged, d.notOffered},
		{get, "/orgs/{org_id}/admins/{org_admin_id}/security_rights", "tenancyGetOrgsOrgIdAdminsOrgAdminIdSecurityRights", headerIgnored, access.AccessRead, judged, d.notOffered},
		{post, "/orgs/{org_id}/admins/{org_admin_id}/security_rights", "tenancyPostOrgsOrgIdAdminsOrgAdminIdSecurityRights", headerIgnored, access.AccessManage, judged, d.notOffered},
		{get, "/tenants/{tenant_id}/admins", "tenancyGetTenantsTenantIdAdmins", headerIgnored, access.AccessRead, judged, d.notOffered},
		{get, "/tenants/{tenant_id}/admins/{tenant_admin_id}", "tenancyGetTenantsTenantIdAdminsTenantAdminId", headerIgnored, access.AccessRead, judged, d.notOffered},
		{remove, "/tenants/{tenant_id}/admins/{tenant_admin_id}", "tenancyDeleteTenantsTenantIdAdminsTenantAdminId", headerIgnored, access.AccessManage, judged, d.notOffered},
		{post, "/tenants/{tenant_id}/admins/{tenant_admin_id}/archive", "tenancyPostTenantsTenantIdAdminsTenantAdminIdArchive", headerIgnored, access.AccessManage, judged, d.notOffered},
		{post, "/tenants/{tenant_id}/admins/{tenant_admin_id}/restore", "tenancyPostTenantsTenantIdAdminsTenantAdminIdRestore", headerIgnored, access.AccessManage, judged, d.notOffered},
		{post, "/tenants/{tenant_id}/admins/{tenant_admin_id}/security_rights", "tenancyPostTenantsTenantIdAdminsTenantAdminIdSecurityRights", headerIgnored, access.AccessManage, judged, d.notOffered},
		{get, "/global_admins", "tenancyGetGlobalAdmins", headerIgnored, access.OperatorManage, judged, d.notOffered},
		{get, "/global_admins/{id}", "tenancyGetGlobalAdminsId", headerIgnored, access.OperatorManage, judged, d.notOffered},
		{remove, "/global_admins/{id}", "tenancyDeleteGlobalAdminsId", headerIgnored, access.OperatorManage, judged, d.notOffered},
		{post, "/global_admins/{id}/archive", "tenancyPostGlobalAdminsIdArchive", headerIgnored, access.OperatorManage, judged, d.notOffered},
		{post, "/global_admins/{id}/restore", "tenancyPostGlobalAdminsIdRestore", headerIgnored, access.OperatorManage, judged, d.notOffered},
		{post, "/global_admins/{id}/security_rights", "tenancyPostGlobalAdminsIdSecurityRights", headerIgnored, access.OperatorManage, judged, d.notOffered},
		{remove, "/global_admins/{id}/security_rights/{security_rights}", "tenancyDeleteGlobalAdminsIdSecurityRightsSecurityRights", headerIgnored, access.OperatorManage, judged, d.notOffered},
		{get, "/security_rights", "tenancyGetSecurityRights", headerIgnored, "", here, d.notOffered},
		{get, "/security_rights_registry", "tenancyGetSecurityRightsRegistry", headerIgnored, httpx.Public, here, d.notOffered},
		{get, "/whoami", "tenancyGetWhoami", headerIgnored, "", here, d.notOffered},
		{get, "/applications", "tenancyGetApplications", headerOptional, access.AccessRead, here, d.notOffered},
		{post, "/applications", "tenancyPostApplications", headerOptional, access.AccessManage, here, d.notOffered},
		{get, "/applications/{id}", "tenancyGetApplicationsId", headerOptional, access.AccessRead, here, d.notOffered},
		{put, "/applications/{id}", "tenancyPutApplicationsId", headerOptional, access.AccessManage, here, d.notOffered},
		{remove, "/applications/{id}", "tenancyDeleteApplicationsId", headerOptional, access.AccessManage, here, d.notOffered},
		{get, "/users/invitations", "tenancyGetUsersInvitations", headerOptional, access.AccessRead, here, d.notOffered},
		{post, "/users/invitations", "tenancyPostUsersInvitations", headerOptional, access.AccessManage, here, d.notOffered},
		{get, "/users/invitations/{id}", "tenancyGetUsersInvitationsId", headerOptional, access.AccessRead, here, d.notOffered},
		{remove, "/users/invitations/{id}", "tenancyDeleteUsersInvitationsId", headerOptional, access.AccessManage, here, d.notOffered},
		{post, "/users/invitations/{id}/resend", "tenancyPostUsersInvitationsIdResend", headerOptional, access.AccessManage, here, d.notOffered},
		{post, "/users/invitations/{token}/accept", "tenancyPostUsersInvitationsTokenAccept", headerOptional, httpx.Public, here, d.notOffered},
		{put, "/users/me", "tenancyPutUsersMe", headerOptional, "", here, d.notOffered},
		{put, "/users/me/password", "tenancyPutUsersMePassword", headerOptional, "", here, d.notOffered},
		{get, "/deployments/wallets/orgs/{org_id}", "tenancyGetDeploymentsWalletsOrgsOrgId", headerIgnored, "", here, d.notOffered},
		{post, "/deployments/wallets/orgs/{org_id}", "tenancyPostDeploymentsWalletsOrgsOrgId", headerIgnored, "", here, d.notOffered},
		{get, "/deployments/wallets/{id}", "tenancyGetDeploymentsWalletsId", headerIgnored, "", here, d.notOffered},
		{remove, "/deployments/wallets/{id}", "tenancyDeleteDeploymentsWalletsId", headerIgnored, "", here, d.notOffered},
	}
	for i := range lines {
		lines[i].flat = true
	}
	return lines
}
