package access_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/vc"
)

func TestInvitation(t *testing.T) {
	o := newOffice(t)
	i, token, err := o.s.Invite(o.ctx, o.admin, o.inA, access.NewInvitation{
		Email: "ada@a.example", GivenName: "Ada", FamilyName: "Byron", Message: "Come\nin",
	})
	check(t, err)
	if i.Secret != nil || o.s.StateOf(i) != access.InvitationPending || len(i.Grants) != 5 || i.InvitedBy != o.admin.ID {
		t.Fatalf("%+v", i)
	}
	broken := token[:len(token)-1] + map[bool]string{true: "A", false: "B"}[token[len(token)-1] != 'A']
	for _, wrong := range []string{"", "inv_", token[4:], token[:40], broken, strings.Replace(token, "inv_", "chy_", 1)} {
		_, _, _, err := o.s.AcceptInvitation(o.ctx, access.Actor{}, wrong)
		fails(t, err, vc.NotFound, "invitation-not-found")
	}
	_, err = o.s.Authenticate(o.ctx, "Bearer "+token)
	fails(t, err, vc.Unauthenticated, access.CodeInvalid)

	accepted, p, key, err := o.s.AcceptInvitation(o.ctx, access.Actor{Door: "test", Request: "r2"}, token)
	check(t, err)
	if accepted.Principal != p.ID || o.s.StateOf(accepted) != access.InvitationAccepted || p.Secret != nil || accepted.Secret != nil {
		t.Fatalf("%+v %+v", accepted, p)
	}
	me := o.actor(o.s, key)
	if me.Kind != vc.Member || me.Scope != o.inA || me.Email != "ada@a.example" || me.GivenName != "Ada" || me.FamilyName != "Byron" {
		t.Fatalf("%+v", me.Principal)
	}
	check(t, access.Authorize(me.Principal, access.CredentialIssue, o.inA))
	if access.Authorize(me.Principal, access.KeyManage, o.inA) == nil {
		t.Error("a member has more than the rights")
	}
	_, _, _, err = o.s.AcceptInvitation(o.ctx, access.Actor{}, token)
	fails(t, err, vc.Conflict, "invitation-accepted")
	_, _, _, err = o.s.AcceptInvitation(o.ctx, access.Actor{}, broken)
	fails(t, err, vc.NotFound, "invitation-not-found") // who has not the secret learns nothing
	_, _, err = o.s.Reinvite(o.ctx, o.admin, o.inA, i.ID)
	fails(t, err, vc.Conflict, "invitation-accepted")
	fails(t, o.s.DeleteInvitation(o.ctx, o.admin, o.inA, i.ID), vc.Conflict, "invitation-accepted")

	// A member's key is no client's secret, and the other way round.
	secret := key[strings.LastIndexByte(key, '_')+1:]
	_, err = o.s.Token(o.ctx, access.TokenRequest{ClientID: p.ID, ClientSecret: secret})
	fails(t, err, vc.Unauthenticated, access.CodeInvalid)
	client, secret := o.client(o.s, o.op, o.inA, vc.IssuerRole)
	_, err = o.s.Authenticate(o.ctx, "Bearer chy_"+strings.ReplaceAll(client.ID, "-", "")+"_"+secret)
	fails(t, err, vc.Unauthenticated, access.CodeInvalid)
}

