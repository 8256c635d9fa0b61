package cheqd

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/didregistration"
)

// handover is what a transaction has in place of the bytes that are sent: the second step of a registrar, whole. A transaction
// that is handed over has no hash, so it is never taken for one that this server sends itself.
type handover struct {
	Registrar string
	Operation string
	Body      json.RawMessage // jobId and signatures
}

// handed makes the second step of a job.
func handed(kept []byte, infos []cheqd.SignInfo) (raw []byte, registrar string, err error) {
	var j job
	if err := json.Unmarshal(kept, &j); err != nil {
		return nil, "", err
	}
	var signatures []didregistration.Signature
	for _, info := range infos {
		signatures = append(signatures, didregistration.Signature{
			Request: j.Requests[info.VerificationMethodID], Kid: info.VerificationMethodID, Bytes: info.Signature,
		})
	}
	body, err := didregistration.Second(j.Change, j.Job, signatures, j.AsList)
	if err != nil {
		return nil, "", err
	}
	raw, err = json.Marshal(handover{Registrar: j.Registrar, Operation: j.Change.Operation, Body: body})
	return raw, j.Registrar, err
}

// handedOver reads what a transaction is handed over as; false for one that this server sends itself.
func handedOver(tx vc.LedgerTransaction) (h handover, ok bool) {
	if tx.Hash != "" || len(tx.Raw) == 0 {
		return h, false
	}
	return h, json.Unmarshal(tx.Raw, &h) == nil && h.Registrar != ""
}

// handOver takes a transaction to its end that a registrar sends: signatures leave this server once, whatever happens.
//
//	requested ── journaled as sent ──> the registrar ── finished, or no clear answer ──> looked for ── there ──> included
//	                                                 └── failed (4xx), or asks again ── looked for once ── not there ──> failed
//
// Jobs are no transactions: a registrar may forget one that it carried out, carry one out again, or say that it failed while its
// transaction waits at a node. So nothing that it says makes a change true here, finished neither: the version is looked for at
// the ledger's node or resolver, whose id is nobody else's. And a job is never submitted again: a server that dies between journal and answer, an
// answer that is lost, late, broken or 5xx, and "wait" all leave a transaction that is looked for, ever more seldom, until it is
// there. Meanwhile it holds up no other, and its DID has no other change. One that never comes is the operator's to end, who can
// ask the registrar's ([Abandon]); a guess could throw away the keys of a document that comes later.
//
// A registrar is believed where it says in so many words that it did nothing: "failed" with a status below 500, or that
// it wants more signatures, which it does not get. One that lies in this can carry out later what failed here, for it has the signatures.
func (w *Writer) handOver(ctx context.Context, tx *vc.LedgerTransaction, h handover) error {
	if tx.State != vc.LedgerRequested {
		return w.seek(ctx, tx)
	}
	network := w.Method.Networks[w.name(tx)]
	if network.Registrar != h.Registrar {
		return w.fail(ctx, tx, vc.Errorf(vc.Unavailable, "registrar-changed", "the registrar that was asked is not this server's any more; nothing was sent"))
	}
	tx.State, tx.Attempts = vc.LedgerSent, 1
	if err := w.keep(ctx, tx); err != nil {
		return err
	}
	answer, status, err := w.Method.register(ctx, network, h.Operation, h.Body)
	switch {
	case neverLeft(err):
		return w.fail(ctx, tx, vc.Errorf(vc.Unavailable, "registrar-unreachable", "the registrar could not be reached; nothing was sent").Because(err))
	case err != nil:
		w.warn(ctx, "a registrar did not say what became of a transaction", err, "transaction", tx.ID)
	case answer.State == didregistration.Failed && status >= http.StatusBadRequest && status < http.StatusInternalServerError:
		return w.orElse(ctx, tx, refusedBy(status, answer))
	case answer.State == didregistration.Action:
		return w.orElse(ctx, tx, vc.Errorf(vc.Unavailable, "registrar-action", "the registrar wants more signatures than it asked for first").Because(said(status, answer)))
	case answer.State != didregistration.Finished:
		w.warn(ctx, "a registrar did not say what became of a transaction", said(status, answer), "transaction", tx.ID)
	}
	for range looks { // a resolver may be a block behind
		if there, err := w.there(ctx, tx); there {
			return w.finish(ctx, tx)
		} else if err != nil {
			w.warn(ctx, "it cannot be seen what became of a transaction", err, "transaction", tx.ID)
		}
		if err := w.pause(ctx); err != nil {
			return err
		}
	}
	return w.seek(ctx, tx)
}

