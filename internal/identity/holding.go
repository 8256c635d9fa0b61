package identity

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// HoldingKey is [Service.AuthenticationKey] of a wallet's identity, and of no other: who holds does not prove to be who issues.
// NotFound "identity-not-found" for one that is no wallet's.
func (s *Service) HoldingKey(ctx context.Context, scope vc.Scope, who, method string) (vc.Identity, vc.IdentityKey, error) {
	identity, key, err := s.AuthenticationKey(ctx, scope, who, method)
	if err == nil && identity.Use != vc.UseHolding {
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
