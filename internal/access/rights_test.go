package access_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

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

func newOffice(t testing.TB) *office {
	w := newWorld(t)
	o := &office{world: w, s: w.server()}
	o.op = w.operator(o.s)
	o.tenant = w.tenant(o.s, o.op, "one")
	for _, org := range []*vc.Organisation{&o.a, &o.b} {
		made, err := o.s.CreateOrganisation(w.ctx, o.op, vc.Organisation{Tenant: o.tenant.ID, Name: "O", MayIssue: true, MayVerify: true})
		check(t, err)
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

func TestGrantRights(t *testing.T) {
	o := newOffice(t)
	p, key := o.member(o.admin, o.inA, "ada@a.example")
	chiefsOwn := o.with(o.inT, vc.VerifierRole)
	weak := o.with(o.inA, "atom:org:assign_org_sr_to_user")
	grant := func(by access.Actor, scope vc.Scope, id string, rights ...vc.Role) error {
		return o.s.GrantRights(o.ctx, by, scope, id, rights)
	}
	fails(t, grant(weak, o.inA, p.ID, "vc:org:manage"), vc.Denied, "grant-exceeds-own")
	fails(t, grant(weak, o.inT, chiefsOwn.ID, "vc:tenant:manage"), vc.Denied, "permission-denied")
	fails(t, grant(weak, o.inB, p.ID, "atom:org:assign_org_sr_to_user"), vc.Denied, "permission-denied")
	fails(t, grant(o.chief, o.inA, p.ID, "vc:org:rule"), vc.Invalid, "right-unknown")
	fails(t, grant(o.chief, o.inA, p.ID, vc.OrganisationAdmin), vc.Invalid, "right-unknown")
	fails(t, grant(o.chief, o.inA, p.ID, "vc:tenant:manage"), vc.Invalid, "right-not-available")
	fails(t, grant(o.chief, o.inT, chiefsOwn.ID, "vc:org:manage"), vc.Invalid, "right-not-available")
	fails(t, grant(o.chief, o.inT, chiefsOwn.ID, "atom:global:create_tenant"), vc.Invalid, "right-not-available")
	fails(t, grant(o.chief, o.inA, p.ID, "vk:org:delegation"), vc.Invalid, "right-not-available")
	fails(t, grant(o.chief, o.inB, p.ID, "vc:org:manage"), vc.NotFound, "principal-not-found")
	fails(t, grant(o.chief, o.inT, p.ID, "vc:tenant:manage"), vc.NotFound, "principal-not-found") // inside, not there
	fails(t, grant(o.chief, o.inA, "x", "vc:org:manage"), vc.NotFound, "principal-not-found")
	fails(t, grant(o.chief, vc.Scope{}, o.op.ID, "atom:global:create_tenant"), vc.Denied, "permission-denied")
	fails(t, grant(access.Actor{}, o.inA, p.ID, "vc:org:manage"), vc.Denied, "permission-denied")
	client, _ := o.client(o.s, o.chief, o.inA, vc.IssuerRole)
	fails(t, grant(o.chief, o.inA, client.ID, "vc:org:manage"), vc.NotFound, "principal-not-found")

	check(t, o.s.WithdrawRights(o.ctx, o.chief, o.inA, p.ID, []vc.Role{"vc:org:manage"}))
	me := o.actor(o.s, key)
	if access.Authorize(me.Principal, access.CredentialIssue, o.inA) == nil {
		t.Error("a withdrawn right is kept")
	}
	before := o.entries()
	check(t, grant(o.admin, o.inA, p.ID, "vc:org:manage", "vc:org:manage"))
	check(t, grant(o.admin, o.inA, p.ID, "vc:org:manage"))
	if o.entries() != before+1 {
		t.Error("one change is one entry")
	}
	me = o.actor(o.s, key)
	check(t, access.Authorize(me.Principal, access.CredentialIssue, o.inA))

	// Who expires gives nothing to who lives longer.
	brief, text, err := o.s.CreatePrincipal(o.ctx, o.chief, o.inA, access.NewPrincipal{
		Kind: vc.APIKey, Name: "brief", Grants: []vc.Grant{{Scope: o.inA, Role: vc.OrganisationAdmin}}, ExpiresAt: o.clock().Add(time.Hour),
	})
	check(t, err)
	fails(t, grant(o.actor(o.s, text), o.inA, p.ID, "vc:org:issue"), vc.Denied, "expiry-exceeds-own")
	check(t, grant(o.actor(o.s, text), o.inA, brief.ID, "vc:org:issue"))
}

func TestWithdrawRights(t *testing.T) {
	o := newOffice(t)
	p, _ := o.member(o.admin, o.inA, "ada@a.example")
	withdraw := func(by access.Actor, scope vc.Scope, id string, rights ...vc.Role) error {
		return o.s.WithdrawRights(o.ctx, by, scope, id, rights)
	}
	fails(t, withdraw(o.admin, o.inA, o.admin.ID, "vc:org:manage"), vc.Conflict, "own-access")
	fails(t, withdraw(o.chief, o.inA, o.admin.ID, "vc:org:manage"), vc.Conflict, "right-of-role")
	fails(t, withdraw(o.admin, o.inB, p.ID, "vc:org:manage"), vc.Denied, "permission-denied")
	fails(t, withdraw(o.chief, o.inA, p.ID, "none"), vc.Invalid, "right-unknown")
	check(t, withdraw(o.chief, o.inA, p.ID, "vc:org:manage", "vc:org:verify"))
	got, err := o.s.Administrator(o.ctx, o.chief, o.inA, p.ID)
	check(t, err)
	if rights := access.RightsOf(got, o.inA); slices.Contains(rights, "vc:org:manage") || !slices.Contains(rights, "atom:org:view_org") {
		t.Errorf("%v", rights)
	}
	before := o.entries()
	check(t, withdraw(o.chief, o.inA, p.ID, "vc:org:manage"))
	if o.entries() != before {
		t.Error("an entry for nothing")
	}
}

// What is taken from an organisation or a tenant is gone from everyone in it, and can be granted to nobody.
func TestTakeRights(t *testing.T) {
	o := newOffice(t)
	p, key := o.member(o.admin, o.inA, "ada@a.example")
	q, other := o.member(o.chief, o.inB, "bob@b.example")
	for _, by := range []access.Actor{o.admin, o.with(o.inT, "vc:tenant:manage"), {}} {
		fails(t, o.s.TakeRights(o.ctx, by, o.inA, []vc.Role{"vc:org:manage"}), vc.Denied, "permission-denied")
		fails(t, o.s.GiveRights(o.ctx, by, o.inA, []vc.Role{"vc:org:manage"}), vc.Denied, "permission-denied")
	}
	for _, role := range []vc.Role{"vc:tenant:manage", "atom:tenant:create_org"} {
		fails(t, o.s.TakeRights(o.ctx, o.chief, o.inT, []vc.Role{role}), vc.Denied, "permission-denied")
		fails(t, o.s.TakeRights(o.ctx, o.chief, o.inA, []vc.Role{role}), vc.Invalid, "right-not-available")
	}
	fails(t, o.s.TakeRights(o.ctx, o.op, vc.Scope{}, []vc.Role{"atom:global:create_tenant"}), vc.NotFound, "tenant-not-found")

	check(t, o.s.TakeRights(o.ctx, o.chief, o.inA, []vc.Role{"vc:org:manage", "atom:org:view_org"}))
	org, err := o.s.Organisation(o.ctx, o.chief, o.tenant.ID, o.a.ID)
	check(t, err)
	if org.MayIssue || org.MayVerify || len(access.RightsOfOrganisation(org)) != 3 {
		t.Errorf("%+v", org)
	}
	me := o.actor(o.s, key)
	if access.Authorize(me.Principal, access.CredentialVerify, o.inA) == nil || len(access.RightsOf(me.Principal, o.inA)) != 3 {
		t.Errorf("%+v", me.Grants)
	}
	if bob := o.actor(o.s, other); !slices.Equal(bob.Grants, q.Grants) {
		t.Errorf("the neighbour has lost %+v", bob.Grants)
	}
	fails(t, o.s.GrantRights(o.ctx, o.chief, o.inA, p.ID, []vc.Role{"vc:org:manage"}), vc.Invalid, "right-not-available")
	_, _, err = o.s.CreatePrincipal(o.ctx, o.chief, o.inA, access.NewPrincipal{
		Kind: vc.Client, Name: "x", Grants: []vc.Grant{{Scope: o.inA, Role: "vc:org:verify"}},
	})
	fails(t, err, vc.Invalid, "right-not-available")

	check(t, o.s.GiveRights(o.ctx, o.chief, o.inA, []vc.Role{"vc:org:verify"}))
	org, err = o.s.Organisation(o.ctx, o.chief, o.tenant.ID, o.a.ID)
	check(t, err)
	if org.MayIssue || !org.MayVerify {
		t.Errorf("%+v", org)
	}
	me = o.actor(o.s, key)
	if access.Authorize(me.Principal, access.CredentialVerify, o.inA) == nil {
		t.Error("what was taken came back by itself")
	}
	before := o.entries()
	check(t, o.s.GiveRights(o.ctx, o.chief, o.inA, []vc.Role{"vc:org:verify"}))
	if o.entries() != before {
		t.Error("an entry for nothing")
	}
	check(t, o.s.TakeRights(o.ctx, o.op, o.inT, []vc.Role{"vc:tenant:manage"}))
	fails(t, o.s.GrantRights(o.ctx, o.op, o.inT, o.chief.ID, []vc.Role{"vc:tenant:manage"}), vc.Invalid, "right-not-available")
	check(t, o.s.GiveRights(o.ctx, o.op, o.inT, []vc.Role{"vc:tenant:manage"}))
	check(t, o.s.GrantRights(o.ctx, o.op, o.inT, o.chief.ID, []vc.Role{"vc:tenant:manage"}))
}

// Whatever is granted or offered, nobody has afterwards what neither they nor who gave it had.
func TestNoEscalationByRights(t *testing.T) {
	o := newOffice(t)
	p, _ := o.member(o.chief, o.inA, "ada@a.example")
	scopes := []vc.Scope{{}, o.inT, o.inA, o.inB}
	var names []vc.Role
	for _, right := range access.Rights() {
		names = append(names, right.Role)
	}
	given := 0
	rapid.Check(t, func(t *rapid.T) {
		scope := rapid.SampledFrom(scopes[1:]).Draw(t, "maker's scope")
		has := rapid.SliceOfN(rapid.SampledFrom(slices.Concat(names, roles[1:])), 1, 3).Draw(t, "maker")
		by := access.Actor{Principal: vc.Principal{ID: "maker", Scope: scope}}
		for _, role := range has {
			by.Grants = append(by.Grants, vc.Grant{Scope: scope, Role: role})
		}
		rights := rapid.SliceOfN(rapid.SampledFrom(names), 1, 2).Draw(t, "rights")
		if rapid.Bool().Draw(t, "likely") { // to be a gift that may be given
			scope, rights = o.inA, rapid.SliceOfN(rapid.SampledFrom(access.RightsOfOrganisation(o.a)), 1, 2).Draw(t, "of a")
			by.Grants = append(by.Grants, vc.Grant{Scope: o.inA, Role: "atom:org:assign_org_sr_to_user"}, vc.Grant{Scope: o.inA, Role: rights[0]})
		}
		before, err := o.s.Administrator(o.ctx, o.op, o.inA, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if o.s.GrantRights(o.ctx, by, o.inA, p.ID, rights) == nil {
			given++
		}
		after, err := o.s.Administrator(o.ctx, o.op, o.inA, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range scopes {
			for _, perm := range access.Permissions(vc.Operator) {
				if access.Authorize(after, perm, at) == nil && access.Authorize(before, perm, at) != nil && access.Authorize(by.Principal, perm, at) != nil {
					t.Fatalf("%v gave %s at %v", by.Grants, perm, at)
				}
			}
		}
		invitation, _, err := o.s.Invite(o.ctx, by, scope, access.NewInvitation{Email: "x@y.example"})
		for _, at := range scopes {
			for _, perm := range access.Permissions(vc.Operator) {
				if err == nil && access.Authorize(vc.Principal{Grants: invitation.Grants}, perm, at) == nil && access.Authorize(by.Principal, perm, at) != nil {
					t.Fatalf("%v offered %s at %v", by.Grants, perm, at)
				}
			}
		}
		if err := o.s.WithdrawRights(o.ctx, o.op, o.inA, p.ID, access.RightsOf(after, o.inA)); err != nil {
			t.Fatal(err)
		}
	})
	if given == 0 {
		t.Fatal("nothing was given: the test says nothing")
	}
}
