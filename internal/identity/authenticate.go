package identity

import (
	"context"
	"slices"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// AuthenticationKey gives the identity and the key that prove who is there (DID Core §5.3.1): of an identity's id or DID,
// and of a verification method by its id or its fragment; "" is the newest active one for authentication. Errors are those
// of [Service.SigningKey].
func (s *Service) AuthenticationKey(ctx context.Context, scope vc.Scope, who, method string) (vc.Identity, vc.IdentityKey, error) {
	identity, err := s.Get(ctx, scope, who)
	if err != nil {
		return vc.Identity{}, vc.IdentityKey{}, err
	}
	switch {
	case identity.Use == vc.UsePublisher:
		return vc.Identity{}, vc.IdentityKey{}, notHere()
	case !identity.Use.Issues() && !identity.Use.Holds():
		return vc.Identity{}, vc.IdentityKey{}, vc.Errorf(vc.NotFound, "key-elsewhere", "the keys of this identity are not here")
	case !identity.DeactivatedAt.IsZero():
		return vc.Identity{}, vc.IdentityKey{}, deactivated()
	}
	proves := func(key vc.IdentityKey) bool { return slices.Contains(key.Purposes, string(diddoc.Authentication)) }
	if method != "" {
		key := find(identity.Keys, identity.DID, method)
		switch {
		case key == nil:
			return vc.Identity{}, vc.IdentityKey{}, vc.Errorf(vc.NotFound, "key-not-found", "the identity has no such verification method")
		case key.State != vc.KeyActive:
			return vc.Identity{}, vc.IdentityKey{}, vc.Errorf(vc.Conflict, "key-"+string(key.State), "the key is marked as %s and signs no more", key.State)
		case !proves(*key):
			return vc.Identity{}, vc.IdentityKey{}, vc.Errorf(vc.Conflict, "key-purpose", "the key is not for authentication")
		}
		return identity, *key, nil
	}
	newest, found := newestFor(identity, diddoc.Authentication, func(vc.IdentityKey) bool { return true })
	if !found {
		return vc.Identity{}, vc.IdentityKey{}, vc.Errorf(vc.Conflict, "no-active-key", "the identity has no active key for authentication")
	}
	return identity, newest, nil
}

// NewestProving is [Newest] of the keys for authentication.
func NewestProving(identity vc.Identity, fits func(vc.IdentityKey) bool) (vc.IdentityKey, bool) {
	return newestFor(identity, diddoc.Authentication, fits)
}
