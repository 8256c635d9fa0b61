package sql

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

const publicationColumns = `id, tenant_id, org_id, kind, object, version, type_id, identity_id, did, pause, ceiling, named, name,
	resource, job, due_at, tx, sent, shown, url, failures, code, error, revision, created_at, updated_at, published_at`

func scanPublication(r row, p *vc.Publication) error {
	return r.Scan(&p.ID, &p.Scope.Tenant, &p.Scope.Organisation, (*string)(&p.Kind), &p.Object, &p.Version, &p.Type, &p.Identity,
		&p.DID, (*int64)(&p.Interval), &p.Ceiling, &p.Named, &p.Name, &p.Resource, &p.Job, at(&p.DueAt), &p.Transaction, &p.Sent,
		&p.Shown, &p.URL, &p.Failures, &p.Code, &p.Error, &p.Revision, at(&p.CreatedAt), at(&p.UpdatedAt), at(&p.PublishedAt))
}

// InsertPublication writes a publication and the job that it names.
func (tx *Tx) InsertPublication(p vc.Publication) error {
	scope, err := tx.in(p.Scope)
	if err != nil {
		return err
	}
	if err := tx.insert(nil, `INSERT INTO publications (`+publicationColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
		$26, $27)`,
		p.ID, scope.Tenant, scope.Organisation, string(p.Kind), p.Object, p.Version, p.Type, p.Identity, p.DID, int64(p.Interval),
		p.Ceiling, p.Named, p.Name, p.Resource, p.Job, micros(p.DueAt), p.Transaction, p.Sent, p.Shown, p.URL, p.Failures, p.Code,
		p.Error, p.Revision, micros(p.CreatedAt), micros(p.UpdatedAt), micros(p.PublishedAt)); err != nil {
		return err
	}
	return tx.Enqueue(vc.Job{ID: p.Job, Scope: p.Scope, Kind: vc.JobPublish, Payload: []byte(p.ID), RunAt: p.DueAt})
}

// UpdatePublication writes a publication whose stored revision is one less, else Conflict "stale"; what is published where never
// changes.
func (tx *Tx) UpdatePublication(p vc.Publication) error {
	n, err := tx.exec(`UPDATE publications SET job = $4, due_at = $5, tx = $6, sent = $7, shown = $8, url = $9, failures = $10,
		code = $11, error = $12, revision = $13, updated_at = $14, published_at = $15
		WHERE id = $3 AND revision = $13 - 1 AND `+own,
		p.ID, p.Job, micros(p.DueAt), p.Transaction, p.Sent, p.Shown, p.URL, p.Failures, p.Code, p.Error, p.Revision,
		micros(p.UpdatedAt), micros(p.PublishedAt))
	if err == nil && n == 0 {
		err = tx.behind(`SELECT 1 FROM publications WHERE id = $3 AND `+own, p.ID)
	}
	return err
}

// SetPublishing gives a type's publications in the collection of an identity its settings. NotFound when the type is not of the
// scope.
func (tx *Tx) SetPublishing(typeID string, p vc.Publishing) error {
	var one int64
	if err := tx.one(`SELECT 1 FROM credential_types WHERE id = $3 AND `+own, tx.scoped([]any{typeID}), &one); err != nil {
		return err
	}
	_, err := tx.exec(`UPDATE publications SET pause = $5, ceiling = $6, revision = revision + 1
		WHERE type_id = $3 AND identity_id = $4 AND `+own, typeID, p.Identity, int64(p.Interval), p.Ceiling)
	return err
}

// Publication gives one publication.
func (tx *Tx) Publication(id string) (vc.Publication, error) {
	return single(tx, scanPublication, `SELECT `+publicationColumns+` FROM publications WHERE id = $3 AND `+seen, id)
}

// PublicationForUpdate gives one publication, which nobody else changes before the transaction ends.
func (tx *Tx) PublicationForUpdate(id string) (vc.Publication, error) {
	return single(tx, scanPublication, `SELECT `+publicationColumns+` FROM publications WHERE id = $3 AND `+own+` FOR UPDATE`, id)
}

// PublicationOfList is [Tx.PublicationForUpdate] of a status list.
func (tx *Tx) PublicationOfList(list string) (vc.Publication, error) {
	return single(tx, scanPublication, `SELECT `+publicationColumns+` FROM publications
		WHERE object = $3 AND version = 0 AND `+own+` FOR UPDATE`, list)
}

// PublicationOfSchema gives that of a version of a schema in the collection of an identity.
func (tx *Tx) PublicationOfSchema(schema string, version int, identity string) (vc.Publication, error) {
	return single(tx, scanPublication, `SELECT `+publicationColumns+` FROM publications
		WHERE object = $3 AND version = $4 AND identity_id = $5 AND `+seen, schema, version, identity)
}

// Publications lists those of a credential type.
func (tx *Tx) Publications(typeID string, page vc.Page) ([]vc.Publication, error) {
	l := tx.from(`SELECT `+publicationColumns+` FROM publications WHERE `+seen).and("type_id = ?", typeID)
	return every(tx, l.page(page), scanPublication)
}

// FailingPublications counts those of all tenants whose last attempt failed.
func (db *DB) FailingPublications(ctx context.Context) (n int, err error) {
	err = db.view(ctx, vc.Scope{}, func(tx *Tx) error {
		return tx.one(`SELECT count(*) FROM publications WHERE code <> ''`, nil, &n)
	})
	return n, err
}
