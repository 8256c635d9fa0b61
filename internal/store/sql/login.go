package sql

import (
	"encoding/hex"
	"time"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// swept is what a sweep in the scope goes through: its own, and the operator's is everybody's.
const swept = `($1 = '' OR (` + own + `))`

// InsertLoginCode writes a code and its handle.
func (tx *Tx) InsertLoginCode(c vc.LoginCode) error {
	scope, err := tx.in(c.Scope)
	if err != nil {
		return err
	}
	if err := tx.insert(nil, `INSERT INTO login_codes (id, tenant_id, org_id, door, audience, secret, body_key, body,
		created_at, expires_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		c.ID, scope.Tenant, scope.Organisation, c.Door, c.Audience, c.Secret, c.BodyKey, c.Body, micros(c.CreatedAt),
		micros(c.ExpiresAt), micros(c.UsedAt)); err != nil {
		return err
	}
	return tx.handle(store.HandleLoginCode, hex.EncodeToString(c.Secret), scope, c.ID)
}

// LoginCodeForUpdate gives one code, and no other transaction changes the row before this one ends.
func (tx *Tx) LoginCodeForUpdate(id string) (vc.LoginCode, error) {
	return single(tx, func(r row, c *vc.LoginCode) error {
		return r.Scan(&c.ID, &c.Scope.Tenant, &c.Scope.Organisation, &c.Door, &c.Audience, &c.Secret, &c.BodyKey,
			&c.Body, at(&c.CreatedAt), at(&c.ExpiresAt), at(&c.UsedAt))
	}, `SELECT id, tenant_id, org_id, door, audience, secret, body_key, body, created_at, expires_at, used_at
		FROM login_codes WHERE id = $3 AND `+own+` FOR UPDATE`, id)
}

// UpdateLoginCode writes used at, expires at, body and body key.
func (tx *Tx) UpdateLoginCode(c vc.LoginCode) error {
	return changed(tx.exec(`UPDATE login_codes SET used_at = $4, body = $5, body_key = $6, expires_at = $7
		WHERE id = $3 AND `+own, c.ID, micros(c.UsedAt), c.Body, c.BodyKey, micros(c.ExpiresAt)))
}

// DeleteLoginCodes removes codes that expired before then, at most max, with their handles, and tells how many. In the
// operator's scope those of all tenants.
func (tx *Tx) DeleteLoginCodes(before time.Time, max int) (int, error) {
	return tx.sweep(`SELECT id FROM login_codes WHERE expires_at < $3 AND `+swept+`
		ORDER BY expires_at LIMIT $4 FOR UPDATE SKIP LOCKED`,
		`DELETE FROM login_codes WHERE id = ANY($1)`, before, max, store.HandleLoginCode)
}

// DeleteLogins removes presentation requests that ask for a login and expired before then, at most max, with their
// handles, and tells how many. In the operator's scope those of all tenants.
func (tx *Tx) DeleteLogins(before time.Time, max int) (int, error) {
	return tx.sweep(`SELECT id FROM presentation_requests WHERE login AND expires_at < $3 AND `+swept+`
		ORDER BY expires_at LIMIT $4 FOR UPDATE SKIP LOCKED`,
		`DELETE FROM presentation_requests WHERE id = ANY($1)`, before, max, store.HandleRequest, store.HandleState)
}

// sweep removes what a query finds, and its handles of those kinds: a code has the id of the request it is for.
func (tx *Tx) sweep(query, remove string, before time.Time, max int, kinds ...string) (int, error) {
	if err := tx.ready(true); err != nil {
		return 0, err
	}
	var ids []string
	if err := tx.each(query, tx.scoped([]any{micros(before), max}), func(r row) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	}); err != nil || len(ids) == 0 {
		return 0, err
	}
	// Only the objects are left to an index: SQLite would else go through all handles of the kinds.
	if _, err := tx.plain(`DELETE FROM handles WHERE object_id = ANY($1) AND kind || '' = ANY($2)`, ids, kinds); err != nil {
		return 0, err
	}
	n, err := tx.plain(remove, ids)
	return int(n), err
}
