package didempe

import (
	"encoding/binary"
	"math/bits"
)

// Keccak as Ethereum has it: the sponge that became SHA-3 (FIPS 202), with the padding of its submission, which the
// standard library does not offer.
const (
	rate          = 136 // bytes of a block, for 256 bits
	paddingKeccak = 0x01
)

// roundConstants of Keccak-f[1600]: FIPS 202 §3.2.5.
func roundConstants() [24]uint64 {
	return [24]uint64{
		0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
		0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
		0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
		0x000000000000800a, 0x800000008000000a, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
	}
}

// keccak256 hashes what fits in memory; padding tells Keccak from SHA-3.
func keccak256(data []byte, padding byte) (sum [32]byte) {
	var state [25]uint64
	for len(data) >= rate {
		absorb(&state, data[:rate])
		data = data[rate:]
	}
	var last [rate]byte
	copy(last[:], data)
	last[len(data)] = padding
	last[rate-1] |= 0x80
	absorb(&state, last[:])
	for i := range 4 {
		binary.LittleEndian.PutUint64(sum[8*i:], state[i])
	}
	return sum
}

func absorb(state *[25]uint64, block []byte) {
	for i := range rate / 8 {
		state[i] ^= binary.LittleEndian.Uint64(block[8*i:])
	}
	for _, constant := range roundConstants() {
		round(state, constant)
	}
}

// round is theta, rho and pi, chi, iota: FIPS 202 §3.2. Lane (x, y) is a[x+5y].
func round(a *[25]uint64, constant uint64) {
	var column [5]uint64
	for x := range 5 {
		column[x] = a[x] ^ a[x+5] ^ a[x+10] ^ a[x+15] ^ a[x+20]
	}
	for x := range 5 {
		d := column[(x+4)%5] ^ bits.RotateLeft64(column[(x+1)%5], 1)
		for y := range 5 {
			a[x+5*y] ^= d
		}
	}
	var b [25]uint64
	b[0] = a[0]
	x, y := 1, 0
	for t := range 24 { // the offsets of rho are the triangular numbers along pi's walk
		b[y+5*((2*x+3*y)%5)] = bits.RotateLeft64(a[x+5*y], (t+1)*(t+2)/2%64)
		x, y = y, (2*x+3*y)%5
	}
	for y := range 5 {
		for x := range 5 {
			a[x+5*y] = b[x+5*y] ^ ^b[(x+1)%5+5*y]&b[(x+2)%5+5*y]
		}
	}
	a[0] ^= constant
}
