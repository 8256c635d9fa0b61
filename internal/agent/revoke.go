package agent

import (
	"context"
	"strconv"

	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// TopicStatus is told of places in status lists, by a [Revoked].
const TopicStatus = "status"

// RevokedFormat is what revocation notifications call our lists: Aries RFC 0721.
const RevokedFormat = "bitstring-status-list"

// The states of a place.
const (
	placeIssued  = "issued"
	placeRevoked = "revoked"
)

// placeOwner is where a place in a list says which credential has it.
func placeOwner(list string, index int64) string {
	return "place/" + list + "/" + strconv.FormatInt(index, 10)
}

const placeKey = "credential"

// notePlaces notes the places of a credential that was issued here, and tells of them.
func (d *Desk) notePlaces(t *Turn, x *exchange, credential vc.Credential) error {
	for _, entry := range credential.Entries {
		if err := t.Rows.PutMetadata(placeOwner(entry.List, entry.Index), placeKey, []byte(credential.ID)); err != nil {
			return err
		}
		if err := t.Tell(TopicStatus, "revocation.issued", "exchange", x.ID, placeOf(x.ID, x, credential, entry)); err != nil {
			return err
		}
	}
	return nil
}

// placeOf is a credential's place as doors are shown it. The exchange may be gone: nil.
func placeOf(exchangeID string, x *exchange, credential vc.Credential, entry vc.StatusEntry) Revoked {
	out := Revoked{Entry: entry, State: placeIssued, CreatedAt: credential.IssuedAt, UpdatedAt: credential.ChangedAt}
	if credential.Standing == vc.Revoked {
		out.State = placeRevoked
	}
	out.Exchange.Exchange.ID = exchangeID
	if x != nil {
		out.Exchange.Exchange, out.Exchange.Flags = x.Exchange, x.flags
	}
	return out
}

// revocable is what a revocation is about.
type revocable struct {
	x          *exchange // nil: its record is gone
	credential vc.Credential
	entry      vc.StatusEntry
}

// revocable finds what is meant. Errors: NotFound "exchange-not-found", "place-not-found"; Conflict "exchange-state" where nothing was
// issued yet, "no-status".
func (t *Turn) revocable(what Revocation, update bool) (r revocable, err error) {
	id, find := "", t.exchange
	if update {
		find = t.exchangeForUpdate
	}
	if what.Exchange != "" {
		if r.x, err = find(what.Exchange); err != nil {
			return r, err
		}
		issued := r.x.State == vc.Delivered || r.x.State == vc.Accepted
		if r.x.Role != vc.RoleIssuer || !issued {
			return r, r.x.expected(vc.RoleIssuer, vc.Delivered)
		}
		id = r.x.Credential
	} else {
		noted, err := t.Rows.Metadata(placeOwner(what.List, what.Index))
		if err != nil {
			return r, err
		}
		if id = string(noted[placeKey]); id == "" {
			return r, errNoPlace()
		}
	}
	if r.credential, err = t.Rows.Credential(id); err != nil {
		return r, missing(err, "place")
	}
	if r.x == nil && r.credential.Exchange != "" {
		r.x, err = find(r.credential.Exchange)
		if err := unlessGone(err); err != nil {
			return r, err
		}
	}
	for _, entry := range r.credential.Entries {
		if entry.Purpose == vc.Revocation && (what.List == "" || entry.List == what.List && entry.Index == what.Index) {
			r.entry = entry
			return r, nil
		}
	}
	if what.Exchange != "" {
		return r, vc.Errorf(vc.Conflict, "no-status", "the credential was issued without a status: it cannot be revoked")
	}
	return r, errNoPlace()
}

func errNoPlace() error {
	return vc.Errorf(vc.NotFound, "place-not-found", "no credential has this place in a status list")
}

// Revoke revokes a credential that was issued to a peer, at once and for good, and tells the peer if asked, where there is one.
// Errors: NotFound "exchange-not-found", "place-not-found"; Conflict "exchange-state", "no-status".
func (d *Desk) Revoke(ctx context.Context, by vc.Caller, what Revocation) (out Revoked, err error) {
	message, err := newMessageID()
	if err != nil {
		return Revoked{}, err
	}
	var changed vc.Credential
	err = d.act(ctx, by, func(t *Turn) error {
		r, err := t.revocable(what, true)
		if err != nil {
			return err
		}
		before := r.credential.Standing
		changed, err = d.Issuer.ChangeStatusIn(t.Rows, by, r.credential.ID, issuer.Change{Purpose: vc.Revocation, Value: 1})
		if err != nil {
			return err
		}
		if r.x != nil && !r.x.flags.Revoked {
			r.x.flags.Revoked = true
			r.x.Touch(t.Now)
			if err := t.putExchange(r.x); err != nil {
				return err
			}
			if err := d.tellExchange(t, r.x, "exchange.revoked"); err != nil {
				return err
			}
		}
		out = placeOf(r.credential.Exchange, r.x, changed, r.entry)
		if before != vc.Revoked {
			if err := t.Tell(TopicStatus, "revocation.revoked", "exchange", out.Exchange.Exchange.ID, out); err != nil {
				return err
			}
		}
		if !what.Notify {
			return nil
		}
		return d.notifyRevoked(t, what, r, message)
	})
	if err != nil {
		return Revoked{}, err
	}
	d.Issuer.StatusChanged(changed)
	return out, nil
}

// notifyRevoked tells the holder, by the connection that is named, or that the credential went by.
func (d *Desk) notifyRevoked(t *Turn, what Revocation, r revocable, message string) error {
	channel, thread := what.Connection, what.Thread
	if r.x != nil {
		if channel == "" {
			channel = r.x.Channel
		}
		if thread == "" {
			thread = r.x.Thread
		}
	}
	place := r.entry.URL + "::" + strconv.FormatInt(r.entry.Index, 10)
	h := didcomm.Header{Type: didcomm.TypeRevoke, ID: message}
	if thread != "" {
		h.Thread = &didcomm.Thread{ID: thread}
	}
	var m didcomm.Message = &didcomm.Revoke{Header: h, RevocationFormat: RevokedFormat, CredentialID: place, Comment: what.Comment}
	if what.Version == "v1_0" {
		h.Type = didcomm.TypeRevoke1
		m = &didcomm.Revoke1{Header: h, IssuanceThread: RevokedFormat + "::" + place, Comment: what.Comment}
	}
	return d.tellPeer(t, channel, m, "exchange/"+r.credential.Exchange)
}

// RevocationOf gives the place of a credential in its list by exchange, or by list and index. Errors: those of [Desk.Revoke].
func (d *Desk) RevocationOf(ctx context.Context, scope vc.Scope, what Revocation) (out Revoked, err error) {
	err = d.view(ctx, scope, func(t *Turn) error {
		r, err := t.revocable(what, false)
		if err == nil {
			out = placeOf(r.credential.Exchange, r.x, r.credential, r.entry)
		}
		return err
	})
	return out, err
}
