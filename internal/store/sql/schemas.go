package sql

import (
	"strings"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// seenSchema is what a scope sees of schemas: its own, and those of its tenant that are shared with it.
const seenSchema = `s.tenant_id = $1 AND ($2 = '' OR s.org_id = $2 OR (s.org_id = '' AND EXISTS (
	SELECT 1 FROM shares h WHERE h.schema_id = s.id AND (h.shared_with = $2 OR h.shared_with = '*'))))`

// InsertSchema writes a schema and its public handle.
func (tx *Tx) InsertSchema(s vc.Schema) error {
	scope, err := tx.in(s.Scope)
	if err != nil {
		return err
	}
	if err := tx.insert(nil, `INSERT INTO schemas
		(id, tenant_id, org_id, name, search, latest, shared_with, created_at, archived_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		s.ID, scope.Tenant, scope.Organisation, s.Name, strings.ToLower(s.Name), s.Latest, text(s.SharedWith),
		micros(s.CreatedAt), micros(s.ArchivedAt)); err != nil {
		return err
	}
	if err := tx.share(s.ID, s.SharedWith, scope); err != nil {
		return err
	}
	return tx.handle(store.HandleSchema, s.ID, scope, s.ID)
}

func (tx *Tx) share(schema string, with []string, scope vc.Scope) error {
	for _, org := range with {
		if err := tx.insert(nil, `INSERT INTO shares (schema_id, shared_with, tenant_id, org_id) VALUES ($1, $2, $3, $4)
			ON CONFLICT (schema_id, shared_with) DO NOTHING`, schema, org, scope.Tenant, scope.Organisation); err != nil {
			return err
		}
	}
	return nil
}

// UpdateSchema writes name, latest, shared with and archived at.
func (tx *Tx) UpdateSchema(s vc.Schema) error {
	if err := changed(tx.exec(`UPDATE schemas SET name = $4, search = $5, latest = $6, shared_with = $7, archived_at = $8
		WHERE id = $3 AND `+own,
		s.ID, s.Name, strings.ToLower(s.Name), s.Latest, text(s.SharedWith), micros(s.ArchivedAt))); err != nil {
		return err
	}
	if err := tx.insert(nil, `DELETE FROM shares WHERE schema_id = $1`, s.ID); err != nil {
		return err
	}
	return tx.share(s.ID, s.SharedWith, tx.scope)
}

const schemaColumns = `SELECT s.id, s.tenant_id, s.org_id, s.name, s.latest, s.shared_with, s.created_at, s.archived_at
	FROM schemas s WHERE ` + seenSchema

func scanSchema(r row, s *vc.Schema) error {
	return r.Scan(&s.ID, &s.Scope.Tenant, &s.Scope.Organisation, &s.Name, &s.Latest, js(&s.SharedWith),
		at(&s.CreatedAt), at(&s.ArchivedAt))
}

// Schema gives one schema.
func (tx *Tx) Schema(id string) (vc.Schema, error) {
	return single(tx, scanSchema, schemaColumns+` AND s.id = $3`, id)
}

// SchemaForUpdate gives one schema of the scope, and no other transaction changes the row before this one ends.
func (tx *Tx) SchemaForUpdate(id string) (vc.Schema, error) {
	return single(tx, scanSchema, schemaColumns+` AND s.id = $3 AND `+own+` FOR UPDATE`, id)
}

// Schemas lists schemas.
func (tx *Tx) Schemas(q vc.ListQuery) ([]vc.Schema, error) {
	return every(tx, tx.schemas(q).page(q.Page), scanSchema)
}

// CountSchemas counts the schemas of a list.
func (tx *Tx) CountSchemas(q vc.ListQuery) (int, error) { return tx.count(tx.schemas(q)) }

func (tx *Tx) schemas(q vc.ListQuery) *list {
	return tx.from(schemaColumns).named(q, "archived_at").exactly(q)
}

// InsertSchemaVersion writes a version of a schema of the scope, and the public handle of its context, whose
// object is the id of the schema.
func (tx *Tx) InsertSchemaVersion(v vc.SchemaVersion) error {
	var scope vc.Scope
	if err := tx.one(`SELECT tenant_id, org_id FROM schemas WHERE id = $3 AND `+own,
		tx.scoped([]any{v.Schema}), &scope.Tenant, &scope.Organisation); err != nil {
		return err
	}
	if err := tx.insert(nil, `INSERT INTO schema_versions (schema_id, version, tenant_id, org_id, draft, type_name,
		document, digest, url, context, context_digest, context_url, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		v.Schema, v.Version, scope.Tenant, scope.Organisation, v.Draft, v.TypeName, v.Document, v.Digest, v.URL,
		v.Context, v.ContextDigest, v.ContextURL, micros(v.CreatedAt)); err != nil {
		return err
	}
	if v.ContextURL == "" {
		return nil
	}
	return tx.handle(store.HandleContext, v.ContextURL, scope, v.Schema)
}

// SchemaVersion gives one version of a schema.
func (tx *Tx) SchemaVersion(schema string, version int) (vc.SchemaVersion, error) {
	return single(tx, func(r row, v *vc.SchemaVersion) error {
		return r.Scan(&v.Schema, &v.Scope.Tenant, &v.Scope.Organisation, &v.Version, &v.Draft, &v.TypeName, &v.Document,
			&v.Digest, &v.URL, &v.Context, &v.ContextDigest, &v.ContextURL, at(&v.CreatedAt))
	}, `SELECT v.schema_id, v.tenant_id, v.org_id, v.version, v.draft, v.type_name, v.document, v.digest, v.url,
		v.context, v.context_digest, v.context_url, v.created_at
		FROM schema_versions v JOIN schemas s ON s.id = v.schema_id
		WHERE v.schema_id = $3 AND v.version = $4 AND `+seenSchema, schema, version)
}

// SchemaInUse tells whether any type of the tenant has the schema or has had it: then credentials may name it.
func (tx *Tx) SchemaInUse(schema string) (bool, error) {
	var used bool
	err := tx.one(`SELECT EXISTS (SELECT 1 FROM type_schemas WHERE schema_id = $2 AND tenant_id = $1)`,
		[]any{tx.scope.Tenant, schema}, &used)
	return used, err
}

// DeleteSchema removes a schema with its versions and handles.
func (tx *Tx) DeleteSchema(id string) error {
	var one int64
	if err := tx.one(`SELECT 1 FROM schemas WHERE id = $3 AND `+own, tx.scoped([]any{id}), &one); err != nil {
		return err
	}
	for _, statement := range []string{
		`DELETE FROM handles WHERE object_id = $1`,
		`DELETE FROM shares WHERE schema_id = $1`,
		`DELETE FROM schema_versions WHERE schema_id = $1`,
		`DELETE FROM schemas WHERE id = $1`,
	} {
		if err := tx.insert(nil, statement, id); err != nil {
			return err
		}
	}
	return nil
}
