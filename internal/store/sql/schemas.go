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
		`DELETE FROM handles WHERE kind = 'schema-version'
			AND handle IN (SELECT id FROM schema_versions WHERE schema_id = $1 AND id <> '')`,
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
