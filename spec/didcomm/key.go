package didcomm

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/hex"
	"strings"

	"github.com/mr-tron/base58"

	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/multikey"
)

// Verkey is an Ed25519 public key, by which DIDComm v1 names recipients and senders. The zero Verkey is none.
type Verkey [ed25519.PublicKeySize]byte

// Own is one of our keys. Private is its X25519 half, which may stay in a key store: [ecdh.KeyExchanger] is the one
// operation that envelopes need of it. See [AgreementKey] for a key that is at hand.
type Own struct {
	Key     Verkey
	Private ecdh.KeyExchanger
}

// NewVerkey checks a public key. It fails with an *Error (CodeKey) for what is no point of the curve, and a weak one.
func NewVerkey(public []byte) (Verkey, error) {
	if _, err := jose.NewPublicKey(ed25519.PublicKey(public)); err != nil {
		return Verkey{}, &Error{Code: CodeKey, Message: "no Ed25519 key"}
	}
	return Verkey(public), nil
}

// ParseVerkey reads a key as agents write it: base58 of its bytes, or a did:key with or without fragment. It fails with
// an *Error (CodeKey).
func ParseVerkey(text string) (Verkey, error) {
	fault := &Error{Code: CodeKey, Message: "neither a base58 Ed25519 key nor a did:key of one"}
	if rest, ok := strings.CutPrefix(text, "did:key:"); ok {
		id, fragment, has := strings.Cut(rest, "#")
		if has && fragment != id {
			return Verkey{}, fault
		}
		code, raw, err := multikey.Split(id)
		if err != nil || code != multikey.CodeEd25519 {
			return Verkey{}, fault
		}
		return NewVerkey(raw)
	}
	// 32 bytes have 32 to 44 digits; base58 takes the square of its length.
	if len(text) < 32 || len(text) > 44 {
		return Verkey{}, fault
	}
	raw, err := base58.Decode(text)
	if err != nil {
		return Verkey{}, fault
	}
	return NewVerkey(raw)
}

// String is the key in base58, the form of "kid" and of DIDDoc keys.
func (v Verkey) String() string { return base58.Encode(v[:]) }

// DIDKey is the key as a did:key without fragment, the form of RFC 0360.
func (v Verkey) DIDKey() string { return "did:key:" + multikey.Join(multikey.CodeEd25519, v[:]) }

// UnqualifiedDID is the DID that Indy makes of a key: base58 of its first 16 bytes.
func (v Verkey) UnqualifiedDID() string { return base58.Encode(v[:16]) }

// IsZero says whether there is no key.
func (v Verkey) IsZero() bool { return v == Verkey{} }

// GoString keeps %#v readable.
func (v Verkey) GoString() string { return "didcomm.Verkey(" + hex.EncodeToString(v[:]) + ")" }

// PublicKey is the key for signatures. It fails with an *Error (CodeKey) for no key.
func (v Verkey) PublicKey() (jose.PublicKey, error) {
	key, err := jose.NewPublicKey(ed25519.PublicKey(v[:]))
	if err != nil {
		return jose.PublicKey{}, &Error{Code: CodeKey, Message: "no Ed25519 key"}
	}
	return key, nil
}

// Agreement is the X25519 sibling of the key, to which is encrypted. It fails with an *Error (CodeKey) for no key.
func (v Verkey) Agreement() (*ecdh.PublicKey, error) {
	raw, err := multikey.X25519FromEd25519(v[:])
	if err != nil {
		return nil, &Error{Code: CodeKey, Message: "no Ed25519 key"}
	}
	return ecdh.X25519().NewPublicKey(raw)
}

// AgreementKey is the X25519 sibling of a private Ed25519 key: RFC 8032 §5.1.5, the clamped half of the seed's hash.
func AgreementKey(private ed25519.PrivateKey) (*ecdh.PrivateKey, error) {
	if len(private) != ed25519.PrivateKeySize {
		return nil, &Error{Code: CodeKey, Message: "no Ed25519 key"}
	}
	sum := sha512.Sum512(private.Seed())
	return ecdh.X25519().NewPrivateKey(sum[:32])
}

// verkey is the Verkey of a key for signatures.
func verkey(key jose.PublicKey) (Verkey, error) {
	public, ok := key.Key.(ed25519.PublicKey)
	if !ok {
		return Verkey{}, &Error{Code: CodeKey, Message: "no Ed25519 key"}
	}
	return NewVerkey(public)
}
