package native

import (
	"net/http"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

type organisationWire struct {
	ID         string    `json:"id"`
	Tenant     string    `json:"tenant"`
	Name       string    `json:"name"`
	MayIssue   bool      `json:"mayIssue"`
	MayVerify  bool      `json:"mayVerify"`
	CreatedAt  time.Time `json:"createdAt"`
	ArchivedAt time.Time `json:"archivedAt,omitzero"`
}

type newOrganisation struct {
	Name      string `json:"name"`
	MayIssue  bool   `json:"mayIssue"`
	MayVerify bool   `json:"mayVerify"`
}

// organisationPatch changes what is present.
type organisationPatch struct {
	Name      *string `json:"name"`
	MayIssue  *bool   `json:"mayIssue"`
	MayVerify *bool   `json:"mayVerify"`
}

func wireOrganisation(o vc.Organisation) organisationWire {
	return organisationWire{
		ID: o.ID, Tenant: o.Tenant, Name: o.Name, MayIssue: o.MayIssue, MayVerify: o.MayVerify,
		CreatedAt: o.CreatedAt, ArchivedAt: o.ArchivedAt,
	}
}

func (d *Door) createOrganisation(w http.ResponseWriter, r *http.Request, c call) error {
	var in newOrganisation
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	o, err := d.Access.CreateOrganisation(r.Context(), c.actor(), vc.Organisation{
		Tenant: c.scope.Tenant, Name: in.Name, MayIssue: in.MayIssue, MayVerify: in.MayVerify,
	})
	return created(w, o, err, wireOrganisation)
}

func (d *Door) listOrganisations(w http.ResponseWriter, r *http.Request, c call) error {
	q, err := listQuery(r)
	if err != nil {
		return err
	}
	organisations, err := d.Access.Organisations(r.Context(), c.actor(), c.scope, q)
	if err != nil {
		return err
	}
	list(w, q, organisations, wireOrganisation, func(o vc.Organisation) string { return o.ID })
	return nil
}

func (d *Door) getOrganisation(w http.ResponseWriter, r *http.Request, c call) error {
	o, err := d.Access.Organisation(r.Context(), c.actor(), c.scope.Tenant, r.PathValue("id"))
	return one(w, o, err, wireOrganisation)
}

func (d *Door) updateOrganisation(w http.ResponseWriter, r *http.Request, c call) error {
	var in organisationPatch
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	o, err := d.Access.Organisation(r.Context(), c.actor(), c.scope.Tenant, r.PathValue("id"))
	if err != nil {
		return err
	}
	set(&o.Name, in.Name)
	set(&o.MayIssue, in.MayIssue)
	set(&o.MayVerify, in.MayVerify)
	o, err = d.Access.UpdateOrganisation(r.Context(), c.actor(), o)
	return one(w, o, err, wireOrganisation)
}

func (d *Door) archiveOrganisation(w http.ResponseWriter, r *http.Request, c call) error {
	o, err := d.Access.ArchiveOrganisation(r.Context(), c.actor(), c.scope.Tenant, r.PathValue("id"))
	return one(w, o, err, wireOrganisation)
}

func (d *Door) restoreOrganisation(w http.ResponseWriter, r *http.Request, c call) error {
	o, err := d.Access.RestoreOrganisation(r.Context(), c.actor(), c.scope.Tenant, r.PathValue("id"))
	return one(w, o, err, wireOrganisation)
}

// set takes a value that was sent.
func set[T any](field *T, sent *T) {
	if sent != nil {
		*field = *sent
	}
}
