package sql

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Append writes an entry, which gets its position later. An empty id becomes a new one.
func (tx *Tx) Append(e vc.Entry) error {
	scope, err := tx.in(e.Scope)
	if err != nil {
		return err
	}
	if e.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return vc.Errorf(vc.Internal, "random", "no randomness").Because(err)
		}
		e.ID = id.String()
	}
	tx.appended = true
	return tx.insert(nil, `INSERT INTO journal_pending (id, tenant_id, org_id, at, action, principal, door, request,
		object, detail, event, subject, data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		e.ID, scope.Tenant, scope.Organisation, micros(e.At), e.Action, e.Principal, e.Door, e.Request, e.Object,
		e.Detail, e.Event, e.Subject, e.Data)
}

const entryColumns = `id, tenant_id, org_id, at, action, principal, door, request, object, detail, event, subject, data`

func entryFields(e *vc.Entry) []any {
	return []any{
		&e.ID, &e.Scope.Tenant, &e.Scope.Organisation, at(&e.At), &e.Action, &e.Principal, &e.Door, &e.Request,
		&e.Object, &e.Detail, &e.Event, &e.Subject, &e.Data,
	}
}

// Events gives published entries that subscribers see, by position.
func (tx *Tx) Events(after int64, limit int) ([]vc.Entry, error) {
	return tx.entries(` AND event`, after, limit)
}

// EventAt gives the published entry of a position that subscribers see.
func (tx *Tx) EventAt(position int64) (vc.Entry, error) {
	return single(tx, func(r row, e *vc.Entry) error {
		return r.Scan(append(entryFields(e), &e.Position, &e.Hash)...)
	}, `SELECT `+entryColumns+`, position, hash FROM journal WHERE `+own+` AND event AND position = $3`, position)
}

// AuditEntries gives all published entries, by position.
func (tx *Tx) AuditEntries(after int64, limit int) ([]vc.Entry, error) {
	return tx.entries(``, after, limit)
}

func (tx *Tx) entries(which string, after int64, limit int) ([]vc.Entry, error) {
	l := tx.from(`SELECT ` + entryColumns + `, position, hash FROM journal WHERE ` + tx.long() + which)
	l.and("position > ?", after)
	l.text.WriteString(" ORDER BY position")
	return every(tx, l.limit(vc.Page{Limit: limit}), func(r row, e *vc.Entry) error {
		return r.Scan(append(entryFields(e), &e.Position, &e.Hash)...)
	})
}

// AuditHead gives the end of the tenant's chain.
func (tx *Tx) AuditHead() (vc.AuditHead, error) {
	h := vc.AuditHead{Tenant: tx.scope.Tenant}
	err := tx.one(`SELECT position, hash, mac, key_id FROM audit_heads WHERE tenant_id = $1`, []any{h.Tenant},
		&h.Position, &h.Hash, &h.MAC, &h.Key)
	return h, err
}

// Unpublished tells whether the tenant has entries that are not in its chain yet.
func (tx *Tx) Unpublished() (waits bool, err error) {
	err = tx.one(`SELECT EXISTS (SELECT 1 FROM journal_pending WHERE tenant_id = $1)`, []any{tx.scope.Tenant}, &waits)
	return waits, err
}

func (tx *Tx) setHead(h vc.AuditHead) error {
	return tx.insert(nil, `INSERT INTO audit_heads (tenant_id, position, hash, mac, key_id) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id) DO UPDATE SET position = excluded.position, hash = excluded.hash, mac = excluded.mac,
		key_id = excluded.key_id`, h.Tenant, h.Position, h.Hash, h.MAC, h.Key)
}

// Sequence gives positions to entries that have none, oldest first, at most max: fn gets the entries and the
// present head of each tenant among them, and returns the entries with Position and Hash and the new heads. It
// holds a lock that one publisher of all servers has, sees committed entries only, and tells how many there were.
func (db *DB) Sequence(ctx context.Context, max int,
	fn func([]vc.Entry, map[string]vc.AuditHead) ([]vc.Entry, []vc.AuditHead, error),
) (int, error) {
	waits := false
	if err := db.look(ctx, vc.Scope{}, func(tx *Tx) error {
		return tx.one(`SELECT EXISTS (SELECT 1 FROM journal_pending)`, nil, &waits)
	}); err != nil || !waits {
		return 0, err
	}
	n := 0
	err := db.exclusive(ctx, lockSequence, func(tx *Tx) (err error) {
		n, err = tx.sequence(max, fn)
		return err
	})
	return n, err
}

func (tx *Tx) sequence(max int,
	fn func([]vc.Entry, map[string]vc.AuditHead) ([]vc.Entry, []vc.AuditHead, error),
) (int, error) {
	l := &list{}
	l.add(`SELECT `+entryColumns+` FROM journal_pending ORDER BY id LIMIT ?`, max)
	entries, err := every(tx, l, func(r row, e *vc.Entry) error { return r.Scan(entryFields(e)...) })
	if err != nil || len(entries) == 0 {
		return 0, err
	}
	heads := map[string]vc.AuditHead{}
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
		if _, ok := heads[e.Scope.Tenant]; ok {
			continue
		}
		h := vc.AuditHead{Tenant: e.Scope.Tenant}
		err := tx.one(`SELECT position, hash, mac, key_id FROM audit_heads WHERE tenant_id = $1`, []any{h.Tenant},
			&h.Position, &h.Hash, &h.MAC, &h.Key)
		if err != nil && vc.KindOf(err) != vc.NotFound {
			return 0, err
		}
		heads[h.Tenant] = h
	}
	entries, ends, err := fn(entries, heads)
	if err != nil {
		return 0, err
	}
	if err := tx.publish(entries); err != nil {
		return 0, err
	}
	for _, h := range ends {
		if err := tx.setHead(h); err != nil {
			return 0, err
		}
	}
	return len(entries), tx.insert(nil, `DELETE FROM journal_pending WHERE id = ANY($1)`, ids)
}

// publish copies pending entries into the journal, with their positions and hashes, in one statement.
func (tx *Tx) publish(entries []vc.Entry) error {
	given := make([][3]any, len(entries))
	for i, e := range entries {
		given[i] = [3]any{e.ID, e.Position, hex.EncodeToString(e.Hash)}
	}
	n, err := tx.plain(`INSERT INTO journal (`+entryColumns+`, position, hash) SELECT p.`+
		strings.ReplaceAll(entryColumns, ", ", ", p.")+`, `+tx.db.engine.given(), text(given))
	if err == nil && n != int64(len(entries)) {
		err = vc.Errorf(vc.Internal, "journal", "%d of %d entries were published", n, len(entries))
	}
	return err
}

// exclusive runs fn in a transaction of its own under a lock that all servers share.
func (db *DB) exclusive(ctx context.Context, key int64, fn func(*Tx) error) error {
	s, err := db.engine.writer(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer s.release()
	if err := s.begin(); err != nil {
		return db.engine.classify(err)
	}
	done := false
	defer func() {
		if !done {
			_ = s.rollback()
		}
	}()
	if err := db.engine.lock(s, key); err != nil {
		return db.engine.classify(err)
	}
	tx := &Tx{db: db, s: s}
	defer tx.end()
	if err := fn(tx); err != nil {
		return err
	}
	if tx.err != nil {
		return tx.err
	}
	if err := s.commit(); err != nil {
		return db.engine.classify(err)
	}
	done = true
	return nil
}

// AuditHeads lists the heads of all chains.
func (db *DB) AuditHeads(ctx context.Context) ([]vc.AuditHead, error) {
	var heads []vc.AuditHead
	err := db.view(ctx, vc.Scope{}, func(tx *Tx) error {
		heads = nil
		return tx.each(`SELECT tenant_id, position, hash, mac, key_id FROM audit_heads ORDER BY tenant_id`, nil,
			func(r row) error {
				var h vc.AuditHead
				err := r.Scan(&h.Tenant, &h.Position, &h.Hash, &h.MAC, &h.Key)
				heads = append(heads, h)
				return err
			})
	})
	return heads, err
}

// ReplaceAuditHead gives a head another MAC, made with another key. It does nothing where the chain has gone on,
// and tells so with Conflict "stale".
func (db *DB) ReplaceAuditHead(ctx context.Context, h vc.AuditHead) error {
	err := db.update(ctx, vc.Scope{}, func(tx *Tx) error {
		return changed(tx.plain(`UPDATE audit_heads SET mac = $3, key_id = $4 WHERE tenant_id = $1 AND position = $2`,
			h.Tenant, h.Position, h.MAC, h.Key))
	})
	if e, ok := errors.AsType[*vc.Error](err); ok && e.Kind == vc.NotFound {
		return stale()
	}
	return err
}
