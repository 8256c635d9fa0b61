package local

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Seal encrypts with AES-256-GCM under a key derived from the tenant's data key and salt: who has destroyed the
// salt has destroyed what it sealed. label is authenticated and not stored.
func (s *Store) Seal(ctx context.Context, tenant string, salt []byte, label string, plain []byte) ([]byte, error) {
	data, err := s.dataKey(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return seal(vaultKey(data, salt), plain, joined("chancery vault v1", tenant, label)), nil
}

// Open is the inverse of [Store.Seal]; [vc.Internal] "sealed-elsewhere" when tenant, salt or label is another, or
// the bytes were changed.
func (s *Store) Open(ctx context.Context, tenant string, salt []byte, label string, sealed []byte) ([]byte, error) {
	data, err := s.dataKey(ctx, tenant)
	if err != nil {
		return nil, err
	}
	plain, ok := unseal(vaultKey(data, salt), sealed, joined("chancery vault v1", tenant, label))
	if !ok {
		return nil, vc.Errorf(vc.Internal, "sealed-elsewhere", "what is sealed does not open for this tenant and place")
	}
	return plain, nil
}

// MAC is HMAC-SHA-256 under a key of the tenant and use, so that digests of one use or tenant say nothing in
// another.
func (s *Store) MAC(ctx context.Context, tenant, use string, data []byte) ([]byte, error) {
	key, err := s.dataKey(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return mac(mac(key.secret[:], joined("mac", use)), data), nil
}

// vaultKey is the AES key of one salt.
func vaultKey(data dataKey, salt []byte) []byte {
	return mac(data.secret[:], joined("seal", string(salt)))
}
