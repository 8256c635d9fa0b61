package meeco

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

func (d *Door) rights() []line {
	return []line{
		{get, "/security_rights", "tenancyGetSecurityRights", headerIgnored, "", here, d.ownRights},
		{get, "/security_rights_registry", "tenancyGetSecurityRightsRegistry", headerIgnored, httpx.Public, here, d.rightsRegistry},
		{get, "/whoami", "tenancyGetWhoami", headerIgnored, "", here, d.whoami},
	}
}

// rightsWire is a list of security rights.
type rightsWire struct {
	Rights []vc.Role `json:"security_rights"`
}

const maxRights = 64 // in one request

// sentRights reads the rights of a body.
func sentRights(r *http.Request) ([]vc.Role, error) {
	var in rightsWire
	if err := decode(r, smallBody, &in); err != nil {
		return nil, err
	}
	if in.Rights == nil {
		return nil, httpx.Missing("/security_rights")
	}
	return few(in.Rights, "/security_rights")
}

// pathRights reads the rights of a path, separated by commas.
func pathRights(r *http.Request) ([]vc.Role, error) {
	var rights []vc.Role
	for _, text := range strings.Split(r.PathValue("security_rights"), ",") {
		rights = append(rights, vc.Role(text))
	}
	return few(rights, "")
}

func few(rights []vc.Role, pointer string) ([]vc.Role, error) {
	if len(rights) > maxRights {
		return nil, vc.Errorf(vc.Invalid, "too-many", "at most %d rights at a time", maxRights).At(pointer)
	}
	return rights, nil
}

func sentPlaced(err error) error {
	return httpx.Placed(err, map[string]string{"/rights": "/security_rights"})
}

// pathPlaced takes the pointer away where the rights were in no body.
func pathPlaced(err error) error { return httpx.Placed(err, map[string]string{"/rights": ""}) }

func (d *Door) giveRights(in locality) act {
	return in.then(func(w http.ResponseWriter, r *http.Request, c call, scope vc.Scope) error {
		rights, err := sentRights(r)
		if err != nil {
			return err
		}
		if err := d.Access.GiveRights(r.Context(), c.actor(), scope, rights); err != nil {
			return sentPlaced(err)
		}
		if scope.Organisation == "" {
			t, err := d.Access.TenantFor(r.Context(), c.who, scope.Tenant)
			return answerTenant(w, t, err)
		}
		o, err := d.Access.OrganisationOf(r.Context(), scope)
		return d.answerOrganisation(w, r, c, o, err)
	})
}

func (d *Door) takeRights(in locality) act {
	return in.then(func(w http.ResponseWriter, r *http.Request, c call, scope vc.Scope) error {
		rights, err := pathRights(r)
		if err != nil {
			return err
		}
		if err := d.Access.TakeRights(r.Context(), c.actor(), scope, rights); err != nil {
			return pathPlaced(err)
		}
		return done(w)
	})
}

func (d *Door) rightsOfAdministrator(in locality) act {
	return in.then(func(w http.ResponseWriter, r *http.Request, c call, scope vc.Scope) error {
		p, err := d.Access.Administrator(r.Context(), c.actor(), scope, administrator(r))
		if err != nil {
			return err
		}
		return answer(w, http.StatusOK, rightsWire{access.RightsOf(p, scope)})
	})
}

func (d *Door) grantRights(in locality) act {
	return in.then(func(w http.ResponseWriter, r *http.Request, c call, scope vc.Scope) error {
		rights, err := sentRights(r)
		if err != nil {
			return err
		}
		if err := d.Access.GrantRights(r.Context(), c.actor(), scope, administrator(r), rights); err != nil {
			return sentPlaced(err)
		}
		return done(w)
	})
}

func (d *Door) withdrawRights(in locality) act {
	return in.then(func(w http.ResponseWriter, r *http.Request, c call, scope vc.Scope) error {
		rights, err := pathRights(r)
		if err != nil {
			return err
		}
		if err := d.Access.WithdrawRights(r.Context(), c.actor(), scope, administrator(r), rights); err != nil {
			return pathPlaced(err)
		}
		return done(w)
	})
}

// rightSpec describes a right of the registry.
type rightSpec struct {
	Active          bool   `json:"active"`
	Default         bool   `json:"assigned_by_default"`
	Description     string `json:"description"`
	ForOrganisation bool   `json:"for_org"`
	ForTenant       bool   `json:"for_tenant"`
	Internal        bool   `json:"internal_atom_security_right"`
}

type registryEntry struct {
	Right vc.Role   `json:"security_right"`
	Spec  rightSpec `json:"spec"`
}

func (d *Door) rightsRegistry(w http.ResponseWriter, r *http.Request, _ call) error {
	inactive, err := flag(r, "with_inactive")
	if err != nil {
		return err
	}
	out := struct {
		Rights []registryEntry `json:"security_rights"`
	}{[]registryEntry{}}
	for _, right := range access.Rights() {
		if right.Active || (inactive != nil && *inactive) {
			out.Rights = append(out.Rights, registryEntry{right.Role, rightSpec{
				right.Active, right.Default, right.Description, right.ForOrganisation, right.ForTenant, right.Internal,
			}})
		}
	}
	return answer(w, http.StatusOK, out)
}

// rightsGroup are the rights of one scope.
type rightsGroup struct {
	Scope struct {
		Tenant       orNull `json:"tenant_id"`
		Organisation orNull `json:"org_id"`
	} `json:"scope"`
	Rights []vc.Role `json:"security_rights"`
}

type ownRights struct {
	Groups  []rightsGroup `json:"security_rights"`
	Tenants []named       `json:"tenants"`
	Orgs    []named       `json:"orgs"`
}

// ownRights are those of the caller, by the scopes they were granted at.
func (d *Door) ownRights(w http.ResponseWriter, r *http.Request, c call) error {
	out := ownRights{[]rightsGroup{}, []named{}, []named{}}
	var scopes []vc.Scope
	for _, g := range c.who.Grants {
		if slices.Contains(scopes, g.Scope) {
			continue
		}
		scopes = append(scopes, g.Scope)
		group := rightsGroup{Rights: access.RightsOf(c.who, g.Scope)}
		group.Scope.Tenant, group.Scope.Organisation = orNull(g.Scope.Tenant), orNull(g.Scope.Organisation)
		out.Groups = append(out.Groups, group)
		if err := d.name(r.Context(), c, g.Scope, &out); err != nil {
			return err
		}
	}
	return answer(w, http.StatusOK, out)
}

// name adds the names of a scope of the caller's.
func (d *Door) name(ctx context.Context, c call, scope vc.Scope, out *ownRights) error {
	if scope.Tenant == "" {
		return nil
	}
	t, err := d.Access.TenantFor(ctx, c.who, scope.Tenant)
	if err != nil {
		return err
	}
	if tenant := (named{t.ID, t.Name}); !slices.Contains(out.Tenants, tenant) {
		out.Tenants = append(out.Tenants, tenant)
	}
	if scope.Organisation == "" {
		return nil
	}
	o, err := d.Access.OrganisationOf(ctx, scope)
	if err == nil {
		out.Orgs = append(out.Orgs, named{o.ID, o.Name})
	}
	return err
}
