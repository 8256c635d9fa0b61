package jose

import (
	"crypto/ed25519"

	"filippo.io/edwards25519"
)

// checkEd25519 refuses what is no point of the curve (RFC 8032 §5.1.3) and the points of small order, for which one
// signature fits every message.
func checkEd25519(key ed25519.PublicKey) error {
	if len(key) != ed25519.PublicKeySize {
		return &Error{Code: CodeKey, Message: "an Ed25519 key has 32 bytes"}
	}
	point, err := new(edwards25519.Point).SetBytes(key)
	if err != nil || !reduced(key) {
		return &Error{Code: CodeKey, Message: "the point is not on the curve"}
	}
	if point.MultByCofactor(point).Equal(edwards25519.NewIdentityPoint()) == 1 {
		return &Error{Code: CodeKey, Message: "a weak Ed25519 key"}
	}
	return nil
}

// reduced says whether the y of an encoded point, little-endian without the sign of x, is less than 2^255 - 19.
func reduced(key []byte) bool {
	if key[0] < 0xed || key[31]&0x7f != 0x7f {
		return true
	}
	for _, b := range key[1:31] {
		if b != 0xff {
			return true
		}
	}
	return false
}