func TestInvitationsAreChecked(t *testing.T) {
	o := newOffice(t)
	for _, email := range []string{"", "ada", "Ada <ada@a.example>", "a@b\n", strings.Repeat("a", 250) + "@b.example"} {
		_, _, err := o.s.Invite(o.ctx, o.admin, o.inA, access.NewInvitation{Email: email})
		fails(t, err, vc.Invalid, "invalid-email")
	}
	_, _, err := o.s.Invite(o.ctx, o.admin, o.inA, access.NewInvitation{Email: "a@b.example", GivenName: strings.Repeat("x", 73)})
	fails(t, err, vc.Invalid, "invalid-name")
	_, _, err = o.s.Invite(o.ctx, o.admin, o.inA, access.NewInvitation{Email: "a@b.example", Message: strings.Repeat("x", 1001)})
	fails(t, err, vc.Invalid, "invalid-message")
	for _, c := range []struct {
		by access.Actor
		at vc.Scope
	}{
		{o.admin, o.inB}, {o.admin, o.inT}, {o.chief, vc.Scope{}}, {o.with(o.inA, vc.IssuerRole), o.inA}, {access.Actor{}, o.inA},
	} {
		_, _, err = o.s.Invite(o.ctx, c.by, c.at, access.NewInvitation{Email: "a@b.example"})
		fails(t, err, vc.Denied, "permission-denied")
	}
	// Who may invite and has little gives little; the rest of an office is not given.
	weak := o.with(o.inA, "atom:org:assign_org_sr_to_user", "vc:org:verify")
	i, token, err := o.s.Invite(o.ctx, weak, o.inA, access.NewInvitation{Email: "a@b.example"})
	check(t, err)
	if len(i.Grants) != 3 || i.Grants[0].Role != "vc:org:verify" {
		t.Errorf("%+v", i.Grants)
	}
	// Who gets a token can accept it, so who renews an invitation must hold what it gives.
	strong, _, err := o.s.Invite(o.ctx, o.admin, o.inA, access.NewInvitation{Email: "c@b.example"})
	check(t, err)
	_, _, err = o.s.Reinvite(o.ctx, weak, o.inA, strong.ID)
	fails(t, err, vc.Denied, "grant-exceeds-own")
	_, renewed, err := o.s.Reinvite(o.ctx, o.chief, o.inA, i.ID)
	check(t, err)
	_, _, _, err = o.s.AcceptInvitation(o.ctx, access.Actor{}, token)
	fails(t, err, vc.NotFound, "invitation-not-found")
	o.pass(7 * 24 * time.Hour)
	_, _, _, err = o.s.AcceptInvitation(o.ctx, access.Actor{}, renewed)
	fails(t, err, vc.Gone, "invitation-expired")
	check(t, o.s.DeleteInvitation(o.ctx, o.admin, o.inA, i.ID))
	_, _, _, err = o.s.AcceptInvitation(o.ctx, access.Actor{}, renewed)
	fails(t, err, vc.NotFound, "invitation-not-found")
	fails(t, o.s.DeleteInvitation(o.ctx, o.admin, o.inA, i.ID), vc.NotFound, "invitation-not-found")
}

// An invitation is worth what whoever renewed it is, no more and no less.
func TestRenewedInvitation(t *testing.T) {
	o := newOffice(t)
	brief, key, err := o.s.CreatePrincipal(o.ctx, o.chief, o.inA, access.NewPrincipal{
		Kind: vc.APIKey, Name: "brief", Grants: []vc.Grant{{Scope: o.inA, Role: vc.OrganisationAdmin}}, ExpiresAt: o.clock().Add(time.Hour),
	})
	check(t, err)
	invite := func(by access.Actor) vc.MemberInvitation {
		i, _, err := o.s.Invite(o.ctx, by, o.inA, access.NewInvitation{Email: "ada@a.example"})
		check(t, err)
		return i
	}
	renew := func(by access.Actor, i vc.MemberInvitation) vc.Principal {
		renewed, token, err := o.s.Reinvite(o.ctx, by, o.inA, i.ID)
		check(t, err)
		if renewed.InvitedBy != by.ID {
			t.Errorf("invited by %s, want %s", renewed.InvitedBy, by.ID)
		}
		_, p, _, err := o.s.AcceptInvitation(o.ctx, access.Actor{Door: "test"}, token)
		check(t, err)
		return p
	}
	if p := renew(o.actor(o.s, key), invite(o.admin)); !p.ExpiresAt.Equal(brief.ExpiresAt) {
		t.Errorf("who expires made somebody who lives until %v", p.ExpiresAt)
	}
	orphan := invite(o.actor(o.s, key))
	check(t, o.s.RemoveAdministrator(o.ctx, o.admin, o.inA, brief.ID))
	if p := renew(o.admin, orphan); !p.ExpiresAt.IsZero() || len(p.Grants) != len(orphan.Grants) {
		t.Errorf("%+v", p)
	}
}