// looks is how often a transaction is looked for before others have their turn.
const looks = 4

// found ends a transaction that is there, and says whether it is.
func (w *Writer) found(ctx context.Context, tx *vc.LedgerTransaction) (bool, error) {
	there, err := w.there(ctx, tx)
	if there {
		err = w.finish(ctx, tx)
	}
	return there, err
}

// seek looks for a transaction that a registrar has.
func (w *Writer) seek(ctx context.Context, tx *vc.LedgerTransaction) error {
	if there, err := w.found(ctx, tx); there || err != nil {
		return err
	}
	return vc.Errorf(vc.Unavailable, "registrar-silent", "the registrar has the signatures, and the ledger does not have what they are for")
}

// orElse ends a transaction that a registrar did not carry out, unless it is there.
func (w *Writer) orElse(ctx context.Context, tx *vc.LedgerTransaction, failure *vc.Error) error {
	if there, err := w.found(ctx, tx); there || err != nil {
		return err
	}
	return w.fail(ctx, tx, failure)
}

// neverLeft says whether a call failed before anything was written: nobody was connected to.
func neverLeft(err error) bool {
	if e, ok := errors.AsType[*vc.Error](err); ok && e.Kind == vc.Denied {
		return true
	}
	fault, ok := errors.AsType[*net.OpError](err)
	return ok && fault.Op == "dial" || errors.Is(err, errNotSet)
}

// seldom is how long a transaction that a registrar has rests until it is looked for again: as long as it was looked for, at most
// ten minutes.
func (w *Writer) seldom(tx vc.LedgerTransaction) time.Duration {
	return min(max(now(w.Now).Sub(tx.UpdatedAt), cmp.Or(w.Poll, time.Second)), 10*time.Minute)
}

// Abandon ends a transaction of which a registrar never said what became of it: Conflict "ledger-decides" for any other. What it is for is
// not done here, whatever the ledger has then: who abandons it knows that it has not.
func Abandon(ctx context.Context, rows Store, by vc.Caller, tx vc.LedgerTransaction, clock func() time.Time) error {
	if _, ok := handedOver(tx); !ok || tx.State != vc.LedgerSent {
		return vc.Errorf(vc.Conflict, "ledger-decides", "a registrar does not have this transaction: it is %s, and ends by itself", tx.State)
	}
	tx.State, tx.Kind, tx.Code, tx.Error = vc.LedgerFailed, vc.Conflict, "ledger-abandoned", "the operator gave it up: the registrar never said what became of it"
	tx.Intent, tx.Message, tx.Raw = nil, nil, nil
	tx.Revision++
	tx.UpdatedAt = now(clock)
	return rows.Update(ctx, tx.Scope, func(rows Rows) error {
		if err := rows.Append(vc.Entry{
			ID: uuid.Must(uuid.NewV7()).String(), Scope: tx.Scope, At: tx.UpdatedAt, Action: "ledger.transaction-abandoned", Principal: by.Principal,
			Door: by.Door, Request: by.Request, Object: "ledger/" + tx.Ledger, Detail: "transaction=" + tx.ID,
		}); err != nil {
			return err
		}
		return rows.UpdateLedgerTransaction(tx)
	})
}
