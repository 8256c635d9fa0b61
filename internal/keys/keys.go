// Package keys is the seam to key stores: where private keys live and sign.
//
//	identity ── Generate ──> vc.Key (public half, sealed half) ──> a row of the caller's transaction
//	issuer ──── Sign(key, input) ──> signature; the private half never leaves the store
package keys

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Store makes keys and signs with them. It keeps no rows: what it needs to find or open a private key is in the
// key's Sealed bytes.
//
// Generate fails with [vc.Unsupported] for an algorithm the store has not. Sign gives the signature in its JOSE
// form (RFC 7518 §3.4: r‖s for ECDSA, RFC 8037: the 64 bytes of EdDSA) over input, hashing it as the algorithm
// says; equal keys and inputs give equal signatures where the store can. It fails with [vc.Unavailable] when the
// store cannot be reached and [vc.Internal] when the key was not sealed by it.
type Store interface {
	Generate(ctx context.Context, scope vc.Scope, algorithm vc.Algorithm) (vc.Key, error)
	Sign(ctx context.Context, key vc.Key, input []byte) ([]byte, error)
}

// Vault is what else a store with a master key can do: seal what belongs to a tenant, and give keyed digests.
//
// Seal encrypts under a key of the tenant and salt: who has destroyed the salt cannot open it any more. label is
// authenticated. MAC is HMAC-SHA-256 under a key of the tenant for that use.
type Vault interface {
	Seal(ctx context.Context, tenant string, salt []byte, label string, plain []byte) ([]byte, error)
	Open(ctx context.Context, tenant string, salt []byte, label string, sealed []byte) ([]byte, error)
	MAC(ctx context.Context, tenant, use string, data []byte) ([]byte, error)
}

// Importer is a store that takes a private key from outside, as a private JWK.
type Importer interface {
	Import(ctx context.Context, scope vc.Scope, privateJWK []byte) (vc.Key, error)
}

// Agreer is a store whose keys agree on secrets with others. Agree gives the X25519 shared secret (RFC 7748 §6.1) of
// the X25519 half of an [vc.Ed25519] key, which is the clamped first half of the SHA-512 of its seed (RFC 8032
// §5.1.5), and a peer's u-coordinate of 32 bytes. The secret leaves the store: it is for one envelope.
//
// It fails with [vc.Unsupported] for a key of another algorithm, [vc.Invalid] "peer-key-invalid" for what is no
// u-coordinate, and for a point of low order, and with [vc.Unavailable] and [vc.Internal] as Sign does.
type Agreer interface {
	Agree(ctx context.Context, key vc.Key, peer []byte) ([]byte, error)
}

// Tenants is a vault that hands out what it seals a tenant's things with, for use where the vault itself may not be
// asked: inside a transaction, since the first use of a tenant writes its data key. It fails as Seal does.
type Tenants interface {
	Tenant(ctx context.Context, tenant string) (TenantVault, error)
}

// TenantVault seals for one tenant as its [Vault] does: what one seals the other opens, and their digests are equal.
// It holds the tenant's key in memory and touches no rows. It is for one act, and dropped after it.
type TenantVault interface {
	Seal(salt []byte, label string, plain []byte) []byte
	Open(salt []byte, label string, sealed []byte) ([]byte, error)
	MAC(use string, data []byte) []byte
}