// A tenant that is administered by members alone can be run by them: they appoint those who run its organisations.
func TestMembersAppointMembers(t *testing.T) {
	o := newOffice(t)
	_, key := o.member(o.op, o.inT, "chief@t.example")
	chief := o.actor(o.s, key)
	if got := access.RightsOf(chief.Principal, o.inT); len(got) != 10 {
		t.Errorf("%v", got)
	}
	org, err := o.s.CreateOrganisation(o.ctx, chief, vc.Organisation{Tenant: o.tenant.ID, Name: "new", MayIssue: true, MayVerify: true})
	check(t, err)
	at := vc.Scope{Tenant: o.tenant.ID, Organisation: org.ID}
	p, _ := o.member(chief, at, "admin@o.example")
	if len(p.Grants) != 5 || p.Grants[0].Role != "vc:org:manage" {
		t.Errorf("%+v", p.Grants)
	}
	check(t, access.Authorize(p, access.CredentialIssue, at))
	other, _ := o.member(chief, o.inT, "second@t.example")
	if len(other.Grants) != 10 {
		t.Errorf("%+v", other.Grants)
	}
	_, err = o.s.UpdateTenant(o.ctx, chief, o.tenant.ID, access.TenantPatch{Name: new("mine")})
	fails(t, err, vc.Denied, "permission-denied")
}

// An invitation is worth what its inviter is when it is accepted.
func TestInvitationOfTheFallen(t *testing.T) {
	o := newOffice(t)
	invite := func(by access.Actor, scope vc.Scope) string {
		t.Helper()
		_, token, err := o.s.Invite(o.ctx, by, scope, access.NewInvitation{Email: "a@b.example"})
		check(t, err)
		return token
	}
	accept := func(token string) (vc.Principal, error) {
		_, p, _, err := o.s.AcceptInvitation(o.ctx, access.Actor{}, token)
		return p, err
	}
	first, firstKey := o.member(o.chief, o.inA, "first@a.example")
	me := o.actor(o.s, firstKey)
	archived, removed, robbed := invite(me, o.inA), invite(me, o.inA), invite(me, o.inA)
	_, err := o.s.ArchiveAdministrator(o.ctx, o.chief, o.inA, first.ID)
	check(t, err)
	_, err = accept(archived)
	fails(t, err, vc.Gone, "invitation-void")
	_, err = o.s.RestoreAdministrator(o.ctx, o.chief, o.inA, first.ID)
	check(t, err)
	check(t, o.s.WithdrawRights(o.ctx, o.chief, o.inA, first.ID, []vc.Role{"vc:org:manage"}))
	p, err := accept(robbed)
	check(t, err)
	if len(p.Grants) != 4 || access.Authorize(p, access.CredentialIssue, o.inA) == nil {
		t.Errorf("%+v", p.Grants)
	}
	check(t, o.s.RemoveAdministrator(o.ctx, o.chief, o.inA, first.ID))
	_, err = accept(removed)
	fails(t, err, vc.Gone, "invitation-void")

	ends := o.clock().Add(time.Hour)
	_, key, err := o.s.CreatePrincipal(o.ctx, o.chief, o.inA, access.NewPrincipal{
		Kind: vc.APIKey, Name: "brief", Grants: []vc.Grant{{Scope: o.inA, Role: vc.OrganisationAdmin}}, ExpiresAt: ends,
	})
	check(t, err)
	p, err = accept(invite(o.actor(o.s, key), o.inA))
	check(t, err)
	if !p.ExpiresAt.Equal(ends) {
		t.Errorf("who expires made one that lives until %v", p.ExpiresAt)
	}
	late := invite(o.chief, o.inA)
	taken := invite(o.chief, o.inB)
	check(t, o.s.TakeRights(o.ctx, o.chief, o.inB, []vc.Role{
		"vc:org:manage", "atom:org:view_org", "atom:org:list_org_admins", "atom:org:list_org_admin_sr", "atom:org:assign_org_sr_to_user",
	}))
	_, err = accept(taken)
	fails(t, err, vc.Gone, "invitation-void")
	_, err = o.s.ArchiveOrganisation(o.ctx, o.chief, o.tenant.ID, o.a.ID)
	check(t, err)
	_, err = accept(late)
	fails(t, err, vc.Denied, "organisation-archived")
	_, _, err = o.s.Invite(o.ctx, o.chief, o.inA, access.NewInvitation{Email: "a@b.example"})
	fails(t, err, vc.Denied, "organisation-archived")
}

