package agent

import (
	"context"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// IdentityKeys are rows of identities, and of the keys by which peers reach them.
type IdentityKeys interface {
	identity.Rows

	InsertRecipient(vc.Recipient) error
	UpdateRecipient(vc.Recipient) error
	Recipient(verkey string) (vc.Recipient, error)
	Recipients(owner string) ([]vc.Recipient, error)
}

// Identities are the rows of identities for their service. Where peers reach us by a DID, they reach us by its keys as they are: a
// change of these is one of those, in the same transaction.
type Identities struct {
	Rows store.Store[IdentityKeys]
}

// View gives fn one consistent snapshot.
func (s Identities) View(ctx context.Context, scope vc.Scope, fn func(identity.Rows) error) error {
	return s.Rows.View(ctx, scope, func(rows IdentityKeys) error { return fn(rows) })
}

// Update runs fn in a transaction.
func (s Identities) Update(ctx context.Context, scope vc.Scope, fn func(identity.Rows) error) error {
	return s.Rows.Update(ctx, scope, func(rows IdentityKeys) error { return fn(followed{rows}) })
}

type followed struct{ IdentityKeys }

// UpdateIdentity writes an identity, and by which keys peers reach it.
func (r followed) UpdateIdentity(i vc.Identity) error {
	if err := r.IdentityKeys.UpdateIdentity(i); err != nil {
		return err
	}
	known, err := r.Recipients("identity/" + i.ID)
	if err != nil || len(known) == 0 {
		return err // peers were never told of it
	}
	return followKeys(r, i, known, known[0].Scope, i.UpdatedAt)
}

// keyRows are rows of keys that peers encrypt to.
type keyRows interface {
	InsertRecipient(vc.Recipient) error
	UpdateRecipient(vc.Recipient) error
	Recipient(verkey string) (vc.Recipient, error)
}

// followKeys makes the active keys of an identity those that open envelopes, and no other. known are those that were.
func followKeys(rows keyRows, i vc.Identity, known []vc.Recipient, scope vc.Scope, at time.Time) error {
	active := map[string]bool{}
	for _, key := range i.Keys {
		if !i.DeactivatedAt.IsZero() || !opens(key) {
			continue
		}
		verkey, err := verkeyOf(key.Key)
		if err != nil {
			return err
		}
		active[verkey.String()] = true
		_, err = rows.Recipient(verkey.String())
		if err == nil {
			continue // as this identity's, or as another's here that has the same key
		}
		if vc.KindOf(err) != vc.NotFound {
			return err
		}
		if err := rows.InsertRecipient(vc.Recipient{
			Verkey: verkey.String(), Scope: scope, Owner: "identity/" + i.ID, Key: key.Key, CreatedAt: at,
		}); err != nil {
			return err
		}
	}
	for _, one := range known {
		if active[one.Verkey] || !one.RetiredAt.IsZero() {
			continue
		}
		one.RetiredAt = at
		if err := rows.UpdateRecipient(one); err != nil {
			return err
		}
	}
	return nil
}

// opens says whether peers may encrypt to a key of an identity.
func opens(key vc.IdentityKey) bool {
	return key.State == vc.KeyActive && key.Key.Algorithm == vc.Ed25519 && slices.Contains(key.Purposes, string(diddoc.Authentication))
}

// follow is followKeys of an identity that peers are told of now.
func (t *Turn) follow(i vc.Identity) error {
	known, err := t.Rows.Recipients("identity/" + i.ID)
	if err != nil {
		return err
	}
	return followKeys(t.Rows, i, known, t.By.Scope, t.Now)
}
