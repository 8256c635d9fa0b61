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
	got, err := o.s.UpdateMember(o.ctx, o.actor(o.s, key), new("Augusta"), new("King"))
	check(t, err)
	if me := o.actor(o.s, key); me.GivenName != "Augusta" || me.FamilyName != "King" || got.Secret != nil {
		t.Errorf("%+v", me.Principal)
	}
	me, there := o.actor(o.s, key), o.server()
	_, err = o.s.UpdateMember(o.ctx, me, new("Ada"), nil) // what is left stays, whatever the caller was read as
	check(t, err)
	got, err = there.UpdateMember(o.ctx, me, nil, new("Lovelace"))
	check(t, err)
	if got.GivenName != "Ada" || got.FamilyName != "Lovelace" {
		t.Errorf("%+v", got)
	}
	_, err = o.s.UpdateMember(o.ctx, o.actor(o.s, key), new("a\x00"), new(""))
	fails(t, err, vc.Invalid, "invalid-name")
	_, err = o.s.UpdateMember(o.ctx, o.admin, new("a"), new("b"))
	fails(t, err, vc.Denied, "not-a-member")
}

// No e-mail address and no name of a person is in the journal.
func TestJournalNamesNobody(t *testing.T) {
	o := newOffice(t)
	p, key := o.member(o.admin, o.inA, "ada@a.example")
	_, err := o.s.UpdateMember(o.ctx, o.actor(o.s, key), new("Augusta"), new("King"))
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
