package local

import (
	"bytes"
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
	with := agreement{at: placeOf(key), peer: string(peer)}
	if shared, ok := s.agreed.Get(with); ok {
		return shared.secret(), nil
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
	kept := bytes.Clone(secret)
	s.agreed.Add(with, shared{secret: func() []byte { return bytes.Clone(kept) }})
	return secret, nil
}

// agreement is who shares a secret: a key, and a peer's. Of those that are for one message alone, most, there is never a second use:
// they leave what is used again where it is.
type agreement struct {
	at   place
	peer string
}

// shared is a secret. It is behind a function, as a private key is.
type shared struct {
	redacted
	secret func() []byte
}

func notAPeer() error {
	return vc.Errorf(vc.Invalid, "peer-key-invalid", "the peer's key is no X25519 public key of 32 bytes, or one of low order")
}
