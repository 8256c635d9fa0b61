package meeco

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

func (d *Door) tenants() []line {
	return []line{
		{get, "/tenants", "tenancyGetTenants", headerIgnored, access.TenantRead, judged, d.listTenants},
		{post, "/tenants", "tenancyPostTenants", headerIgnored, access.TenantManage, judged, d.createTenant},
		{get, "/tenants/{tenant_id}", "tenancyGetTenantsTenantId", headerIgnored, access.TenantRead, judged, d.getTenant},
		{put, "/tenants/{tenant_id}", "tenancyPutTenantsTenantId", headerIgnored, access.TenantManage, judged, d.updateTenant},
		{remove, "/tenants/{tenant_id}", "tenancyDeleteTenantsTenantId", headerIgnored, access.TenantManage, judged, d.closeTenant},
		{post, "/tenants/{tenant_id}/archive", "tenancyPostTenantsTenantIdArchive", headerIgnored, access.TenantManage, judged, d.changeTenant(d.Access.ArchiveTenant)},
		{post, "/tenants/{tenant_id}/restore", "tenancyPostTenantsTenantIdRestore", headerIgnored, access.TenantManage, judged, d.changeTenant(d.Access.RestoreTenant)},
		{post, "/tenants/{tenant_id}/security_rights", "tenancyPostTenantsTenantIdSecurityRights", headerIgnored, access.TenantManage, judged, d.giveRights(d.inTenancy)},
		{remove, "/tenants/{tenant_id}/security_rights/{security_rights}", "tenancyDeleteTenantsTenantIdSecurityRightsSecurityRights", headerIgnored, access.TenantManage, judged, d.takeRights(d.inTenancy)},
		{get, "/tenants/{tenant_id}/logo", "tenancyGetTenantsTenantIdLogo", headerIgnored, httpx.Public, here, d.tenantLogo},
	}
}

// tenantWire is a tenant.
type tenantWire struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	Archived  bool        `json:"archived"`
	Rights    []vc.Role   `json:"security_rights"`
	CreatedAt httpx.Stamp `json:"created_at"`
	profileWire
}

type oneTenant struct {
	Tenant tenantWire `json:"tenant"`
}

type tenantList struct {
	Tenants []tenantWire `json:"tenants"`
	Meta    meta         `json:"meta"`
	Next    orNull       `json:"next_page_after"`
}

func wireTenant(t vc.Tenant) tenantWire {
	return tenantWire{
		ID: t.ID, Name: t.Name, Archived: !t.ArchivedAt.IsZero(), Rights: access.RightsOfTenant(t), CreatedAt: httpx.Stamp(t.CreatedAt),
		profileWire: wireProfile(t.Profile),
	}
}

func answerTenant(w http.ResponseWriter, t vc.Tenant, err error) error {
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, oneTenant{wireTenant(t)})
}

// newTenant is a tenant as it is sent: what is absent is empty, or stays.
type newTenant struct {
	ID   *string `json:"id"`
	Name *string `json:"name"`
	profileIn
}

func (d *Door) listTenants(w http.ResponseWriter, r *http.Request, c call) error {
	l, err := tenancyPage(r)
	if err != nil {
		return err
	}
	all, total, err := d.Access.TenantsPage(r.Context(), c.actor(), l.ListQuery)
	if err != nil {
		return err
	}
	out := tenantList{Tenants: []tenantWire{}, Meta: l.meta(total), Next: l.nextPage(total)}
	for _, t := range all {
		out.Tenants = append(out.Tenants, wireTenant(t))
	}
	return answer(w, http.StatusOK, out)
}

