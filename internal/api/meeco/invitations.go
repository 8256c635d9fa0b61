package meeco

import (
	"net/http"
	"net/url"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// people are those who were invited, and what they say of themselves.
func (d *Door) people() []line {
	return []line{
		{get, "/users/invitations", "tenancyGetUsersInvitations", headerOptional, access.AccessRead, here, d.listInvitations},
		{post, "/users/invitations", "tenancyPostUsersInvitations", headerOptional, access.AccessManage, here, d.invite},
		{get, "/users/invitations/{id}", "tenancyGetUsersInvitationsId", headerOptional, access.AccessRead, here, d.getInvitation},
		{remove, "/users/invitations/{id}", "tenancyDeleteUsersInvitationsId", headerOptional, access.AccessManage, here, d.deleteInvitation},
		{post, "/users/invitations/{id}/resend", "tenancyPostUsersInvitationsIdResend", headerOptional, access.AccessManage, here, d.renewInvitation},
		{post, "/users/invitations/{token}/accept", "tenancyPostUsersInvitationsTokenAccept", headerOptional, httpx.Public, here, d.acceptInvitation},
		{put, "/users/me", "tenancyPutUsersMe", headerOptional, "", here, d.updateMe},
		{put, "/users/me/password", "tenancyPutUsersMePassword", headerOptional, "", here, d.notOffered},
	}
}

// invitationWire is an invitation. Its token is there once, when it was just made or made anew.
type invitationWire struct {
	ID         string                 `json:"id"`
	To         string                 `json:"to"`
	Status     access.InvitationState `json:"status"`
	Token      string                 `json:"token"`
	UserID     string                 `json:"user_id"`
	CreatedAt  httpx.Stamp            `json:"created_at"`
	AcceptedAt httpx.Stamp            `json:"accepted_at"`
	ExpiresAt  httpx.Stamp            `json:"expires_at"`
	Message    string                 `json:"message"`
	TenantID   string                 `json:"tenant_id"`
	OrgID      string                 `json:"org_id"`
	RequestURL string                 `json:"presentation_request_url"`
	OpenIDURL  string                 `json:"open_id_presentation_request_url"`
	GivenName  string                 `json:"given_name"`
	FamilyName string                 `json:"family_name"`
	Email      string                 `json:"email"`
}

type oneInvitation struct {
	Invitation invitationWire `json:"invitation"`
}

func (d *Door) wireInvitation(i vc.MemberInvitation, token string) invitationWire {
	return invitationWire{
		ID: i.ID, To: i.Email, Status: d.Access.StateOf(i), Token: token, UserID: i.Principal, CreatedAt: httpx.Stamp(i.CreatedAt),
		AcceptedAt: httpx.Stamp(i.AcceptedAt), ExpiresAt: httpx.Stamp(i.ExpiresAt), Message: i.Message, TenantID: i.Scope.Tenant,
		OrgID: i.Scope.Organisation, GivenName: i.GivenName, FamilyName: i.FamilyName, Email: i.Email,
	}
}

type invitationIn struct {
	Invitation *struct {
		Email      string `json:"email"`
		GivenName  string `json:"given_name"`
		FamilyName string `json:"family_name"`
		Message    string `json:"message"`
	} `json:"invitation"`
}

func (d *Door) invite(w http.ResponseWriter, r *http.Request, c call) error {
	var in invitationIn
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	if in.Invitation == nil {
		return httpx.Missing("/invitation")
	}
	i, token, err := d.Access.Invite(r.Context(), c.actor(), c.scope, access.NewInvitation{
		Email: in.Invitation.Email, GivenName: in.Invitation.GivenName, FamilyName: in.Invitation.FamilyName,
		Message: in.Invitation.Message,
	})
	if err != nil {
		return httpx.Placed(err, map[string]string{
			"/email": "/invitation/email", "/givenName": "/invitation/given_name", "/familyName": "/invitation/family_name",
			"/message": "/invitation/message",
		})
	}
	secretly(w)
	return answer(w, http.StatusCreated, oneInvitation{d.wireInvitation(i, token)})
}

func (d *Door) listInvitations(w http.ResponseWriter, r *http.Request, c call) error {
	values := httpx.Query(r)
	state := access.InvitationState(values.Get("status"))
	switch state {
	case access.InvitationPending, access.InvitationAccepted, access.InvitationExpired, "":
	case "all":
		state = ""
	default:
		return badParameter("status", "must be pending, accepted, expired or all")
	}
	values.Del("status")
	asked := *r
	asked.URL = &url.URL{RawQuery: values.Encode()}
	l, err := listed(&asked, byCreation)
	if err != nil {
		return err
	}
	all, total, err := d.Access.Invitations(r.Context(), c.actor(), c.scope, state, l.ListQuery)
	if err != nil {
		return err
	}
	out := struct {
		Invitations []invitationWire `json:"invitations"`
		Meta        meta             `json:"meta"`
	}{[]invitationWire{}, l.meta(total)}
	for _, i := range all {
		out.Invitations = append(out.Invitations, d.wireInvitation(i, ""))
	}
	return answer(w, http.StatusOK, out)
}

func (d *Door) getInvitation(w http.ResponseWriter, r *http.Request, c call) error {
	i, err := d.Access.Invitation(r.Context(), c.actor(), c.scope, r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, oneInvitation{d.wireInvitation(i, "")})
}

func (d *Door) renewInvitation(w http.ResponseWriter, r *http.Request, c call) error {
	i, token, err := d.Access.Reinvite(r.Context(), c.actor(), c.scope, r.PathValue("id"))
	if err != nil {
		return err
	}
	secretly(w)
	return answer(w, http.StatusOK, oneInvitation{d.wireInvitation(i, token)})
}

func (d *Door) deleteInvitation(w http.ResponseWriter, r *http.Request, c call) error {
	if err := d.Access.DeleteInvitation(r.Context(), c.actor(), c.scope, r.PathValue("id")); err != nil {
		return err
	}
	return empty(w)
}

// acceptInvitation makes whoever has the token a member, and gives the member's key.
func (d *Door) acceptInvitation(w http.ResponseWriter, r *http.Request, c call) error {
	i, _, key, err := d.Access.AcceptInvitation(r.Context(), c.actor(), r.PathValue("token"))
	if err != nil {
		return err
	}
	secretly(w)
	return answer(w, http.StatusCreated, struct {
		Invitation invitationWire `json:"invitation"`
		AccessKey  string         `json:"access_key"`
	}{d.wireInvitation(i, ""), key})
}

type userIn struct {
	User *struct {
		GivenName  *string `json:"given_name"`
		FamilyName *string `json:"family_name"`
	} `json:"user"`
}

// userWire is a member as it sees itself.
type userWire struct {
	ID            string      `json:"id"`
	Email         string      `json:"email"`
	EmailVerified bool        `json:"email_verified"`
	DID           string      `json:"did"`
	Thumbprint    string      `json:"jwk_thumbprint_uri"`
	Name          string      `json:"name"`
	GivenName     string      `json:"given_name"`
	FamilyName    string      `json:"family_name"`
	Active        bool        `json:"is_active"`
	CreatedAt     httpx.Stamp `json:"created_at"`
	UpdatedAt     httpx.Stamp `json:"updated_at"`
}

func (d *Door) updateMe(w http.ResponseWriter, r *http.Request, c call) error {
	var in userIn
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	if in.User == nil {
		return httpx.Missing("/user")
	}
	p, err := d.Access.UpdateMember(r.Context(), c.actor(), in.User.GivenName, in.User.FamilyName)
	if err != nil {
		return httpx.Placed(err, map[string]string{"/givenName": "/user/given_name", "/familyName": "/user/family_name"})
	}
	return answer(w, http.StatusOK, struct {
		User userWire `json:"user"`
	}{userWire{
		ID: p.ID, Email: p.Email, Name: p.Name, GivenName: p.GivenName, FamilyName: p.FamilyName, Active: true,
		CreatedAt: httpx.Stamp(p.CreatedAt), UpdatedAt: httpx.Stamp(p.CreatedAt),
	}})
}
