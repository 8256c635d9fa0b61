package identity

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
)

var errNotBuilt = vc.Errorf(vc.Unsupported, "not-built", "this is not built yet")

// Foremost gives the identity that speaks for a scope.
func (s *Service) Foremost(ctx context.Context, scope vc.Scope, method string) (vc.Identity, error) {
	return vc.Identity{}, errNotBuilt
}

// HoldingKey is [Service.AuthenticationKey] of a wallet's identity.
func (s *Service) HoldingKey(ctx context.Context, scope vc.Scope, who, method string) (vc.Identity, vc.IdentityKey, error) {
	return vc.Identity{}, vc.IdentityKey{}, errNotBuilt
}

// Address gives the address of an identity's first secp256k1 key.
func (s *Service) Address(ctx context.Context, scope vc.Scope, identity string) (string, error) {
	return "", errNotBuilt
}

// Certify gives the document of a DID that nobody has where one of the keys proves it.
func (s *Service) Certify(did string, keys []jose.PublicKey) (diddoc.Document, bool) {
	return diddoc.Document{}, false
}
