package multikey

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"slices"

	"filippo.io/edwards25519"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/chancery-vc/chancery/spec/jose"
)

// EncodeRaw gives the bytes of a key and its code: 32 bytes of Ed25519, the compressed point of ECDSA (SEC 1 §2.3.3).
func EncodeRaw(key jose.PublicKey) (code uint64, raw []byte, err error) {
	switch k := key.Key.(type) {
	case ed25519.PublicKey:
		if len(k) == ed25519.PublicKeySize {
			return CodeEd25519, k, nil
		}
	case *ecdsa.PublicKey:
		point, err := k.Bytes()
		if err != nil {
			break
		}
		switch k.Curve {
		case elliptic.P256():
			return CodeP256, compress(point), nil
		case elliptic.P384():
			return CodeP384, compress(point), nil
		}
	case *secp256k1.PublicKey:
		return CodeSecp256k1, k.SerializeCompressed(), nil
	}
	return 0, nil, &Error{Message: "a key of another kind"}
}

// DecodeRaw is the inverse of [EncodeRaw].
func DecodeRaw(code uint64, raw []byte) (jose.PublicKey, error) {
	switch code {
	case CodeEd25519:
		if len(raw) != ed25519.PublicKeySize {
			return jose.PublicKey{}, &Error{Message: "an Ed25519 key has 32 bytes"}
		}
		return jose.NewPublicKey(ed25519.PublicKey(raw))
	case CodeSecp256k1:
		if len(raw) != secp256k1.PubKeyBytesLenCompressed {
			return jose.PublicKey{}, &Error{Message: "no compressed point"}
		}
		key, err := secp256k1.ParsePubKey(raw)
		if err != nil {
			return jose.PublicKey{}, &Error{Message: "the point is not on the curve"}
		}
		return jose.NewPublicKey(key)
	}
	key, err := decodeECDSA(code, raw)
	if err != nil {
		return jose.PublicKey{}, err
	}
	return jose.NewPublicKey(key)
}

func decodeECDSA(code uint64, raw []byte) (*ecdsa.PublicKey, error) {
	var curve elliptic.Curve
	switch code {
	case CodeP256:
		curve = elliptic.P256()
	case CodeP384:
		curve = elliptic.P384()
	default:
		return nil, &Error{Message: "a key of another kind"}
	}
	size := (curve.Params().BitSize + 7) / 8
	if len(raw) != 1+size {
		return nil, &Error{Message: "no compressed point"}
	}
	x, y := elliptic.UnmarshalCompressed(curve, raw)
	if x == nil {
		return nil, &Error{Message: "the point is not on the curve"}
	}
	point := make([]byte, 1+2*size)
	point[0] = 4
	x.FillBytes(point[1 : 1+size])
	y.FillBytes(point[1+size:])
	key, err := ecdsa.ParseUncompressedPublicKey(curve, point)
	if err != nil {
		return nil, &Error{Message: "the point is not on the curve"}
	}
	return key, nil
}

// compress gives the compressed form of an uncompressed point: SEC 1 §2.3.3.
func compress(point []byte) []byte {
	short := slices.Clone(point[:1+len(point)/2])
	short[0] = 2 | point[len(point)-1]&1
	return short
}

// X25519FromEd25519 is the X25519 public key of an Ed25519 public key: RFC 7748 §4.1, u = (1+y)/(1-y). It fails with a
// *jose.Error for what is no Ed25519 key, or a weak one.
func X25519FromEd25519(public []byte) ([]byte, error) {
	if _, err := jose.NewPublicKey(ed25519.PublicKey(public)); err != nil {
		return nil, err
	}
	point, err := new(edwards25519.Point).SetBytes(public)
	if err != nil {
		return nil, err
	}
	return point.BytesMontgomery(), nil
}
