package jose

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// The JWS algorithms of this package: RFC 8037 §3.1, RFC 7518 §3.4, RFC 8812 §3.2.
const (
	EdDSA  = "EdDSA"
	ES256  = "ES256"
	ES384  = "ES384"
	ES256K = "ES256K"
)

// The curves of JWKs, RFC 7518 §6.2.1.1, RFC 8037 §2, RFC 8812 §3.1.
const (
	crvEd25519   = "Ed25519"
	crvX25519    = "X25519"
	crvP256      = "P-256"
	crvP384      = "P-384"
	crvSecp256k1 = "secp256k1"
)

// PublicKey is a public key for signatures. Key is an ed25519.PublicKey, an *ecdsa.PublicKey (P-256, P-384) or a
// *secp256k1.PublicKey; Algorithm is the JWS "alg" that goes with it. [NewPublicKey] and the parsers give checked ones.
type PublicKey struct {
	Algorithm string
	Key       crypto.PublicKey
}

// NewPublicKey gives the key with the one algorithm that goes with it. It fails with an *Error (CodeKey) for a key of
// another kind or curve, and an Ed25519 key that is no point or one of the eight weak ones.
func NewPublicKey(key crypto.PublicKey) (PublicKey, error) {
	switch k := key.(type) {
	case ed25519.PublicKey:
		if err := checkEd25519(k); err != nil {
			return PublicKey{}, err
		}
	case *ecdsa.PublicKey:
		if k == nil || k.Curve == nil {
			return PublicKey{}, &Error{Code: CodeKey, Message: "no key"}
		}
		if _, err := k.Bytes(); err != nil {
			return PublicKey{}, &Error{Code: CodeKey, Message: "the point is not on the curve"}
		}
	case *secp256k1.PublicKey:
		if k == nil || !k.IsOnCurve() {
			return PublicKey{}, &Error{Code: CodeKey, Message: "the point is not on the curve"}
		}
	}
	algorithm := algorithmOf(key)
	if algorithm == "" {
		return PublicKey{}, &Error{Code: CodeKey, Message: "a key of another kind or curve"}
	}
	return PublicKey{Algorithm: algorithm, Key: key}, nil
}

// algorithmOf is the one algorithm of a key, "" for a key of another kind.
func algorithmOf(key crypto.PublicKey) string {
	switch k := key.(type) {
	case ed25519.PublicKey:
		return EdDSA
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			return ES256
		case elliptic.P384():
			return ES384
		}
	case *secp256k1.PublicKey:
		return ES256K
	}
	return ""
}

// Accepts says whether a header's "alg" may go with this key: the key's own, or for EdDSA the fully-specified "Ed25519"
// of RFC 9864 §2.2.
func (k PublicKey) Accepts(alg string) bool {
	return alg != "" && (alg == k.Algorithm || alg == crvEd25519 && k.Algorithm == EdDSA)
}

// JWK is the key's JWK with its required members alone, in the order of RFC 7638 §3.3; nil for no key.
func (k PublicKey) JWK() []byte {
	switch key := k.Key.(type) {
	case ed25519.PublicKey:
		return appendJWK("OKP", crvEd25519, key, nil)
	case *ecdsa.PublicKey:
		point, err := key.Bytes()
		if err != nil {
			return nil
		}
		half := len(point) / 2
		return appendJWK("EC", key.Curve.Params().Name, point[1:half+1], point[half+1:])
	case *secp256k1.PublicKey:
		point := key.SerializeUncompressed()
		return appendJWK("EC", crvSecp256k1, point[1:33], point[33:])
	}
	return nil
}

func appendJWK(kty, crv string, x, y []byte) []byte {
	jwk := make([]byte, 0, 192)
	jwk = append(jwk, `{"crv":"`+crv+`","kty":"`+kty+`","x":"`...)
	jwk = base64.RawURLEncoding.AppendEncode(jwk, x)
	if y != nil {
		jwk = append(jwk, `","y":"`...)
		jwk = base64.RawURLEncoding.AppendEncode(jwk, y)
	}
	return append(jwk, `"}`...)
}

// Thumbprint is base64url of the SHA-256 thumbprint of RFC 7638; "" for no key.
func (k PublicKey) Thumbprint() string {
	jwk := k.JWK()
	if jwk == nil {
		return ""
	}
	sum := sha256.Sum256(jwk)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Equal says whether both are the same key with the same algorithm. No key equals none.
func (k PublicKey) Equal(other PublicKey) bool {
	jwk := k.JWK()
	return jwk != nil && k.Algorithm == other.Algorithm && bytes.Equal(jwk, other.JWK())
}
