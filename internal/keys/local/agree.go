package local

import (
	"context"
	"crypto/ecdh"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Agree gives the X25519 secret that a key shares with a peer's; see [keys.Agreer].
func (s *Store) Agree(ctx context.Context, key vc.Key, peer []byte) ([]byte, error) {
	k, err := s.open(ctx, key)
	if err != nil {
		return nil, err
	}
	if k.agreement == nil {
		return nil, vc.Errorf(vc.Unsupported, "algorithm-not-supported", "only an Ed25519 key agrees on secrets")
	}
	private, err := k.agreement()
	if err != nil {
		return nil, vc.Errorf(vc.Internal, "key-broken", "an Ed25519 key has no X25519 half").Because(err)
	}
	// The point of a wrong length, and of low order (RFC 7748 §6.1), are the caller's.
	public, err := ecdh.X25519().NewPublicKey(peer)
	if err != nil {
		return nil, notAPeer()
	}
	secret, err := private.ECDH(public)
	if err != nil {
		return nil, notAPeer()
	}
	return secret, nil
}

func notAPeer() error {
	return vc.Errorf(vc.Invalid, "peer-key-invalid", "the peer's key is no X25519 public key of 32 bytes, or one of low order")
}
