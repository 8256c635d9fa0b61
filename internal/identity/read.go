package identity

import (
	"context"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// Get finds an identity by its id or its DID; [vc.NotFound] "identity-not-found".
func (s *Service) Get(ctx context.Context, scope vc.Scope, idOrDID string) (identity vc.Identity, err error) {
	err = s.config.Rows.View(ctx, scope, func(rows Rows) error {
		identity, err = row(rows, idOrDID)
		return err
	})
	return identity, err
}

// List lists the identities of a scope; archived ones are those deactivated.
func (s *Service) List(ctx context.Context, scope vc.Scope, query vc.ListQuery) (identities []vc.Identity, err error) {
	err = s.config.Rows.View(ctx, scope, func(rows Rows) error {
		identities, err = rows.Identities(query)
		return err
	})
	return identities, err
}

// Page gives a page of what [Service.List] lists, and how many there are in all; both are of one moment.
func (s *Service) Page(ctx context.Context, scope vc.Scope, query vc.ListQuery) (identities []vc.Identity, total int, err error) {
	err = s.config.Rows.View(ctx, scope, func(rows Rows) (err error) {
		if identities, err = rows.Identities(query); err == nil {
			total, err = rows.CountIdentities(query)
		}
		return err
	})
	return identities, total, err
}

// Keys lists the keys of a scope.
func (s *Service) Keys(ctx context.Context, scope vc.Scope, query vc.ListQuery) (keys []vc.Key, err error) {
	err = s.config.Rows.View(ctx, scope, func(rows Rows) error {
		keys, err = rows.Keys(query)
		return err
	})
	return keys, err
}

// signingPlace is a question to SigningKey, signer its answer.
type signingPlace struct {
	scope          vc.Scope
	issuer, method string
}

type signer struct {
	identity vc.Identity
	key      vc.IdentityKey
}

// SigningKey gives the identity and the key that sign for issuer: a DID, an identity id, or "" for the only active
// identity of the scope ([vc.Invalid] "issuer-ambiguous" when there are several, "no-identity" when there is none).
// method names a verification method of it, by its id or its fragment; "" is the newest active one with
// assertionMethod. A key that may not sign is a [vc.Conflict]: "key-retired", "key-compromised", "key-purpose"; so
// are "no-active-key" and "identity-deactivated". A DID that is not ours is [vc.NotFound] "identity-not-found", one that
// is and whose keys are not here "key-elsewhere", a method it does not have "key-not-found". A wallet's is as one that is not ours.
//
// What it gives is shared and must not be changed. It is at most one second stale, and not at all where the change
// was made on this server.
func (s *Service) SigningKey(ctx context.Context, scope vc.Scope, issuer, method string) (vc.Identity, vc.IdentityKey, error) {
	place := signingPlace{scope, issuer, method}
	if known, ok := s.signing.get(place); ok {
		return known.identity, known.key, nil
	}
	generation := s.signing.generation()
	var identity vc.Identity
	err := s.config.Rows.View(ctx, scope, func(rows Rows) (err error) {
		if issuer == "" {
			identity, err = onlyOne(rows, scope)
		} else {
			identity, err = row(rows, issuer)
		}
		return err
	})
	if err != nil {
		return vc.Identity{}, vc.IdentityKey{}, err
	}
	key, err := choose(identity, method)
	if err != nil {
		return vc.Identity{}, vc.IdentityKey{}, err
	}
	s.signing.put(place, signer{identity, key}, stale, generation)
	return identity, key, nil
}

// row finds an identity by id or DID.
func row(rows Rows, idOrDID string) (vc.Identity, error) {
	find := rows.Identity
	if strings.HasPrefix(idOrDID, "did:") {
		find = rows.IdentityByDID
	}
	identity, err := find(idOrDID)
	if vc.KindOf(err) == vc.NotFound {
		err = vc.Errorf(vc.NotFound, "identity-not-found", "there is no such identity here").Because(err)
	}
	return identity, err
}

// onlyOne gives the one active identity of a scope that issues. An organisation's own goes before its tenant's.
func onlyOne(rows Rows, scope vc.Scope) (vc.Identity, error) {
	var own, others []vc.Identity
	err := issuing(rows, func(identity vc.Identity) bool {
		if identity.Scope == scope {
			own = append(own, identity)
		} else if len(others) < 2 {
			others = append(others, identity)
		}
		return len(own) < 2
	})
	if err != nil {
		return vc.Identity{}, err
	}
	candidates := own
	if len(candidates) == 0 {
		candidates = others
	}
	switch len(candidates) {
	case 0:
		return vc.Identity{}, noIdentity()
	case 1:
		return candidates[0], nil
	}
	return vc.Identity{}, vc.Errorf(vc.Invalid, "issuer-ambiguous", "there are several identities: say which one issues").At("/issuer")
}

// choose gives the key that signs.
func choose(identity vc.Identity, method string) (vc.IdentityKey, error) {
	if identity.Use == vc.UseHolding {
		return vc.IdentityKey{}, notHere() // who holds signs no credential
	}
	if !identity.DeactivatedAt.IsZero() {
		return vc.IdentityKey{}, deactivated()
	}
	if identity.Use == vc.UseElsewhere || identity.Use == vc.UseByClient {
		return vc.IdentityKey{}, vc.Errorf(vc.NotFound, "key-elsewhere", "the keys of this identity are not here: what it signs is signed elsewhere")
	}
	if method == "" {
		key, ok := newestActive(identity)
		if !ok {
			return vc.IdentityKey{}, vc.Errorf(vc.Conflict, "no-active-key", "the identity has no active key that signs credentials")
		}
		return key, nil
	}
	key := find(identity.Keys, identity.DID, method)
	switch {
	case key == nil:
		return vc.IdentityKey{}, vc.Errorf(vc.NotFound, "key-not-found", "the identity has no such verification method")
	case key.State == vc.KeyCompromised:
		return vc.IdentityKey{}, vc.Errorf(vc.Conflict, "key-compromised", "the key is marked as compromised and signs no more")
	case key.State != vc.KeyActive:
		return vc.IdentityKey{}, vc.Errorf(vc.Conflict, "key-retired", "the key is retired and signs no more")
	case !slices.Contains(key.Purposes, string(diddoc.AssertionMethod)):
		return vc.IdentityKey{}, vc.Errorf(vc.Conflict, "key-purpose", "the key is no assertion method")
	}
	return *key, nil
}

// newestActive gives the active assertion key that was added last; of several added together the first.
func newestActive(identity vc.Identity) (vc.IdentityKey, bool) {
	return Newest(identity, func(vc.IdentityKey) bool { return true })
}

// Newest gives the active assertion key that was added last among those that fit; of several added together the first.
func Newest(identity vc.Identity, fits func(vc.IdentityKey) bool) (vc.IdentityKey, bool) {
	return newestFor(identity, diddoc.AssertionMethod, fits)
}

func newestFor(identity vc.Identity, purpose diddoc.Relationship, fits func(vc.IdentityKey) bool) (vc.IdentityKey, bool) {
	var newest vc.IdentityKey
	found := false
	for _, key := range identity.Keys {
		if key.State != vc.KeyActive || !slices.Contains(key.Purposes, string(purpose)) || !fits(key) {
			continue
		}
		later := key.AddedAt.After(newest.AddedAt)
		together := key.AddedAt.Equal(newest.AddedAt) && key.Key.ID < newest.Key.ID // ids are in the order they were made
		if !found || later || together {
			newest, found = key, true
		}
	}
	return newest, found
}
