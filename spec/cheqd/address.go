package cheqd

import (
	"crypto/sha256"
	"strings"

	"golang.org/x/crypto/ripemd160" //nolint:staticcheck,gosec // the hash that Cosmos addresses are made of
)

const bech32Letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// Address is the account of a secp256k1 key, given as its compressed point: bech32 (BIP 173) of ripemd160(sha256(key)).
func Address(prefix string, publicKey []byte) string {
	sum := sha256.Sum256(publicKey)
	hash := ripemd160.New() //nolint:gosec // as above
	hash.Write(sum[:])
	return encodeBech32(prefix, hash.Sum(nil))
}

// CheckAddress says whether text is the address of an account of a chain with that prefix. It fails with an *Error
// (CodeAddress).
func CheckAddress(prefix, text string) error {
	fault := &Error{Code: CodeAddress, Message: "the text is no address of this chain"}
	if len(text) > 90 || !strings.HasPrefix(text, prefix+"1") {
		return fault
	}
	letters := text[len(prefix)+1:]
	values := make([]byte, len(letters))
	for i := range letters {
		v := strings.IndexByte(bech32Letters, letters[i])
		if v < 0 {
			return fault
		}
		values[i] = byte(v)
	}
	if len(values) < 6 || bech32Sum(prefix, values) != 1 {
		return fault
	}
	raw, ok := regroup(values[:len(values)-6], 5, 8, false)
	// Modules and groups have addresses of 32 bytes.
	if !ok || len(raw) != 20 && len(raw) != 32 {
		return fault
	}
	return nil
}

func encodeBech32(prefix string, raw []byte) string {
	values, _ := regroup(raw, 8, 5, true)
	sum := bech32Sum(prefix, append(values, 0, 0, 0, 0, 0, 0)) ^ 1
	var out strings.Builder
	out.WriteString(prefix + "1")
	for _, v := range values {
		out.WriteByte(bech32Letters[v])
	}
	for i := range 6 {
		out.WriteByte(bech32Letters[sum>>(5*(5-i))&31])
	}
	return out.String()
}

// bech32Sum is the checksum polynomial of BIP 173.
func bech32Sum(prefix string, values []byte) uint32 {
	expanded := make([]byte, 0, 2*len(prefix)+1+len(values))
	for i := range len(prefix) {
		expanded = append(expanded, prefix[i]>>5)
	}
	expanded = append(expanded, 0)
	for i := range len(prefix) {
		expanded = append(expanded, prefix[i]&31)
	}
	sum := uint32(1)
	for _, v := range append(expanded, values...) {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(v)
		for i, g := range [...]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	return sum
}

// regroup turns groups of from bits into groups of to bits. Without pad, left-over bits must be few and zero.
func regroup(in []byte, from, to uint, pad bool) ([]byte, bool) {
	var acc, bits uint
	out := make([]byte, 0, len(in)*int(from)/int(to)+7)
	for _, v := range in {
		acc, bits = acc<<from|uint(v), bits+from
		for bits >= to {
			bits -= to
			out = append(out, byte(acc>>bits&(1<<to-1)))
		}
		acc &= 1<<bits - 1
	}
	if pad {
		if bits > 0 {
			out = append(out, byte(acc<<(to-bits)))
		}
		return out, true
	}
	return out, bits < from && acc == 0
}
