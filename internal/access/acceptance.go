package access

import (
	"context"
	"slices"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

func invitationText(id, secret string) string { return invitationPrefix + tokenText(id, secret) }

func noInvitation() error { return notFound("invitation") }

// AcceptInvitation makes whoever has an invitation's token a member, and gives the member's key, which is shown this
// once and used like an API key. Of via only door and request are looked at: nobody is known yet.
//
// An invitation is worth what its inviter is: the member gets of its rights what the inviter may still give and the
// scope still has, and lives no longer than the inviter. It fails with [vc.NotFound] "invitation-not-found" for a token
// that is none, [vc.Conflict] "invitation-accepted", [vc.Gone] "invitation-expired", or "invitation-void" when nothing
// is left of it, and [vc.Denied] as [Service.Authenticate] does.
func (s *Service) AcceptInvitation(ctx context.Context, via Actor, token string) (vc.MemberInvitation, vc.Principal, string, error) {
	seen, secret, err := s.presented(ctx, token)
	if err != nil {
		return vc.MemberInvitation{}, vc.Principal{}, "", err
	}
	if err := s.acceptable(seen, secret); err != nil {
		return vc.MemberInvitation{}, vc.Principal{}, "", err
	}
	if err := s.open(ctx, seen.Scope); err != nil {
		return vc.MemberInvitation{}, vc.Principal{}, "", err
	}
	inviter, err := s.inviter(ctx, seen)
	if err != nil {
		return vc.MemberInvitation{}, vc.Principal{}, "", err
	}
	text, digest := newSecret()
	p := vc.Principal{
		ID: newID(), Scope: seen.Scope, Kind: vc.Member, Name: seen.Email, Email: seen.Email, GivenName: seen.GivenName,
		FamilyName: seen.FamilyName, Secret: digest, CreatedAt: s.stamp(), ExpiresAt: inviter.ExpiresAt,
	}
	var i vc.MemberInvitation
	err = s.rows.Update(ctx, seen.Scope, func(r Rows) error {
		in, err := rightsIn(r, seen.Scope)
		if err != nil {
			return err
		}
		if i, err = r.MemberInvitationForUpdate(seen.ID); err != nil {
			return named(err, "invitation")
		}
		if err := s.acceptable(i, secret); err != nil { // it may have been accepted since it was read
			return err
		}
		return s.accept(r, via, &i, &p, inviter, in)
	})
	if err != nil {
		return vc.MemberInvitation{}, vc.Principal{}, "", err
	}
	i.Secret, p = nil, bare(p)
	return i, p, keyText(p.ID, text), nil
}

// presented gives the invitation that a token names, and the secret in it; nothing is proven.
func (s *Service) presented(ctx context.Context, token string) (i vc.MemberInvitation, secret string, err error) {
	id, secret, ok := parseToken(invitationPrefix, token)
	if !ok {
		return i, "", noInvitation()
	}
	scope, _, err := s.directory.Lookup(ctx, store.HandleInvitation, id)
	if err != nil {
		return i, "", named(err, "invitation")
	}
	err = s.rows.View(ctx, scope, func(r Rows) error {
		i, err = r.MemberInvitation(id)
		return named(err, "invitation")
	})
	return i, secret, err
}

// acceptable looks at the secret first: who has it not learns nothing.
func (s *Service) acceptable(i vc.MemberInvitation, secret string) error {
	if !matches(secret, i.Secret) {
		return noInvitation()
	}
	switch s.StateOf(i) {
	case InvitationAccepted:
		return alreadyAccepted()
	case InvitationExpired:
		return vc.Errorf(vc.Gone, "invitation-expired", "the invitation has expired")
	}
	return nil
}

func (s *Service) inviter(ctx context.Context, i vc.MemberInvitation) (vc.Principal, error) {
	p, err := s.principal(ctx, i.InvitedBy)
	if err == nil {
		p, err = s.alive(ctx, p)
	}
	switch {
	case err == nil:
		return p, nil
	case vc.KindOf(err) == vc.Unauthenticated || vc.KindOf(err) == vc.NotFound || vc.KindOf(err) == vc.Denied:
		return vc.Principal{}, void()
	}
	return vc.Principal{}, err
}

func void() error {
	return vc.Errorf(vc.Gone, "invitation-void", "who invited may not give anything any more")
}

func (s *Service) accept(r Rows, via Actor, i *vc.MemberInvitation, p *vc.Principal, inviter vc.Principal, in []vc.Role) error {
	p.Grants = slices.DeleteFunc(slices.Clone(i.Grants), func(g vc.Grant) bool {
		return g.Scope != i.Scope || !slices.Contains(in, g.Role) || holds(inviter, []vc.Grant{g}) != nil
	})
	if len(p.Grants) == 0 {
		return void()
	}
	i.Principal, i.AcceptedAt = p.ID, s.stamp()
	if err := r.UpdateMemberInvitation(*i); err != nil {
		return err
	}
	by := Actor{Principal: *p, Door: via.Door, Request: via.Request}
	if err := s.insertPrincipal(r, by, *p); err != nil {
		return err
	}
	return r.Append(s.entry(by, i.Scope, "invitation.accepted", "invitation/"+i.ID, ""))
}

// UpdateMember writes a member's own names; nil leaves one. It fails with [vc.Denied] "not-a-member" for another kind of principal, and
// [vc.Invalid] "invalid-name".
func (s *Service) UpdateMember(ctx context.Context, by Actor, given, family *string) (p vc.Principal, err error) {
	if by.Kind != vc.Member {
		return p, vc.Errorf(vc.Denied, "not-a-member", "only a member has names of its own")
	}
	err = s.rows.Update(ctx, by.Scope, func(r Rows) error {
		if p, err = r.PrincipalForUpdate(by.ID); err != nil {
			return named(err, "principal")
		}
		before := p
		if given != nil {
			p.GivenName = *given
		}
		if family != nil {
			p.FamilyName = *family
		}
		if err := checkPerson(p.GivenName, p.FamilyName); err != nil || p.GivenName == before.GivenName && p.FamilyName == before.FamilyName {
			return err
		}
		if err := r.UpdatePrincipal(p); err != nil {
			return err
		}
		return r.Append(s.entry(by, p.Scope, "principal.described", "principal/"+p.ID, ""))
	})
	s.principals.forget(by.ID)
	if err != nil {
		return vc.Principal{}, err
	}
	return bare(p), nil
}
