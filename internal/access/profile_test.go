package access_test

import (
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/vc"
)

func TestProfiles(t *testing.T) {
	o := newOffice(t)
	whole := vc.Profile{
		LegalName: "L", TradingName: "T", CompanyNumber: "1", LEINumber: "2", BusinessAddress: "Street", CompanyURL: "https://o.example",
		Color: "#FFF", LogoURL: "https://o.example/logo.png", Status: "signed", OfficerFirstName: "F", OfficerLastName: "G",
		OfficerEmail: "f@o.example",
	}
	long := strings.Repeat("ä", 73)
	for name, p := range map[string]vc.Profile{
		"long": {LegalName: long}, "address": {BusinessAddress: long}, "color": {Color: "123456789012345678901"}, "control": {Status: "a\nb"},
		"script": {LogoURL: "javascript:alert(1)"}, "data": {LogoURL: "data:image/png;base64,AA"}, "relative": {LogoURL: "/logo.png"},
		"user": {LogoURL: "https://user:pass@o.example/"}, "company": {CompanyURL: "o.example"},
		"no host": {LogoURL: "https:///x"}, "long url": {LogoURL: "https://o.example/" + strings.Repeat("x", 2048)},
	} {
		_, err := o.s.UpdateTenantProfile(o.ctx, o.chief, o.tenant.ID, "Name", to(p))
		fails(t, err, vc.Invalid, "invalid-profile")
		_, err = o.s.UpdateOrganisationProfile(o.ctx, o.chief, o.tenant.ID, o.a.ID, name, to(p))
		fails(t, err, vc.Invalid, "invalid-profile")
		_, err = o.s.CreateOrganisation(o.ctx, o.chief, vc.Organisation{Tenant: o.tenant.ID, Name: name, Profile: p})
		fails(t, err, vc.Invalid, "invalid-profile")
		_, err = o.s.CreateTenant(o.ctx, o.op, vc.Tenant{Slug: "new", Name: name, Profile: p})
		fails(t, err, vc.Invalid, "invalid-profile")
	}
	tenant, err := o.s.UpdateTenantProfile(o.ctx, o.chief, o.tenant.ID, "Uno", to(whole))
	check(t, err)
	if tenant.Profile != whole || tenant.Name != "Uno" || tenant.Slug != "one" {
		t.Errorf("%+v", tenant)
	}
	org, err := o.s.UpdateOrganisationProfile(o.ctx, o.chief, o.tenant.ID, o.a.ID, "A", to(whole))
	check(t, err)
	if org.Profile != whole || !org.MayIssue {
		t.Errorf("%+v", org)
	}
	_, err = o.s.UpdateOrganisationProfile(o.ctx, o.admin, o.tenant.ID, o.a.ID, "Mine", to(whole))
	fails(t, err, vc.Denied, "permission-denied")
	_, err = o.s.UpdateTenantProfile(o.ctx, o.admin, o.tenant.ID, "Mine", to(whole))
	fails(t, err, vc.Denied, "permission-denied")
	two := o.world.tenant(o.s, o.op, "two")
	_, err = o.s.UpdateTenantProfile(o.ctx, o.chief, two.ID, "Mine", to(whole))
	fails(t, err, vc.NotFound, "tenant-not-found")
	// Renaming leaves what the other call wrote.
	_, err = o.s.UpdateOrganisation(o.ctx, o.chief, vc.Organisation{Tenant: o.tenant.ID, ID: o.a.ID, Name: "B", MayVerify: true})
	check(t, err)
	org, err = o.s.Organisation(o.ctx, o.admin, o.tenant.ID, o.a.ID)
	check(t, err)
	if org.Profile != whole || org.MayIssue || org.Name != "B" {
		t.Errorf("%+v", org)
	}

	logo, err := o.s.TenantLogo(o.ctx, o.tenant.ID)
	check(t, err)
	of, err := o.s.OrganisationLogo(o.ctx, o.a.ID)
	check(t, err)
	if logo != whole.LogoURL || of != whole.LogoURL {
		t.Error(logo, of)
	}
	for _, id := range []string{two.ID, o.b.ID, o.op.ID, "one", "", "x"} {
		_, err := o.s.TenantLogo(o.ctx, id)
		fails(t, err, vc.NotFound, "logo-not-found")
		_, err = o.s.OrganisationLogo(o.ctx, id)
		fails(t, err, vc.NotFound, "logo-not-found")
	}
}

func TestOrganisationScope(t *testing.T) {
	o := newOffice(t)
	two := o.world.tenant(o.s, o.op, "two")
	foreign := o.world.organisation(o.s, o.op, two, "c")
	for _, c := range []struct {
		by access.Actor
		id string
		ok bool
	}{
		{o.op, o.a.ID, true},
		{o.op, foreign.ID, true},
		{o.chief, o.a.ID, true},
		{o.chief, o.b.ID, true},
		{o.chief, foreign.ID, false},
		{o.admin, o.a.ID, true},
		{o.admin, o.b.ID, false},
		{o.admin, foreign.ID, false},
		{o.op, o.op.ID, false},
		{o.op, "x", false},
	} {
		scope, err := o.s.OrganisationScope(o.ctx, c.by.Principal, c.id)
		if !c.ok {
			fails(t, err, vc.NotFound, "organisation-not-found")
			continue
		}
		check(t, err)
		if scope.Organisation != c.id || scope.Tenant == "" {
			t.Errorf("%+v", scope)
		}
	}
}

