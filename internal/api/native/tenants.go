package native

import (
	"net/http"
	"time"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

type tenantWire struct {
	ID         string    `json:"id"`
	Slug       string    `json:"slug"`
	Name       string    `json:"name"`
	CreatedAt  time.Time `json:"createdAt"`
	ArchivedAt time.Time `json:"archivedAt,omitzero"`

	ForbidsWhole bool `json:"forbidsWholeCredentials"`
}

type newTenant struct {
	Slug string `json:"slug"`
	Name string `json:"name"`
}

// tenantPatch changes what is present.
type tenantPatch struct {
	Name         *string `json:"name"`
	ForbidsWhole *bool   `json:"forbidsWholeCredentials"`
}

func wireTenant(t vc.Tenant) tenantWire {
	return tenantWire{ID: t.ID, Slug: t.Slug, Name: t.Name, CreatedAt: t.CreatedAt, ArchivedAt: t.ArchivedAt, ForbidsWhole: t.ForbidsWhole}
}

func (d *Door) createTenant(w http.ResponseWriter, r *http.Request, c call) error {
	var in newTenant
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	t, err := d.Access.CreateTenant(r.Context(), c.actor(), vc.Tenant{Slug: in.Slug, Name: in.Name})
	if err != nil {
		return err
	}
	httpx.EncodeJSON(w, http.StatusCreated, wireTenant(t))
	return nil
}

func (d *Door) listTenants(w http.ResponseWriter, r *http.Request, c call) error {
	q, err := listQuery(r)
	if err != nil {
		return err
	}
	tenants, err := d.Access.Tenants(r.Context(), c.actor(), q)
	if err != nil {
		return err
	}
	list(w, q, tenants, wireTenant, func(t vc.Tenant) string { return t.ID })
	return nil
}

func (d *Door) getTenant(w http.ResponseWriter, r *http.Request, c call) error {
	t, err := d.Access.Tenant(r.Context(), c.actor(), r.PathValue("id"))
	return one(w, t, err, wireTenant)
}

func (d *Door) updateTenant(w http.ResponseWriter, r *http.Request, c call) error {
	var in tenantPatch
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	t, err := d.Access.UpdateTenant(r.Context(), c.actor(), r.PathValue("id"), access.TenantPatch(in))
	return one(w, t, err, wireTenant)
}

func (d *Door) archiveTenant(w http.ResponseWriter, r *http.Request, c call) error {
	t, err := d.Access.ArchiveTenant(r.Context(), c.actor(), r.PathValue("id"))
	return one(w, t, err, wireTenant)
}

func (d *Door) restoreTenant(w http.ResponseWriter, r *http.Request, c call) error {
	t, err := d.Access.RestoreTenant(r.Context(), c.actor(), r.PathValue("id"))
	return one(w, t, err, wireTenant)
}

// one answers 200 with a noun, or gives back the error that came instead.
func one[N, W any](w http.ResponseWriter, noun N, err error, wire func(N) W) error {
	if err != nil {
		return err
	}
	httpx.EncodeJSON(w, http.StatusOK, wire(noun))
	return nil
}

// created is [one] with 201.
func created[N, W any](w http.ResponseWriter, noun N, err error, wire func(N) W) error {
	if err != nil {
		return err
	}
	httpx.EncodeJSON(w, http.StatusCreated, wire(noun))
	return nil
}
