package cheqd

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/cheqd"
)

// advance takes a transaction to its end. An error leaves it as it is journaled.
func (w *Writer) advance(ctx context.Context, tx *vc.LedgerTransaction) error {
	if tx.State == vc.LedgerConfirmed {
		return w.finish(ctx, tx)
	}
	over, byRegistrar := handedOver(*tx)
	fresh := tx.State == vc.LedgerRequested
	if fresh && now(w.Now).Sub(tx.CreatedAt) > w.lease() {
		// What waited this long may come from a database that was put back: the ledger may have it.
		if there, err := w.there(ctx, tx); err != nil {
			return err
		} else if there {
			return w.finish(ctx, tx)
		}
	}
	if byRegistrar {
		return w.handOver(ctx, tx, over)
	}
	if fresh {
		if err := w.prepare(ctx, tx); err != nil {
			if ctx.Err() != nil {
				return err // this server stops, or was slow: nothing is wrong with the transaction
			}
			return w.fail(ctx, tx, err)
		}
		if err := w.keep(ctx, tx); err != nil {
			return err
		}
	} else if done, err := w.settled(ctx, tx); done || err != nil {
		return err
	}
	for refusals := 1; ; refusals++ {
		err := w.Method.broadcast(ctx, w.name(tx), tx.Raw)
		if err == nil {
			return w.await(ctx, tx)
		}
		// Bytes that no node ever looked at before, and that this one refuses, are nowhere.
		refusal, answered := errors.AsType[*cheqd.LedgerError](err)
		if done, err := w.reconsider(ctx, tx, refusal, fresh && answered, refusals); done || err != nil {
			return err
		}
		fresh = fresh && answered
		if !answered {
			w.warn(ctx, "a ledger's node did not take a transaction", err, "transaction", tx.ID)
		}
	}
}

func (w *Writer) name(tx *vc.LedgerTransaction) string {
	return strings.TrimPrefix(tx.Ledger, ledgerPrefix)
}

// reconsider decides what becomes of a transaction that was not taken: it is found on the ledger after all, signed anew, sent
// again as it is after a while, or given up. fresh says that no node has it, refusals how often it was refused by now.
func (w *Writer) reconsider(
	ctx context.Context, tx *vc.LedgerTransaction, refusal *cheqd.LedgerError, fresh bool, refusals int,
) (done bool, err error) {
	if fresh && refusal.Reason() != cheqd.ReasonSequence && refusal.Reason() != cheqd.ReasonBusy {
		return true, w.fail(ctx, tx, refused(refusal))
	}
	if err := w.pause(ctx); err != nil {
		return false, err
	}
	if done, err := w.settled(ctx, tx); done || err != nil || refusal == nil {
		return done, err
	}
	account, err := put(ctx, w.Method, w.name(tx), cheqd.QueryAccount(tx.Account), cheqd.ParseAccount, cheqd.DecodeAccount)
	if err != nil {
		return false, unreachable(err)
	}
	passed := int64(account.Sequence) > tx.Sequence                                            //nolint:gosec // counts transactions
	early := int64(account.Sequence) < tx.Sequence && refusal.Reason() == cheqd.ReasonSequence //nolint:gosec // counts transactions
	if passed {
		// The node has the block that used the sequence up. What the transaction did would be seen by now.
		if done, err := w.settled(ctx, tx); done || err != nil {
			return done, err
		}
	}
	switch reason := refusal.Reason(); {
	case passed && tx.Attempts >= attempts, int64(account.Sequence) == tx.Sequence && lasting(reason): //nolint:gosec // counts transactions
		return true, w.fail(ctx, tx, refused(refusal))
	case passed, reason == cheqd.ReasonFee && tx.Attempts < attempts, early && refusals > patience && tx.Attempts < attempts:
		if err := w.prepare(ctx, tx); err != nil {
			if e, ok := errors.AsType[*vc.Error](err); passed && ctx.Err() == nil && ok && e.Code != "ledger-unreachable" {
				return true, w.fail(ctx, tx, err)
			}
			return false, err
		}
		return false, w.keep(ctx, tx)
	}
	return false, nil // its sequence is still to come: the same bytes again
}

// patience is how often a transaction is refused for a sequence that is still to come before its sequence is asked for again. A node
// that is behind catches up by then; where another one said a sequence that the account never has, nothing behind it would go on.
const patience = 20

