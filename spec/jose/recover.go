package jose

import (
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	k1 "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

// Candidates gives the keys that may have signed a token, where its signature tells that: see [RecoverES256K].
func (c Compact) Candidates() []PublicKey {
	if c.Header.Alg != ES256K {
		return nil
	}
	return RecoverES256K(c.Input, c.Signature)
}

// RecoverES256K gives the keys that a signature of ES256K over input verifies with, as far as it tells them: two, as a
// rule, and none where it is no such signature (SEC 1 v2.0 §4.1.6). That one of them verifies it proves nothing by itself:
// there are such keys for every signature.
func RecoverES256K(input, signature []byte) []PublicKey {
	var r, s secp256k1.ModNScalar
	if len(signature) != 64 || r.SetByteSlice(signature[:32]) || s.SetByteSlice(signature[32:]) || r.IsZero() || s.IsZero() {
		return nil
	}
	if s.IsOverHalfOrder() { // of the two signatures that verify alike, recovery knows this one
		s.Negate()
	}
	compact := make([]byte, 65)
	r.PutBytesUnchecked(compact[1:33])
	s.PutBytesUnchecked(compact[33:])
	var keys []PublicKey
	for code := range byte(4) { // which of the points with that r: whether y is odd, and whether x went over the order
		compact[0] = 27 + code
		if key, _, err := k1.RecoverCompact(compact, digest(ES256K, input)); err == nil {
			keys = append(keys, PublicKey{Algorithm: ES256K, Key: key})
		}
	}
	return keys
}
