package sql

import (
	"net/url"
	"strings"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// InsertKey writes a key.
func (tx *Tx) InsertKey(k vc.Key) error { return tx.insertKey(k, "") }

func (tx *Tx) insertKey(k vc.Key, conflict string) error {
	scope, err := tx.in(k.Scope)
	if err != nil {
		return err
	}
	return tx.insert(nil, `INSERT INTO keys (id, tenant_id, org_id, algorithm, store, public_jwk, sealed, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`+conflict,
		k.ID, scope.Tenant, scope.Organisation, string(k.Algorithm), k.Store, k.PublicJWK, k.Sealed, micros(k.CreatedAt))
}

const keyColumns = `SELECT id, tenant_id, org_id, algorithm, store, public_jwk, sealed, created_at FROM keys WHERE ` + seen

func scanKey(r row, k *vc.Key) error {
	return r.Scan(&k.ID, &k.Scope.Tenant, &k.Scope.Organisation, (*string)(&k.Algorithm), &k.Store, &k.PublicJWK,
		&k.Sealed, at(&k.CreatedAt))
}

// Key gives one key.
func (tx *Tx) Key(id string) (vc.Key, error) {
	return single(tx, scanKey, keyColumns+` AND id = $3`, id)
}

// Keys lists keys; they have no names and are never archived.
func (tx *Tx) Keys(q vc.ListQuery) ([]vc.Key, error) {
	return every(tx, tx.from(keyColumns).exactly(q).page(q.Page), scanKey)
}

// InsertIdentity writes an identity with its keys, also those that are not there yet, and its handles: its DID and,
// for did:web, [WebHandle].
func (tx *Tx) InsertIdentity(i vc.Identity) error {
	scope, err := tx.in(i.Scope)
	if err != nil {
		return err
	}
	if err := tx.insert(nil, `INSERT INTO identities (id, tenant_id, org_id, did, method, name, search, document,
		revision, created_at, updated_at, deactivated_at, use, services, created_by, updated_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		i.ID, scope.Tenant, scope.Organisation, i.DID, i.Method, i.Name, strings.ToLower(i.Name+" "+i.DID), i.Document,
		i.Revision, micros(i.CreatedAt), micros(i.UpdatedAt), micros(i.DeactivatedAt), string(i.Use), i.Services,
		i.CreatedBy, i.UpdatedBy); err != nil {
		return err
	}
	if err := tx.mergeKeys(i, scope); err != nil {
		return err
	}
	if err := tx.handle(store.HandleDID, i.DID, scope, i.ID); err != nil {
		return err
	}
	if web := WebHandle(i.DID); web != "" {
		return tx.handle(store.HandleWeb, web, scope, i.ID)
	}
	return nil
}

// WebHandle gives the handle of a did:web document: host, port where there is one, and path, without a slash at
// the end, as "example.com:8080/issuers/acme"; "" for other DIDs. https://w3c-ccg.github.io/did-method-web/ §3.2.
func WebHandle(did string) string {
	name, ok := strings.CutPrefix(did, "did:web:")
	if !ok {
		return ""
	}
	parts := strings.Split(name, ":")
	for i, p := range parts {
		if plain, err := url.PathUnescape(p); err == nil {
			parts[i] = plain
		}
	}
	parts[0] = strings.ToLower(parts[0])
	return strings.Join(parts, "/")
}

// mergeKeys writes the keys of an identity by their method; others stay.
func (tx *Tx) mergeKeys(i vc.Identity, scope vc.Scope) error {
	for place, k := range i.Keys {
		if k.Key.Scope == (vc.Scope{}) {
			k.Key.Scope = scope
		}
		if err := tx.insertKey(k.Key, ` ON CONFLICT (id) DO NOTHING`); err != nil {
			return err
		}
		if err := tx.insert(nil, `INSERT INTO identity_keys
			(identity_id, method, tenant_id, org_id, place, key_id, purposes, state, added_at, changed_at, type)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
			ON CONFLICT (identity_id, method) DO UPDATE SET key_id = excluded.key_id, place = excluded.place,
			purposes = excluded.purposes, state = excluded.state, added_at = excluded.added_at,
			changed_at = excluded.changed_at, type = excluded.type`,
			i.ID, k.Method, scope.Tenant, scope.Organisation, place, k.Key.ID, text(k.Purposes), string(k.State),
			micros(k.AddedAt), micros(k.ChangedAt), k.Type); err != nil {
			return err
		}
	}
	return nil
}

// UpdateIdentity writes an identity whose stored revision is one less, else Conflict "stale"; its DID,
// method and maker never change.
func (tx *Tx) UpdateIdentity(i vc.Identity) error {
	var scope vc.Scope
	var revision int
	if err := tx.one(`SELECT tenant_id, org_id, revision FROM identities WHERE id = $3 AND `+own+` FOR UPDATE`,
		tx.scoped([]any{i.ID}), &scope.Tenant, &scope.Organisation, &revision); err != nil {
		return err
	}
	if revision != i.Revision-1 {
		return stale()
	}
	if _, err := tx.plain(`UPDATE identities SET name = $2, search = $3, document = $4, revision = $5, updated_at = $6,
		deactivated_at = $7, use = $8, services = $9, updated_by = $10 WHERE id = $1`,
		i.ID, i.Name, strings.ToLower(i.Name+" "+i.DID), i.Document, i.Revision, micros(i.UpdatedAt),
		micros(i.DeactivatedAt), string(i.Use), i.Services, i.UpdatedBy); err != nil {
		return err
	}
	return tx.mergeKeys(i, scope)
}

const identityColumns = `SELECT id, tenant_id, org_id, did, method, name, document, revision, created_at, updated_at,
	deactivated_at, use, services, created_by, updated_by FROM identities WHERE ` + seen

func scanIdentity(r row, i *vc.Identity) error {
	return r.Scan(&i.ID, &i.Scope.Tenant, &i.Scope.Organisation, &i.DID, &i.Method, &i.Name, &i.Document, &i.Revision,
		at(&i.CreatedAt), at(&i.UpdatedAt), at(&i.DeactivatedAt), (*string)(&i.Use), &i.Services, &i.CreatedBy,
		&i.UpdatedBy)
}

// Identity gives one identity with its keys.
func (tx *Tx) Identity(id string) (vc.Identity, error) {
	return tx.withKeys(single(tx, scanIdentity, identityColumns+` AND id = $3`, id))
}

// IdentityByDID gives the identity of a DID with its keys.
func (tx *Tx) IdentityByDID(did string) (vc.Identity, error) {
	return tx.withKeys(single(tx, scanIdentity, identityColumns+` AND did = $3`, did))
}

// Identities lists identities with their keys; Search also looks at DIDs, a deactivated one counts as archived.
func (tx *Tx) Identities(q vc.ListQuery) ([]vc.Identity, error) {
	all, err := every(tx, tx.identities(q).page(q.Page), scanIdentity)
	for n := range all {
		if err != nil {
			break
		}
		all[n], err = tx.withKeys(all[n], nil)
	}
	return all, err
}

// CountIdentities counts the identities of a list.
func (tx *Tx) CountIdentities(q vc.ListQuery) (int, error) { return tx.count(tx.identities(q)) }

func (tx *Tx) identities(q vc.ListQuery) *list {
	l := tx.from(identityColumns).named(q, "deactivated_at").exactly(q)
	if q.Uses != nil {
		uses := make([]string, len(q.Uses))
		for i, u := range q.Uses {
			uses[i] = string(u)
		}
		l.and("use = ANY(?)", uses)
	}
	return l
}

func (tx *Tx) withKeys(i vc.Identity, err error) (vc.Identity, error) {
	if err != nil {
		return i, err
	}
	err = tx.each(`SELECT b.method, b.type, b.purposes, b.state, b.added_at, b.changed_at,
		k.id, k.tenant_id, k.org_id, k.algorithm, k.store, k.public_jwk, k.sealed, k.created_at
		FROM identity_keys b JOIN keys k ON k.id = b.key_id
		AND k.tenant_id = b.tenant_id AND (k.org_id = b.org_id OR k.org_id = '')
		WHERE b.identity_id = $1 ORDER BY b.added_at, b.place, b.method`, []any{i.ID}, func(r row) error {
		b := vc.IdentityKey{Identity: i.ID}
		k := &b.Key
		if err := r.Scan(&b.Method, &b.Type, js(&b.Purposes), (*string)(&b.State), at(&b.AddedAt), at(&b.ChangedAt),
			&k.ID, &k.Scope.Tenant, &k.Scope.Organisation, (*string)(&k.Algorithm), &k.Store, &k.PublicJWK, &k.Sealed,
			at(&k.CreatedAt)); err != nil {
			return err
		}
		i.Keys = append(i.Keys, b)
		return nil
	})
	return i, err
}
