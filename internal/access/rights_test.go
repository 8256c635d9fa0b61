package access_test

import (
	"slices"
	"testing"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/vc"
)

// office is a tenant with two organisations, and an API key with the plain role of each.
type office struct {
	*world
	s            *access.Service
	op           access.Actor
	tenant       vc.Tenant
	a, b         vc.Organisation
	inT, inA     vc.Scope
	inB          vc.Scope
	chief, admin access.Actor // of the tenant, of a
}

func newOffice(t testing.TB) *office { return newOfficeIn(newWorld(t)) }

func newOfficeIn(w *world) *office {
	o := &office{world: w, s: w.server()}
	o.op = w.operator(o.s)
	o.tenant = w.tenant(o.s, o.op, "one")
	for _, org := range []*vc.Organisation{&o.a, &o.b} {
		made, err := o.s.CreateOrganisation(w.ctx, o.op, vc.Organisation{Tenant: o.tenant.ID, Name: "O", MayIssue: true, MayVerify: true})
		check(w.t, err)
		*org = made
	}
	o.inT = vc.Scope{Tenant: o.tenant.ID}
	o.inA = vc.Scope{Tenant: o.tenant.ID, Organisation: o.a.ID}
	o.inB = vc.Scope{Tenant: o.tenant.ID, Organisation: o.b.ID}
	_, key := w.apiKey(o.s, o.op, o.inT, vc.TenantAdmin)
	o.chief = w.actor(o.s, key)
	_, key = w.apiKey(o.s, o.op, o.inA, vc.OrganisationAdmin)
	o.admin = w.actor(o.s, key)
	return o
}

// member invites into a scope and accepts.
func (o *office) member(by access.Actor, scope vc.Scope, email string) (vc.Principal, string) {
	o.t.Helper()
	_, token, err := o.s.Invite(o.ctx, by, scope, access.NewInvitation{Email: email, GivenName: "Ada", FamilyName: "Byron"})
	check(o.t, err)
	_, p, key, err := o.s.AcceptInvitation(o.ctx, access.Actor{Door: "test"}, token)
	check(o.t, err)
	return p, key
}

// with makes an API key with nothing but those rights, or roles.
func (o *office) with(scope vc.Scope, rights ...vc.Role) access.Actor {
	o.t.Helper()
	grants := make([]vc.Grant, len(rights))
	for i, right := range rights {
		grants[i] = vc.Grant{Scope: scope, Role: right}
	}
	_, key, err := o.s.CreatePrincipal(o.ctx, o.op, scope, access.NewPrincipal{Kind: vc.APIKey, Name: "with", Grants: grants})
	check(o.t, err)
	return o.actor(o.s, key)
}

// Every right is one of exactly one kind of scope, and gives nothing that the plain administrator of it has not.
func TestRegistry(t *testing.T) {
	seen := map[vc.Role]bool{}
	for _, r := range access.Rights() {
		if seen[r.Role] || access.Plain(r.Role) {
			t.Errorf("%s is there twice", r.Role)
		}
		seen[r.Role] = true
		if r.Description == "" || (r.ForTenant && r.ForOrganisation) || r.Active != (len(r.Permissions) > 0) {
			t.Errorf("%+v", r)
		}
		above := vc.Operator
		switch {
		case r.ForTenant:
			above = vc.TenantAdmin
		case r.ForOrganisation:
			above = vc.OrganisationAdmin
		case r.Default:
			t.Errorf("%s is everybody's", r.Role)
		}
		for _, p := range access.Permissions(r.Role) {
			if !slices.Contains(access.Permissions(above), p) {
				t.Errorf("%s gives %s, which %s has not", r.Role, p, above)
			}
			if p == access.OperatorManage && (r.ForTenant || r.ForOrganisation) {
				t.Errorf("%s gives %s", r.Role, p)
			}
		}
	}
	for _, role := range roles {
		if !access.Plain(role) {
			t.Errorf("%s is no plain role", role)
		}
	}
	if access.Plain("king") || access.Plain("vk:org:delegation") {
		t.Error("what is no role is plain")
	}
}

