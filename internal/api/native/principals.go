package native

import (
	"fmt"
	"net/http"
	"net/url"
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

	PreviousExpiresAt time.Time `json:"previousExpiresAt,omitzero"` // the secret before the last rotation
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
	out := principalWire{
		ID: p.ID, Name: p.Name, Grants: []grant{}, CreatedAt: p.CreatedAt, ExpiresAt: p.ExpiresAt,
		RevokedAt: p.RevokedAt, PreviousExpiresAt: p.PreviousUntil,
	}
	for _, g := range p.Grants {
		out.Grants = append(out.Grants, grant{Role: string(g.Role), Tenant: g.Scope.Tenant, Organisation: g.Scope.Organisation})
	}
	return out
}

// administered is the scope that principals of a call live in: the call's, or with ?scope=operator the operator's
// own, where keys of the whole server are.
func administered(values url.Values, c call) (vc.Scope, error) {
	scope, err := choice(values, "scope", "operator")
	if err != nil || scope == "" {
		return c.scope, err
	}
	return vc.Scope{}, nil
}

// at is [administered] for a call with no other parameter.
func at(r *http.Request, c call) (vc.Scope, error) {
	values, err := params(r, "scope")
	if err != nil {
		return vc.Scope{}, err
	}
	return administered(values, c)
}

// grantsOf places each grant: in the principal's scope, or in an organisation of it. The rights of other doors are no
// roles of this one.
func grantsOf(in []newGrant, scope vc.Scope) ([]vc.Grant, error) {
	var out []vc.Grant
	for i, g := range in {
		if !access.Plain(vc.Role(g.Role)) {
			return nil, vc.Errorf(vc.Invalid, "invalid-grant", "there is no such role").At(fmt.Sprintf("/grants/%d", i))
		}
		in := scope
		if g.Organisation != "" {
			in.Organisation = g.Organisation
		}
		out = append(out, vc.Grant{Scope: in, Role: vc.Role(g.Role)})
	}
	return out, nil
}

func (d *Door) createPrincipal(kind vc.PrincipalKind) act {
	return func(w http.ResponseWriter, r *http.Request, c call) error {
		scope, err := at(r, c)
		if err != nil {
			return err
		}
		var in newPrincipal
		if err := decode(r, smallBody, &in); err != nil {
			return err
		}
		grants, err := grantsOf(in.Grants, scope)
		if err != nil {
			return err
		}
		p, secret, err := d.Access.CreatePrincipal(r.Context(), c.actor(), scope, access.NewPrincipal{
			Kind: kind, Name: in.Name, Grants: grants, ExpiresAt: in.ExpiresAt.UTC(),
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
		values, err := params(r, append(listParams, "scope")...)
		if err != nil {
			return err
		}
		scope, err := administered(values, c)
		if err != nil {
			return err
		}
		q, err := listQueryOf(values)
		if err != nil {
			return err
		}
		all, err := d.Access.Principals(r.Context(), c.actor(), scope, q)
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

// secretRotation asks for a new secret beside which the old one stays good for some seconds.
type secretRotation struct {
	Overlap int64 `json:"overlap"`
}

func (s secretRotation) duration() time.Duration {
	const most = int64(access.MaxOverlap / time.Second)
	return time.Duration(max(-1, min(s.Overlap, most+1))) * time.Second
}

func (d *Door) rotatePrincipal(kind vc.PrincipalKind) act {
	return func(w http.ResponseWriter, r *http.Request, c call) error {
		var in secretRotation
		if err := optional(r, smallBody, &in); err != nil {
			return err
		}
		found, err := d.principal(r, c, kind)
		if err != nil {
			return err
		}
		p, secret, err := d.Access.RotateSecretOver(r.Context(), c.actor(), found.Scope, found.ID, in.duration())
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
		found, err := d.principal(r, c, kind)
		if err != nil {
			return err
		}
		if _, err := d.Access.RevokePrincipal(r.Context(), c.actor(), found.Scope, found.ID); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

// principal finds one of that kind: an API key is not found among the clients.
func (d *Door) principal(r *http.Request, c call, kind vc.PrincipalKind) (vc.Principal, error) {
	scope, err := at(r, c)
	if err != nil {
		return vc.Principal{}, err
	}
	p, err := d.Access.Principal(r.Context(), c.actor(), scope, r.PathValue("id"))
	if err == nil && p.Kind != kind {
		err = vc.Errorf(vc.NotFound, "principal-not-found", "there is no such principal here")
	}
	return p, err
}
