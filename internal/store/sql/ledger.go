package sql

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// openLedger are the states of transactions that have work to do; indices name the same.
const openLedger = `state IN ('requested', 'prepared', 'sent', 'confirmed')`

const ledgerColumns = `id, tenant_id, org_id, ledger, object, version, purpose, message, intent, account, sequence, fee,
	hash, raw, state, attempts, kind, code, error, revision, created_at, updated_at, leased_by, ceiling`

func scanLedger(r row, t *vc.LedgerTransaction) error {
	return r.Scan(&t.ID, &t.Scope.Tenant, &t.Scope.Organisation, &t.Ledger, &t.Object, &t.Version, &t.Purpose, &t.Message,
		&t.Intent, &t.Account, &t.Sequence, &t.Fee, &t.Hash, &t.Raw, (*string)(&t.State), &t.Attempts, (*int)(&t.Kind),
		&t.Code, &t.Error, &t.Revision, at(&t.CreatedAt), at(&t.UpdatedAt), &t.LeasedBy, &t.Ceiling)
}

// maxOpenLedger is how many open transactions a tenant may have: a ledger takes one after the other, of all tenants.
const maxOpenLedger = 100

// InsertLedgerTransaction journals a transaction and has it done. Conflict "duplicate" where its object has an open one;
// Unavailable "ledger-queue-full" where its tenant has as many open as it may.
func (tx *Tx) InsertLedgerTransaction(t vc.LedgerTransaction) error {
	scope, err := tx.in(t.Scope)
	if err != nil {
		return err
	}
	open := 0
	if err := tx.one(`SELECT count(*) FROM ledger_transactions WHERE tenant_id = $1 AND `+openLedger, []any{scope.Tenant}, &open); err != nil {
		return err
	}
	if open >= maxOpenLedger {
		return vc.Errorf(vc.Unavailable, "ledger-queue-full", "%d changes of this tenant wait for ledgers already: ask again when some are done", open)
	}
	tx.enqueued = true
	return tx.insert(nil, `INSERT INTO ledger_transactions (`+ledgerColumns+`, leased_to, run_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, '', $23, 0, 0)`,
		t.ID, scope.Tenant, scope.Organisation, t.Ledger, t.Object, t.Version, t.Purpose, t.Message, t.Intent, t.Account,
		t.Sequence, t.Fee, t.Hash, t.Raw, string(t.State), t.Attempts, int(t.Kind), t.Code, t.Error, t.Revision,
		micros(t.CreatedAt), micros(t.UpdatedAt), t.Ceiling)
}

// UpdateLedgerTransaction writes a transaction whose stored revision is one less, else Conflict "stale"; what it is for never
// changes, but that Intent and Message go.
func (tx *Tx) UpdateLedgerTransaction(t vc.LedgerTransaction) error {
	var revision int
	if err := tx.one(`SELECT revision FROM ledger_transactions WHERE id = $3 AND `+own+` FOR UPDATE`,
		tx.scoped([]any{t.ID}), &revision); err != nil {
		return err
	}
	if revision != t.Revision-1 {
		return stale()
	}
	_, err := tx.plain(`UPDATE ledger_transactions SET intent = $2, account = $3, sequence = $4, fee = $5, hash = $6, raw = $7,
		state = $8, attempts = $9, kind = $10, code = $11, error = $12, revision = $13, updated_at = $14, message = $15
		WHERE id = $1`,
		t.ID, t.Intent, t.Account, t.Sequence, t.Fee, t.Hash, t.Raw, string(t.State), t.Attempts, int(t.Kind), t.Code,
		t.Error, t.Revision, micros(t.UpdatedAt), t.Message)
	return err
}

// LedgerTransaction gives one transaction.
func (tx *Tx) LedgerTransaction(id string) (vc.LedgerTransaction, error) {
	return single(tx, scanLedger, `SELECT `+ledgerColumns+` FROM ledger_transactions WHERE id = $3 AND `+own, id)
}

// OpenLedgerTransaction gives the open transaction of an object, on whatever ledger for ""; NotFound where there is none.
func (tx *Tx) OpenLedgerTransaction(ledger, object string) (vc.LedgerTransaction, error) {
	return single(tx, scanLedger, `SELECT `+ledgerColumns+` FROM ledger_transactions
		WHERE ($3 = '' OR ledger = $3) AND object = $4 AND `+openLedger+` AND `+own, ledger, object)
}

