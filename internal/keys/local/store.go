package local

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Store is the local key store.
type Store struct {
	redacted
	master MasterKeys
}

// New makes a Store.
func New(config Config) (*Store, error) { return &Store{master: config.Master}, nil }

// Generate makes a key pair.
func (s *Store) Generate(ctx context.Context, scope vc.Scope, algorithm vc.Algorithm) (vc.Key, error) {
	return vc.Key{}, nil
}

// Import takes a private JWK.
func (s *Store) Import(ctx context.Context, scope vc.Scope, privateJWK []byte) (vc.Key, error) {
	return vc.Key{}, nil
}

// Sign signs.
func (s *Store) Sign(ctx context.Context, key vc.Key, input []byte) ([]byte, error) { return nil, nil }

// Seal seals.
func (s *Store) Seal(ctx context.Context, tenant string, salt []byte, label string, plain []byte) ([]byte, error) {
	return nil, nil
}

// Open opens.
func (s *Store) Open(ctx context.Context, tenant string, salt []byte, label string, sealed []byte) ([]byte, error) {
	return nil, nil
}

// MAC is a keyed digest.
func (s *Store) MAC(ctx context.Context, tenant, use string, data []byte) ([]byte, error) {
	return nil, nil
}

// Rewrap seals again, under the current master key, every data key that is under another; it gives their number.
func (s *Store) Rewrap(ctx context.Context) (n int, err error) { return 0, nil }
