package identity

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// HoldingKey is [Service.AuthenticationKey] of an identity of a wallet or an agent, and of no other: who holds does not prove to be
// who issues, but where an agent has one DID for both. NotFound "identity-not-found" for any other.
func (s *Service) HoldingKey(ctx context.Context, scope vc.Scope, who, method string) (vc.Identity, vc.IdentityKey, error) {
	identity, key, err := s.AuthenticationKey(ctx, scope, who, method)
	if err == nil && !identity.Use.Holds() {
		err = notHere()
	}
	if err != nil {
		return vc.Identity{}, vc.IdentityKey{}, err
	}
	return identity, key, nil
}

func notHere() error {
	return vc.Errorf(vc.NotFound, "identity-not-found", "there is no such identity here")
}
