package local

import (
	"context"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Seal encrypts with AES-256-GCM under a key derived from the tenant's data key and salt: who has destroyed the
// salt has destroyed what it sealed. label is authenticated and not stored.
func (s *Store) Seal(ctx context.Context, tenant string, salt []byte, label string, plain []byte) ([]byte, error) {
	v, err := s.Tenant(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return v.Seal(salt, label, plain), nil
}

// Open is the inverse of [Store.Seal]; [vc.Internal] "sealed-elsewhere" when tenant, salt or label is another, or
// the bytes were changed.
func (s *Store) Open(ctx context.Context, tenant string, salt []byte, label string, sealed []byte) ([]byte, error) {
	v, err := s.Tenant(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return v.Open(salt, label, sealed)
}

// MAC is HMAC-SHA-256 under a key of the tenant and use, so that digests of one use or tenant say nothing in
// another.
func (s *Store) MAC(ctx context.Context, tenant, use string, data []byte) ([]byte, error) {
	v, err := s.Tenant(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return v.MAC(use, data), nil
}

// Tenant gives what seals a tenant's things; see [keys.Tenants].
func (s *Store) Tenant(ctx context.Context, tenant string) (keys.TenantVault, error) {
	data, err := s.dataKey(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return tenantVault{tenant: tenant, secret: func() []byte { return data.secret[:] }}, nil
}

// tenantVault is the data key of one tenant, in use. The key is behind a function as in [private].
type tenantVault struct {
	redacted
	tenant string
	secret func() []byte
}

// Seal is [Store.Seal] for the tenant.
func (v tenantVault) Seal(salt []byte, label string, plain []byte) []byte {
	return seal(v.key(salt), plain, v.bound(label))
}

// Open is [Store.Open] for the tenant.
func (v tenantVault) Open(salt []byte, label string, sealed []byte) ([]byte, error) {
	plain, ok := unseal(v.key(salt), sealed, v.bound(label))
	if !ok {
		return nil, vc.Errorf(vc.Internal, "sealed-elsewhere", "what is sealed does not open for this tenant and place")
	}
	return plain, nil
}

// MAC is [Store.MAC] for the tenant.
func (v tenantVault) MAC(use string, data []byte) []byte {
	return mac(mac(v.secret(), joined("mac", use)), data)
}

// key is the AES key of one salt.
func (v tenantVault) key(salt []byte) []byte {
	return mac(v.secret(), joined("seal", string(salt)))
}

func (v tenantVault) bound(label string) []byte {
	return joined("chancery vault v1", v.tenant, label)
}