func TestPages(t *testing.T) {
	o := newOffice(t)
	tenants, total, err := o.s.TenantsPage(o.ctx, o.op, vc.ListQuery{Page: vc.Page{Limit: 1, OrderBy: vc.ByName, Ascending: true}})
	check(t, err)
	if len(tenants) != 1 || total != 2 || tenants[0].Name != "Default" {
		t.Errorf("%d %+v", total, tenants)
	}
	_, _, err = o.s.TenantsPage(o.ctx, o.chief, vc.ListQuery{})
	fails(t, err, vc.Denied, "permission-denied")
	orgs, total, err := o.s.OrganisationsPage(o.ctx, o.chief, o.inT, vc.ListQuery{Page: vc.Page{Limit: 1, Offset: 1}})
	check(t, err)
	if len(orgs) != 1 || total != 2 {
		t.Errorf("%d %+v", total, orgs)
	}
	orgs, total, err = o.s.OrganisationsPage(o.ctx, o.admin, o.inA, vc.ListQuery{})
	check(t, err)
	if total != 1 || orgs[0].ID != o.a.ID {
		t.Errorf("%d %+v", total, orgs)
	}
	_, _, err = o.s.OrganisationsPage(o.ctx, o.admin, o.inT, vc.ListQuery{})
	fails(t, err, vc.Denied, "permission-denied")
}

// What is closed lets nobody of it in again, and touches nobody else.
func TestClosing(t *testing.T) {
	o := newOffice(t)
	_, inA := o.member(o.admin, o.inA, "ada@a.example")
	_, inB := o.member(o.chief, o.inB, "bob@b.example")
	two := o.world.tenant(o.s, o.op, "two")
	_, outside := o.apiKey(o.s, o.op, vc.Scope{Tenant: two.ID}, vc.TenantAdmin)

	fails(t, o.s.CloseOrganisation(o.ctx, o.admin, o.tenant.ID, o.a.ID), vc.Denied, "permission-denied")
	fails(t, o.s.CloseOrganisation(o.ctx, o.chief, two.ID, o.a.ID), vc.Denied, "permission-denied")
	fails(t, o.s.CloseOrganisation(o.ctx, o.op, two.ID, o.a.ID), vc.NotFound, "organisation-not-found")
	fails(t, o.s.CloseOrganisation(o.ctx, o.chief, o.tenant.ID, "x"), vc.NotFound, "organisation-not-found")
	before := o.entries()
	for range 2 {
		check(t, o.s.CloseOrganisation(o.ctx, o.chief, o.tenant.ID, o.a.ID))
	}
	if o.entries() != before+1 {
		t.Error("one change is one entry")
	}
	_, err := o.s.Authenticate(o.ctx, "Bearer "+inA)
	fails(t, err, vc.Unauthenticated, access.CodeRevoked)
	_, err = o.s.RestoreOrganisation(o.ctx, o.chief, o.tenant.ID, o.a.ID)
	check(t, err)
	_, err = o.s.Authenticate(o.ctx, "Bearer "+inA)
	fails(t, err, vc.Unauthenticated, access.CodeRevoked)
	o.actor(o.s, inB)

	fails(t, o.s.CloseTenant(o.ctx, o.chief, o.tenant.ID), vc.Denied, "permission-denied")
	fails(t, o.s.CloseTenant(o.ctx, o.chief, two.ID), vc.NotFound, "tenant-not-found")
	fails(t, o.s.CloseTenant(o.ctx, o.op, vc.DefaultTenant), vc.Conflict, "default-tenant")
	check(t, o.s.CloseTenant(o.ctx, o.op, o.tenant.ID))
	_, err = o.s.Authenticate(o.ctx, "Bearer "+inB)
	fails(t, err, vc.Unauthenticated, access.CodeRevoked)
	o.actor(o.s, outside)
	closed, err := o.s.Tenant(o.ctx, o.op, o.tenant.ID)
	check(t, err)
	if closed.ArchivedAt.IsZero() {
		t.Error("a closed tenant is not archived")
	}
}

// Who was invited before a scope was closed does not come in when it is restored, whoever invited: letting people in is
// anew.
func TestClosingEndsInvitations(t *testing.T) {
	o := newOffice(t)
	here, there := o.s, o.server()
	invite := func(by access.Actor, scope vc.Scope) string {
		_, token, err := here.Invite(o.ctx, by, scope, access.NewInvitation{Email: "late@a.example"})
		check(t, err)
		return token
	}
	refused := func(token string) {
		t.Helper()
		_, _, _, err := there.AcceptInvitation(o.ctx, access.Actor{}, token)
		fails(t, err, vc.NotFound, "invitation-not-found")
	}
	p, _ := o.member(o.chief, o.inA, "early@a.example")
	inA, inB := invite(o.chief, o.inA), invite(o.op, o.inB)
	check(t, here.CloseOrganisation(o.ctx, o.chief, o.tenant.ID, o.a.ID))
	refused(inA) // also where the closing is not seen yet
	_, err := here.RestoreOrganisation(o.ctx, o.chief, o.tenant.ID, o.a.ID)
	check(t, err)
	refused(inA)
	if kept, n, err := here.Invitations(o.ctx, o.chief, o.inA, "", vc.ListQuery{}); err != nil || n != 1 || kept[0].Principal != p.ID {
		t.Errorf("%d, %v: of who came what was written is gone, or of who did not it is kept", n, err)
	}

	inT := invite(o.op, o.inT)
	check(t, here.CloseTenant(o.ctx, o.op, o.tenant.ID))
	_, err = here.RestoreTenant(o.ctx, o.op, o.tenant.ID)
	check(t, err)
	refused(inT)
	refused(inB)
}

// to is the change that leaves nothing of a profile.
func to(p vc.Profile) func(vc.Profile) vc.Profile {
	return func(vc.Profile) vc.Profile { return p }
}