func TestRightsOf(t *testing.T) {
	o := newOffice(t)
	all := access.RightsOf(o.chief.Principal, o.inT)
	if !slices.Equal(all, access.RightsOfTenant(o.tenant)) || len(all) != 10 {
		t.Errorf("a tenant's admin has %v", all)
	}
	if got := access.RightsOf(o.chief.Principal, o.inA); len(got) != 0 {
		t.Errorf("what is granted outside shows inside: %v", got)
	}
	if got := access.RightsOf(o.admin.Principal, o.inA); !slices.Equal(got, access.RightsOfOrganisation(o.a)) || len(got) != 7 {
		t.Errorf("an organisation's admin has %v", got)
	}
	if got := access.RightsOf(o.op.Principal, vc.Scope{}); len(got) != 9 {
		t.Errorf("an operator has %v", got)
	}
	one := o.with(o.inA, "vc:org:verify")
	if got := access.RightsOf(one.Principal, o.inA); !slices.Equal(got, []vc.Role{"vc:org:verify"}) {
		t.Errorf("%v", got)
	}
	one.Narrowed = []string{string(access.CatalogRead)}
	if got := access.RightsOf(one.Principal, o.inA); len(got) != 0 {
		t.Errorf("a narrowed token keeps %v", got)
	}
	for _, c := range []struct {
		issue, verify bool
		want          []vc.Role
	}{
		{true, true, []vc.Role{"vc:org:manage", "vc:org:issue", "vc:org:verify"}},
		{true, false, []vc.Role{"vc:org:issue"}},
		{false, true, []vc.Role{"vc:org:verify"}},
		{false, false, []vc.Role{}},
	} {
		got := access.RightsOfOrganisation(vc.Organisation{Tenant: "t", ID: "o", MayIssue: c.issue, MayVerify: c.verify, Rights: []vc.Role{}})
		if !slices.Equal(got, c.want) {
			t.Errorf("%v", got)
		}
	}
}

// What the rights let do, and where.
func TestRightsAreEnforced(t *testing.T) {
	o := newOffice(t)
	for _, c := range []struct {
		at   vc.Scope
		role vc.Role
		perm access.Permission
		in   vc.Scope
		may  bool
	}{
		{o.inT, "vc:tenant:manage", access.SchemaManage, o.inT, true},
		{o.inT, "vc:tenant:manage", access.TypeManage, o.inT, true},
		{o.inT, "vc:tenant:manage", access.CredentialIssue, o.inA, false},
		{o.inT, "vc:tenant:manage", access.AccessManage, o.inT, false},
		{o.inT, "vc:tenant:manage", access.OrganisationManage, o.inT, false},
		{o.inA, "vc:org:manage", access.CredentialIssue, o.inA, true},
		{o.inA, "vc:org:manage", access.TypeManage, o.inA, true},
		{o.inA, "vc:org:manage", access.TypeManage, o.inT, false},
		{o.inA, "vc:org:manage", access.SchemaManage, o.inA, false},
		{o.inA, "vc:org:manage", access.CredentialIssue, o.inB, false},
		{o.inA, "vc:org:verify", access.CredentialVerify, o.inA, true},
		{o.inA, "vc:org:verify", access.CredentialIssue, o.inA, false},
		{o.inA, "atom:org:assign_org_sr_to_user", access.AccessManage, o.inA, true},
		{o.inA, "atom:org:assign_org_sr_to_user", access.AccessManage, o.inT, false},
		{vc.Scope{}, "atom:global:create_tenant", access.TenantManage, vc.Scope{}, true},
		{vc.Scope{}, "atom:global:create_tenant", access.OperatorManage, vc.Scope{}, false},
		{vc.Scope{}, "atom:global:view_all_orgs", access.TenantRead, o.inB, true},
		{vc.Scope{}, "atom:global:view_all_orgs", access.CredentialRead, o.inB, false},
	} {
		by := o.with(c.at, c.role)
		if got := access.Authorize(by.Principal, c.perm, c.in) == nil; got != c.may {
			t.Errorf("%s at %v: %s in %v is %t", c.role, c.at, c.perm, c.in, got)
		}
	}
}
