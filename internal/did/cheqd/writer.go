package cheqd

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Writer sends journaled transactions. Every server runs one.
//
//	requested ── prepare: price, sequence, signature ──> prepared ── broadcast ──> sent ── found in a block ──> included
//	    └── an error: nothing was sent ──> failed           └── after a crash, or no answer: look first; the same bytes again
//
// A transaction that left is decided by the ledger alone. It is signed anew only where its sequence is somebody else's by now,
// or while it was never taken and keeps its sequence: of the two the ledger takes one. What a registrar sends in our place goes
// another way: see handOver.
type Writer struct {
	Method Method
	Rows   Store
	Queue  Queue
	Keys   map[string]Signer // by name of their store
	// Finish makes true here what a transaction is for, by its purpose, in one database transaction with the transaction's
	// end: it is called once the ledger has it, more than once where a server stopped before it returned.
	Finish   map[string]func(ctx context.Context, tx vc.LedgerTransaction) error
	Ceilings map[string]*big.Int // by network, in ncheq; where there is none, DefaultCeiling
	Log      *slog.Logger        // nil: silent
	Now      func() time.Time    // nil: time.Now

	Lease  time.Duration // of a transaction; 1 minute
	Poll   time.Duration // how often the journal is looked at; 1 second
	Block  time.Duration // how often the ledger is; half a second
	Resend time.Duration // after how long what is in no block is sent again; 30 seconds
	// Watch hears what each account has, every minute; nil: nobody asks.
	Watch func(account vc.LedgerAccount, balance *big.Int)
	// Step is told the states that a transaction comes to; only tests set it.
	Step func(vc.LedgerTransaction)

	once sync.Once
	wake chan struct{}
}

// attempts is how often a transaction is signed before it is given up: each time its sequence was taken by something else.
const attempts = 8

func (w *Writer) ready() {
	w.once.Do(func() { w.wake = make(chan struct{}, 1) })
}

