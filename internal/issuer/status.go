package issuer

import (
	"context"
	"fmt"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Change asks for another status of a credential. Value is the entry's new value: 0 or 1, or up to the entry's
// size for purpose message. Reason is kept in the journal of status changes, not published.
type Change struct {
	Purpose vc.StatusPurpose
	Value   int
	Reason  string
}

// ChangeStatus sets a status. It is idempotent: a status that is already so changes nothing. Revocation is final.
//
// Errors: NotFound "credential-not-found"; Conflict "not-issued", "no-status" (the credential has no entry of that
// purpose), "revocation-final", "credential-revoked"; Invalid "status-value".
func (d *Desk) ChangeStatus(ctx context.Context, by vc.Caller, id string, change Change) (vc.Credential, error) {
	var credential vc.Credential
	err := d.Rows.Update(ctx, by.Scope, func(rows Rows) (err error) {
		credential, err = d.ChangeStatusIn(rows, by, id, change)
		return err
	})
	if err != nil {
		return vc.Credential{}, err
	}
	d.StatusChanged(credential)
	return credential, nil
}

// ChangeStatusIn is [Desk.ChangeStatus] in the caller's transaction, for acts that record more. After its commit the caller calls
// [Desk.StatusChanged].
func (d *Desk) ChangeStatusIn(rows Rows, by vc.Caller, id string, change Change) (vc.Credential, error) {
	credential, err := rows.CredentialForUpdate(id)
	if err != nil {
		return vc.Credential{}, named(err)
	}
	entry, err := entryFor(credential, change)
	if err != nil {
		return vc.Credential{}, err
	}
	last, err := rows.LastStatusChange(entry.List, entry.Index)
	if err != nil && vc.KindOf(err) != vc.NotFound {
		return vc.Credential{}, err
	}
	if last.Value == change.Value {
		return d.shown(credential), nil
	}
	if err := allowed(credential, change); err != nil {
		return vc.Credential{}, err
	}
	if err := d.recordChange(rows, by, &credential, entry, last.Version+1, change); err != nil {
		return vc.Credential{}, err
	}
	return d.shown(credential), nil
}

// StatusChanged says that the lists a credential has places in may say something new; nothing is lost where nobody says so.
func (d *Desk) StatusChanged(credential vc.Credential) {
	for _, entry := range credential.Entries {
		d.Status.Changed(entry.List)
	}
}

func (d *Desk) recordChange(rows Rows, by vc.Caller, credential *vc.Credential, entry vc.StatusEntry, version int, change Change) error {
	now := d.now()
	if err := rows.AppendStatusChange(vc.StatusChange{
		List: entry.List, Index: entry.Index, Version: version, Value: change.Value,
		Credential: credential.ID, Purpose: change.Purpose, Reason: change.Reason, At: now,
	}); err != nil {
		return err
	}
	if err := publishLater(rows, entry.List, now); err != nil {
		return err
	}
	credential.Standing, credential.ChangedAt = standing(credential.Standing, change), now
	if err := rows.UpdateCredential(*credential); err != nil {
		return err
	}
	return rows.Append(vc.Entry{
		ID: newID(), Scope: by.Scope, At: now, Action: "credential." + changeName(change),
		Principal: by.Principal, Door: by.Door, Request: by.Request,
		Object: object(*credential), Detail: fmt.Sprintf("purpose=%s value=%d", change.Purpose, change.Value),
		Event: true, Subject: credential.ID,
		Data: eventData(map[string]any{"purpose": string(change.Purpose), "value": change.Value}),
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
