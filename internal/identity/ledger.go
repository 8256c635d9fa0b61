package identity

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
)

// LedgerPurpose is the purpose of ledger transactions that change identities: [Service.FinishLedger] ends them.
const LedgerPurpose = "identity"

// maxOnLedger is how long a caller waits for a ledger. What is not decided then goes on by itself.
const maxOnLedger = 50 * time.Second

// intent is what becomes true of an identity once the ledger has it. Its keys are sealed.
type intent struct {
	New      bool
	Identity vc.Identity
	Keys     []vc.Key
	Entries  []vc.Entry
}

// recorder gives an identity's method where its documents are on a ledger and its keys are here.
func (s *Service) recorder(identity vc.Identity) (did.Recorder, bool) {
	recorder, ok := s.methods[identity.Method].(did.Recorder)
	return recorder, ok && !keysElsewhere(identity)
}

// onLedger has a change written to the ledger, and gives the identity once it is. The ledger comes before the database: nothing
// of the change is here before the ledger has it, but what [Service.stop] made so, and all of it as soon as it has. check runs in
// the transaction that journals the change.
func (s *Service) onLedger(ctx context.Context, recorder did.Recorder, before vc.Identity, want intent, check func(Rows) error) error {
	recording, err := record(recorder, before, want.Identity)
	if err != nil {
		return err
	}
	return s.journaled(ctx, recorder, recording, want.Identity.Scope, LedgerPurpose, want, check)
}

// journaled has the keys of a DID sign a message, journals it with what it is for, and waits until the ledger has decided.
func (s *Service) journaled(
	ctx context.Context, recorder did.Recorder, recording did.Recording, scope vc.Scope, purpose string, want any, check func(Rows) error,
) error {
	tx := vc.LedgerTransaction{Scope: scope, Purpose: purpose}
	var err error
	if tx.Intent, err = json.Marshal(want); err != nil {
		return vc.Errorf(vc.Internal, "intent", "the change cannot be journaled").Because(err)
	}
	tx, err = s.journal(ctx, recorder, recording, tx, func(rows Rows, _ vc.LedgerTransaction) error {
		if check == nil {
			return nil
		}
		return check(rows)
	})
	if err != nil {
		return err
	}
	return s.decided(ctx, tx)
}

// journal has the keys of a DID sign a message and journals it as the transaction that is wanted: of it scope, purpose, intent and
// ceiling. check runs in the transaction of the database that journals it.
func (s *Service) journal(
	ctx context.Context, recorder did.Recorder, recording did.Recording, want vc.LedgerTransaction, check func(Rows, vc.LedgerTransaction) error,
) (vc.LedgerTransaction, error) {
	if err := s.mayPay(ctx, want.Scope); err != nil {
		return want, err
	}
	if prompter, ok := recorder.(did.Prompter); ok {
		var err error
		if recording, err = prompter.Prompt(ctx, recording); err != nil {
			return want, err
		}
	}
	signatures := make([][]byte, len(recording.Signers))
	for i, signer := range recording.Signers {
		_, from, err := s.keyStore(signer.Key.Store)
		if err != nil {
			return want, err
		}
		if signatures[i], err = from.Sign(ctx, signer.Key, recording.SignBytes); err != nil {
			return want, err
		}
	}
	tx, err := recorder.Signed(recording, signatures)
	if err != nil {
		return want, err
	}
	tx.ID, tx.Scope, tx.Purpose, tx.Intent, tx.Ceiling = newID(), want.Scope, want.Purpose, want.Intent, want.Ceiling
	tx.State, tx.Revision, tx.CreatedAt = vc.LedgerRequested, 1, s.now()
	tx.UpdatedAt = tx.CreatedAt
	err = s.config.Rows.Update(ctx, tx.Scope, func(rows Rows) error {
		if err := check(rows, tx); err != nil {
			return err
		}
		return rows.InsertLedgerTransaction(tx)
	})
	if e, ok := asError(err); ok && e.Code == "duplicate" {
		err = underWay().Because(err)
	}
	return tx, err
}

func underWay() *vc.Error {
	return vc.Errorf(vc.Conflict, "change-under-way", "another change of the DID is on its way to the ledger")
}

// decided waits until the ledger has decided.
func (s *Service) decided(ctx context.Context, tx vc.LedgerTransaction) error {
	ctx, cancel := context.WithTimeout(ctx, maxOnLedger)
	defer cancel()
	wait := 5 * time.Millisecond
	for {
		var now vc.LedgerTransaction
		err := s.config.Rows.View(ctx, tx.Scope, func(rows Rows) (err error) {
			now, err = rows.LedgerTransaction(tx.ID)
			return err
		})
		switch {
		case err == nil && now.State == vc.LedgerIncluded:
			return nil
		case err == nil && !now.State.Open():
			return now.Failure()
		case err != nil && ctx.Err() == nil:
			return err
		}
		select {
		case <-ctx.Done():
			return vc.Errorf(vc.Conflict, "ledger-pending",
				"the ledger has not decided yet about %s (transaction %s): the change goes on by itself, and is not to be asked for again", tx.Object, tx.ID).Because(ctx.Err())
		case <-time.After(wait):
			wait = min(2*wait, 250*time.Millisecond)
		}
	}
}