// Wake says that a transaction may be due. It never blocks.
func (w *Writer) Wake() {
	w.ready()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends; what is under way then goes on at the next start.
func (w *Writer) Run(ctx context.Context) {
	w.ready()
	var ledgers []string
	for _, name := range slices.Sorted(maps.Keys(w.Method.Networks)) {
		ledgers = append(ledgers, ledgerPrefix+name)
	}
	if len(ledgers) == 0 {
		return
	}
	var running sync.WaitGroup
	defer running.Wait()
	if w.Watch != nil {
		running.Go(func() { w.watch(ctx) })
	}
	worker := uuid.NewString()
	poll := time.NewTicker(cmp.Or(w.Poll, time.Second))
	defer poll.Stop()
	for ctx.Err() == nil {
		lent, err := w.Queue.LendLedgerTransactions(context.WithoutCancel(ctx), worker, ledgers, w.lease())
		if err != nil {
			w.warn(ctx, "lending ledger transactions", err)
		}
		for _, tx := range lent {
			running.Go(func() {
				w.one(ctx, tx)
				w.Wake()
			})
		}
		select {
		case <-ctx.Done():
		case <-w.wake:
		case <-poll.C:
		}
	}
}

func (w *Writer) lease() time.Duration { return cmp.Or(w.Lease, time.Minute) }

// one takes a transaction as far as it comes in its lease. What is not decided then is lent again.
func (w *Writer) one(ctx context.Context, tx vc.LedgerTransaction) {
	limited, cancel := context.WithTimeout(ctx, w.lease()*8/10)
	defer cancel()
	err := w.advance(limited, &tx)
	if err == nil {
		return
	}
	if e, ok := errors.AsType[*vc.Error](err); !ok || e.Code != "stale" {
		w.warn(ctx, "ledger transaction", err, "transaction", tx.ID, "ledger", tx.Ledger, "state", tx.State, "hash", tx.Hash)
	}
	from := now(w.Now)
	switch {
	case tx.State == vc.LedgerConfirmed:
		from = from.Add(time.Minute)
	case tx.State == vc.LedgerSent && tx.Hash == "":
		from = from.Add(w.seldom(tx))
	case ctx.Err() == nil:
		from = from.Add(cmp.Or(w.Poll, time.Second))
	}
	if err := w.Queue.ReturnLedgerTransaction(context.WithoutCancel(ctx), tx, from); err != nil {
		w.warn(ctx, "giving a ledger transaction back", err, "transaction", tx.ID)
	}
}

func (w *Writer) warn(ctx context.Context, what string, err error, more ...any) {
	if w.Log != nil {
		w.Log.WarnContext(ctx, what, append([]any{"error", err}, more...)...)
	}
}

// keep journals a transaction as it is now.
func (w *Writer) keep(ctx context.Context, tx *vc.LedgerTransaction) error {
	tx.Revision++
	tx.UpdatedAt = now(w.Now)
	err := w.Rows.Update(context.WithoutCancel(ctx), tx.Scope, func(rows Rows) error { return rows.UpdateLedgerTransaction(*tx) })
	if err != nil {
		tx.Revision--
		return err
	}
	w.step(*tx)
	return nil
}

func (w *Writer) step(tx vc.LedgerTransaction) {
	if w.Step != nil {
		w.Step(tx)
	}
}

// fail ends a transaction that did nothing and will do nothing.
func (w *Writer) fail(ctx context.Context, tx *vc.LedgerTransaction, err error) error {
	tx.State, tx.Kind, tx.Code, tx.Error = vc.LedgerFailed, vc.Internal, "internal", "the transaction could not be made"
	if e, ok := errors.AsType[*vc.Error](err); ok && e.Kind != vc.Internal {
		tx.Kind, tx.Code, tx.Error = e.Kind, e.Code, e.Message
	}
	w.warn(ctx, "ledger transaction failed", err, "transaction", tx.ID, "ledger", tx.Ledger, "hash", tx.Hash)
	tx.Intent, tx.Message, tx.Raw = nil, nil, nil
	return w.keep(ctx, tx)
}

// finish ends a transaction that the ledger has.
func (w *Writer) finish(ctx context.Context, tx *vc.LedgerTransaction) error {
	finish, ok := w.Finish[tx.Purpose]
	if !ok {
		return vc.Errorf(vc.Internal, "no-finish", "nobody ends transactions of this purpose")
	}
	done := *tx
	done.State, done.Revision, done.UpdatedAt = vc.LedgerIncluded, tx.Revision+1, now(w.Now)
	if err := finish(context.WithoutCancel(ctx), done); err != nil {
		if e, ok := errors.AsType[*vc.Error](err); tx.State == vc.LedgerConfirmed || ok && e.Code == "stale" {
			return err
		}
		tx.State = vc.LedgerConfirmed // it holds up nobody, and is tried again
		return errors.Join(err, w.keep(ctx, tx))
	}
	w.step(done)
	return nil
}

// payer is the account that pays on a ledger: the newest.
func (w *Writer) payer(ctx context.Context, ledger string) (vc.LedgerAccount, error) {
	var accounts []vc.LedgerAccount
	err := w.Rows.View(ctx, vc.Scope{}, func(rows Rows) (err error) {
		accounts, err = rows.LedgerAccounts(ledger)
		return err
	})
	if err == nil && len(accounts) == 0 {
		err = vc.Errorf(vc.Unsupported, "no-fee-account", "this server has no account that pays for %s", ledger)
	}
	if err != nil {
		return vc.LedgerAccount{}, err
	}
	return accounts[0], nil
}

// watch asks for balances.
func (w *Writer) watch(ctx context.Context) {
	every := time.NewTicker(time.Minute)
	defer every.Stop()
	for {
		var accounts []vc.LedgerAccount
		if err := w.Rows.View(ctx, vc.Scope{}, func(rows Rows) (err error) {
			accounts, err = rows.LedgerAccounts("")
			return err
		}); err != nil {
			w.warn(ctx, "reading the accounts of ledgers", err)
		}
		for _, account := range accounts {
			if !w.Method.Networks[strings.TrimPrefix(account.Ledger, ledgerPrefix)].node() {
				continue // nobody tells
			}
			balance, err := Accounts{Method: w.Method}.Balance(ctx, account)
			if err == nil {
				w.Watch(account, balance)
			} else if ctx.Err() == nil {
				w.warn(ctx, "the balance of an account", err, "ledger", account.Ledger, "account", account.Address)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}
