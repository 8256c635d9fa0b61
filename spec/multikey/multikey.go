// Package multikey writes and reads public keys as multibase of a multicodec prefix and the raw or compressed key:
// Controlled Identifiers 1.0 §2.2.2, and did:key.
package multikey

import (
	"crypto/ecdh"

	"github.com/chancery-vc/chancery/spec/jose"
)

// The multicodec codes of the public keys.
const (
	CodeSecp256k1 = 0xe7
	CodeX25519    = 0xec
	CodeEd25519   = 0xed
	CodeP256      = 0x1200
	CodeP384      = 0x1201
)

// Encode gives "z…", base58btc of the key with its prefix.
func Encode(key jose.PublicKey) (string, error) { return "", nil }

// Decode reads a key for signatures from base58btc ("z") or base64url ("u").
func Decode(text string) (jose.PublicKey, error) { return jose.PublicKey{}, nil }

// EncodeX25519 gives "z6LS…" of the 32 bytes of an X25519 public key.
func EncodeX25519(raw []byte) (string, error) { return "", nil }

// DecodeX25519 reads the 32 bytes of an X25519 public key.
func DecodeX25519(text string) ([]byte, error) { return nil, nil }

// DecodeAgreement reads a key for key agreement: X25519, P-256 or P-384.
func DecodeAgreement(text string) (*ecdh.PublicKey, error) { return nil, nil }

// X25519FromEd25519 is the X25519 public key of an Ed25519 public key: RFC 7748 §4.1, u = (1+y)/(1-y).
func X25519FromEd25519(public []byte) ([]byte, error) { return nil, nil }

// Split takes a multibase text apart: its multicodec code and the bytes after it.
func Split(text string) (code uint64, raw []byte, err error) { return 0, nil, nil }

// Join is the inverse of [Split], in base58btc.
func Join(code uint64, raw []byte) string { return "" }

// EncodeRaw gives the bytes of a key and its code: 32 bytes of Ed25519, the compressed point of ECDSA.
func EncodeRaw(key jose.PublicKey) (code uint64, raw []byte, err error) { return 0, nil, nil }

// DecodeRaw is the inverse of [EncodeRaw].
func DecodeRaw(code uint64, raw []byte) (jose.PublicKey, error) { return jose.PublicKey{}, nil }
