package sql

import (
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// InsertMediation writes a mediation; Conflict "duplicate" when its connection has one that way.
func (tx *Tx) InsertMediation(m vc.Mediation) error {
	scope, err := tx.in(m.Scope)
	if err != nil {
		return err
	}
	return tx.insert(nil, `INSERT INTO mediations (id, tenant_id, org_id, server, connection_id, state, endpoint, routing,
		revision, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		m.ID, scope.Tenant, scope.Organisation, m.Server, m.Connection, string(m.State), m.Endpoint, text(m.Routing),
		m.Revision, micros(m.CreatedAt), micros(m.UpdatedAt))
}

// UpdateMediation writes all but id, scope and created at of a mediation whose stored revision is one less; else Conflict
// "stale".
func (tx *Tx) UpdateMediation(m vc.Mediation) error {
	n, err := tx.exec(`UPDATE mediations SET server = $4, connection_id = $5, state = $6, endpoint = $7, routing = $8,
		revision = $9, updated_at = $10 WHERE id = $3 AND revision = $9 - 1 AND `+own,
		m.ID, m.Server, m.Connection, string(m.State), m.Endpoint, text(m.Routing), m.Revision, micros(m.UpdatedAt))
	if err != nil || n > 0 {
		return err
	}
	return tx.behind(`SELECT 1 FROM mediations WHERE id = $3 AND `+own, m.ID)
}

// DeleteMediation removes a mediation with its keys and their handles.
func (tx *Tx) DeleteMediation(id string) error {
	if err := changed(tx.exec(`DELETE FROM mediations WHERE id = $3 AND `+own, id)); err != nil {
		return err
	}
	if _, err := tx.exec(`DELETE FROM mediated_keys WHERE mediation_id = $3 AND `+own, id); err != nil {
		return err
	}
	return tx.insert(nil, `DELETE FROM handles WHERE object_id = $1 AND kind = $2`, mediationObject(id), store.HandleMediatedKey)
}

// mediationObject is what the handle of a mediated key names.
func mediationObject(id string) string { return "mediation/" + id }

const mediationColumns = `SELECT id, tenant_id, org_id, server, connection_id, state, endpoint, routing, revision,
	created_at, updated_at FROM mediations WHERE `

func scanMediation(r row, m *vc.Mediation) error {
	return r.Scan(&m.ID, &m.Scope.Tenant, &m.Scope.Organisation, &m.Server, &m.Connection, (*string)(&m.State),
		&m.Endpoint, js(&m.Routing), &m.Revision, at(&m.CreatedAt), at(&m.UpdatedAt))
}

// Mediation gives one mediation.
func (tx *Tx) Mediation(id string) (vc.Mediation, error) {
	return single(tx, scanMediation, mediationColumns+own+` AND id = $3`, id)
}

// MediationForUpdate is Mediation, and no other transaction changes the row before this one ends.
func (tx *Tx) MediationForUpdate(id string) (vc.Mediation, error) {
	return single(tx, scanMediation, mediationColumns+own+` AND id = $3 FOR UPDATE`, id)
}

// Mediations lists mediations.
func (tx *Tx) Mediations(q vc.MediationQuery) ([]vc.Mediation, error) {
	scope := tx.long()
	if q.Connection != "" {
		scope = tx.few()
	}
	l := tx.from(mediationColumns+scope).
		equal("connection_id", q.Connection).
		equal("state", string(q.State))
	if q.Server != nil {
		l.and("server = ?", *q.Server)
	}
	return every(tx, l.page(q.Page), scanMediation)
}

// PutMediatedKey writes a key of a keylist, over the one its mediation has, and where served its handle; Conflict
// "duplicate" when another mediation serves it.
func (tx *Tx) PutMediatedKey(k vc.MediatedKey, served bool) error {
	var scope vc.Scope
	if err := tx.one(`SELECT tenant_id, org_id FROM mediations WHERE id = $3 AND `+own,
		tx.scoped([]any{k.Mediation}), &scope.Tenant, &scope.Organisation); err != nil {
		return err
	}
	if err := tx.insert(nil, `INSERT INTO mediated_keys (mediation_id, verkey, tenant_id, org_id, state, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant_id, mediation_id, verkey) DO UPDATE SET state = excluded.state`,
		k.Mediation, k.Verkey, scope.Tenant, scope.Organisation, string(k.State), micros(k.CreatedAt)); err != nil || !served {
		return err
	}
	return tx.insert(func(n int64) error {
		if n == 0 {
			return duplicate()
		}
		return nil
	}, `INSERT INTO handles (kind, handle, tenant_id, org_id, object_id) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (kind, handle) DO UPDATE SET object_id = excluded.object_id
		WHERE handles.object_id = excluded.object_id AND handles.tenant_id = excluded.tenant_id`,
		store.HandleMediatedKey, k.Verkey, scope.Tenant, scope.Organisation, mediationObject(k.Mediation))
}

// DeleteMediatedKey removes a key of a keylist with its handle, and tells whether it was there.
func (tx *Tx) DeleteMediatedKey(mediation, verkey string) (bool, error) {
	n, err := tx.exec(`DELETE FROM mediated_keys WHERE mediation_id = $3 AND verkey = $4 AND `+own, mediation, verkey)
	if err != nil || n == 0 {
		return false, err
	}
	return true, tx.insert(nil, `DELETE FROM handles WHERE kind = $1 AND handle = $2 AND object_id = $3`,
		store.HandleMediatedKey, verkey, mediationObject(mediation))
}

// MediatedKey gives a key of a mediation.
func (tx *Tx) MediatedKey(mediation, verkey string) (vc.MediatedKey, error) {
	return single(tx, scanMediatedKey, mediatedKeyColumns+` AND mediation_id = $3 AND verkey = $4`, mediation, verkey)
}

const mediatedKeyColumns = `SELECT mediation_id, tenant_id, org_id, verkey, state, created_at FROM mediated_keys WHERE ` + own

func scanMediatedKey(r row, k *vc.MediatedKey) error {
	return r.Scan(&k.Mediation, &k.Scope.Tenant, &k.Scope.Organisation, &k.Verkey, (*string)(&k.State), at(&k.CreatedAt))
}

// MediatedKeys lists the keys of a mediation, by verkey, which is also the cursor.
func (tx *Tx) MediatedKeys(mediation string, page vc.Page) ([]vc.MediatedKey, error) {
	l := tx.from(mediatedKeyColumns).and("mediation_id = ?", mediation)
	if page.After != "" {
		l.and("verkey > ?", page.After)
	}
	l.text.WriteString(" ORDER BY verkey")
	return every(tx, l.limit(page), scanMediatedKey)
}
