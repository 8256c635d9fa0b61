package native

import (
	"net/http"
	"time"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// principalWire is an API key or an OAuth client. Secret is there once, when it was just made.
type principalWire struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Grants    []grant   `json:"grants"`
	Secret    string    `json:"secret,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	RevokedAt time.Time `json:"revokedAt,omitzero"`
}

type grant struct {
	Role         string `json:"role"`
	Tenant       string `json:"tenant,omitempty"`
	Organisation string `json:"organisation,omitempty"`
}

type newPrincipal struct {
	Name      string     `json:"name"`
	Grants    []newGrant `json:"grants"`
	ExpiresAt time.Time  `json:"expiresAt"`
}

// newGrant gives a role in the caller's scope, or in an organisation of it.
type newGrant struct {
	Role         string `json:"role"`
	Organisation string `json:"organisation"`
}

func wirePrincipal(p vc.Principal) principalWire {
	out := principalWire{ID: p.ID, Name: p.Name, Grants: []grant{}, CreatedAt: p.CreatedAt, ExpiresAt: p.ExpiresAt,
		RevokedAt: p.RevokedAt}
	for _, g := range p.Grants {
		out.Grants = append(out.Grants, grant{Role: string(g.Role), Tenant: g.Scope.Tenant, Organisation: g.Scope.Organisation})
	}
	return out
}

// grantsOf places each grant: an operator's role in no tenant, any other in the caller's scope or an organisation.
func grantsOf(in []newGrant, scope vc.Scope) []vc.Grant {
	var out []vc.Grant
	for _, g := range in {
		at := scope
		if g.Organisation != "" {
			at.Organisation = g.Organisation
		}
		if vc.Role(g.Role) == vc.Operator {
			at = vc.Scope{}
		}
		out = append(out, vc.Grant{Scope: at, Role: vc.Role(g.Role)})
	}
	return out
}

func (d *Door) createPrincipal(kind vc.PrincipalKind) act {
	return func(w http.ResponseWriter, r *http.Request, c call) error {
		var in newPrincipal
		if err := decode(r, smallBody, &in); err != nil {
			return err
		}
		p, secret, err := d.Access.CreatePrincipal(r.Context(), c.actor(), c.scope, access.NewPrincipal{
			Kind: kind, Name: in.Name, Grants: grantsOf(in.Grants, c.scope), ExpiresAt: in.ExpiresAt.UTC(),
		})
		if err != nil {
			return err
		}
		out := wirePrincipal(p)
		out.Secret = secret
		httpx.EncodeJSON(w, http.StatusCreated, out)
		return nil
	}
}

func (d *Door) listPrincipals(kind vc.PrincipalKind) act {
	return func(w http.ResponseWriter, r *http.Request, c call) error {
		q, err := listQuery(r)
		if err != nil {
			return err
		}
		all, err := d.Access.Principals(r.Context(), c.actor(), c.scope, q)
		if err != nil {
			return err
		}
		out := listed[principalWire]{Items: []principalWire{}}
		for _, p := range all {
			if p.Kind == kind {
				out.Items = append(out.Items, wirePrincipal(p))
			}
		}
		if len(all) == q.Page.Limit {
			out.Next = all[len(all)-1].ID // the cursor runs over both kinds: a page may hold fewer than limit
		}
		httpx.EncodeJSON(w, http.StatusOK, out)
		return nil
	}
}

func (d *Door) getPrincipal(kind vc.PrincipalKind) act {
	return func(w http.ResponseWriter, r *http.Request, c call) error {
		p, err := d.principal(r, c, kind)
		return one(w, p, err, wirePrincipal)
	}
}

func (d *Door) rotatePrincipal(kind vc.PrincipalKind) act {
	return func(w http.ResponseWriter, r *http.Request, c call) error {
		if _, err := d.principal(r, c, kind); err != nil {
			return err
		}
		p, secret, err := d.Access.RotateSecret(r.Context(), c.actor(), c.scope, r.PathValue("id"))
		if err != nil {
			return err
		}
		out := wirePrincipal(p)
		out.Secret = secret
		httpx.EncodeJSON(w, http.StatusOK, out)
		return nil
	}
}

func (d *Door) revokePrincipal(kind vc.PrincipalKind) act {
	return func(w http.ResponseWriter, r *http.Request, c call) error {
		if _, err := d.principal(r, c, kind); err != nil {
			return err
		}
		if _, err := d.Access.RevokePrincipal(r.Context(), c.actor(), c.scope, r.PathValue("id")); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

// principal finds one of that kind: an API key is not found among the clients.
func (d *Door) principal(r *http.Request, c call, kind vc.PrincipalKind) (vc.Principal, error) {
	p, err := d.Access.Principal(r.Context(), c.actor(), c.scope, r.PathValue("id"))
	if err == nil && p.Kind != kind {
		err = vc.Errorf(vc.NotFound, "principal-not-found", "there is no such principal here")
	}
	return p, err
}
