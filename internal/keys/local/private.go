package local

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"sync"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// private is an opened private key: an ed25519.PrivateKey, *ecdsa.PrivateKey or *secp256k1.PrivateKey. It is behind
// a function, since a printer that meets it in another struct's unexported field asks no method of it.
type private struct {
	redacted
	algorithm vc.Algorithm
	key       func() crypto.PrivateKey
	agreement func() (*ecdh.PrivateKey, error) // the X25519 half, derived once; nil of other than Ed25519
}

func hold(algorithm vc.Algorithm, key crypto.PrivateKey) private {
	k := private{algorithm: algorithm, key: func() crypto.PrivateKey { return key }}
	if ed, ok := key.(ed25519.PrivateKey); ok {
		k.agreement = sync.OnceValues(func() (*ecdh.PrivateKey, error) { return didcomm.AgreementKey(ed) })
	}
	return k
}

// generate makes a key pair.
func generate(algorithm vc.Algorithm) (private, error) {
	var key crypto.PrivateKey
	var err error
	switch algorithm {
	case vc.Ed25519:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case vc.P256:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case vc.P384:
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case vc.Secp256k1:
		key, err = secp256k1.GeneratePrivateKey()
	default:
		return private{}, vc.Errorf(vc.Unsupported, "algorithm-not-supported",
			"the local key store has Ed25519, P-256, P-384 and secp256k1").At("/algorithm")
	}
	if err != nil {
		return private{}, vc.Errorf(vc.Internal, "key-generation-failed", "no key could be made").Because(err)
	}
	return hold(algorithm, key), nil
}

// newPrivate names the algorithm of a private key.
func newPrivate(key crypto.PrivateKey) (private, error) {
	switch k := key.(type) {
	case ed25519.PrivateKey:
		return hold(vc.Ed25519, k), nil
	case *ecdsa.PrivateKey:
		switch k.Curve {
		case elliptic.P256():
			return hold(vc.P256, k), nil
		case elliptic.P384():
			return hold(vc.P384, k), nil
		}
	case *secp256k1.PrivateKey:
		return hold(vc.Secp256k1, k), nil
	}
	return private{}, vc.Errorf(vc.Unsupported, "algorithm-not-supported",
		"the local key store has Ed25519, P-256, P-384 and secp256k1")
}

// bytes is what is sealed: the 32-byte seed of Ed25519 (RFC 8032 §5.1.5), the scalar of the others, big-endian and
// as long as the field.
func (k private) bytes() []byte {
	switch key := k.key().(type) {
	case ed25519.PrivateKey:
		return append([]byte(nil), key.Seed()...)
	case *ecdsa.PrivateKey:
		raw, err := key.Bytes()
		if err != nil {
			panic("local: a private key out of range") // newPrivate and generate let in none
		}
		return raw
	case *secp256k1.PrivateKey:
		return key.Serialize()
	}
	panic("local: a private key of no kind")
}

// parsePrivate is the inverse of bytes.
func parsePrivate(algorithm vc.Algorithm, raw []byte) (private, error) {
	broken := vc.Errorf(vc.Internal, "key-broken", "what was sealed is not a private key of its algorithm")
	curve := elliptic.P256()
	switch algorithm {
	case vc.Ed25519:
		if len(raw) != ed25519.SeedSize {
			return private{}, broken
		}
		return hold(algorithm, ed25519.NewKeyFromSeed(raw)), nil
	case vc.Secp256k1:
		var scalar secp256k1.ModNScalar
		if len(raw) != secp256k1.PrivKeyBytesLen || scalar.SetByteSlice(raw) || scalar.IsZero() {
			return private{}, broken
		}
		return hold(algorithm, secp256k1.NewPrivateKey(&scalar)), nil
	case vc.P384:
		curve = elliptic.P384()
	case vc.P256:
	default:
		return private{}, broken
	}
	key, err := ecdsa.ParseRawPrivateKey(curve, raw)
	if err != nil {
		return private{}, broken
	}
	return hold(algorithm, key), nil
}
