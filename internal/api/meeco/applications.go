package meeco

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// An application is a client of the organisation that the header names, without one of the tenant.
func (d *Door) applications() []line {
	return []line{
		{get, "/applications", "tenancyGetApplications", headerOptional, access.AccessRead, here, d.listApplications},
		{post, "/applications", "tenancyPostApplications", headerOptional, access.AccessManage, here, d.createApplication},
		{get, "/applications/{id}", "tenancyGetApplicationsId", headerOptional, access.AccessRead, here, d.getApplication},
		{put, "/applications/{id}", "tenancyPutApplicationsId", headerOptional, access.AccessManage, here, d.updateApplication},
		{remove, "/applications/{id}", "tenancyDeleteApplicationsId", headerOptional, access.AccessManage, here, d.deleteApplication},
	}
}

const applicationNameMax = 72 // characters

// applicationIn is an application as it is sent. Without rights it gets those that its maker would give anyone new.
type applicationIn struct {
	Application *struct {
		Name        *string   `json:"name"`
		Description *string   `json:"description"`
		Rights      []vc.Role `json:"security_rights"`
	} `json:"application"`
}

// described is an application as it is changed and made. The secret is there once, when it was just made.
type described struct {
	ID           string    `json:"id"`
	Name         string    `json:"name"`
	Description  string    `json:"description"`
	Rights       []vc.Role `json:"security_rights"`
	ClientID     string    `json:"client_id,omitzero"`
	ClientSecret string    `json:"client_secret,omitzero"`
}

type oneDescribed struct {
	Application described `json:"application"`
}

// applicationWire is an application as it is read.
type applicationWire struct {
	ID          string      `json:"id"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Type        string      `json:"type"`
	Secret      string      `json:"secret"`
	Scopes      string      `json:"scopes"`
	Redirects   []string    `json:"redirects"`
	Logout      []string    `json:"logout_redirects"`
	Active      bool        `json:"is_active"`
	CreatedAt   httpx.Stamp `json:"created_at"`
	UpdatedAt   httpx.Stamp `json:"updated_at"`
}

func wireApplication(p vc.Principal) applicationWire {
	var scopes []string
	for _, right := range access.RightsOf(p, p.Scope) {
		scopes = append(scopes, string(right))
	}
	return applicationWire{
		ID: p.ID, Name: p.Name, Description: p.Description, Type: "client_credentials", Scopes: strings.Join(scopes, " "),
		Redirects: []string{}, Logout: []string{}, Active: true, CreatedAt: httpx.Stamp(p.CreatedAt), UpdatedAt: httpx.Stamp(p.CreatedAt),
	}
}

func wireDescribed(p vc.Principal) described {
	return described{ID: p.ID, Name: p.Name, Description: p.Description, Rights: access.RightsOf(p, p.Scope)}
}

func applicationPlaced(err error) error {
	return httpx.Placed(err, map[string]string{
		"/name": "/application/name", "/description": "/application/description",
		"/grants": "/application/security_rights", "/rights": "/application/security_rights",
	})
}

// sentApplication reads an application; both texts are needed.
func sentApplication(r *http.Request) (applicationIn, error) {
	var in applicationIn
	if err := decode(r, smallBody, &in); err != nil {
		return in, err
	}
	switch a := in.Application; {
	case a == nil:
		return in, httpx.Missing("/application")
	case a.Name == nil:
		return in, httpx.Missing("/application/name")
	case a.Description == nil:
		return in, httpx.Missing("/application/description")
	case utf8.RuneCountInString(*a.Name) > applicationNameMax:
		return in, vc.Errorf(vc.Invalid, "invalid-name", "a name has at most %d characters", applicationNameMax).At("/application/name")
	}
	return in, nil
}

func (d *Door) createApplication(w http.ResponseWriter, r *http.Request, c call) error {
	in, err := sentApplication(r)
	if err != nil {
		return err
	}
	rights, err := few(in.Application.Rights, "/application/security_rights")
	if err != nil {
		return err
	}
	if len(rights) == 0 {
		if rights, err = d.Access.Offered(r.Context(), c.actor(), c.scope); err != nil {
			return err
		}
	}
	n := access.NewPrincipal{Kind: vc.Client, Name: *in.Application.Name, Description: *in.Application.Description}
	for _, right := range rights {
		if !access.IsRight(right) {
			return vc.Errorf(vc.Invalid, "right-unknown", "there is no such right").At("/application/security_rights")
		}
		n.Grants = append(n.Grants, vc.Grant{Scope: c.scope, Role: right})
	}
	p, secret, err := d.Access.CreatePrincipal(r.Context(), c.actor(), c.scope, n)
	if err != nil {
		return applicationPlaced(err)
	}
	out := wireDescribed(p)
	out.ClientID, out.ClientSecret = p.ID, secret
	secretly(w)
	return answer(w, http.StatusCreated, oneDescribed{out})
}

func (d *Door) listApplications(w http.ResponseWriter, r *http.Request, c call) error {
	l, err := listed(r, byCreation, byName)
	if err != nil {
		return err
	}
	all, total, err := d.Access.Applications(r.Context(), c.actor(), c.scope, l.ListQuery)
	if err != nil {
		return err
	}
	out := struct {
		Applications []applicationWire `json:"applications"`
		Meta         meta              `json:"meta"`
	}{[]applicationWire{}, l.meta(total)}
	for _, p := range all {
		out.Applications = append(out.Applications, wireApplication(p))
	}
	return answer(w, http.StatusOK, out)
}

func (d *Door) getApplication(w http.ResponseWriter, r *http.Request, c call) error {
	p, err := d.Access.Application(r.Context(), c.actor(), c.scope, r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct {
		Application applicationWire `json:"application"`
	}{wireApplication(p)})
}

func (d *Door) updateApplication(w http.ResponseWriter, r *http.Request, c call) error {
	in, err := sentApplication(r)
	if err != nil {
		return err
	}
	if in.Application.Rights != nil {
		return vc.Errorf(vc.Invalid, "rights-stay", "the rights of an application are chosen when it is made").At("/application/security_rights")
	}
	p, err := d.Access.DescribeApplication(r.Context(), c.actor(), c.scope, r.PathValue("id"), *in.Application.Name, *in.Application.Description)
	if err != nil {
		return applicationPlaced(err)
	}
	return answer(w, http.StatusOK, oneDescribed{wireDescribed(p)})
}

func (d *Door) deleteApplication(w http.ResponseWriter, r *http.Request, c call) error {
	if err := d.Access.RemoveApplication(r.Context(), c.actor(), c.scope, r.PathValue("id")); err != nil {
		return err
	}
	return empty(w)
}
