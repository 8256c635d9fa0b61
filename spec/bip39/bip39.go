// Package bip39 reads and writes mnemonics, words that stand for the entropy of a wallet: BIP-39, with the English words.
//
//	entropy ── Words ──> "abandon … about" ── Entropy ──> entropy
//	"abandon … about" ── Seed ──> 64 bytes, for package bip32
package bip39

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	_ "embed"
	"sort"
	"strings"
)

// The English words, sorted; README.md says where they are from.
//
//go:embed english.txt
var english string

// maxText bounds what is read: 24 words of at most 8 letters have 215 bytes.
const maxText = 1024

// Error is why a mnemonic was refused. Message never holds a word of it.
type Error struct{ Message string }

func (e *Error) Error() string { return "bip39: " + e.Message }

// Words gives the mnemonic of entropy: 16, 20, 24, 28 or 32 bytes give 12 to 24 words, separated by single spaces. The words
// are a secret as the entropy is.
func Words(entropy []byte) (string, error) {
	if len(entropy) < 16 || len(entropy) > 32 || len(entropy)%4 != 0 {
		return "", &Error{Message: "entropy has 16, 20, 24, 28 or 32 bytes"}
	}
	list := strings.Fields(english)
	bits := append(append([]byte(nil), entropy...), checksum(entropy))
	words := make([]string, len(entropy)*3/4)
	for i := range words {
		index := 0
		for at := i * 11; at < (i+1)*11; at++ {
			index = index<<1 | int(bits[at/8]>>(7-at%8)&1)
		}
		words[i] = list[index]
	}
	return strings.Join(words, " "), nil
}

// Entropy is the inverse of [Words]. It fails with an *Error for another number of words than 12, 15, 18, 21 or 24, a word
// that is not in the list, and words whose checksum is wrong: one of them was mistyped. White space between words does not
// count; letters are lower case.
func Entropy(mnemonic string) ([]byte, error) {
	if len(mnemonic) > maxText {
		return nil, &Error{Message: "the mnemonic is too long"}
	}
	words := strings.Fields(mnemonic)
	if len(words) < 12 || len(words) > 24 || len(words)%3 != 0 {
		return nil, &Error{Message: "a mnemonic has 12, 15, 18, 21 or 24 words"}
	}
	list := strings.Fields(english)
	bits := make([]byte, (len(words)*11+7)/8)
	for i, word := range words {
		index := sort.SearchStrings(list, word)
		if index == len(list) || list[index] != word {
			return nil, &Error{Message: "a word is not in the English list"}
		}
		for at := range 11 {
			if index>>(10-at)&1 == 1 {
				place := i*11 + at
				bits[place/8] |= 1 << (7 - place%8)
			}
		}
	}
	size := len(words) / 3 * 4
	if entropy := bits[:size:size]; bits[size] == checksum(entropy) {
		return entropy, nil
	}
	return nil, &Error{Message: "the checksum of the words is wrong"}
}

// checksum is the first bits of the entropy's SHA-256, one for each four bytes, and zeros after them.
func checksum(entropy []byte) byte {
	sum := sha256.Sum256(entropy)
	return sum[0] &^ (0xff >> (len(entropy) / 4))
}

// Seed gives the 64 bytes that a wallet's keys are derived from. passphrase is "" where there is none. It fails as [Entropy]
// does, and for a passphrase that is not ASCII: BIP-39 wants it in Unicode's form NFKD, which is not made here.
func Seed(mnemonic, passphrase string) ([]byte, error) {
	if _, err := Entropy(mnemonic); err != nil {
		return nil, err
	}
	for i := range len(passphrase) {
		if passphrase[i] >= 0x80 {
			return nil, &Error{Message: "a passphrase is of ASCII characters"}
		}
	}
	words := strings.Join(strings.Fields(mnemonic), " ")
	seed, err := pbkdf2.Key(sha512.New, words, []byte("mnemonic"+passphrase), 2048, 64)
	if err != nil {
		return nil, &Error{Message: "no seed could be derived"} // only FIPS mode refuses, for the short salt
	}
	return seed, nil
}
