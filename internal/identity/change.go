package identity

import (
	"context"
	"errors"
	"strings"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
)

// AddKey adds an active key beside those that are there. algorithm "" is that of the newest active key.
// [vc.Unsupported] "cannot-rotate" when the DID's method has one key for ever, [vc.Conflict] "identity-deactivated", and
// "key-elsewhere" when this server does not have the identity's keys.
func (s *Service) AddKey(ctx context.Context, by vc.Caller, id string, algorithm vc.Algorithm) (vc.Identity, error) {
	return s.grow(ctx, by, id, algorithm, "", false)
}

// Rotate adds an active key and retires those that were active before. algorithm "" and errors are as with
// [Service.AddKey].
func (s *Service) Rotate(ctx context.Context, by vc.Caller, id string, algorithm vc.Algorithm) (vc.Identity, error) {
	return s.grow(ctx, by, id, algorithm, "", true)
}

func (s *Service) grow(ctx context.Context, by vc.Caller, id string, algorithm vc.Algorithm, methodType string, retire bool) (vc.Identity, error) {
	before, err := s.Get(ctx, by.Scope, id)
	if err != nil {
		return vc.Identity{}, err
	}
	rotator, err := s.rotator(before)
	if err != nil {
		return vc.Identity{}, err
	}
	if algorithm == "" {
		if newest, ok := newestActive(before); ok {
			algorithm = newest.Key.Algorithm
		}
		if newest, ok := Newest(before, acts); ok && retire {
			algorithm = newest.Key.Algorithm
		}
	}
	key, err := s.generate(ctx, before.Scope, "", algorithm)
	if err != nil {
		return vc.Identity{}, err
	}
	methodType, purposes, err := s.standing(before, key.Algorithm, methodType, retire)
	if err != nil {
		return vc.Identity{}, err
	}
	method, err := rotator.MethodID(before.DID, key)
	if err != nil {
		return vc.Identity{}, err
	}
	return s.change(ctx, by, before, func(rows Rows, identity *vc.Identity) (bool, error) {
		if !identity.DeactivatedAt.IsZero() {
			return false, deactivated()
		}
		if err := s.insertKey(rows, by, key); err != nil {
			return false, err
		}
		for i := range identity.Keys {
			if k := &identity.Keys[i]; retire && k.State == vc.KeyActive {
				if err := s.move(rows, by, *identity, k, vc.KeyRetired); err != nil {
					return false, err
				}
			}
		}
		bound := bind(*identity, key, method, s.now())
		bound.Type, bound.Purposes = methodType, purposes
		identity.Keys = append(identity.Keys, bound)
		return true, rows.Append(s.told(by, *identity, "identity.key-added", "kid="+method))
	})
}

// SetKeyState retires a key or marks it as compromised; method is its verification method, the fragment is enough.
// There is no way back: [vc.Conflict] "key-state". What is so already stays so.
//
// With a method that cannot rotate, the document stays as it is, and this server neither signs with the key nor,
// when it is compromised, trusts it. Where its documents are on a ledger, a compromised key signs no more here whatever the ledger
// says; the call is repeated until the ledger has it.
func (s *Service) SetKeyState(ctx context.Context, by vc.Caller, id, method string, state vc.KeyState) (vc.Identity, error) {
	if state != vc.KeyRetired && state != vc.KeyCompromised && state != vc.KeyActive {
		return vc.Identity{}, vc.Errorf(vc.Invalid, "key-state-unknown", "a key is retired or compromised").At("/state")
	}
	before, err := s.Get(ctx, by.Scope, id)
	if err != nil {
		return vc.Identity{}, err
	}
	change := s.change
	if state == vc.KeyCompromised {
		change = s.stop
	}
	return change(ctx, by, before, func(rows Rows, identity *vc.Identity) (bool, error) {
		k := find(identity.Keys, identity.DID, method)
		switch {
		case k == nil:
			return false, vc.Errorf(vc.NotFound, "key-not-found", "the identity has no such verification method")
		case k.State == state:
			return false, nil
		case state == vc.KeyActive, k.State == vc.KeyCompromised:
			return false, vc.Errorf(vc.Conflict, "key-state", "a %s key does not become %s", k.State, state).At("/state")
		}
		return true, s.move(rows, by, *identity, k, state)
	})
}

// Deactivate ends an identity: it signs no more, and where its method can say so its document has no keys. What is
// so already stays so. One that its client proves itself for ends by [Service.Register]: [vc.Conflict] "key-elsewhere".
func (s *Service) Deactivate(ctx context.Context, by vc.Caller, id string) (vc.Identity, error) {
	before, err := s.Get(ctx, by.Scope, id)
	if err != nil {
		return vc.Identity{}, err
	}
	if before.Use == vc.UseByClient && before.DeactivatedAt.IsZero() {
		return vc.Identity{}, vc.Errorf(vc.Conflict, "key-elsewhere", "whoever has the keys of this identity signs for its end")
	}
	return s.stop(ctx, by, before, s.ending(by))
}

