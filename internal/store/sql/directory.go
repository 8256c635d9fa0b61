package sql

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// What has no scope: the directory and what belongs to the server itself.

// Lookup maps a handle to the scope it lives in and the object it names.
func (db *DB) Lookup(ctx context.Context, kind, handle string) (scope vc.Scope, object string, err error) {
	err = db.look(ctx, vc.Scope{}, func(tx *Tx) error {
		return tx.one(`SELECT tenant_id, org_id, object_id FROM handles WHERE kind = $1 AND handle = $2`,
			[]any{kind, handle}, &scope.Tenant, &scope.Organisation, &object)
	})
	return scope, object, err
}

// Meta gives a value of the server, NotFound when it has none: the check value of the master key, for one.
func (db *DB) Meta(ctx context.Context, key string) ([]byte, error) {
	var value []byte
	err := db.view(ctx, vc.Scope{}, func(tx *Tx) error {
		return tx.one(`SELECT value FROM meta WHERE key = $1`, []any{key}, &value)
	})
	return value, err
}

// SetMeta writes a value of the server.
func (db *DB) SetMeta(ctx context.Context, key string, value []byte) error {
	return db.update(ctx, vc.Scope{}, func(tx *Tx) error {
		return tx.insert(nil, `INSERT INTO meta (key, value) VALUES ($1, $2)
			ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	})
}

// ClaimMeta writes a value of the server that has none and gives the one it has: of servers that start together
// the first wins.
func (db *DB) ClaimMeta(ctx context.Context, key string, value []byte) ([]byte, error) {
	if err := db.update(ctx, vc.Scope{}, func(tx *Tx) error {
		return tx.insert(nil, `INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING`, key, value)
	}); err != nil {
		return nil, err
	}
	return db.Meta(ctx, key)
}

// DataKey gives a tenant's sealed data key and the id of the master key it is sealed under; NotFound when there is
// none.
func (db *DB) DataKey(ctx context.Context, tenant string) (sealed []byte, masterKeyID string, err error) {
	err = db.view(ctx, vc.Scope{}, func(tx *Tx) error {
		return tx.one(`SELECT sealed, master_key FROM data_keys WHERE tenant_id = $1`, []any{tenant}, &sealed, &masterKeyID)
	})
	return sealed, masterKeyID, err
}

// PutDataKey keeps a tenant's data key if it has none yet, and gives the one it has: the first writer wins.
func (db *DB) PutDataKey(ctx context.Context, tenant string, sealed []byte, masterKeyID string) (
	winner []byte, winnerKeyID string, err error,
) {
	if err := db.update(ctx, vc.Scope{}, func(tx *Tx) error {
		return tx.insert(nil, `INSERT INTO data_keys (tenant_id, sealed, master_key, created_at)
			VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id) DO NOTHING`, tenant, sealed, masterKeyID, micros(db.now()))
	}); err != nil {
		return nil, "", err
	}
	return db.DataKey(ctx, tenant)
}

// DataKeys lists all data keys.
func (db *DB) DataKeys(ctx context.Context) ([]vc.DataKey, error) {
	var all []vc.DataKey
	err := db.view(ctx, vc.Scope{}, func(tx *Tx) error {
		return tx.each(`SELECT tenant_id, sealed, master_key FROM data_keys ORDER BY tenant_id`, nil, func(r row) error {
			var k vc.DataKey
			err := r.Scan(&k.Tenant, &k.Sealed, &k.MasterKey)
			all = append(all, k)
			return err
		})
	})
	return all, err
}

// ReplaceDataKey writes a data key that was sealed anew in the place of old; Conflict "stale" when old is not what is
// there any more.
func (db *DB) ReplaceDataKey(ctx context.Context, tenant string, old, sealed []byte, masterKeyID string) error {
	return db.update(ctx, vc.Scope{}, func(tx *Tx) error {
		n, err := tx.plain(`UPDATE data_keys SET sealed = $2, master_key = $3 WHERE tenant_id = $1 AND sealed = $4`,
			tenant, sealed, masterKeyID, old)
		if err == nil && n == 0 {
			return stale()
		}
		return err
	})
}
