package cheqd

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/mr-tron/base58"

	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/multikey"
)

// publicKey is the method's key; its errors are in the ledger's words. Three types are on the ledger, and of JWKs
// Ed25519, the NIST curves and RSA: x/did/types/diddoc_verification_method.go, x/did/utils/crypto.go.
func (m VerificationMethod) publicKey() (crypto.PublicKey, error) {
	switch m.Type {
	case diddoc.Ed25519VerificationKey2020:
		code, raw, err := multikey.Split(m.Material)
		if err != nil {
			return nil, errors.New("selected encoding not supported")
		}
		if code != multikey.CodeEd25519 {
			return nil, errors.New("invalid two-byte prefix for Ed25519VerificationKey2020. expected: 0xed01")
		}
		return ed25519Key(raw)
	case diddoc.Ed25519VerificationKey2018:
		if len(m.Material) > 128 {
			return nil, errors.New("ed25519: bad public key length")
		}
		raw, err := base58.Decode(m.Material)
		if err != nil {
			return nil, err
		}
		return ed25519Key(raw)
	case diddoc.JSONWebKey2020:
		return parseJWK([]byte(m.Material))
	}
	return nil, errors.New("must be a valid value")
}

func ed25519Key(raw []byte) (crypto.PublicKey, error) {
	if len(raw) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("ed25519: bad public key length: %d", len(raw))
	}
	if _, err := multikey.DecodeRaw(multikey.CodeEd25519, raw); err != nil {
		return nil, errors.New("edwards25519: invalid point encoding")
	}
	return ed25519.PublicKey(raw), nil
}

type jwk struct {
	Kty string         `json:"kty"`
	Crv string         `json:"crv"`
	X   string         `json:"x"`
	Y   string         `json:"y"`
	N   string         `json:"n"`
	E   string         `json:"e"`
	D   jsontext.Value `json:"d"`
}

func parseJWK(text []byte) (crypto.PublicKey, error) {
	var k jwk
	if err := json.Unmarshal(text, &k); err != nil {
		return nil, errors.New("can't parse jwk: failed to unmarshal JSON into key hint")
	}
	if len(k.D) > 0 {
		return nil, errors.New("unsupported jwk type: PrivateKey. supported types are: rsa/pub, ecdsa/pub, ed25519/pub")
	}
	switch k.Kty {
	case "EC":
		return ecKey(k)
	case "OKP":
		if k.Crv != "Ed25519" {
			return nil, errors.New("unsupported jwk type: PublicKey. supported types are: rsa/pub, ecdsa/pub, ed25519/pub")
		}
		raw, err := base64.RawURLEncoding.DecodeString(k.X)
		if err != nil {
			return nil, errors.New("can't parse jwk: invalid x")
		}
		return ed25519Key(raw)
	case "RSA":
		return rsaKey(k)
	}
	return nil, fmt.Errorf("can't parse jwk: invalid key type from JSON (%s)", k.Kty)
}

func ecKey(k jwk) (crypto.PublicKey, error) {
	var curve elliptic.Curve
	switch k.Crv {
	case "P-256":
		curve = elliptic.P256()
	case "P-384":
		curve = elliptic.P384()
	case "P-521":
		curve = elliptic.P521()
	default:
		return nil, fmt.Errorf("can't parse jwk: invalid curve algorithm %s", k.Crv)
	}
	size := (curve.Params().BitSize + 7) / 8
	x, errX := base64.RawURLEncoding.DecodeString(k.X)
	y, errY := base64.RawURLEncoding.DecodeString(k.Y)
	if errX != nil || errY != nil || len(x) > size || len(y) > size {
		return nil, errors.New("can't parse jwk: invalid coordinates")
	}
	point := make([]byte, 1+2*size)
	point[0] = 4
	copy(point[1+size-len(x):], x)
	copy(point[1+2*size-len(y):], y)
	key, err := ecdsa.ParseUncompressedPublicKey(curve, point)
	if err != nil {
		return nil, errors.New("can't parse jwk: the point is not on the curve")
	}
	return key, nil
}

func rsaKey(k jwk) (crypto.PublicKey, error) {
	n, errN := base64.RawURLEncoding.DecodeString(k.N)
	e, errE := base64.RawURLEncoding.DecodeString(k.E)
	exponent := new(big.Int).SetBytes(e)
	if errN != nil || errE != nil || len(n) < 128 || len(n) > 1024 || !exponent.IsInt64() || exponent.Int64() < 3 || exponent.Int64() > 1<<31-1 {
		return nil, errors.New("can't parse jwk: invalid modulus or exponent")
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())}, nil
}

// Verify checks a signature over sign bytes as the ledger does: Ed25519 raw; ECDSA in ASN.1 over SHA-256, for P-384 too;
// RSA as PSS over SHA-256.
func (m VerificationMethod) Verify(signBytes, signature []byte) error {
	key, err := m.publicKey()
	if err != nil {
		return err
	}
	sum := sha256.Sum256(signBytes)
	switch key := key.(type) {
	case ed25519.PublicKey:
		if !ed25519.Verify(key, signBytes, signature) {
			return errors.New("invalid ed25519 signature")
		}
	case *ecdsa.PublicKey:
		if !ecdsa.VerifyASN1(key, sum[:], signature) {
			return errors.New("invalid ecdsa signature")
		}
	case *rsa.PublicKey:
		return rsa.VerifyPSS(key, crypto.SHA256, sum[:], signature, nil)
	}
	return nil
}