// lasting says whether a refusal is about the bytes of a transaction alone: every node that keeps to the ledger's limits says the
// same of them, so that none has them.
func lasting(reason cheqd.Reason) bool {
	switch reason {
	case cheqd.ReasonTooLarge, cheqd.ReasonGas, cheqd.ReasonAccount, cheqd.ReasonInvalid:
		return true
	default:
		return false
	}
}

// await looks for a transaction that a node has taken until it is in a block.
func (w *Writer) await(ctx context.Context, tx *vc.LedgerTransaction) error {
	if tx.State != vc.LedgerSent {
		tx.State = vc.LedgerSent
		if err := w.keep(ctx, tx); err != nil {
			return err
		}
	}
	again := time.NewTimer(cmp.Or(w.Resend, 30*time.Second))
	defer again.Stop()
	for {
		if done, err := w.settled(ctx, tx); done {
			return err
		} else if err != nil {
			w.warn(ctx, "a ledger's node does not say what became of a transaction", err, "transaction", tx.ID)
		}
		if err := w.pause(ctx); err != nil {
			return err
		}
		select {
		case <-again.C: // mempools forget
			return vc.Errorf(vc.Unavailable, "ledger-slow", "the transaction is in no block yet")
		default:
		}
	}
}

// pause waits for about a block.
func (w *Writer) pause(ctx context.Context) error {
	timer := time.NewTimer(cmp.Or(w.Block, 500*time.Millisecond))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return vc.Errorf(vc.Unavailable, "ledger-slow", "the ledger has not decided in time").Because(ctx.Err())
	case <-timer.C:
		return nil
	}
}

// settled ends a transaction that the ledger has decided. It is done when its version is there, whatever a node says of its
// hash; the version's id is nobody else's.
func (w *Writer) settled(ctx context.Context, tx *vc.LedgerTransaction) (done bool, err error) {
	there, err := w.there(ctx, tx)
	if err != nil {
		return false, err
	}
	if there {
		return true, w.finish(ctx, tx)
	}
	result, found, err := w.Method.look(ctx, w.name(tx), tx.Hash)
	if err != nil {
		return false, unreachable(err)
	}
	if found && result.Refusal != nil {
		return true, w.fail(ctx, tx, refused(result.Refusal))
	}
	return false, nil
}

// there says whether the ledger has the version that a transaction makes.
func (w *Writer) there(ctx context.Context, tx *vc.LedgerTransaction) (bool, error) {
	message, err := messageOf(*tx)
	if err != nil {
		return false, err
	}
	if m, ok := message.(cheqd.CreateResource); ok {
		return w.stored(ctx, tx, m)
	}
	_, ends := message.(cheqd.DeactivateDIDDoc)
	if w.Method.remote(w.name(tx)) {
		found, err := w.Method.ResolveVersion(ctx, tx.Object, tx.Version)
		if vc.KindOf(err) == vc.NotFound {
			return false, nil
		}
		return err == nil && (!ends || found.Metadata.Deactivated), err
	}
	query := cheqd.QueryDIDDocVersion(tx.Object, cheqd.NormalUUID(tx.Version))
	version, err := put(ctx, w.Method, w.name(tx), query, cheqd.ParseDIDDoc, cheqd.DecodeDIDDoc)
	switch {
	case isReason(err, cheqd.ReasonNotFound):
		return false, nil
	case err != nil:
		return false, unreachable(err)
	}
	return version.Doc.ID == tx.Object && version.Metadata.VersionID == cheqd.NormalUUID(tx.Version) &&
		(!ends || version.Metadata.Deactivated), nil
}

// stored says whether the ledger has the resource that a transaction makes.
func (w *Writer) stored(ctx context.Context, tx *vc.LedgerTransaction, m cheqd.CreateResource) (bool, error) {
	p := m.Payload.Normal()
	if name := w.name(tx); w.Method.remote(name) {
		return w.Method.storedRemote(ctx, cheqd.DID{Namespace: name, ID: p.CollectionID}, p.ID, cheqd.Checksum(p.Data))
	}
	query := cheqd.QueryResourceMetadata(p.CollectionID, p.ID)
	found, err := put(ctx, w.Method, w.name(tx), query, cheqd.ParseResourceMetadata, cheqd.DecodeResourceMetadata)
	switch {
	case isReason(err, cheqd.ReasonNotFound):
		return false, nil
	case err != nil:
		return false, unreachable(err)
	}
	return found.CollectionID == p.CollectionID && found.ID == p.ID && found.Checksum == cheqd.Checksum(p.Data), nil
}