// ending is the edit that deactivates.
func (s *Service) ending(by vc.Caller) edit {
	return func(rows Rows, identity *vc.Identity) (bool, error) {
		if !identity.DeactivatedAt.IsZero() {
			return false, nil
		}
		identity.DeactivatedAt = s.now()
		if rotator, ok := s.methods[identity.Method].(did.Rotator); ok && keysElsewhere(*identity) {
			var err error
			if identity.Document, err = rotator.Document(*identity); err != nil {
				return false, err
			}
		}
		return true, rows.Append(s.told(by, *identity, "identity.deactivated", ""))
	}
}

// change runs edit on the identity as it stands, in its own scope, and writes it with its new document when edit
// says that there was a change. Where another server changed it in between, it begins again. Where its document is on a ledger,
// the ledger comes first.
func (s *Service) change(ctx context.Context, by vc.Caller, before vc.Identity, edit edit) (after vc.Identity, err error) {
	if err := mayChange(by, before); err != nil {
		return vc.Identity{}, err
	}
	for range 5 {
		if recorder, ok := s.recorder(before); ok {
			after, err = s.changeOnLedger(ctx, by, recorder, before, edit)
		} else {
			err = s.config.Rows.Update(ctx, before.Scope, func(rows Rows) (err error) {
				after, err = s.changedRow(rows, by, before.ID, edit)
				return err
			})
		}
		if e, ok := errors.AsType[*vc.Error](err); !ok || e.Code != "stale" {
			break
		}
	}
	if err != nil {
		return vc.Identity{}, err
	}
	s.changed(after)
	return after, nil
}

// mayChange refuses an organisation what it sees and is its tenant's.
func mayChange(by vc.Caller, identity vc.Identity) error {
	if by.Scope.Organisation != "" && by.Scope != identity.Scope {
		return vc.Errorf(vc.Denied, "not-yours", "the identity belongs to the tenant, not to the organisation")
	}
	return nil
}

// edit changes an identity in a transaction and tells whether it did.
type edit func(Rows, *vc.Identity) (changed bool, err error)

func (s *Service) changedRow(rows Rows, by vc.Caller, id string, edit edit) (vc.Identity, error) {
	identity, err := rows.Identity(id)
	if err != nil {
		return vc.Identity{}, err
	}
	changed, err := edit(rows, &identity)
	if err != nil || !changed {
		return identity, err
	}
	// The document of keys that are elsewhere is whatever edit made of it.
	if rotator, ok := s.methods[identity.Method].(did.Rotator); ok && !keysElsewhere(identity) {
		if identity.Document, err = rotator.Document(identity); err != nil {
			return vc.Identity{}, err
		}
	}
	identity.Revision++
	identity.UpdatedBy = by.Principal
	identity.UpdatedAt = s.now()
	return identity, rows.UpdateIdentity(identity)
}

// move gives a key another state.
func (s *Service) move(rows Rows, by vc.Caller, identity vc.Identity, k *vc.IdentityKey, state vc.KeyState) error {
	k.State, k.ChangedAt = state, s.now()
	return rows.Append(s.told(by, identity, "identity.key-"+string(state), "kid="+k.Method))
}

// rotator gives the identity's method if its keys can change.
func (s *Service) rotator(identity vc.Identity) (did.Rotator, error) {
	if keysElsewhere(identity) {
		return nil, vc.Errorf(vc.Conflict, "key-elsewhere", "the keys of this identity are not here: whoever has them changes them")
	}
	rotator, ok := s.methods[identity.Method].(did.Rotator)
	if !ok {
		return nil, vc.Errorf(vc.Unsupported, "cannot-rotate", "a did:%s is its key: make a new identity instead", identity.Method)
	}
	if !identity.DeactivatedAt.IsZero() {
		return nil, deactivated()
	}
	return rotator, nil
}

// acts says whether a key is for more than assertions.
func acts(key vc.IdentityKey) bool { return len(key.Purposes) > 1 }

// find gives the key of a verification method, named by its id or its fragment, with or without "#".
func find(keys []vc.IdentityKey, didText, method string) *vc.IdentityKey {
	if !strings.HasPrefix(method, "did:") {
		method = didText + "#" + strings.TrimPrefix(method, "#")
	}
	for i := range keys {
		if keys[i].Method == method {
			return &keys[i]
		}
	}
	return nil
}

func deactivated() error {
	return vc.Errorf(vc.Conflict, "identity-deactivated", "the identity is deactivated")
}
