package cheqd

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Rows are the rows of accounts, which are the operator's, and of transactions, which are of who asked for them.
type Rows interface {
	InsertLedgerAccount(vc.LedgerAccount) error
	// LedgerAccounts gives those of a ledger, or of all for "", newest first.
	LedgerAccounts(ledger string) ([]vc.LedgerAccount, error)
	// UpdateLedgerTransaction fails with Conflict "stale" unless the stored revision is one less.
	UpdateLedgerTransaction(vc.LedgerTransaction) error
	Append(vc.Entry) error
}

// Store opens transactions of the database.
type Store interface {
	View(ctx context.Context, scope vc.Scope, fn func(Rows) error) error
	Update(ctx context.Context, scope vc.Scope, fn func(Rows) error) error
}

// Queue lends the transactions that are open, of all tenants: of each ledger the oldest, and one at a time, so that the
// sequence of the account that pays is nobody else's meanwhile.
type Queue interface {
	LendLedgerTransactions(ctx context.Context, worker string, ledgers []string, lease time.Duration) ([]vc.LedgerTransaction, error)
	ReturnLedgerTransaction(ctx context.Context, tx vc.LedgerTransaction, from time.Time) error
}

// Signer signs with a key that is in a key store, and gives the signature's JOSE form.
type Signer interface {
	Sign(ctx context.Context, key vc.Key, input []byte) ([]byte, error)
}
