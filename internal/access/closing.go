package access

import (
	"context"
	"fmt"

	"github.com/chancery-vc/chancery/internal/vc"
)

// CloseTenant archives a tenant, revokes all its principals, those of its organisations too, and takes back whatever
// invitation waits: what it published stays, and nobody of it comes back. It needs tenant:manage at operator scope and is idempotent. The default tenant is
// [vc.Conflict] "default-tenant".
func (s *Service) CloseTenant(ctx context.Context, by Actor, tenant string) error {
	t, err := s.tenantOf(ctx, by.Principal, tenant)
	if err != nil {
		return err
	}
	if err := Authorize(by.Principal, TenantManage, vc.Scope{}); err != nil {
		return err
	}
	if t.Slug == vc.DefaultTenant {
		return defaultStaysOpen()
	}
	return s.closeScope(ctx, by, vc.Scope{Tenant: t.ID}, "tenant.closed", "tenant/"+t.ID, func(r Rows) (bool, error) {
		t, err := r.TenantForUpdate()
		if err != nil || !t.ArchivedAt.IsZero() {
			return false, named(err, "tenant")
		}
		t.ArchivedAt = s.stamp()
		return true, r.UpdateTenant(t)
	})
}

// CloseOrganisation is [Service.CloseTenant] for an organisation of a tenant. It needs organisation:manage at the
// tenant's scope.
func (s *Service) CloseOrganisation(ctx context.Context, by Actor, tenant, id string) error {
	if err := s.mayOrganise(by, tenant); err != nil {
		return err
	}
	if !isID(id) {
		return notFound("organisation")
	}
	scope := vc.Scope{Tenant: tenant, Organisation: id}
	return s.closeScope(ctx, by, scope, "organisation.closed", "organisation/"+id, func(r Rows) (bool, error) {
		o, err := r.OrganisationForUpdate(id)
		if err != nil || !o.ArchivedAt.IsZero() {
			return false, named(err, "organisation")
		}
		o.ArchivedAt = s.stamp()
		return true, r.UpdateOrganisation(o)
	})
}

// closeScope archives what archive does, revokes every principal of the scope and takes its invitations back in one
// transaction.
func (s *Service) closeScope(ctx context.Context, by Actor, scope vc.Scope, action, object string, archive func(Rows) (bool, error)) error {
	var revoked []string
	err := s.rows.Update(ctx, scope, func(r Rows) error {
		revoked = nil // fn may run more than once
		archived, err := archive(r)
		if err != nil {
			return err
		}
		taken, err := takeBack(r) // before its principals are looked at: who came by one is among them
		if err != nil {
			return err
		}
		still := false
		err = every(r, vc.ListQuery{Revoked: &still}, func(p vc.Principal) error {
			if p, err = r.PrincipalForUpdate(p.ID); err != nil {
				return err
			}
			p.RevokedAt = s.stamp()
			revoked = append(revoked, p.ID)
			return r.UpdatePrincipal(p)
		})
		if err != nil || (!archived && len(revoked) == 0 && taken == 0) {
			return err
		}
		return r.Append(s.entry(by, scope, action, object, fmt.Sprintf("revoked=%d", len(revoked))))
	})
	s.forgetScope(scope)
	for _, id := range revoked {
		s.principals.forget(id)
	}
	return err
}

// takeBack deletes the invitations of the transaction's scope that nobody has accepted, and tells how many there were.
// The row is locked first: one that is accepted at the same moment stays, with the member it made.
func takeBack(r Rows) (taken int, err error) {
	accepted := false
	q := vc.ListQuery{Page: vc.Page{Limit: 1000}, Archived: &accepted}
	for {
		list, err := r.MemberInvitations(q)
		if err != nil {
			return 0, err
		}
		for _, i := range list {
			i, err := r.MemberInvitationForUpdate(i.ID)
			switch {
			case err != nil && vc.KindOf(err) == vc.NotFound:
				continue
			case err != nil:
				return 0, err
			case !i.AcceptedAt.IsZero():
				continue
			}
			if err := r.DeleteMemberInvitation(i.ID); err != nil {
				return 0, err
			}
			taken++
		}
		if len(list) < q.Page.Limit {
			return taken, nil
		}
		q.Page.After = list[len(list)-1].ID
	}
}
