package jose

import "crypto"

// The JWS algorithms of this package.
const (
	EdDSA  = "EdDSA"
	ES256  = "ES256"
	ES384  = "ES384"
	ES256K = "ES256K"
)

// PublicKey is a public key for signatures. Key is an ed25519.PublicKey, an *ecdsa.PublicKey (P-256, P-384) or a
// *secp256k1.PublicKey; Algorithm is the JWS "alg" that goes with it.
type PublicKey struct {
	Algorithm string
	Key       crypto.PublicKey
}

// NewPublicKey gives the key with the one algorithm that goes with it. It fails with an *Error (CodeKey) for a key of
// another kind or curve.
func NewPublicKey(key crypto.PublicKey) (PublicKey, error) { return PublicKey{}, nil }

// ParseJWK reads a public JWK: OKP Ed25519, EC P-256, P-384 or secp256k1. It fails with an *Error (CodeKey) for another
// key, a point off the curve, and a JWK with a private member.
func ParseJWK(raw []byte) (PublicKey, error) { return PublicKey{}, nil }

// JWK is the key's JWK with its required members alone, in the order of RFC 7638 §3.3; nil for no key.
func (k PublicKey) JWK() []byte { return nil }

// Thumbprint is base64url of the SHA-256 thumbprint of RFC 7638; "" for no key.
func (k PublicKey) Thumbprint() string { return "" }

// Equal says whether both are the same key with the same algorithm.
func (k PublicKey) Equal(other PublicKey) bool { return false }

// ParsePrivateJWK reads a private JWK. The private key is an ed25519.PrivateKey, *ecdsa.PrivateKey or
// *secp256k1.PrivateKey, and is what [Sign] takes. It fails as [ParseJWK] does, and when the halves do not match.
func ParsePrivateJWK(raw []byte) (PublicKey, crypto.PrivateKey, error) { return PublicKey{}, nil, nil }