func (d *Door) createTenant(w http.ResponseWriter, r *http.Request, c call) error {
	external, err := flag(r, "with_external_security_rights")
	if err != nil {
		return err
	}
	var in newTenant
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	switch {
	case in.ID != nil:
		return vc.Errorf(vc.Unsupported, "id-is-given-by-server", "the server gives ids").At("/id")
	case in.Name == nil:
		return httpx.Missing("/name")
	}
	t := vc.Tenant{Name: *in.Name, Profile: in.over(vc.Profile{})}
	if external != nil && !*external {
		t.Rights = internalRights()
	}
	t, err = d.slugged(r.Context(), c, t)
	return answerTenant(w, t, profilePlaced(err))
}

// internalRights are the rights of a new tenant that are about administration.
func internalRights() []vc.Role {
	rights := []vc.Role{}
	for _, r := range access.Rights() {
		if r.ForTenant && r.Default && r.Internal {
			rights = append(rights, r.Role)
		}
	}
	return rights
}

// slugged makes a tenant under a slug of its name; where that is taken or none, with some letters behind it.
func (d *Door) slugged(ctx context.Context, c call, t vc.Tenant) (vc.Tenant, error) {
	base := slugOf(t.Name)
	t.Slug = base
	made, err := d.Access.CreateTenant(ctx, c.actor(), t)
	for range 4 {
		if e, ok := errors.AsType[*vc.Error](err); !ok || (e.Code != "slug-taken" && e.Code != "invalid-slug") {
			return made, err
		}
		t.Slug = base + "-" + strings.ToLower(rand.Text()[:4])
		made, err = d.Access.CreateTenant(ctx, c.actor(), t)
	}
	return made, err
}

const slugMax = 50 // with room for the letters behind it

func slugOf(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case b.Len() == slugMax:
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	if slug := strings.Trim(b.String(), "-"); slug != "" {
		return slug
	}
	return "tenant"
}

func (d *Door) getTenant(w http.ResponseWriter, r *http.Request, c call) error {
	t, err := d.tenantOf(r, c, r.PathValue("tenant_id"))
	if err == nil {
		err = access.Authorize(c.who, access.TenantRead, vc.Scope{Tenant: t.ID})
	}
	return answerTenant(w, t, err)
}

func (d *Door) updateTenant(w http.ResponseWriter, r *http.Request, c call) error {
	t, err := d.tenantOf(r, c, r.PathValue("tenant_id"))
	if err != nil {
		return err
	}
	if err := access.Authorize(c.who, access.TenantManage, vc.Scope{Tenant: t.ID}); err != nil {
		return err
	}
	var in newTenant
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	switch {
	case in.ID != nil && *in.ID != t.ID:
		return vc.Errorf(vc.Unsupported, "id-is-given-by-server", "the server gives ids").At("/id")
	case in.Name == nil:
		return httpx.Missing("/name")
	}
	t, err = d.Access.UpdateTenantProfile(r.Context(), c.actor(), t.ID, *in.Name, in.over)
	return answerTenant(w, t, profilePlaced(err))
}

func (d *Door) closeTenant(w http.ResponseWriter, r *http.Request, c call) error {
	scope, err := d.inTenancy(r, c)
	if err != nil {
		return err
	}
	if err := d.Access.CloseTenant(r.Context(), c.actor(), scope.Tenant); err != nil {
		return err
	}
	return done(w)
}

func (d *Door) changeTenant(change func(context.Context, access.Actor, string) (vc.Tenant, error)) act {
	return func(w http.ResponseWriter, r *http.Request, c call) error {
		scope, err := d.inTenancy(r, c)
		if err != nil {
			return err
		}
		t, err := change(r.Context(), c.actor(), scope.Tenant)
		return answerTenant(w, t, err)
	}
}

func (d *Door) tenantLogo(w http.ResponseWriter, r *http.Request, _ call) error {
	url, err := d.Access.TenantLogo(r.Context(), r.PathValue("tenant_id"))
	return redirect(w, url, err)
}

func redirect(w http.ResponseWriter, url string, err error) error {
	if err != nil {
		return err
	}
	w.Header().Set("Location", url)
	w.WriteHeader(http.StatusFound)
	return nil
}
