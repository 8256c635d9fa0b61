package jose

import (
	"bytes"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"pgregory.net/rapid"
)

// TestRecoverES256K: of the keys that a signature tells one is its own, whichever half its s is in, and each verifies it.
func TestRecoverES256K(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		private := secp256k1.PrivKeyFromBytes(rapid.SliceOfN(rapid.ByteMin(1), 32, 32).Draw(t, "key"))
		input := rapid.SliceOf(rapid.Byte()).Draw(t, "input")
		signature, err := Sign(private, ES256K, input)
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "upper half") {
			var s secp256k1.ModNScalar
			s.SetByteSlice(signature[32:])
			s.Negate().PutBytesUnchecked(signature[32:])
		}
		own := 0
		for _, key := range RecoverES256K(input, signature) {
			if err := Verify(key, input, signature); err != nil {
				t.Error(err)
			}
			if bytes.Equal(key.Key.(*secp256k1.PublicKey).SerializeCompressed(), private.PubKey().SerializeCompressed()) {
				own++
			}
		}
		if own != 1 {
			t.Errorf("its own key %d times", own)
		}
	})
}

func TestRecoverRefused(t *testing.T) {
	order := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41}
	one := append(make([]byte, 31), 1)
	for name, signature := range map[string][]byte{
		"none": nil, "short": make([]byte, 63), "long": make([]byte, 65), "no r": append(make([]byte, 32), one...), "no s": append(bytes.Clone(one), make([]byte, 32)...),
		"r is the order": append(bytes.Clone(order), one...), "s is the order": append(bytes.Clone(one), order...),
	} {
		if keys := RecoverES256K([]byte("input"), signature); keys != nil {
			t.Errorf("%s: %v", name, keys)
		}
	}
	if (Compact{Header: Header{Alg: EdDSA}, Signature: append(bytes.Clone(one), one...)}).Candidates() != nil {
		t.Error("a signature of another algorithm tells no key")
	}
}
