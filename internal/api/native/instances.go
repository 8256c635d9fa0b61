package native

import (
	"net/http"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// instanceBody is what an instance of the VC API is made of, both ways.
type instanceBody struct {
	Slug          string        `json:"slug"`
	Name          string        `json:"name,omitempty"`
	Identity      string        `json:"identity,omitempty"`
	Method        string        `json:"method,omitempty"`
	Format        string        `json:"format,omitempty"`
	Suite         string        `json:"suite,omitempty"`
	Model         string        `json:"model,omitempty"`
	Purposes      []string      `json:"purposes,omitempty"`
	Status        statusDialect `json:"status,omitzero"`
	Contexts      []string      `json:"contexts,omitempty"`
	ForeignStatus bool          `json:"foreignStatus,omitzero"`
	Checks        []string      `json:"checks,omitempty"`
	Open          bool          `json:"open,omitzero"`
	Lenient       bool          `json:"lenient,omitzero"`
}

type instanceWire struct {
	ID           string `json:"id"`
	Organisation string `json:"organisation,omitempty"`
	instanceBody
	Revision   int       `json:"revision"`
	CreatedAt  time.Time `json:"createdAt"`
	UpdatedAt  time.Time `json:"updatedAt,omitzero"`
	ArchivedAt time.Time `json:"archivedAt,omitzero"`
}

// instanceReplacement replaces an instance that was read at Revision.
type instanceReplacement struct {
	instanceBody
	Revision int `json:"revision"`
}

func (b instanceBody) noun() vc.Instance {
	i := vc.Instance{
		Slug: b.Slug, Name: b.Name, Identity: b.Identity, Method: b.Method, Checks: b.Checks, Open: b.Open, Lenient: b.Lenient,
		Profile: vc.CredentialProfile{
			Format: b.Format, Suite: b.Suite, Model: vc.ModelVersion(b.Model), Status: vc.StatusDialect(b.Status),
			Contexts: b.Contexts, Foreign: b.ForeignStatus,
		},
	}
	for _, p := range b.Purposes {
		i.Profile.Purposes = append(i.Profile.Purposes, vc.StatusPurpose(p))
	}
	return i
}

func wireInstance(i vc.Instance) instanceWire {
	p := i.Profile
	out := instanceWire{
		ID: i.ID, Organisation: i.Scope.Organisation, Revision: i.Revision, CreatedAt: i.CreatedAt, UpdatedAt: i.UpdatedAt,
		ArchivedAt: i.ArchivedAt,
		instanceBody: instanceBody{
			Slug: i.Slug, Name: i.Name, Identity: i.Identity, Method: i.Method, Format: p.Format, Suite: p.Suite,
			Model: string(p.Model), Status: statusDialect(p.Status), Contexts: p.Contexts, ForeignStatus: p.Foreign,
			Checks: i.Checks, Open: i.Open, Lenient: i.Lenient,
		},
	}
	for _, purpose := range p.Purposes {
		out.Purposes = append(out.Purposes, string(purpose))
	}
	return out
}

func (d *Door) listInstances(w http.ResponseWriter, r *http.Request, c call) error {
	q, err := listQuery(r)
	if err != nil {
		return err
	}
	all, err := d.Catalog.Instances(r.Context(), c.scope, q)
	if err != nil {
		return err
	}
	list(w, q, all, wireInstance, func(i vc.Instance) string { return i.ID })
	return nil
}

func (d *Door) createInstance(w http.ResponseWriter, r *http.Request, c call) error {
	var in instanceBody
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	made, err := d.Catalog.CreateInstance(r.Context(), c.by, in.noun())
	return created(w, made, err, wireInstance)
}

func (d *Door) getInstance(w http.ResponseWriter, r *http.Request, c call) error {
	i, err := d.Catalog.Instance(r.Context(), c.scope, r.PathValue("id"))
	return one(w, i, err, wireInstance)
}

func (d *Door) updateInstance(w http.ResponseWriter, r *http.Request, c call) error {
	var in instanceReplacement
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	i := in.noun()
	i.ID, i.Revision = r.PathValue("id"), in.Revision
	changed, err := d.Catalog.UpdateInstance(r.Context(), c.by, i)
	return one(w, changed, err, wireInstance)
}

func (d *Door) archiveInstance(w http.ResponseWriter, r *http.Request, c call) error {
	i, err := d.Catalog.ArchiveInstance(r.Context(), c.by, r.PathValue("id"))
	return one(w, i, err, wireInstance)
}

func (d *Door) restoreInstance(w http.ResponseWriter, r *http.Request, c call) error {
	i, err := d.Catalog.RestoreInstance(r.Context(), c.by, r.PathValue("id"))
	return one(w, i, err, wireInstance)
}
