package sql

import (
	"strings"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// handle enters an object into the directory.
func (tx *Tx) handle(kind, handle string, scope vc.Scope, object string) error {
	return tx.insert(nil, `INSERT INTO handles (kind, handle, tenant_id, org_id, object_id) VALUES ($1, $2, $3, $4, $5)`,
		kind, handle, scope.Tenant, scope.Organisation, object)
}

// InsertTenant writes the tenant of the transaction's scope and the handle of its slug.
func (tx *Tx) InsertTenant(t vc.Tenant) error {
	if t.ID == "" || t.ID != tx.scope.Tenant || tx.scope.Organisation != "" {
		return vc.Errorf(vc.Internal, "scope", "a tenant is made in its own scope")
	}
	if err := tx.insert(nil, `INSERT INTO tenants (id, slug, name, search, created_at, archived_at)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		t.ID, t.Slug, t.Name, strings.ToLower(t.Name), micros(t.CreatedAt), micros(t.ArchivedAt)); err != nil {
		return err
	}
	return tx.handle(store.HandleTenant, t.Slug, tx.scope, t.ID)
}

// UpdateTenant writes slug, name and archived at.
func (tx *Tx) UpdateTenant(t vc.Tenant) error {
	if t.ID != tx.scope.Tenant || tx.scope.Organisation != "" {
		return notFound()
	}
	if err := changed(tx.plain(`UPDATE tenants SET slug = $2, name = $3, search = $4, archived_at = $5 WHERE id = $1`,
		t.ID, t.Slug, t.Name, strings.ToLower(t.Name), micros(t.ArchivedAt))); err != nil {
		return err
	}
	return tx.insert(nil, `UPDATE handles SET handle = $3 WHERE object_id = $1 AND kind = $2 AND handle <> $3`,
		t.ID, store.HandleTenant, t.Slug)
}

const tenantColumns = `SELECT id, slug, name, created_at, archived_at FROM tenants WHERE `

func scanTenant(r row, t *vc.Tenant) error {
	return r.Scan(&t.ID, &t.Slug, &t.Name, at(&t.CreatedAt), at(&t.ArchivedAt))
}

// Tenant gives the tenant of the transaction's scope.
func (tx *Tx) Tenant() (vc.Tenant, error) {
	var t vc.Tenant
	err := tx.one(tenantColumns+`id = $1`, []any{tx.scope.Tenant},
		&t.ID, &t.Slug, &t.Name, at(&t.CreatedAt), at(&t.ArchivedAt))
	return t, err
}

// Tenants lists all tenants, in the operator's scope only.
func (tx *Tx) Tenants(q vc.ListQuery) ([]vc.Tenant, error) {
	if tx.scope != (vc.Scope{}) {
		return nil, notFound()
	}
	l := &list{}
	l.add(tenantColumns + `id <> ''`)
	return every(tx, l.named(q, "archived_at").page(q.Page), scanTenant)
}

// InsertOrganisation writes an organisation of the tenant.
func (tx *Tx) InsertOrganisation(o vc.Organisation) error {
	if tx.scope.Tenant == "" || tx.scope.Organisation != "" || (o.Tenant != "" && o.Tenant != tx.scope.Tenant) {
		return vc.Errorf(vc.Internal, "scope", "an organisation is made in its tenant's scope")
	}
	return tx.insert(nil, `INSERT INTO organisations
		(id, tenant_id, name, search, may_issue, may_verify, created_at, archived_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		o.ID, tx.scope.Tenant, o.Name, strings.ToLower(o.Name), o.MayIssue, o.MayVerify,
		micros(o.CreatedAt), micros(o.ArchivedAt))
}

// UpdateOrganisation writes all but tenant and created at.
func (tx *Tx) UpdateOrganisation(o vc.Organisation) error {
	return changed(tx.exec(`UPDATE organisations
		SET name = $4, search = $5, may_issue = $6, may_verify = $7, archived_at = $8
		WHERE id = $3 AND tenant_id = $1 AND ($2 = '' OR id = $2)`,
		o.ID, o.Name, strings.ToLower(o.Name), o.MayIssue, o.MayVerify, micros(o.ArchivedAt)))
}

const organisationColumns = `SELECT id, tenant_id, name, may_issue, may_verify, created_at, archived_at
	FROM organisations WHERE tenant_id = $1 AND ($2 = '' OR id = $2)`

func scanOrganisation(r row, o *vc.Organisation) error {
	return r.Scan(&o.ID, &o.Tenant, &o.Name, &o.MayIssue, &o.MayVerify, at(&o.CreatedAt), at(&o.ArchivedAt))
}

// Organisation gives one organisation of the tenant; in an organisation's scope itself only.
func (tx *Tx) Organisation(id string) (vc.Organisation, error) {
	return single(tx, scanOrganisation, organisationColumns+` AND id = $3`, id)
}

// Organisations lists organisations.
func (tx *Tx) Organisations(q vc.ListQuery) ([]vc.Organisation, error) {
	return every(tx, tx.from(organisationColumns).named(q, "archived_at").page(q.Page), scanOrganisation)
}

// grant is a [vc.Grant] as it is stored.
type grant struct {
	Tenant       string  `json:"tenant,omitempty"`
	Organisation string  `json:"organisation,omitempty"`
	Role         vc.Role `json:"role"`
}

func grantsText(grants []vc.Grant) string {
	stored := make([]grant, len(grants))
	for i, g := range grants {
		stored[i] = grant{g.Scope.Tenant, g.Scope.Organisation, g.Role}
	}
	return text(stored)
}

// InsertPrincipal writes a principal and its handle.
func (tx *Tx) InsertPrincipal(p vc.Principal) error {
	scope, err := tx.in(p.Scope)
	if err != nil {
		return err
	}
	if err := tx.insert(nil, `INSERT INTO principals
		(id, tenant_id, org_id, kind, name, search, secret, grants, created_at, expires_at, revoked_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		p.ID, scope.Tenant, scope.Organisation, string(p.Kind), p.Name, strings.ToLower(p.Name), p.Secret,
		grantsText(p.Grants), micros(p.CreatedAt), micros(p.ExpiresAt), micros(p.RevokedAt)); err != nil {
		return err
	}
	return tx.handle(store.HandlePrincipal, p.ID, scope, p.ID)
}

// UpdatePrincipal writes name, secret, grants, expires at and revoked at.
func (tx *Tx) UpdatePrincipal(p vc.Principal) error {
	return changed(tx.exec(`UPDATE principals
		SET name = $4, search = $5, secret = $6, grants = $7, expires_at = $8, revoked_at = $9
		WHERE id = $3 AND `+own,
		p.ID, p.Name, strings.ToLower(p.Name), p.Secret, grantsText(p.Grants),
		micros(p.ExpiresAt), micros(p.RevokedAt)))
}

const principalColumns = `SELECT id, tenant_id, org_id, kind, name, secret, grants, created_at, expires_at, revoked_at
	FROM principals WHERE ` + own

func scanPrincipal(r row, p *vc.Principal) error {
	var grants []grant
	if err := r.Scan(&p.ID, &p.Scope.Tenant, &p.Scope.Organisation, (*string)(&p.Kind), &p.Name, &p.Secret,
		js(&grants), at(&p.CreatedAt), at(&p.ExpiresAt), at(&p.RevokedAt)); err != nil {
		return err
	}
	for _, g := range grants {
		p.Grants = append(p.Grants, vc.Grant{
			Scope: vc.Scope{Tenant: g.Tenant, Organisation: g.Organisation}, Role: g.Role,
		})
	}
	return nil
}

// Principal gives one principal.
func (tx *Tx) Principal(id string) (vc.Principal, error) {
	return single(tx, scanPrincipal, principalColumns+` AND id = $3`, id)
}

// Principals lists principals; a revoked one counts as archived.
func (tx *Tx) Principals(q vc.ListQuery) ([]vc.Principal, error) {
	return every(tx, tx.from(principalColumns).named(q, "revoked_at").page(q.Page), scanPrincipal)
}