// InsertLedgerAccount writes an account with its key. Conflict "duplicate" where it is there.
func (tx *Tx) InsertLedgerAccount(a vc.LedgerAccount) error {
	scope, err := tx.in(a.Key.Scope)
	if err != nil {
		return err
	}
	if err := tx.insertKey(a.Key, ""); err != nil {
		return err
	}
	return tx.insert(nil, `INSERT INTO ledger_accounts (ledger, address, tenant_id, org_id, key_id, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		a.Ledger, a.Address, scope.Tenant, scope.Organisation, a.Key.ID, micros(a.CreatedAt))
}

// LedgerAccounts gives the accounts of the scope, newest first: of a ledger, "" for all.
func (tx *Tx) LedgerAccounts(ledger string) (accounts []vc.LedgerAccount, err error) {
	err = tx.each(`SELECT a.ledger, a.address, a.created_at, k.id, k.tenant_id, k.org_id, k.algorithm, k.store, k.public_jwk,
		k.sealed, k.created_at FROM ledger_accounts a JOIN keys k ON k.id = a.key_id
		WHERE a.tenant_id = $1 AND ($2 = '' OR a.org_id = $2) AND ($3 = '' OR a.ledger = $3) ORDER BY a.created_at DESC, k.id DESC`,
		tx.scoped([]any{ledger}), func(r row) error {
			var a vc.LedgerAccount
			err := r.Scan(&a.Ledger, &a.Address, at(&a.CreatedAt), &a.Key.ID, &a.Key.Scope.Tenant, &a.Key.Scope.Organisation,
				(*string)(&a.Key.Algorithm), &a.Key.Store, &a.Key.PublicJWK, &a.Key.Sealed, at(&a.Key.CreatedAt))
			accounts = append(accounts, a)
			return err
		})
	return accounts, err
}

// LendLedgerTransactions lends the oldest transaction of each ledger that it has not decided, of whatever tenant, until the
// lease ends; none of a ledger of which one is lent. Confirmed ones hold up nobody, and are lent as they are due; so do and are
// those that were sent and have no hash, which somebody else has.
func (db *DB) LendLedgerTransactions(ctx context.Context, worker string, ledgers []string, lease time.Duration) ([]vc.LedgerTransaction, error) {
	now := micros(db.now())
	const due = `FROM ledger_transactions t WHERE t.state IN ('requested', 'prepared', 'sent', 'confirmed') AND t.run_at <= $1
		AND t.leased_to <= $1 AND t.ledger = ANY($2) AND (t.state = 'confirmed' OR t.state = 'sent' AND t.hash = ''
		OR NOT EXISTS (SELECT 1 FROM ledger_transactions o WHERE o.ledger = t.ledger AND o.state IN ('requested', 'prepared', 'sent')
		AND (o.id < t.id AND NOT (o.state = 'sent' AND o.hash = '') OR o.leased_to > $1)))`
	found := false
	if err := db.read(ctx, vc.Scope{}, func(tx *Tx) error { // a look costs no commit
		return tx.one(`SELECT EXISTS (SELECT 1 `+due+`)`, []any{now, ledgers}, &found)
	}); err != nil || !found {
		return nil, err
	}
	var lent []vc.LedgerTransaction
	err := db.update(ctx, vc.Scope{}, func(tx *Tx) error {
		lent = nil
		return tx.each(`WITH due AS MATERIALIZED (SELECT t.id `+due+` ORDER BY t.id LIMIT $3 FOR UPDATE SKIP LOCKED)
			UPDATE ledger_transactions SET leased_by = $4, leased_to = $5 WHERE id IN (SELECT id FROM due)
			RETURNING `+ledgerColumns,
			[]any{now, ledgers, 16, worker, now + lease.Microseconds()}, func(r row) error {
				var t vc.LedgerTransaction
				err := scanLedger(r, &t)
				lent = append(lent, t)
				return err
			})
	})
	return lent, err
}

// ReturnLedgerTransaction gives a transaction back that is still open: it is lent again from a time on. What was lent to
// somebody else in the meantime stays theirs.
func (db *DB) ReturnLedgerTransaction(ctx context.Context, t vc.LedgerTransaction, from time.Time) error {
	return db.update(ctx, vc.Scope{}, func(tx *Tx) error {
		_, err := tx.plain(`UPDATE ledger_transactions SET leased_by = '', leased_to = 0, run_at = $3
			WHERE id = $1 AND leased_by = $2`, t.ID, t.LeasedBy, micros(from))
		tx.enqueued = true // the next one of the ledger may be due
		return err
	})
}

// LedgerTransactions gives what is open on all ledgers, and the last that ended, of whatever tenant, newest first.
func (db *DB) LedgerTransactions(ctx context.Context, most int) (all []vc.LedgerTransaction, err error) {
	err = db.view(ctx, vc.Scope{}, func(tx *Tx) error {
		all = nil
		return tx.each(`SELECT `+ledgerColumns+` FROM ledger_transactions ORDER BY id DESC LIMIT $1`, []any{most}, func(r row) error {
			var t vc.LedgerTransaction
			err := scanLedger(r, &t)
			all = append(all, t)
			return err
		})
	})
	return all, err
}
