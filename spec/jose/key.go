package jose

import "crypto"

// PublicKey is a public key for signatures. Key is an ed25519.PublicKey, an *ecdsa.PublicKey (P-256, P-384) or a
// *secp256k1.PublicKey; Algorithm is the JWS "alg" that goes with it.
type PublicKey struct {
	Algorithm string
	Key       crypto.PublicKey
}
