package statuslist

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// rounds of the Feistel network. Luby and Rackoff need 4 for a strong pseudorandom permutation when queries are few
// beside 2^(half/2); halves here may have a single bit, where few rounds leave a visible parity, so we take many more:
// NIST SP 800-38G has 8 and 10 for the same construction, Patarin's bounds approach the domain's size as rounds grow.
const rounds = 12

// Permutation is a keyed permutation of [0,n): it turns a counter into indices that, to whom does not know the key,
// look like random draws without replacement. Safe for concurrent use.
//
// It is a balanced Feistel network over the least 2^(2h) >= n, with cycle walking: what falls outside [0,n) is
// enciphered again until it falls inside (Black and Rogaway, Ciphers with Arbitrary Finite Domains, 2002). Since the
// network is a bijection of [0,2^2h), walking is one of [0,n), and takes less than 4 steps on average because
// n > 2^(2h)/4.
//
// The round function is AES-256, a pseudorandom function by common assumption, of round number, n and the right half,
// cut to h bits. Round number and n are part of its input, so rounds are independent functions, and lists of
// different length under one key are unrelated. What it is to give: an index in a credential tells nobody how
// many were issued before it or when, nor lets them guess a neighbour's; what it is not to give is secrecy against
// whom holds the key, and the publisher does. A domain that is nearly used up is no weakness: all indices are then
// known anyway, and only their order is hidden.
type Permutation struct {
	block cipher.Block
	n     uint64
	half  uint
}

// NewPermutation makes one from a key of 32 bytes; n is 1 to 2^62. Errors are *Error.
func NewPermutation(key []byte, n int64) (*Permutation, error) {
	if len(key) != 32 {
		return nil, &Error{Code: CodeRange, Message: "the key of a permutation has 32 bytes"}
	}
	if n < 1 || n > 1<<62 {
		return nil, &Error{Code: CodeRange, Message: "a permutation covers 1 to 2^62 numbers"}
	}
	// The given key may have other uses; the one for rounds is derived.
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("chancery status index permutation 1"))
	block, err := aes.NewCipher(mac.Sum(nil))
	if err != nil {
		return nil, err
	}
	width := uint(bits.Len64(uint64(n - 1)))
	return &Permutation{block, uint64(n), max((width+1)/2, 1)}, nil
}

// Len is n.
func (p *Permutation) Len() int64 { return int64(p.n) }

// At gives the image of i. It panics when i is not in [0,n), as indexing does.
func (p *Permutation) At(i int64) int64 {
	if i < 0 || uint64(i) >= p.n {
		panic("statuslist: number outside the permutation")
	}
	var in, out [aes.BlockSize]byte
	x := p.encipher(uint64(i), &in, &out)
	for x >= p.n {
		x = p.encipher(x, &in, &out)
	}
	return int64(x)
}

func (p *Permutation) encipher(x uint64, in, out *[aes.BlockSize]byte) uint64 {
	mask := uint64(1)<<p.half - 1
	left, right := x>>p.half, x&mask
	for round := range uint64(rounds) {
		binary.LittleEndian.PutUint64(in[:8], right|round<<32)
		binary.LittleEndian.PutUint64(in[8:], p.n)
		p.block.Encrypt(out[:], in[:])
		left, right = right, left^binary.LittleEndian.Uint64(out[:8])&mask
	}
	return left<<p.half | right
}
