package access

import (
	"context"
	"net/mail"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// An invitation's token reads inv_<32 hex digits: its id>_<43 characters: the secret>. It is shown when it is made and
// when it is made anew; nothing is mailed.
const (
	invitationPrefix = "inv_"
	invitationLife   = 7 * 24 * time.Hour
	messageMax       = 1000 // characters
	personMax        = 72   // characters of a given or family name
	emailMax         = 254  // RFC 5321 §4.5.3.1
)

// NewInvitation asks a person to become a member.
type NewInvitation struct {
	Email      string
	GivenName  string
	FamilyName string
	Message    string
}

// InvitationState is how far an invitation has come.
type InvitationState string

// The states.
const (
	InvitationPending  InvitationState = "pending"
	InvitationAccepted InvitationState = "accepted"
	InvitationExpired  InvitationState = "expired"
)

// StateOf tells the state of an invitation now.
func (s *Service) StateOf(i vc.MemberInvitation) InvitationState {
	switch {
	case !i.AcceptedAt.IsZero():
		return InvitationAccepted
	case !s.now().Before(i.ExpiresAt):
		return InvitationExpired
	}
	return InvitationPending
}

// Invite makes an invitation into a scope and gives its token, which lets whoever has it become a member for a week. The
// member gets the default rights of the scope, as far as the caller holds them.
//
// It needs access:manage in scope. It fails with [vc.Denied] "permission-denied" or "grant-exceeds-own" where the caller
// has nothing to give, and [vc.Invalid] "invalid-email", "invalid-name" or "invalid-message".
func (s *Service) Invite(ctx context.Context, by Actor, scope vc.Scope, n NewInvitation) (vc.MemberInvitation, string, error) {
	if err := mayAdminister(by.Principal, scope); err != nil {
		return vc.MemberInvitation{}, "", err
	}
	if err := checkInvitation(n); err != nil {
		return vc.MemberInvitation{}, "", err
	}
	if err := s.open(ctx, scope); err != nil {
		return vc.MemberInvitation{}, "", err
	}
	secret, digest := newSecret()
	at := s.stamp()
	i := vc.MemberInvitation{
		ID: newID(), Scope: scope, Email: n.Email, GivenName: n.GivenName, FamilyName: n.FamilyName, Message: n.Message,
		Secret: digest, InvitedBy: by.ID, CreatedAt: at, ExpiresAt: at.Add(invitationLife),
	}
	err := s.rows.Update(ctx, scope, func(r Rows) error {
		in, err := rightsSeen(r, scope) // they are looked at again when it is accepted
		if err != nil {
			return err
		}
		if i.Grants = grantsAt(scope, offered(by.Principal, scope, in)); len(i.Grants) == 0 {
			return vc.Errorf(vc.Denied, "grant-exceeds-own", "the caller holds no right that an invitation gives")
		}
		if err := r.InsertMemberInvitation(i); err != nil {
			return err
		}
		return r.Append(s.entry(by, scope, "invitation.created", "invitation/"+i.ID, grantsText(i.Grants)))
	})
	if err != nil {
		return vc.MemberInvitation{}, "", err
	}
	i.Secret = nil
	return i, invitationText(i.ID, secret), nil
}

func checkInvitation(n NewInvitation) error {
	if a, err := mail.ParseAddress(n.Email); err != nil || a.Address != n.Email || len(n.Email) > emailMax {
		return vc.Errorf(vc.Invalid, "invalid-email", "this is an e-mail address").At("/email")
	}
	if err := checkPerson(n.GivenName, n.FamilyName); err != nil {
		return err
	}
	lines := strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(n.Message)
	return checkText(lines, messageMax, "invalid-message", "/message")
}

func checkPerson(given, family string) error {
	if err := checkText(given, personMax, "invalid-name", "/givenName"); err != nil {
		return err
	}
	return checkText(family, personMax, "invalid-name", "/familyName")
}

// Offered gives the rights that somebody new in a scope gets who is not said to get others: the default ones, as far as
// the caller holds them. They may be none.
func (s *Service) Offered(ctx context.Context, by Actor, scope vc.Scope) (rights []vc.Role, err error) {
	err = s.rows.View(ctx, scope, func(r Rows) error {
		in, err := rightsSeen(r, scope)
		rights = offered(by.Principal, scope, in)
		return err
	})
	return rights, err
}

// offered gives the default rights among those of a scope, as far as p holds them. Where p cannot give the right to
// manage an organisation, it may give what that is made of.
func offered(p vc.Principal, scope vc.Scope, in []vc.Role) []vc.Role {
	manages := false
	var out []vc.Role
	for _, role := range in { // in the registry's order: the right to manage comes before its parts
		right, _ := rightOf(role)
		part := role == organisationIssues || role == organisationVerifies
		if (!right.Default && !part) || (part && manages) || holds(p, grantsAt(scope, []vc.Role{role})) != nil {
			continue
		}
		manages = manages || role == organisationManages
		out = append(out, role)
	}
	return out
}

func grantsText(grants []vc.Grant) string {
	rights := make([]vc.Role, len(grants))
	for i, g := range grants {
		rights[i] = g.Role
	}
	return rightsText(rights)
}

// Invitations lists the invitations of a scope, those of a tenant's organisations with the tenant's, in one state or all
// (""), and tells how many there are. It needs access:read there.
func (s *Service) Invitations(ctx context.Context, by Actor, scope vc.Scope, state InvitationState, q vc.ListQuery) (list []vc.MemberInvitation, total int, err error) {
	if err := mayLook(by.Principal, scope); err != nil {
		return nil, 0, err
	}
	err = s.rows.View(ctx, scope, func(r Rows) error {
		if state != "" {
			list, total, err = s.inState(r, state, q)
			return err
		}
		if list, err = r.MemberInvitations(q); err != nil {
			return err
		}
		total, err = r.CountMemberInvitations(q)
		return err
	})
	for i := range list {
		list[i].Secret = nil
	}
	return list, total, err
}

// inState takes the page of those in a state from all there are: the state depends on the time, and they are few.
func (s *Service) inState(r Rows, state InvitationState, q vc.ListQuery) ([]vc.MemberInvitation, int, error) {
	page := q.Page
	q.Page = vc.Page{Limit: 1000, Ascending: page.Ascending}
	var found []vc.MemberInvitation
	for {
		list, err := r.MemberInvitations(q)
		if err != nil {
			return nil, 0, err
		}
		for _, i := range list {
			if s.StateOf(i) == state {
				found = append(found, i)
			}
		}
		if len(list) < q.Page.Limit {
			break
		}
		q.Page.After = list[len(list)-1].ID
	}
	from := min(page.Offset, len(found))
	to := len(found)
	if page.Limit > 0 {
		to = min(from+page.Limit, to)
	}
	return found[from:to], len(found), nil
}

// Invitation gives one invitation of a scope. It needs access:read there; one that is not there is [vc.NotFound]
// "invitation-not-found".
func (s *Service) Invitation(ctx context.Context, by Actor, scope vc.Scope, id string) (i vc.MemberInvitation, err error) {
	if err := mayLook(by.Principal, scope); err != nil {
		return i, err
	}
	if !isID(id) {
		return i, notFound("invitation")
	}
	err = s.rows.View(ctx, scope, func(r Rows) error {
		i, err = r.MemberInvitation(id)
		return named(err, "invitation")
	})
	i.Secret = nil
	return i, err
}

// Reinvite gives an invitation a new token and a new week; the old token is refused at once. It is the caller's from then
// on: who gets the token can accept it, so it needs what [Service.Invite] does and every permission the invitation gives.
// One that was accepted is [vc.Conflict] "invitation-accepted".
func (s *Service) Reinvite(ctx context.Context, by Actor, scope vc.Scope, id string) (vc.MemberInvitation, string, error) {
	secret, digest := newSecret()
	i, err := s.alterInvitation(ctx, by, scope, id, "invitation.renewed", func(r Rows, i *vc.MemberInvitation) error {
		if err := holds(by.Principal, i.Grants); err != nil {
			return err
		}
		i.Secret, i.ExpiresAt, i.InvitedBy = digest, s.stamp().Add(invitationLife), by.ID
		return r.UpdateMemberInvitation(*i)
	})
	if err != nil {
		return vc.MemberInvitation{}, "", err
	}
	return i, invitationText(i.ID, secret), nil
}

// DeleteInvitation takes an invitation back. It needs access:manage in scope. One that was accepted is [vc.Conflict]
// "invitation-accepted".
func (s *Service) DeleteInvitation(ctx context.Context, by Actor, scope vc.Scope, id string) error {
	_, err := s.alterInvitation(ctx, by, scope, id, "invitation.deleted", func(r Rows, i *vc.MemberInvitation) error {
		return r.DeleteMemberInvitation(i.ID)
	})
	return err
}

func (s *Service) alterInvitation(ctx context.Context, by Actor, scope vc.Scope, id, action string,
	alter func(Rows, *vc.MemberInvitation) error,
) (i vc.MemberInvitation, err error) {
	if err := mayAdminister(by.Principal, scope); err != nil {
		return i, err
	}
	if !isID(id) {
		return i, notFound("invitation")
	}
	if err := s.open(ctx, scope); err != nil {
		return i, err
	}
	err = s.rows.Update(ctx, scope, func(r Rows) error {
		if i, err = r.MemberInvitationForUpdate(id); err != nil {
			return named(err, "invitation")
		}
		if !i.AcceptedAt.IsZero() {
			return alreadyAccepted()
		}
		if err := alter(r, &i); err != nil {
			return err
		}
		return r.Append(s.entry(by, i.Scope, action, "invitation/"+id, ""))
	})
	if err != nil {
		return vc.MemberInvitation{}, err
	}
	i.Secret = nil
	return i, nil
}

func alreadyAccepted() error {
	return vc.Errorf(vc.Conflict, "invitation-accepted", "the invitation was accepted")
}
