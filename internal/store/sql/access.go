package sql

import (
	"encoding/json"
	"strings"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// handle enters an object into the directory.
func (tx *Tx) handle(kind, handle string, scope vc.Scope, object string) error {
	return tx.insert(nil, `INSERT INTO handles (kind, handle, tenant_id, org_id, object_id) VALUES ($1, $2, $3, $4, $5)`,
		kind, handle, scope.Tenant, scope.Organisation, object)
}

// unhandle takes an object out of the directory.
func (tx *Tx) unhandle(kind, handle string) error {
	return tx.insert(nil, `DELETE FROM handles WHERE kind = $1 AND handle = $2`, kind, handle)
}

// profileDoc is a [vc.Profile] as it is stored.
type profileDoc struct {
	LegalName        string `json:"legalName,omitempty"`
	TradingName      string `json:"tradingName,omitempty"`
	CompanyNumber    string `json:"companyNumber,omitempty"`
	LEINumber        string `json:"leiNumber,omitempty"`
	BusinessAddress  string `json:"businessAddress,omitempty"`
	CompanyURL       string `json:"companyUrl,omitempty"`
	Color            string `json:"color,omitempty"`
	LogoURL          string `json:"logoUrl,omitempty"`
	Status           string `json:"status,omitempty"`
	OfficerFirstName string `json:"officerFirstName,omitempty"`
	OfficerLastName  string `json:"officerLastName,omitempty"`
	OfficerEmail     string `json:"officerEmail,omitempty"`
}

func profileText(p vc.Profile) string { return text(profileDoc(p)) }

// profile reads what profileText wrote.
func profile(p *vc.Profile) *object { return js((*profileDoc)(p)) }

// rightsText is "" for nil only: no rights at all are not the default ones.
func rightsText(rights []vc.Role) string {
	if rights == nil {
		return ""
	}
	b, err := json.Marshal(rights)
	if err != nil { // they are strings
		panic(err)
	}
	return string(b)
}

// InsertTenant writes the tenant of the transaction's scope and the handle of its slug.
func (tx *Tx) InsertTenant(t vc.Tenant) error {
	if t.ID == "" || t.ID != tx.scope.Tenant || tx.scope.Organisation != "" {
		return vc.Errorf(vc.Internal, "scope", "a tenant is made in its own scope")
	}
	if err := tx.insert(nil, `INSERT INTO tenants (id, slug, name, search, created_at, archived_at, profile, rights, forbids_whole)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		t.ID, t.Slug, t.Name, strings.ToLower(t.Name), micros(t.CreatedAt), micros(t.ArchivedAt),
		profileText(t.Profile), rightsText(t.Rights), t.ForbidsWhole); err != nil {
		return err
	}
	return tx.handle(store.HandleTenant, t.Slug, tx.scope, t.ID)
}

// UpdateTenant writes all but created at.
func (tx *Tx) UpdateTenant(t vc.Tenant) error {
	if t.ID != tx.scope.Tenant || tx.scope.Organisation != "" {
		return notFound()
	}
	if err := changed(tx.plain(`UPDATE tenants SET slug = $2, name = $3, search = $4, archived_at = $5, profile = $6,
		rights = $7, forbids_whole = $8 WHERE id = $1`,
		t.ID, t.Slug, t.Name, strings.ToLower(t.Name), micros(t.ArchivedAt), profileText(t.Profile),
		rightsText(t.Rights), t.ForbidsWhole)); err != nil {
		return err
	}
	return tx.insert(nil, `UPDATE handles SET handle = $3 WHERE object_id = $1 AND kind = $2 AND handle <> $3`,
		t.ID, store.HandleTenant, t.Slug)
}

const tenantColumns = `SELECT id, slug, name, created_at, archived_at, profile, rights, forbids_whole FROM tenants WHERE `

func scanTenant(r row, t *vc.Tenant) error {
	return r.Scan(&t.ID, &t.Slug, &t.Name, at(&t.CreatedAt), at(&t.ArchivedAt), profile(&t.Profile), js(&t.Rights), &t.ForbidsWhole)
}

// Tenant gives the tenant of the transaction's scope.
func (tx *Tx) Tenant() (vc.Tenant, error) {
	var t vc.Tenant
	err := tx.one(tenantColumns+`id = $1`, []any{tx.scope.Tenant},
		&t.ID, &t.Slug, &t.Name, at(&t.CreatedAt), at(&t.ArchivedAt), profile(&t.Profile), js(&t.Rights), &t.ForbidsWhole)
	return t, err
}

// TenantForUpdate is Tenant, and no other transaction changes the row before this one ends.
func (tx *Tx) TenantForUpdate() (vc.Tenant, error) {
	var t vc.Tenant
	err := tx.one(tenantColumns+`id = $1 FOR UPDATE`, []any{tx.scope.Tenant},
		&t.ID, &t.Slug, &t.Name, at(&t.CreatedAt), at(&t.ArchivedAt), profile(&t.Profile), js(&t.Rights), &t.ForbidsWhole)
	return t, err
}

// Tenants lists all tenants, in the operator's scope only.
func (tx *Tx) Tenants(q vc.ListQuery) ([]vc.Tenant, error) {
	if tx.scope != (vc.Scope{}) {
		return nil, notFound()
	}
	return every(tx, tenants(q).page(q.Page), scanTenant)
}

// CountTenants counts the tenants of a list, in the operator's scope only.
func (tx *Tx) CountTenants(q vc.ListQuery) (int, error) {
	if tx.scope != (vc.Scope{}) {
		return 0, notFound()
	}
	return tx.count(tenants(q))
}

func tenants(q vc.ListQuery) *list {
	l := &list{}
	l.add(tenantColumns + `id <> ''`)
	return l.named(q, "archived_at")
}

// InsertOrganisation writes an organisation of the tenant and its public handle.
func (tx *Tx) InsertOrganisation(o vc.Organisation) error {
	if tx.scope.Tenant == "" || tx.scope.Organisation != "" || (o.Tenant != "" && o.Tenant != tx.scope.Tenant) {
		return vc.Errorf(vc.Internal, "scope", "an organisation is made in its tenant's scope")
	}
	if err := tx.insert(nil, `INSERT INTO organisations
		(id, tenant_id, name, search, may_issue, may_verify, created_at, archived_at, profile, rights)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		o.ID, tx.scope.Tenant, o.Name, strings.ToLower(o.Name), o.MayIssue, o.MayVerify,
		micros(o.CreatedAt), micros(o.ArchivedAt), profileText(o.Profile), rightsText(o.Rights)); err != nil {
		return err
	}
	return tx.handle(store.HandleOrganisation, o.ID, vc.Scope{Tenant: tx.scope.Tenant, Organisation: o.ID}, o.ID)
}

// UpdateOrganisation writes all but tenant and created at.
func (tx *Tx) UpdateOrganisation(o vc.Organisation) error {
	return changed(tx.exec(`UPDATE organisations
		SET name = $4, search = $5, may_issue = $6, may_verify = $7, archived_at = $8, profile = $9, rights = $10
		WHERE id = $3 AND tenant_id = $1 AND ($2 = '' OR id = $2)`,
		o.ID, o.Name, strings.ToLower(o.Name), o.MayIssue, o.MayVerify, micros(o.ArchivedAt), profileText(o.Profile),
		rightsText(o.Rights)))
}

const organisationColumns = `SELECT id, tenant_id, name, may_issue, may_verify, created_at, archived_at, profile, rights
	FROM organisations WHERE tenant_id = $1 AND ($2 = '' OR id = $2)`

func scanOrganisation(r row, o *vc.Organisation) error {
	return r.Scan(&o.ID, &o.Tenant, &o.Name, &o.MayIssue, &o.MayVerify, at(&o.CreatedAt), at(&o.ArchivedAt),
		profile(&o.Profile), js(&o.Rights))
}

// Organisation gives one organisation of the tenant; in an organisation's scope itself only.
func (tx *Tx) Organisation(id string) (vc.Organisation, error) {
	return single(tx, scanOrganisation, organisationColumns+` AND id = $3`, id)
}

// OrganisationForUpdate is Organisation, and no other transaction changes the row before this one ends.
func (tx *Tx) OrganisationForUpdate(id string) (vc.Organisation, error) {
	return single(tx, scanOrganisation, organisationColumns+` AND id = $3 FOR UPDATE`, id)
}

// Organisations lists organisations.
func (tx *Tx) Organisations(q vc.ListQuery) ([]vc.Organisation, error) {
	return every(tx, tx.organisations(q).page(q.Page), scanOrganisation)
}

// CountOrganisations counts the organisations of a list.
func (tx *Tx) CountOrganisations(q vc.ListQuery) (int, error) { return tx.count(tx.organisations(q)) }

func (tx *Tx) organisations(q vc.ListQuery) *list {
	return tx.from(organisationColumns).named(q, "archived_at")
}
