package access_test

import (
	"errors"
	"fmt"
	"slices"
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

// Archived means refused at once, with whatever the archived one has.
func TestArchiveAdministrator(t *testing.T) {
	o := newOffice(t)
	there := o.server()
	p, key := o.member(o.admin, o.inA, "ada@a.example")
	o.actor(there, key)
	_, err := o.s.ArchiveAdministrator(o.ctx, o.actor(o.s, key), o.inA, p.ID)
	fails(t, err, vc.Conflict, "own-access")
	fails(t, o.s.RemoveAdministrator(o.ctx, o.actor(o.s, key), o.inA, p.ID), vc.Conflict, "own-access")
	_, err = o.s.ArchiveAdministrator(o.ctx, o.admin, o.inB, p.ID)
	fails(t, err, vc.Denied, "permission-denied")
	_, err = o.s.ArchiveAdministrator(o.ctx, o.chief, o.inT, p.ID) // inside, not there
	fails(t, err, vc.NotFound, "principal-not-found")

	before := o.entries()
	for range 2 {
		archived, err := o.s.ArchiveAdministrator(o.ctx, o.admin, o.inA, p.ID)
		check(t, err)
		if archived.ArchivedAt.IsZero() || archived.Secret != nil {
			t.Fatalf("%+v", archived)
		}
	}
	if o.entries() != before+1 {
		t.Error("one change is one entry")
	}
	_, err = o.s.Authenticate(o.ctx, "Bearer "+key)
	fails(t, err, vc.Unauthenticated, access.CodeArchived)
	o.pass(time.Second)
	_, err = there.Authenticate(o.ctx, "Bearer "+key)
	fails(t, err, vc.Unauthenticated, access.CodeArchived)

	weak := o.with(o.inA, "atom:org:assign_org_sr_to_user")
	_, err = o.s.RestoreAdministrator(o.ctx, weak, o.inA, p.ID)
	fails(t, err, vc.Denied, "grant-exceeds-own")
	_, err = o.s.RestoreAdministrator(o.ctx, o.admin, o.inA, p.ID)
	check(t, err)
	o.actor(o.s, key)
	check(t, o.s.RemoveAdministrator(o.ctx, o.admin, o.inA, p.ID))
	_, err = o.s.Authenticate(o.ctx, "Bearer "+key)
	fails(t, err, vc.Unauthenticated, access.CodeRevoked)
	_, err = o.s.RestoreAdministrator(o.ctx, o.admin, o.inA, p.ID)
	fails(t, err, vc.NotFound, "principal-not-found")
	_, err = o.s.Administrator(o.ctx, o.admin, o.inA, p.ID)
	fails(t, err, vc.NotFound, "principal-not-found")
}

// The server always has somebody who administers it.
func TestLastOperator(t *testing.T) {
	o := newOffice(t)
	second := o.with(vc.Scope{}, "atom:global:assign_global_sr_to_user")
	third := o.with(vc.Scope{}, "atom:global:view_all_tenants")
	_, err := o.s.ArchiveAdministrator(o.ctx, second, vc.Scope{}, o.op.ID)
	check(t, err)
	_, err = o.s.RestoreAdministrator(o.ctx, second, vc.Scope{}, o.op.ID)
	fails(t, err, vc.Denied, "grant-exceeds-own")
	check(t, o.s.RemoveAdministrator(o.ctx, second, vc.Scope{}, third.ID))
	boss := access.Actor{Principal: vc.Principal{ID: "somebody else", Grants: []vc.Grant{{Role: vc.Operator}}}}
	_, err = o.s.ArchiveAdministrator(o.ctx, boss, vc.Scope{}, second.ID)
	fails(t, err, vc.Conflict, "last-operator")
	fails(t, o.s.RemoveAdministrator(o.ctx, boss, vc.Scope{}, second.ID), vc.Conflict, "last-operator")
	fails(t, o.s.WithdrawRights(o.ctx, boss, vc.Scope{}, second.ID, []vc.Role{"atom:global:assign_global_sr_to_user"}), vc.Conflict, "last-operator")
	check(t, o.s.WithdrawRights(o.ctx, boss, vc.Scope{}, second.ID, []vc.Role{"atom:global:view_all_tenants"}))
	_, err = o.s.RestoreAdministrator(o.ctx, boss, vc.Scope{}, o.op.ID)
	check(t, err)
	check(t, o.s.WithdrawRights(o.ctx, boss, vc.Scope{}, second.ID, []vc.Role{"atom:global:assign_global_sr_to_user"}))
}

// Everyone sees those of their own scope, and nobody sees through to another's.
func TestAdministrators(t *testing.T) {
	o := newOffice(t)
	ada, _ := o.member(o.admin, o.inA, "ada@a.example")
	bob, _ := o.member(o.chief, o.inB, "bob@b.example")
	app, _ := o.client(o.s, o.chief, o.inA, vc.IssuerRole)
	ids := func(by access.Actor, scope vc.Scope, q vc.ListQuery) []string {
		t.Helper()
		list, total, err := o.s.Administrators(o.ctx, by, scope, q)
		check(t, err)
		var ids []string
		for _, p := range list {
			if p.Secret != nil {
				t.Error("a list shows a digest")
			}
			ids = append(ids, p.ID)
		}
		if q.Page.Limit == 0 && total != len(ids) {
			t.Errorf("%d of %d", len(ids), total)
		}
		return ids
	}
	same := func(got []string, want ...string) {
		t.Helper()
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	yes, no := true, false
	same(ids(o.admin, o.inA, vc.ListQuery{}), o.admin.ID, ada.ID)
	same(ids(o.chief, o.inT, vc.ListQuery{}), o.chief.ID)
	same(ids(o.chief, o.inB, vc.ListQuery{}), bob.ID)
	same(ids(o.op, vc.Scope{}, vc.ListQuery{}), o.op.ID)
	same(ids(o.admin, o.inA, vc.ListQuery{Search: "ADA@"}), ada.ID)
	_, err := o.s.ArchiveAdministrator(o.ctx, o.admin, o.inA, ada.ID)
	check(t, err)
	same(ids(o.admin, o.inA, vc.ListQuery{Archived: &yes}), ada.ID)
	same(ids(o.admin, o.inA, vc.ListQuery{Archived: &no}), o.admin.ID)
	check(t, o.s.RemoveAdministrator(o.ctx, o.admin, o.inA, ada.ID))
	same(ids(o.admin, o.inA, vc.ListQuery{Archived: &yes}))
	same(ids(o.admin, o.inA, vc.ListQuery{}), o.admin.ID)

	for _, scope := range []vc.Scope{o.inT, o.inB, {}} {
		_, _, err := o.s.Administrators(o.ctx, o.admin, scope, vc.ListQuery{})
		fails(t, err, vc.Denied, "permission-denied")
		_, _, err = o.s.Applications(o.ctx, o.admin, scope, vc.ListQuery{})
		fails(t, err, vc.Denied, "permission-denied")
		_, err = o.s.Administrator(o.ctx, o.admin, scope, o.chief.ID)
		fails(t, err, vc.Denied, "permission-denied")
	}
	for _, id := range []string{bob.ID, o.chief.ID, app.ID, "x", ""} {
		_, err := o.s.Administrator(o.ctx, o.admin, o.inA, id)
		fails(t, err, vc.NotFound, "principal-not-found")
	}
	apps, total, err := o.s.Applications(o.ctx, o.admin, o.inA, vc.ListQuery{})
	check(t, err)
	if len(apps) != 1 || total != 1 || apps[0].ID != app.ID {
		t.Errorf("%+v", apps)
	}
}

func TestApplications(t *testing.T) {
	o := newOffice(t)
	app, secret, err := o.s.CreatePrincipal(o.ctx, o.admin, o.inA, access.NewPrincipal{
		Kind: vc.Client, Name: "App", Description: "Issues", Grants: []vc.Grant{{Scope: o.inA, Role: "vc:org:issue"}},
	})
	check(t, err)
	token, err := o.s.Token(o.ctx, access.TokenRequest{ClientID: app.ID, ClientSecret: secret})
	check(t, err)
	by, err := o.s.Authenticate(o.ctx, "Bearer "+token.AccessToken)
	check(t, err)
	check(t, access.Authorize(by, access.CredentialIssue, o.inA))
	if access.Authorize(by, access.AccessManage, o.inA) == nil {
		t.Error("an application administers")
	}
	for _, c := range []struct {
		by          access.Actor
		name, about string
		kind        vc.Kind
		code        string
	}{
		{o.with(o.inA, vc.IssuerRole), "x", "", vc.Denied, "permission-denied"},
		{o.admin, "", "", vc.Invalid, "invalid-name"},
		{o.admin, "x", strings.Repeat("x", 257), vc.Invalid, "invalid-description"},
	} {
		_, err := o.s.DescribeApplication(o.ctx, c.by, o.inA, app.ID, c.name, c.about)
		fails(t, err, c.kind, c.code)
	}
	_, err = o.s.DescribeApplication(o.ctx, o.chief, o.inT, app.ID, "x", "")
	fails(t, err, vc.NotFound, "principal-not-found")
	_, err = o.s.DescribeApplication(o.ctx, o.admin, o.inA, app.ID, "Application", "Issues more")
	check(t, err)
	got, err := o.s.Application(o.ctx, o.admin, o.inA, app.ID)
	check(t, err)
	if got.Name != "Application" || got.Description != "Issues more" || got.Secret != nil {
		t.Errorf("%+v", got)
	}
	_, err = o.s.Application(o.ctx, o.admin, o.inA, o.admin.ID)
	fails(t, err, vc.NotFound, "principal-not-found")
	fails(t, o.s.RemoveApplication(o.ctx, o.admin, o.inA, o.admin.ID), vc.NotFound, "principal-not-found")
	check(t, o.s.RemoveApplication(o.ctx, o.admin, o.inA, app.ID))
	_, err = o.s.Authenticate(o.ctx, "Bearer "+token.AccessToken)
	fails(t, err, vc.Unauthenticated, access.CodeRevoked)
	_, err = o.s.Application(o.ctx, o.admin, o.inA, app.ID)
	fails(t, err, vc.NotFound, "principal-not-found")
}

func TestUpdateMember(t *testing.T) {
	o := newOffice(t)
	_, key := o.member(o.admin, o.inA, "ada@a.example")
	got, err := o.s.UpdateMember(o.ctx, o.actor(o.s, key), "Augusta", "King")
	check(t, err)
	if me := o.actor(o.s, key); me.GivenName != "Augusta" || me.FamilyName != "King" || got.Secret != nil {
		t.Errorf("%+v", me.Principal)
	}
	_, err = o.s.UpdateMember(o.ctx, o.actor(o.s, key), "a\x00", "")
	fails(t, err, vc.Invalid, "invalid-name")
	_, err = o.s.UpdateMember(o.ctx, o.admin, "a", "b")
	fails(t, err, vc.Denied, "not-a-member")
}

// No e-mail address and no name of a person is in the journal.
func TestJournalNamesNobody(t *testing.T) {
	o := newOffice(t)
	p, key := o.member(o.admin, o.inA, "ada@a.example")
	_, err := o.s.UpdateMember(o.ctx, o.actor(o.s, key), "Augusta", "King")
	check(t, err)
	check(t, o.s.RemoveAdministrator(o.ctx, o.admin, o.inA, p.ID))
	looked := errors.New("looked")
	_, err = o.db.Sequence(o.ctx, 1000, func(found []vc.Entry, _ map[string]vc.AuditHead) ([]vc.Entry, []vc.AuditHead, error) {
		for _, e := range found {
			text := fmt.Sprintf("%+v %s", e, e.Data)
			for _, secret := range []string{"a.example", "Ada", "Byron", "Augusta", "King"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s is in %s", secret, text)
				}
			}
		}
		return nil, nil, looked
	})
	if !errors.Is(err, looked) {
		t.Fatal(err)
	}
}
