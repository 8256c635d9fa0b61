package issuer

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// maxReason is how many characters a reason has at most.
const maxReason = 1000

// Change asks for another status of a credential. Value is the entry's new value: 0 or 1, or up to the entry's
// size for purpose message. Reason is kept in the journal of status changes, not published.
type Change struct {
	Purpose vc.StatusPurpose
	Value   int
	Reason  string
}

// ChangeStatus sets a status. It is idempotent: a status that is already so changes nothing. Revocation is final.
//
// Where the store is far it is decided on what is seen before the transaction, which then only writes, unless somebody was faster;
// in that case all is done once more under the row's lock.
//
// Errors: NotFound "credential-not-found"; Conflict "not-issued", "no-status" (the credential has no entry of that
// purpose), "revocation-final", "credential-revoked"; Invalid "status-value", "reason-too-long".
func (d *Desk) ChangeStatus(ctx context.Context, by vc.Caller, id string, change Change) (credential vc.Credential, err error) {
	if utf8.RuneCountInString(change.Reason) > maxReason {
		return vc.Credential{}, vc.Errorf(vc.Invalid, "reason-too-long", "a reason has at most %d characters", maxReason).At("/reason")
	}
	locked := store.Near(d.Rows)
	if !locked {
		credential, err = d.changeUnlocked(ctx, by, id, change)
		locked = outrun(err)
	}
	if locked {
		err = d.Rows.Update(ctx, by.Scope, func(rows Rows) (err error) {
			credential, err = d.ChangeStatusIn(rows, by, id, change)
			return err
		})
	}
	if err != nil {
		return vc.Credential{}, err
	}
	d.StatusChanged(credential)
	return d.shown(credential), nil
}

// changeUnlocked is ChangeStatus where nobody else changes the credential meanwhile, else a Conflict that is [outrun].
func (d *Desk) changeUnlocked(ctx context.Context, by vc.Caller, id string, change Change) (vc.Credential, error) {
	m, err := d.foreseen(ctx, by.Scope, id, change)
	if err != nil || m.done {
		return m.credential, err
	}
	var credential vc.Credential
	err = d.Rows.Update(ctx, by.Scope, func(rows Rows) (err error) {
		credential, err = d.recordMove(rows, by, m)
		return err
	})
	return credential, err
}

// outrun tells that what a change was decided on has changed.
func outrun(err error) bool {
	e, ok := asError(err)
	return ok && e.Kind == vc.Conflict && (e.Code == "stale" || e.Code == "duplicate")
}

// ChangeStatusIn is [Desk.ChangeStatus] in the caller's transaction, for acts that record more. After its commit the caller calls
// [Desk.StatusChanged].
func (d *Desk) ChangeStatusIn(rows Rows, by vc.Caller, id string, change Change) (vc.Credential, error) {
	credential, err := rows.CredentialForUpdate(id)
	if err != nil {
		return vc.Credential{}, named(err)
	}
	m, err := moveOf(rows, credential, change)
	if err != nil {
		return vc.Credential{}, err
	}
	if !m.done {
		if credential, err = d.recordMove(rows, by, m); err != nil {
			return vc.Credential{}, err
		}
	}
	return d.shown(credential), nil
}

// move is a change of a credential's status that may be made.
type move struct {
	Change
	credential vc.Credential // as it is before
	entry      vc.StatusEntry
	version    int
	alone      bool // the list is published nowhere else
	done       bool // it is so already
}

// foreseen gives the move that is due as things stand.
func (d *Desk) foreseen(ctx context.Context, scope vc.Scope, id string, change Change) (m move, err error) {
	see := func(rows Rows) error {
		credential, err := rows.Credential(id)
		if err != nil {
			return named(err)
		}
		m, err = moveOf(rows, credential, change)
		return err
	}
	if change.Purpose == vc.Revocation {
		err = store.Look(ctx, d.Rows, scope, see)
	} else {
		err = d.Rows.View(ctx, scope, see)
	}
	if err != nil || m.done {
		return m, err
	}
	_, list, err := d.Status.Lookup(ctx, m.entry.List)
	m.alone = list.Place == ""
	return m, err
}

