package access_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Whoever writes at the same moment does not undo that somebody was archived or robbed of a right, and an invitation is
// accepted once: on a database whose transactions run beside each other.
func TestRaces(t *testing.T) {
	o := newOfficeIn(newWorldOn(t, storetest.FreshPostgres(t)))
	here, there := o.s, o.server()
	for n := range 8 {
		p, key := o.member(o.admin, o.inA, fmt.Sprintf("m%d@a.example", n))
		me := o.actor(here, key)
		_, token, err := here.Invite(o.ctx, o.admin, o.inA, access.NewInvitation{Email: "x@a.example"})
		check(t, err)
		var accepted sync.Map
		var all sync.WaitGroup
		for i := range 12 {
			s := []*access.Service{here, there}[i%2]
			all.Go(func() {
				switch {
				case i < 6:
					_, err := s.UpdateMember(o.ctx, me, new(fmt.Sprint(i)), new("x"))
					if err != nil && vc.KindOf(err) == vc.Internal {
						t.Error(err)
					}
				case i < 8:
					if _, got, _, err := s.AcceptInvitation(o.ctx, access.Actor{}, token); err == nil {
						accepted.Store(got.ID, true)
					}
				case i == 8:
					_, err := s.ArchiveAdministrator(o.ctx, o.admin, o.inA, p.ID)
					if err != nil {
						t.Error(err)
					}
				case i == 9:
					if err := s.TakeRights(o.ctx, o.chief, o.inA, []vc.Role{"vc:org:issue"}); err != nil {
						t.Error(err)
					}
				default:
					_ = s.GrantRights(o.ctx, o.chief, o.inA, p.ID, []vc.Role{"vc:org:issue"})
				}
			})
		}
		all.Wait()
		count := 0
		accepted.Range(func(any, any) bool { count++; return true })
		if count != 1 {
			t.Errorf("one invitation made %d members", count)
		}
		got, err := here.Administrator(o.ctx, o.chief, o.inA, p.ID)
		check(t, err)
		if got.ArchivedAt.IsZero() {
			t.Error("a member has undone that it was archived")
		}
		for _, g := range got.Grants {
			if g.Role == "vc:org:issue" {
				t.Error("a right was granted that was taken")
			}
		}
		check(t, here.GiveRights(o.ctx, o.chief, o.inA, []vc.Role{"vc:org:issue"}))
	}
}

// Who accepts while an organisation is closed does not stay in it.
func TestClosingRaces(t *testing.T) {
	o := newOfficeIn(newWorldOn(t, storetest.FreshPostgres(t)))
	here, there := o.s, o.server()
	for range 8 {
		org, err := here.CreateOrganisation(o.ctx, o.chief, vc.Organisation{Tenant: o.tenant.ID, Name: "x", MayIssue: true})
		check(t, err)
		in := vc.Scope{Tenant: o.tenant.ID, Organisation: org.ID}
		var all sync.WaitGroup
		for i := range 6 {
			_, token, err := here.Invite(o.ctx, o.chief, in, access.NewInvitation{Email: "x@a.example"})
			check(t, err)
			s := []*access.Service{here, there}[i%2]
			all.Go(func() {
				if _, _, _, err := s.AcceptInvitation(o.ctx, access.Actor{}, token); err != nil && vc.KindOf(err) == vc.Internal {
					t.Error(err)
				}
			})
		}
		all.Go(func() {
			if err := here.CloseOrganisation(o.ctx, o.chief, o.tenant.ID, org.ID); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		_, err = here.RestoreOrganisation(o.ctx, o.chief, o.tenant.ID, org.ID)
		check(t, err)
		revoked := false
		left, err := here.Principals(o.ctx, o.chief, in, vc.ListQuery{Revoked: &revoked})
		check(t, err)
		_, waiting, err := here.Invitations(o.ctx, o.chief, in, access.InvitationPending, vc.ListQuery{})
		check(t, err)
		if len(left) > 0 || waiting > 0 {
			t.Errorf("%d members and %d invitations outlive the closing", len(left), waiting)
		}
	}
}

// heldInvitations is a store in which another server holds each invitation when it is wanted first.
type heldInvitations struct{ store.Store[access.Rows] }

func (h heldInvitations) Update(ctx context.Context, scope vc.Scope, fn func(access.Rows) error) error {
	_ = h.Store.Update(ctx, scope, func(rows access.Rows) error { return errors.Join(fn(heldInvitation{rows}), errHeld) })
	return h.Store.Update(ctx, scope, fn)
}

type heldInvitation struct{ access.Rows }

var errHeld = errors.New("held")

func (heldInvitation) MemberInvitationForUpdate(string) (vc.MemberInvitation, error) {
	return vc.MemberInvitation{}, errHeld
}

// An invitation that another server holds is accepted once it is free.
func TestAcceptHeld(t *testing.T) {
	o := newOffice(t)
	_, token, err := o.s.Invite(o.ctx, o.admin, o.inA, access.NewInvitation{Email: "x@a.example"})
	check(t, err)
	s := access.New(access.Config{
		Rows: heldInvitations{sql.For[access.Rows](o.db)}, Directory: o.db, Keys: o.keys, Vault: o.keys, Issuer: issuer, Now: o.clock,
	})
	i, p, _, err := s.AcceptInvitation(o.ctx, access.Actor{}, token)
	check(t, err)
	if i.Principal != p.ID || i.AcceptedAt.IsZero() {
		t.Errorf("%+v", i)
	}
}
