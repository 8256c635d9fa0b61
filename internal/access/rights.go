package access

import (
	"slices"

	"github.com/chancery-vc/chancery/internal/vc"
)

// A security right is a role of one kind of scope: it is granted, stored, shown and enforced as one. Beside the plain
// roles, which are every server's, a tenant or an organisation has the rights that it was given; only those can be
// granted in it.

// Right is an entry of the registry. It is granted at a tenant's scope or at an organisation's, or, when it is for
// neither, at the operator's.
type Right struct {
	Role            vc.Role
	Description     string
	ForTenant       bool
	ForOrganisation bool
	Internal        bool // about administration, not about credentials
	Active          bool // one that is not can be granted to nobody
	Default         bool // a new tenant or organisation has it
	Outside         bool // a tenant's that says nothing of what its organisations do by themselves: see [AuthorizeOwn]
	Permissions     []Permission
}

// The rights that say what an organisation was set up for. Whether it has them is what MayIssue and MayVerify say.
const (
	organisationManages  vc.Role = "vc:org:manage" // both
	organisationIssues   vc.Role = "vc:org:issue"
	organisationVerifies vc.Role = "vc:org:verify"
)

var (
	governing = slices.Concat(look, []Permission{
		SchemaManage, TypeManage, ContextManage, DIDManage, PresentationManage, PresentationRead, CredentialVerify,
	})
	managing = slices.Concat(issuing, []Permission{TypeManage, DIDManage, CredentialErase})
	preparer = slices.Concat(issuing, []Permission{TypeManage, DIDManage})
)

var registry = slices.Concat(
	[]Right{
		{
			Role: "vc:tenant:manage", Description: "Manage the credential schemas and types of a tenant",
			ForTenant: true, Active: true, Default: true, Outside: true, Permissions: governing,
		},
		{
			Role: organisationManages, Description: "Issue and verify for an organisation, and manage what that needs",
			ForOrganisation: true, Active: true, Default: true, Permissions: managing,
		},
		{
			Role: organisationIssues, Description: "Issue for an organisation, and manage what that needs",
			ForOrganisation: true, Active: true, Permissions: preparer,
		},
		{
			Role: organisationVerifies, Description: "Verify for an organisation, and ask for presentations",
			ForOrganisation: true, Active: true, Permissions: verifying,
		},
		{Role: "vk:org:delegation", Description: "Delegate keys of an organisation", ForOrganisation: true},
	},
	global(), ofTenants(), ofOrganisations(),
)

func global() []Right {
	right := func(name, description string, permissions ...Permission) Right {
		return Right{
			Role: vc.Role("atom:global:" + name), Description: description, Internal: true, Active: true,
			Permissions: permissions,
		}
	}
	return []Right{
		right("create_tenant", "Make, change, archive and delete tenants", TenantManage, TenantRead),
		right("view_all_tenants", "See every tenant", TenantRead),
		right("view_all_orgs", "See every organisation", TenantRead),
		right("assign_sr_to_tenant", "Give rights to a tenant and take them", TenantManage),
		right("assign_global_sr_to_user", "Administer those who administer the server", OperatorManage),
		right("assign_tenant_sr_to_tenant_admin", "Administer those who administer a tenant", AccessManage),
		right("assign_org_sr_to_user", "Administer those who administer an organisation", AccessManage),
		right("list_admins_of_all_orgs", "See who administers any organisation", AccessRead),
		right("list_admin_sr_of_any_admin", "See what any administrator may", AccessRead),
	}
}

func ofTenants() []Right {
	right := func(name, description string, permissions ...Permission) Right {
		return Right{
			Role: vc.Role("atom:tenant:" + name), Description: description, ForTenant: true, Internal: true,
			Active: true, Default: true, Permissions: permissions,
		}
	}
	return []Right{
		right("view_tenant", "See the tenant", TenantRead),
		right("create_org", "Make, change, archive and delete the tenant's organisations", OrganisationManage),
		right("view_tenant_orgs", "See the tenant's organisations", TenantRead),
		right("list_tenant_admins", "See who administers the tenant", AccessRead),
		right("list_admins_of_all_orgs_of_tenant", "See who administers the tenant's organisations", AccessRead),
		right("assign_sr_to_org", "Give rights to an organisation and take them", OrganisationManage),
		right("assign_tenant_sr_to_tenant_admin", "Administer those who administer the tenant", AccessManage),
		// Nobody grants what they do not hold: who lets others manage an organisation may do so too.
		right("assign_org_sr_to_user", "Administer those who administer the tenant's organisations, and do what they may",
			slices.Concat([]Permission{AccessManage}, managing)...),
		right("list_org_admin_sr", "See what administrators of the tenant's organisations may", AccessRead),
	}
}

