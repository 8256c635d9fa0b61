package sql

import (
	"strconv"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// InsertSchemaVersion writes a version of a schema of the scope, the public handle of its context, whose object is the
// id of the schema, and that of its own id, whose object is the schema's id, a slash and the number.
func (tx *Tx) InsertSchemaVersion(v vc.SchemaVersion) error {
	var scope vc.Scope
	if err := tx.one(`SELECT tenant_id, org_id FROM schemas WHERE id = $3 AND `+own,
		tx.scoped([]any{v.Schema}), &scope.Tenant, &scope.Organisation); err != nil {
		return err
	}
	if err := tx.insert(nil, `INSERT INTO schema_versions (schema_id, version, tenant_id, org_id, draft, type_name,
		document, digest, url, context, context_digest, context_url, created_at, id, name, withdrawn_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		v.Schema, v.Version, scope.Tenant, scope.Organisation, v.Draft, v.TypeName, v.Document, v.Digest, v.URL,
		v.Context, v.ContextDigest, v.ContextURL, micros(v.CreatedAt), v.ID, v.Name, micros(v.WithdrawnAt)); err != nil {
		return err
	}
	if v.ID != "" {
		object := v.Schema + "/" + strconv.Itoa(v.Version)
		if err := tx.handle(store.HandleSchemaVersion, v.ID, scope, object); err != nil {
			return err
		}
	}
	if v.ContextURL == "" {
		return nil
	}
	return tx.handle(store.HandleContext, v.ContextURL, scope, v.Schema)
}

// UpdateSchemaVersion writes withdrawn at.
func (tx *Tx) UpdateSchemaVersion(v vc.SchemaVersion) error {
	return changed(tx.exec(`UPDATE schema_versions SET withdrawn_at = $5 WHERE schema_id = $3 AND version = $4 AND `+own,
		v.Schema, v.Version, micros(v.WithdrawnAt)))
}

// versionColumns ends where a condition on the schema, s, begins that a version, v, is of.
const versionColumns = `SELECT v.schema_id, v.tenant_id, v.org_id, v.version, v.draft, v.type_name, v.document, v.digest,
	v.url, v.context, v.context_digest, v.context_url, v.created_at, v.id, v.name, v.withdrawn_at
	FROM schema_versions v WHERE EXISTS (SELECT 1 FROM schemas s WHERE s.id = v.schema_id AND ` + seenSchema + `) AND `

func scanVersion(r row, v *vc.SchemaVersion) error {
	return r.Scan(&v.Schema, &v.Scope.Tenant, &v.Scope.Organisation, &v.Version, &v.Draft, &v.TypeName, &v.Document,
		&v.Digest, &v.URL, &v.Context, &v.ContextDigest, &v.ContextURL, at(&v.CreatedAt), &v.ID, &v.Name,
		at(&v.WithdrawnAt))
}

// SchemaVersion gives one version of a schema.
func (tx *Tx) SchemaVersion(schema string, version int) (vc.SchemaVersion, error) {
	return single(tx, scanVersion, versionColumns+`v.schema_id = $3 AND v.version = $4`, schema, version)
}

// SchemaVersionByID gives the version that has an id.
func (tx *Tx) SchemaVersionByID(id string) (vc.SchemaVersion, error) {
	return single(tx, scanVersion, versionColumns+`v.tenant_id = $1 AND v.id = $3 AND v.id <> ''`, id)
}

// SchemaVersions lists the versions that have an id, by it.
func (tx *Tx) SchemaVersions(q vc.SchemaVersionQuery) ([]vc.SchemaVersion, error) {
	l := tx.from(versionColumns + `v.tenant_id = $1 AND v.id <> ''`)
	if q.TypeName != "" {
		l.and("type_name = ?", q.TypeName)
	}
	if q.Name != "" {
		l.and("name = ?", q.Name)
	}
	if q.Version != 0 {
		l.and("version = ?", q.Version)
	}
	switch {
	case q.Withdrawn == nil:
	case *q.Withdrawn:
		l.and("withdrawn_at <> 0")
	default:
		l.and("withdrawn_at = 0")
	}
	if q.Exact {
		l.and("org_id = $2")
	}
	return every(tx, l.page(q.Page), scanVersion)
}

// SchemaVersionInUse tells whether anything of the tenant is of that version of a schema: a credential, an exchange
// that is not over, an offering that was not withdrawn, or a type other than one.
func (tx *Tx) SchemaVersionInUse(schema string, version int, but string) (bool, error) {
	var used bool
	err := tx.one(`SELECT EXISTS (SELECT 1 FROM credentials
			WHERE schema_id = $2 AND schema_id <> '' AND schema_version = $3 AND tenant_id = $1)
		OR EXISTS (SELECT 1 FROM exchanges WHERE schema_id = $2 AND schema_version = $3 AND tenant_id = $1
			AND state IN ('proposed', 'offered', 'requested', 'deferred', 'signing'))
		OR EXISTS (SELECT 1 FROM offerings
			WHERE schema_id = $2 AND schema_version = $3 AND tenant_id = $1 AND withdrawn_at = 0)
		OR EXISTS (SELECT 1 FROM type_schemas u JOIN credential_types t ON t.id = u.type_id
			WHERE u.schema_id = $2 AND t.schema_id = $2 AND t.schema_version = $3 AND t.tenant_id = $1 AND t.id <> $4)`,
		[]any{tx.scope.Tenant, schema, version, but}, &used)
	return used, err
}