// moveOf gives the move from what a credential is. What a revocation's entry says the credential's standing tells, for no other
// change of it can follow.
func moveOf(rows Rows, credential vc.Credential, change Change) (move, error) {
	m := move{Change: change, credential: credential}
	var err error
	if m.entry, err = entryFor(credential, change); err != nil {
		return m, err
	}
	var last vc.StatusChange
	switch {
	case change.Purpose != vc.Revocation:
		if last, err = rows.LastStatusChange(m.entry.List, m.entry.Index); err != nil && vc.KindOf(err) != vc.NotFound {
			return m, err
		}
	case credential.Standing == vc.Revoked:
		last.Value = 1
	}
	m.version = last.Version + 1
	if m.done = last.Value == change.Value; m.done {
		return m, nil
	}
	return m, allowed(credential, change)
}

// StatusChanged says that the lists a credential has places in may say something new; nothing is lost where nobody says so.
func (d *Desk) StatusChanged(credential vc.Credential) {
	for _, entry := range credential.Entries {
		d.Status.Changed(entry.List)
	}
}

// recordMove writes a move, and gives the credential as it is then. It fails with Conflict "stale" or "duplicate" where the
// credential or its entry is not what the move goes out from any more.
func (d *Desk) recordMove(rows Rows, by vc.Caller, m move) (vc.Credential, error) {
	now, credential := d.now(), m.credential
	credential.Standing, credential.ChangedAt = standing(credential.Standing, m.Change), now
	if err := rows.SetStanding(m.credential, credential.Standing, now); err != nil {
		return credential, err
	}
	if !credential.ErasedAt.IsZero() {
		m.Reason = "" // it may say whose the credential was, and nothing would erase it any more
	}
	if err := rows.AppendStatusChange(vc.StatusChange{
		List: m.entry.List, Index: m.entry.Index, Version: m.version, Value: m.Value,
		Credential: credential.ID, Purpose: m.Purpose, Reason: m.Reason, At: now,
	}); err != nil {
		return credential, err
	}
	if !m.alone {
		if err := publishLater(rows, m.entry.List, now); err != nil {
			return credential, err
		}
	}
	return credential, rows.Append(vc.Entry{
		ID: newID(), Scope: by.Scope, At: now, Action: "credential." + changeName(m.Change),
		Principal: by.Principal, Door: by.Door, Request: by.Request,
		Object: object(credential), Detail: fmt.Sprintf("purpose=%s value=%d", m.Purpose, m.Value),
		Event: true, Subject: credential.ID,
		Data: eventData(map[string]any{"purpose": string(m.Purpose), "value": m.Value}),
	})
}

func entryFor(credential vc.Credential, change Change) (vc.StatusEntry, error) {
	if credential.State != vc.Issued {
		return vc.StatusEntry{}, vc.Errorf(vc.Conflict, "not-issued", "the credential was never issued")
	}
	for _, entry := range credential.Entries {
		if entry.Purpose != change.Purpose {
			continue
		}
		if size := max(entry.Size, 1); change.Value < 0 || change.Value >= 1<<size {
			return vc.StatusEntry{}, vc.Errorf(vc.Invalid, "status-value", "a status for purpose %s is from 0 to %d",
				change.Purpose, 1<<size-1).At("/value")
		}
		return entry, nil
	}
	if len(credential.Entries) == 0 {
		return vc.StatusEntry{}, vc.Errorf(vc.Conflict, "no-status", "the credential was issued without a status: it cannot be changed")
	}
	return vc.StatusEntry{}, vc.Errorf(vc.Conflict, "no-status", "the credential has no status for purpose %q", change.Purpose)
}

// allowed is the one table of status transitions.
func allowed(credential vc.Credential, change Change) error {
	switch {
	case credential.Standing != vc.Revoked:
		return nil
	case change.Purpose == vc.Revocation:
		return vc.Errorf(vc.Conflict, "revocation-final", "the credential is revoked, and revocation is final")
	default:
		return vc.Errorf(vc.Conflict, "credential-revoked", "the credential is revoked: no other status of it can change")
	}
}

func standing(now vc.Standing, change Change) vc.Standing {
	switch {
	case change.Purpose == vc.Revocation:
		return vc.Revoked
	case change.Purpose == vc.Suspension && change.Value == 0:
		return vc.Active
	case change.Purpose == vc.Suspension:
		return vc.Suspended
	}
	return now
}

func changeName(change Change) string {
	switch {
	case change.Purpose == vc.Revocation:
		return "revoked"
	case change.Purpose == vc.Suspension && change.Value == 0:
		return "reinstated"
	case change.Purpose == vc.Suspension:
		return "suspended"
	}
	return "status-changed"
}