func TestInvitationsList(t *testing.T) {
	o := newOffice(t)
	for n := range 3 {
		_, _, err := o.s.Invite(o.ctx, o.admin, o.inA, access.NewInvitation{Email: fmt.Sprintf("a%d@a.example", n)})
		check(t, err)
	}
	o.member(o.chief, o.inB, "b@b.example")
	late, _, err := o.s.Invite(o.ctx, o.chief, o.inT, access.NewInvitation{Email: "t@t.example"})
	check(t, err)
	for _, c := range []struct {
		by    access.Actor
		at    vc.Scope
		state access.InvitationState
		page  vc.Page
		n, of int
	}{
		{o.admin, o.inA, "", vc.Page{}, 3, 3},
		{o.admin, o.inA, access.InvitationPending, vc.Page{Limit: 2}, 2, 3},
		{o.admin, o.inA, access.InvitationPending, vc.Page{Limit: 2, Offset: 2}, 1, 3},
		{o.admin, o.inA, access.InvitationAccepted, vc.Page{}, 0, 0},
		{o.chief, o.inT, "", vc.Page{}, 5, 5},
		{o.chief, o.inT, access.InvitationAccepted, vc.Page{}, 1, 1},
		{o.chief, o.inB, access.InvitationAccepted, vc.Page{Offset: 7}, 0, 1},
	} {
		list, total, err := o.s.Invitations(o.ctx, c.by, c.at, c.state, vc.ListQuery{Page: c.page})
		check(t, err)
		if len(list) != c.n || total != c.of {
			t.Errorf("%v %s: %d of %d", c.at, c.state, len(list), total)
		}
		for _, i := range list {
			if i.Secret != nil {
				t.Error("a list shows a digest")
			}
		}
	}
	for _, scope := range []vc.Scope{o.inT, o.inB} {
		_, _, err = o.s.Invitations(o.ctx, o.admin, scope, "", vc.ListQuery{})
		fails(t, err, vc.Denied, "permission-denied")
		_, err = o.s.Invitation(o.ctx, o.admin, scope, late.ID)
		fails(t, err, vc.Denied, "permission-denied")
	}
	_, err = o.s.Invitation(o.ctx, o.admin, o.inA, late.ID)
	fails(t, err, vc.NotFound, "invitation-not-found")
	_, _, err = o.s.Reinvite(o.ctx, o.admin, o.inA, late.ID)
	fails(t, err, vc.NotFound, "invitation-not-found")
	fails(t, o.s.DeleteInvitation(o.ctx, o.admin, o.inA, late.ID), vc.NotFound, "invitation-not-found")
	got, err := o.s.Invitation(o.ctx, o.chief, o.inT, late.ID)
	check(t, err)
	if got.Email != "t@t.example" || got.Secret != nil {
		t.Errorf("%+v", got)
	}
}