// FinishLedger makes a change true here that the ledger has, together with the end of its transaction.
func (s *Service) FinishLedger(ctx context.Context, tx vc.LedgerTransaction) error {
	var want intent
	if err := json.Unmarshal(tx.Intent, &want); err != nil {
		return vc.Errorf(vc.Internal, "intent", "a journaled change cannot be read").Because(err)
	}
	tx.Intent, tx.Message, tx.Raw = nil, nil, nil
	want.Identity.UpdatedAt = s.now()
	if want.New {
		want.Identity.CreatedAt = want.Identity.UpdatedAt
	}
	err := s.config.Rows.Update(ctx, tx.Scope, func(rows Rows) error {
		for _, key := range want.Keys {
			if err := rows.InsertKey(key); err != nil {
				return err
			}
		}
		if err := want.write(rows); err != nil {
			return err
		}
		for _, entry := range want.Entries {
			entry.At = want.Identity.UpdatedAt
			if err := rows.Append(entry); err != nil {
				return err
			}
		}
		return rows.UpdateLedgerTransaction(tx)
	})
	s.changed(want.Identity)
	return err
}

// write writes the identity.
func (w intent) write(rows Rows) error {
	if w.New {
		return rows.InsertIdentity(w.Identity)
	}
	now, err := rows.Identity(w.Identity.ID)
	if err != nil {
		return err
	}
	return rows.UpdateIdentity(w.standing(now))
}

// createOnLedger makes an identity whose document is on a ledger. It is here with its keys once the ledger has it.
func (s *Service) createOnLedger(ctx context.Context, recorder did.Recorder, identity vc.Identity, write func(Rows) error) (vc.Identity, error) {
	draft := &drafted{}
	if err := write(draft); err != nil {
		return vc.Identity{}, err
	}
	want := intent{New: true, Identity: identity, Keys: draft.keys, Entries: draft.entries}
	if err := s.onLedger(ctx, recorder, vc.Identity{}, want, nil); err != nil {
		return vc.Identity{}, err
	}
	return s.Get(ctx, identity.Scope, identity.ID)
}

// changeOnLedger is [Service.change] of an identity whose documents are on a ledger.
func (s *Service) changeOnLedger(ctx context.Context, by vc.Caller, recorder did.Recorder, known vc.Identity, edit edit) (vc.Identity, error) {
	var before vc.Identity
	draft := &drafted{}
	err := s.config.Rows.View(ctx, known.Scope, func(rows Rows) (err error) {
		if before, err = rows.Identity(known.ID); err != nil {
			return err
		}
		*draft = drafted{Rows: rows}
		draft.after, err = s.changedRow(draft, by, known.ID, func(rows Rows, identity *vc.Identity) (bool, error) {
			changed, err := edit(rows, identity)
			return changed || behind(*identity), err
		})
		return err
	})
	draft.Rows = nil
	after := draft.after
	if err != nil || !draft.changed {
		return after, err
	}
	stands := func(rows Rows) error {
		now, err := rows.Identity(known.ID)
		if err == nil && now.Revision != before.Revision {
			err = vc.Errorf(vc.Conflict, "stale", "it was changed in the meantime")
		}
		return err
	}
	if bytes.Equal(before.Document, after.Document) && before.DeactivatedAt.Equal(after.DeactivatedAt) {
		return after, s.besideLedger(ctx, draft, stands)
	}
	want := intent{Identity: after, Keys: draft.keys, Entries: draft.entries}
	if err := s.onLedger(ctx, recorder, before, want, stands); err != nil {
		return vc.Identity{}, err
	}
	return s.Get(ctx, known.Scope, known.ID)
}

// besideLedger makes a change that the ledger does not see. It does not pass one that the ledger is deciding about.
func (s *Service) besideLedger(ctx context.Context, draft *drafted, stands func(Rows) error) error {
	err := s.config.Rows.Update(ctx, draft.after.Scope, func(rows Rows) error {
		if err := stands(rows); err != nil {
			return err
		}
		if _, err := rows.OpenLedgerTransaction("", draft.after.DID); vc.KindOf(err) != vc.NotFound {
			if err == nil {
				err = underWay()
			}
			return err
		}
		for _, key := range draft.keys {
			if err := rows.InsertKey(key); err != nil {
				return err
			}
		}
		for _, entry := range draft.entries {
			if err := rows.Append(entry); err != nil {
				return err
			}
		}
		return rows.UpdateIdentity(draft.after)
	})
	if err == nil {
		s.changed(draft.after)
	}
	return err
}

// drafted are rows that keep what an edit writes instead of writing it.
type drafted struct {
	Rows
	after   vc.Identity
	changed bool
	keys    []vc.Key
	entries []vc.Entry
}

// InsertKey keeps a key.
func (d *drafted) InsertKey(key vc.Key) error {
	d.keys = append(d.keys, key)
	return nil
}

// Append keeps an entry of the journal.
func (d *drafted) Append(entry vc.Entry) error {
	d.entries = append(d.entries, entry)
	return nil
}

// InsertIdentity writes nothing.
func (d *drafted) InsertIdentity(vc.Identity) error { return nil }

// UpdateIdentity notes that there is a change.
func (d *drafted) UpdateIdentity(vc.Identity) error {
	d.changed = true
	return nil
}
