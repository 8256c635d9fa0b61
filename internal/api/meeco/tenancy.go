package meeco

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// tenancy are the routes of tenants, organisations and who may what in them. Their permissions are judged by the access
// service, in the scope of the path, and their errors have flat members too.
func (d *Door) tenancy() []line {
	return slices.Concat(
		d.tenants(), d.organisations(), d.administrators(), d.rights(), d.applications(), d.people(), d.deployments(),
	)
}

// deployments are of wallets that are hosted: not here.
func (d *Door) deployments() []line {
	return []line{
		{get, "/deployments/wallets/orgs/{org_id}", "tenancyGetDeploymentsWalletsOrgsOrgId", headerIgnored, "", here, d.notOffered},
		{post, "/deployments/wallets/orgs/{org_id}", "tenancyPostDeploymentsWalletsOrgsOrgId", headerIgnored, "", here, d.notOffered},
		{get, "/deployments/wallets/{id}", "tenancyGetDeploymentsWalletsId", headerIgnored, "", here, d.notOffered},
		{remove, "/deployments/wallets/{id}", "tenancyDeleteDeploymentsWalletsId", headerIgnored, "", here, d.notOffered},
	}
}

// locality gives the scope that a path is about, if the caller's own reaches it. It is no permission.
type locality func(r *http.Request, c call) (vc.Scope, error)

// then is an act in that scope.
func (in locality) then(do func(w http.ResponseWriter, r *http.Request, c call, scope vc.Scope) error) act {
	return func(w http.ResponseWriter, r *http.Request, c call) error {
		scope, err := in(r, c)
		if err != nil {
			return err
		}
		return do(w, r, c, scope)
	}
}

// inServer is the operator's own scope.
func (d *Door) inServer(*http.Request, call) (vc.Scope, error) { return vc.Scope{}, nil }

// inTenancy is the scope of the path's tenant.
func (d *Door) inTenancy(r *http.Request, c call) (vc.Scope, error) {
	t, err := d.tenantOf(r, c, r.PathValue("tenant_id"))
	return vc.Scope{Tenant: t.ID}, err
}

// tenantOf gives the tenant that id names, the call's when it is "". Below /t/{tenant} there is one tenant only.
func (d *Door) tenantOf(r *http.Request, c call, id string) (vc.Tenant, error) {
	if id == "" {
		id = c.scope.Tenant
	}
	t, err := d.Access.TenantFor(r.Context(), c.who, id)
	if err == nil && r.PathValue("tenant") != "" && t.ID != c.scope.Tenant {
		return vc.Tenant{}, vc.Errorf(vc.NotFound, "tenant-not-found", "there is no such tenant")
	}
	return t, err
}

// inOrganisation is the scope of the path's organisation. An operator reaches those of every tenant.
func (d *Door) inOrganisation(r *http.Request, c call) (vc.Scope, error) {
	scope, err := d.Access.OrganisationScope(r.Context(), c.who, r.PathValue("org_id"))
	if err == nil && r.PathValue("tenant") != "" && scope.Tenant != c.scope.Tenant {
		return vc.Scope{}, vc.Errorf(vc.NotFound, "organisation-not-found", "there is no such organisation")
	}
	return scope, err
}

// done is the answer that says no more.
func done(w http.ResponseWriter) error { return answer(w, http.StatusOK, struct{}{}) }

// secretly marks an answer that holds a secret: nobody on the way keeps it.
func secretly(w http.ResponseWriter) { w.Header().Set("Cache-Control", "no-store") }

// orNull is a text that is null when there is none.
type orNull string

// MarshalJSONTo writes the text.
func (t orNull) MarshalJSONTo(enc *jsontext.Encoder) error {
	if t == "" {
		return enc.WriteToken(jsontext.Null)
	}
	return enc.WriteToken(jsontext.String(string(t)))
}

// named is what an id is of.
type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// tenancyPage is tenancyListed with the other way to ask for a page: next_page_after is what the answer before gave.
func tenancyPage(r *http.Request) (listing, error) {
	values := httpx.Query(r)
	if after := values.Get("next_page_after"); after != "" && values.Get("page") == "" {
		values.Set("page", after)
		asked := *r
		asked.URL = &url.URL{RawQuery: values.Encode()}
		r = &asked
	}
	return tenancyListed(r)
}

// nextPage is the page after this one, null behind the last.
func (l listing) nextPage(total int) orNull {
	if m := l.meta(total); m.Page < m.Pages {
		return orNull(strconv.Itoa(m.Page + 1))
	}
	return ""
}

// flag reads a parameter that is true or false; nil when it is not there.
func flag(r *http.Request, name string) (*bool, error) {
	text := httpx.Query(r).Get(name)
	if text == "" {
		return nil, nil
	}
	set := text == "true"
	if !set && text != "false" {
		return nil, badParameter(name, "must be true or false")
	}
	return &set, nil
}
