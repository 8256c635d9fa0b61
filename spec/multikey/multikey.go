// Package multikey writes and reads public keys as multibase of a multicodec prefix and the raw or compressed key:
// Controlled Identifiers 1.0 §2.2.2 and §2.4, and did:key.
//
//	"z6Mk…" ── Split ──> 0xed, 32 bytes ── DecodeRaw ──> jose.PublicKey
package multikey

import (
	"crypto/ecdh"
	"encoding/base64"
	"encoding/binary"
	"strings"

	"github.com/mr-tron/base58"

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

// maxText bounds what is decoded: base58 takes the square of its length. The longest key here has 69 characters.
const maxText = 128

// Error is why a multikey was refused. Message never holds the key.
type Error struct{ Message string }

func (e *Error) Error() string { return "multikey: " + e.Message }

// Encode gives "z…", base58btc of the key with its prefix. It fails with an *Error for no key.
func Encode(key jose.PublicKey) (string, error) {
	code, raw, err := EncodeRaw(key)
	if err != nil {
		return "", err
	}
	return Join(code, raw), nil
}

// Decode reads a key for signatures from base58btc ("z") or base64url ("u"). It fails with an *Error, or a *jose.Error for
// a weak key.
func Decode(text string) (jose.PublicKey, error) {
	code, raw, err := Split(text)
	if err != nil {
		return jose.PublicKey{}, err
	}
	return DecodeRaw(code, raw)
}

// EncodeX25519 gives "z6LS…" of the 32 bytes of an X25519 public key.
func EncodeX25519(raw []byte) (string, error) {
	if len(raw) != 32 {
		return "", &Error{Message: "an X25519 key has 32 bytes"}
	}
	return Join(CodeX25519, raw), nil
}

// DecodeX25519 reads the 32 bytes of an X25519 public key.
func DecodeX25519(text string) ([]byte, error) {
	code, raw, err := Split(text)
	if err != nil {
		return nil, err
	}
	if code != CodeX25519 || len(raw) != 32 {
		return nil, &Error{Message: "no X25519 key"}
	}
	return raw, nil
}

// EncodeAgreement gives a key for key agreement: X25519, P-256 or P-384.
func EncodeAgreement(key *ecdh.PublicKey) (string, error) {
	if key != nil {
		switch raw := key.Bytes(); key.Curve() {
		case ecdh.X25519():
			return Join(CodeX25519, raw), nil
		case ecdh.P256():
			return Join(CodeP256, compress(raw)), nil
		case ecdh.P384():
			return Join(CodeP384, compress(raw)), nil
		}
	}
	return "", &Error{Message: "a key of another kind"}
}

// DecodeAgreement reads a key for key agreement: X25519, P-256 or P-384.
func DecodeAgreement(text string) (*ecdh.PublicKey, error) {
	code, raw, err := Split(text)
	if err != nil {
		return nil, err
	}
	if code == CodeX25519 {
		key, err := ecdh.X25519().NewPublicKey(raw)
		if err != nil {
			return nil, &Error{Message: "an X25519 key has 32 bytes"}
		}
		return key, nil
	}
	key, err := decodeECDSA(code, raw)
	if err != nil {
		return nil, err
	}
	agreement, err := key.ECDH()
	if err != nil {
		return nil, &Error{Message: "the point is not on the curve"}
	}
	return agreement, nil
}

// Split takes a multibase text apart: its multicodec code and the bytes after it. It fails with an *Error for another
// base than base58btc ("z") and base64url ("u"), and a code that is not written in the fewest bytes.
func Split(text string) (code uint64, raw []byte, err error) {
	if len(text) < 2 || len(text) > maxText {
		return 0, nil, &Error{Message: "the text has not the length of a key"}
	}
	switch text[0] {
	case 'z':
		raw, err = base58.Decode(text[1:])
	case 'u':
		if strings.ContainsAny(text, "\r\n") {
			return 0, nil, &Error{Message: "no base64url"}
		}
		raw, err = base64.RawURLEncoding.Strict().DecodeString(text[1:])
	default:
		return 0, nil, &Error{Message: "neither base58btc nor base64url"}
	}
	if err != nil {
		return 0, nil, &Error{Message: "the text is not in its base"}
	}
	code, n := binary.Uvarint(raw)
	if n <= 0 || n > 1 && raw[n-1] == 0 {
		return 0, nil, &Error{Message: "no multicodec prefix"}
	}
	return code, raw[n:], nil
}

// Join is the inverse of [Split], in base58btc.
func Join(code uint64, raw []byte) string {
	return "z" + base58.Encode(append(binary.AppendUvarint(nil, code), raw...))
}
