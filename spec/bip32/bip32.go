// Package bip32 derives the keys of a wallet from one seed, along a path: BIP-32, private keys on secp256k1 alone.
//
//	seed ── Master ──> Key ── Derive("m/44'/118'/0'/0/0") ──> Key ── Private ──> a private key
package bip32

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// Hardened is the first index of hardened keys, which a path marks with "'".
const Hardened = 1 << 31

// CosmosPath is the path of the first key of an account on ledgers of the Cosmos SDK: BIP-44 with coin type 118 (SLIP-44).
const CosmosPath = "m/44'/118'/0'/0/0"

// maxDepth is how deep keys are derived: BIP-32 writes the depth in one byte.
const maxDepth = 255

// Error is why no key was derived. Message never holds key material.
type Error struct{ Message string }

func (e *Error) Error() string { return "bip32: " + e.Message }

// Key is a private key from which others are derived. Printing one tells nothing of it.
type Key struct {
	secret func() (key secp256k1.ModNScalar, chain [32]byte)
}

// String does not tell the key.
func (Key) String() string { return "bip32.Key" }

// GoString does not tell the key.
func (Key) GoString() string { return "bip32.Key" }

// Master gives the master key of a seed of 16 to 64 bytes.
func Master(seed []byte) (Key, error) {
	if len(seed) < 16 || len(seed) > 64 {
		return Key{}, &Error{Message: "a seed has 16 to 64 bytes"}
	}
	var none secp256k1.ModNScalar
	return next(none, []byte("Bitcoin seed"), seed)
}

// Child gives the key of that index; hardened ones are from [Hardened] on. It fails with an *Error for the one index in
// 2^127 that has no key.
func (k Key) Child(index uint32) (Key, error) {
	if k.secret == nil {
		return Key{}, &Error{Message: "no key"}
	}
	parent, chain := k.secret()
	data := make([]byte, 0, 37)
	if index >= Hardened {
		raw := parent.Bytes()
		data = append(append(data, 0), raw[:]...)
	} else {
		data = append(data, secp256k1.NewPrivateKey(&parent).PubKey().SerializeCompressed()...)
	}
	return next(parent, chain[:], binary.BigEndian.AppendUint32(data, index))
}

// next is parse256(I_L) + parent, with the chain code I_R, of I = HMAC-SHA512(code, data).
func next(parent secp256k1.ModNScalar, code, data []byte) (Key, error) {
	mac := hmac.New(sha512.New, code)
	mac.Write(data)
	sum := mac.Sum(nil)
	var key secp256k1.ModNScalar
	if key.SetByteSlice(sum[:32]) || key.Add(&parent).IsZero() {
		return Key{}, &Error{Message: "there is no key at this place"}
	}
	chain := [32]byte(sum[32:])
	return Key{secret: func() (secp256k1.ModNScalar, [32]byte) { return key, chain }}, nil
}

// Derive gives the key of a path from this one, "m", or "m" and indices between slashes: "m/44'/118'/0'/0/0". Hardened
// indices have "'", "h" or "H" after them.
func (k Key) Derive(path string) (Key, error) {
	steps := strings.Split(path, "/")
	if steps[0] != "m" || len(steps) > maxDepth+1 {
		return Key{}, &Error{Message: "a path begins with m and has at most 255 steps"}
	}
	for _, step := range steps[1:] {
		number := strings.TrimRight(step, "'hH")
		index, err := strconv.ParseUint(number, 10, 31)
		if err != nil || len(step) > len(number)+1 {
			return Key{}, &Error{Message: "a step of the path is no index"}
		}
		child := uint32(index)
		if step != number {
			child += Hardened
		}
		if k, err = k.Child(child); err != nil {
			return Key{}, err
		}
	}
	if k.secret == nil {
		return Key{}, &Error{Message: "no key"}
	}
	return k, nil
}

// Private gives the private key; nil for the zero Key.
func (k Key) Private() *secp256k1.PrivateKey {
	if k.secret == nil {
		return nil
	}
	key, _ := k.secret()
	return secp256k1.NewPrivateKey(&key)
}
