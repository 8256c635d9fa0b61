package jose

import "crypto"

// Verify checks a signature in its JOSE form over input, with the one algorithm the key names. It fails with an *Error:
// CodeAlgorithm for a key that names another, CodeSignature.
func Verify(key PublicKey, input, signature []byte) error { return nil }

// Sign gives the JOSE form of a signature: the 64 bytes of EdDSA, r‖s of ECDSA. Equal keys and inputs give equal
// signatures (RFC 6979). It fails with an *Error: CodeAlgorithm where alg is not the key's.
func Sign(private crypto.PrivateKey, alg string, input []byte) ([]byte, error) { return nil, nil }

// Public is the public half of a private key of [ParsePrivateJWK].
func Public(private crypto.PrivateKey) (PublicKey, error) { return PublicKey{}, nil }
