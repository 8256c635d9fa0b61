package sql

import (
	"context"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// InsertRecipient writes a recipient and its handle, which names its owner; Conflict "duplicate" when the server has
// the key already.
func (tx *Tx) InsertRecipient(p vc.Recipient) error {
	scope, err := tx.in(p.Scope)
	if err != nil {
		return err
	}
	if err := tx.insert(nil, `INSERT INTO recipients (verkey, tenant_id, org_id, owner, key_id, algorithm, store,
		public_jwk, sealed, key_created_at, retired_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		p.Verkey, scope.Tenant, scope.Organisation, p.Owner, p.Key.ID, string(p.Key.Algorithm), p.Key.Store,
		p.Key.PublicJWK, p.Key.Sealed, micros(p.Key.CreatedAt), micros(p.RetiredAt), micros(p.CreatedAt)); err != nil {
		return err
	}
	return tx.handle(store.HandleDIDCommKey, p.Verkey, scope, p.Owner)
}

// UpdateRecipient writes owner, also that of the handle, and retired at.
func (tx *Tx) UpdateRecipient(p vc.Recipient) error {
	if err := changed(tx.exec(`UPDATE recipients SET owner = $4, retired_at = $5 WHERE verkey = $3 AND `+own,
		p.Verkey, p.Owner, micros(p.RetiredAt))); err != nil {
		return err
	}
	return tx.insert(nil, `UPDATE handles SET object_id = $3 WHERE kind = $1 AND handle = $2`,
		store.HandleDIDCommKey, p.Verkey, p.Owner)
}

const recipientColumns = `SELECT verkey, tenant_id, org_id, owner, key_id, algorithm, store, public_jwk, sealed,
	key_created_at, retired_at, created_at FROM recipients WHERE ` + own

func scanRecipient(r row, p *vc.Recipient) error {
	k := &p.Key
	err := r.Scan(&p.Verkey, &p.Scope.Tenant, &p.Scope.Organisation, &p.Owner, &k.ID, (*string)(&k.Algorithm),
		&k.Store, &k.PublicJWK, &k.Sealed, at(&k.CreatedAt), at(&p.RetiredAt), at(&p.CreatedAt))
	k.Scope = p.Scope
	return err
}

// Recipient gives one recipient, also one that is retired.
func (tx *Tx) Recipient(verkey string) (vc.Recipient, error) {
	return single(tx, scanRecipient, recipientColumns+` AND verkey = $3`, verkey)
}

// OpenRecipient is Recipient, and says whether its tenant or its organisation is archived.
func (tx *Tx) OpenRecipient(verkey string) (p vc.Recipient, closed bool, err error) {
	const archived = `, EXISTS (SELECT 1 FROM tenants t WHERE t.id = $1 AND t.archived_at <> 0)
		OR EXISTS (SELECT 1 FROM organisations o WHERE o.tenant_id = $1 AND o.id = recipients.org_id AND o.archived_at <> 0)`
	p, err = single(tx, func(r row, p *vc.Recipient) error {
		return scanRecipient(also{r, &closed}, p)
	}, strings.Replace(recipientColumns, " FROM ", archived+" FROM ", 1)+` AND verkey = $3`, verkey)
	return p, closed, err
}

// also is a row with one more column behind.
type also struct {
	row
	more any
}

func (a also) Scan(dest ...any) error { return a.row.Scan(append(dest, a.more)...) }

// Recipients gives the recipients of an owner, newest first.
func (tx *Tx) Recipients(owner string) ([]vc.Recipient, error) {
	l := tx.from(recipientColumns).and("owner = ?", owner)
	l.text.WriteString(" ORDER BY created_at DESC, verkey")
	return every(tx, l, scanRecipient)
}

// DeleteRecipients removes the recipients of an owner with their handles.
func (tx *Tx) DeleteRecipients(owner string) error {
	if _, err := tx.exec(`DELETE FROM handles WHERE kind = $4 AND handle IN (
		SELECT verkey FROM recipients WHERE owner = $3 AND `+own+`)`, owner, store.HandleDIDCommKey); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM recipients WHERE owner = $3 AND `+own, owner)
	return err
}

// DeleteRecipient removes a recipient with its handle.
func (tx *Tx) DeleteRecipient(verkey string) error {
	if err := changed(tx.exec(`DELETE FROM recipients WHERE verkey = $3 AND `+own, verkey)); err != nil {
		return err
	}
	return tx.insert(nil, `DELETE FROM handles WHERE kind = $1 AND handle = $2`, store.HandleDIDCommKey, verkey)
}

// OverdueRecipients gives recipients of all tenants that were retired before then, longest ago first: scope, owner and verkey.
func (db *DB) OverdueRecipients(ctx context.Context, before time.Time, max int) (all []vc.Recipient, err error) {
	err = db.view(ctx, vc.Scope{}, func(tx *Tx) error {
		all = nil
		return tx.each(`SELECT verkey, tenant_id, org_id, owner FROM recipients WHERE retired_at <> 0 AND retired_at < $1
			ORDER BY retired_at LIMIT $2`, []any{micros(before), max}, func(r row) error {
			var p vc.Recipient
			err := r.Scan(&p.Verkey, &p.Scope.Tenant, &p.Scope.Organisation, &p.Owner)
			all = append(all, p)
			return err
		})
	})
	return all, err
}

// PutPeerKeys writes the keys of the peer of a connection, in the place of those it had.
func (tx *Tx) PutPeerKeys(connection string, macs [][]byte) error {
	var scope vc.Scope
	if err := tx.one(`SELECT tenant_id, org_id FROM connections WHERE id = $3 AND `+own,
		tx.scoped([]any{connection}), &scope.Tenant, &scope.Organisation); err != nil {
		return err
	}
	if _, err := tx.plain(`DELETE FROM peer_keys WHERE connection_id = $1 AND tenant_id = $2`, connection, scope.Tenant); err != nil {
		return err
	}
	for _, mac := range macs {
		if err := tx.insert(nil, `INSERT INTO peer_keys (mac, connection_id, tenant_id, org_id) VALUES ($1, $2, $3, $4)
			ON CONFLICT (mac, connection_id, tenant_id) DO NOTHING`, mac, connection, scope.Tenant, scope.Organisation); err != nil {
			return err
		}
	}
	return nil
}

// ConnectionsOfPeer gives the ids of connections that have a peer key, newest first.
func (tx *Tx) ConnectionsOfPeer(mac []byte) ([]string, error) {
	l := tx.from(`SELECT connection_id FROM peer_keys WHERE `+own).and("mac = ?", mac)
	l.text.WriteString(" ORDER BY connection_id DESC")
	return every(tx, l.limit(vc.Page{Limit: maxLimit}), func(r row, id *string) error { return r.Scan(id) })
}
