package sql

import (
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
)

// instanceDoc is the part of an instance that nobody searches, as it is stored.
type instanceDoc struct {
	Identity string               `json:"identity,omitempty"`
	Method   string               `json:"method,omitempty"`
	Profile  credentialProfileDoc `json:"profile,omitzero"`
	Checks   []string             `json:"checks,omitempty"`
	Open     bool                 `json:"open,omitempty"`
	Lenient  bool                 `json:"lenient,omitempty"`
}

// credentialProfileDoc is a [vc.CredentialProfile] without its name, which is the instance's id.
type credentialProfileDoc struct {
	Format   string             `json:"format,omitempty"`
	Suite    string             `json:"suite,omitempty"`
	Model    vc.ModelVersion    `json:"model,omitempty"`
	Status   dialectDoc         `json:"status,omitzero"`
	Purposes []vc.StatusPurpose `json:"purposes,omitempty"`
	Contexts []string           `json:"contexts,omitempty"`
	Foreign  bool               `json:"foreign,omitempty"`
}

func instanceText(i vc.Instance) string {
	p := i.Profile
	return text(instanceDoc{
		Identity: i.Identity, Method: i.Method, Checks: i.Checks, Open: i.Open, Lenient: i.Lenient,
		Profile: credentialProfileDoc{p.Format, p.Suite, p.Model, dialectDoc(p.Status), p.Purposes, p.Contexts, p.Foreign},
	})
}

// InsertInstance writes an instance; Conflict "duplicate" when its tenant has one with that slug.
func (tx *Tx) InsertInstance(i vc.Instance) error {
	scope, err := tx.in(i.Scope)
	if err != nil {
		return err
	}
	return tx.insert(nil, `INSERT INTO instances (id, tenant_id, org_id, slug, name, search, doc, revision, created_at,
		updated_at, archived_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		i.ID, scope.Tenant, scope.Organisation, i.Slug, i.Name, strings.ToLower(i.Name), instanceText(i), i.Revision,
		micros(i.CreatedAt), micros(i.UpdatedAt), micros(i.ArchivedAt))
}

// UpdateInstance writes an instance whose stored revision is one less; else Conflict "stale".
func (tx *Tx) UpdateInstance(i vc.Instance) error {
	n, err := tx.exec(`UPDATE instances SET slug = $4, name = $5, search = $6, doc = $7, revision = $8, updated_at = $9,
		archived_at = $10 WHERE id = $3 AND revision = $8 - 1 AND `+own,
		i.ID, i.Slug, i.Name, strings.ToLower(i.Name), instanceText(i), i.Revision, micros(i.UpdatedAt), micros(i.ArchivedAt))
	if err == nil && n == 0 {
		return tx.behind(`SELECT 1 FROM instances WHERE id = $3 AND `+own, i.ID)
	}
	return err
}

const instanceColumns = `SELECT id, tenant_id, org_id, slug, name, doc, revision, created_at, updated_at, archived_at
	FROM instances WHERE ` + own

func scanInstance(r row, i *vc.Instance) error {
	var doc instanceDoc
	if err := r.Scan(&i.ID, &i.Scope.Tenant, &i.Scope.Organisation, &i.Slug, &i.Name, js(&doc), &i.Revision,
		at(&i.CreatedAt), at(&i.UpdatedAt), at(&i.ArchivedAt)); err != nil {
		return err
	}
	p := doc.Profile
	i.Identity, i.Method, i.Checks, i.Open, i.Lenient = doc.Identity, doc.Method, doc.Checks, doc.Open, doc.Lenient
	i.Profile = vc.CredentialProfile{
		Format: p.Format, Suite: p.Suite, Model: p.Model, Status: vc.StatusDialect(p.Status), Purposes: p.Purposes,
		Contexts: p.Contexts, Foreign: p.Foreign,
	}
	return nil
}

// Instance gives one instance.
func (tx *Tx) Instance(id string) (vc.Instance, error) {
	return single(tx, scanInstance, instanceColumns+` AND id = $3`, id)
}

// InstanceBySlug gives the instance of a slug.
func (tx *Tx) InstanceBySlug(slug string) (vc.Instance, error) {
	return single(tx, scanInstance, instanceColumns+` AND slug = $3`, slug)
}

// Instances lists instances.
func (tx *Tx) Instances(q vc.ListQuery) ([]vc.Instance, error) {
	return every(tx, tx.instances(q).page(q.Page), scanInstance)
}

// CountInstances counts the instances of a list.
func (tx *Tx) CountInstances(q vc.ListQuery) (int, error) { return tx.count(tx.instances(q)) }

func (tx *Tx) instances(q vc.ListQuery) *list {
	return tx.from(instanceColumns).named(q, "archived_at").exactly(q)
}
