package access_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/vc"
)

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
