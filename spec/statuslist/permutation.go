package statuslist

// Permutation is a keyed permutation of [0,n).
type Permutation struct{ n int64 }

// NewPermutation makes one from a key of 32 bytes; n is 1 to 2^62.
func NewPermutation(key []byte, n int64) (*Permutation, error) {
	return nil, &Error{Message: "not built"}
}

// At gives the image of i, which must be in [0,n).
func (p *Permutation) At(i int64) int64 { return i }