func ofOrganisations() []Right {
	right := func(name, description string, permission Permission) Right {
		return Right{
			Role: vc.Role("atom:org:" + name), Description: description, ForOrganisation: true, Internal: true,
			Active: true, Default: true, Permissions: []Permission{permission},
		}
	}
	return []Right{
		right("view_org", "See the organisation", TenantRead),
		right("list_org_admins", "See who administers the organisation", AccessRead),
		right("list_org_admin_sr", "See what administrators of the organisation may", AccessRead),
		right("assign_org_sr_to_user", "Administer those who administer the organisation", AccessManage),
	}
}

// Rights gives the registry, those of no use here included.
func Rights() []Right { return slices.Clone(registry) }

func rightOf(role vc.Role) (Right, bool) {
	for i := range registry {
		if registry[i].Role == role {
			return registry[i], true
		}
	}
	return Right{}, false
}

// IsRight says whether a role is a right of the registry.
func IsRight(role vc.Role) bool {
	_, right := rightOf(role)
	return right
}

// Plain says whether a role is one of every server's, and no right of the registry.
func Plain(role vc.Role) bool {
	return !IsRight(role) && permissions(role) != nil
}

// at says whether the right can be granted in a scope of that kind.
func (r Right) at(scope vc.Scope) bool {
	switch {
	case !r.Active:
		return false
	case scope.Tenant == "":
		return scope.Organisation == "" && !r.ForTenant && !r.ForOrganisation
	case scope.Organisation == "":
		return r.ForTenant
	}
	return r.ForOrganisation
}

// RightsOfTenant gives the rights that can be granted in a tenant, in the registry's order.
func RightsOfTenant(t vc.Tenant) []vc.Role {
	return chosen(vc.Scope{Tenant: t.ID}, func(r Right) bool { return given(t.Rights, r) })
}

// RightsOfOrganisation gives the rights that can be granted in an organisation, in the registry's order.
func RightsOfOrganisation(o vc.Organisation) []vc.Role {
	return chosen(vc.Scope{Tenant: o.Tenant, Organisation: o.ID}, func(r Right) bool {
		switch r.Role {
		case organisationManages:
			return o.MayIssue && o.MayVerify
		case organisationIssues:
			return o.MayIssue
		case organisationVerifies:
			return o.MayVerify
		}
		return given(o.Rights, r)
	})
}

func given(rights []vc.Role, r Right) bool {
	if rights == nil {
		return r.Default
	}
	return slices.Contains(rights, r.Role)
}

// chosen gives the rights of a scope's kind that are wanted; never nil.
func chosen(scope vc.Scope, wanted func(Right) bool) []vc.Role {
	out := []vc.Role{}
	for _, r := range registry {
		if r.at(scope) && wanted(r) {
			out = append(out, r.Role)
		}
	}
	return out
}

// RightsOf gives the rights a principal has at exactly a scope: those granted there, and those whose permissions a
// plain role gives that is granted there. Of one known by a token, those that the token was not narrowed below.
func RightsOf(p vc.Principal, scope vc.Scope) []vc.Role {
	return chosen(scope, func(r Right) bool {
		for _, permission := range r.Permissions {
			if p.Narrowed != nil && !slices.Contains(p.Narrowed, string(permission)) {
				return false
			}
		}
		return hasRight(p, scope, r.Role) || implied(p, scope, r)
	})
}

func hasRight(p vc.Principal, scope vc.Scope, right vc.Role) bool {
	return slices.Contains(p.Grants, vc.Grant{Scope: scope, Role: right})
}

// implied says whether a plain role that p has at exactly that scope gives all that the right does.
func implied(p vc.Principal, scope vc.Scope, r Right) bool {
	return slices.ContainsFunc(p.Grants, func(g vc.Grant) bool {
		if g.Scope != scope || !Plain(g.Role) {
			return false
		}
		role := permissions(g.Role)
		return !slices.ContainsFunc(r.Permissions, func(p Permission) bool { return !slices.Contains(role, p) })
	})
}
