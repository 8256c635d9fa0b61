package statuslist

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"strings"
)

// Bitstring is a list of small values, most significant bit first: index 0 is the leftmost bits of the first byte.
// Reading at once from many goroutines is safe, writing is not.
type Bitstring struct {
	size   int
	length int64
	bits   []byte
}

// New makes a list of length entries of size bits (1, 2, 4 or 8), all zero. Errors are *Error.
func New(length int64, size int) (*Bitstring, error) {
	if err := sized(size); err != nil {
		return nil, err
	}
	if length < 1 || length > 1<<40 {
		return nil, &Error{Code: CodeRange, Message: "a list has between 1 and 2^40 entries"}
	}
	return &Bitstring{size, length, make([]byte, (length*int64(size)+7)/8)}, nil
}

func sized(size int) error {
	switch size {
	case 1, 2, 4, 8:
		return nil
	}
	return &Error{Code: CodeRange, Message: "an entry has 1, 2, 4 or 8 bits"}
}

// Len is the number of entries.
func (b *Bitstring) Len() int64 { return b.length }

// Size is the number of bits of an entry.
func (b *Bitstring) Size() int { return b.size }

// Clone gives a copy that shares nothing.
func (b *Bitstring) Clone() *Bitstring { return &Bitstring{b.size, b.length, bytes.Clone(b.bits)} }

// place gives byte and shift of an entry.
func (b *Bitstring) place(index int64) (int64, uint, error) {
	if index < 0 || index >= b.length {
		return 0, 0, &Error{Code: CodeRange, Message: "the index is outside the list"}
	}
	bit := index * int64(b.size)
	return bit / 8, uint(8 - b.size - int(bit%8)), nil
}

func (b *Bitstring) mask() byte { return byte(1<<b.size - 1) }

// Set writes one entry. Errors are *Error with [CodeRange].
func (b *Bitstring) Set(index int64, value uint8) error {
	at, shift, err := b.place(index)
	if err != nil {
		return err
	}
	if value > b.mask() {
		return &Error{Code: CodeRange, Message: "the value needs more bits than an entry has"}
	}
	b.bits[at] = b.bits[at]&^(b.mask()<<shift) | value<<shift
	return nil
}

// Get reads one entry. Errors are *Error with [CodeRange].
func (b *Bitstring) Get(index int64) (uint8, error) {
	at, shift, err := b.place(index)
	if err != nil {
		return 0, err
	}
	return b.bits[at] >> shift & b.mask(), nil
}

// Encode compresses (GZIP, RFC 1952) and encodes the list: base64url without padding, with the multibase prefix u for
// [BitstringStatusList] (Bitstring Status List 1.0 §3.3).
func (b *Bitstring) Encode(dialect Dialect) (string, error) {
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return "", err
	}
	if _, err := writer.Write(b.bits); err != nil {
		return "", err
	}
	if err := writer.Close(); err != nil {
		return "", err
	}
	encoded := base64.RawURLEncoding.EncodeToString(packed.Bytes())
	switch dialect {
	case BitstringStatusList:
		return "u" + encoded, nil
	case StatusList2021:
		return encoded, nil
	}
	return "", &Error{Code: CodeMalformed, Message: "unknown dialect"}
}

// Decode reads an encodedList of either dialect, in base64url or base64, padded or not. size is the bits of an entry.
// More than maxBytes (at most, after decompression) and less than [MinLength] entries are refused. Errors are *Error.
func Decode(encoded string, size int, maxBytes int64) (*Bitstring, error) {
	if err := sized(size); err != nil {
		return nil, err
	}
	maxBytes = max(0, min(maxBytes, 1<<40))
	packed, err := unpacked(encoded)
	if err != nil {
		return nil, err
	}
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, malformed("", "the list is not GZIP")
	}
	bits, err := io.ReadAll(io.LimitReader(reader, maxBytes+1))
	if err != nil {
		return nil, malformed("", "the list is not whole GZIP")
	}
	if int64(len(bits)) > maxBytes {
		return nil, &Error{Code: CodeRange, Message: "the list is too large"}
	}
	b := &Bitstring{size, int64(len(bits)) * 8 / int64(size), bits}
	if b.length < MinLength {
		return nil, &Error{Code: CodeLength, Message: "the list has fewer than 131072 entries"}
	}
	return b, nil
}

// unpacked undoes the text encoding. GZIP begins with 1f 8b, so plain base64url begins with H4s: a leading u can only
// be the multibase prefix.
func unpacked(encoded string) ([]byte, error) {
	plain := strings.TrimRight(strings.TrimPrefix(encoded, "u"), "=")
	plain = strings.NewReplacer("+", "-", "/", "_").Replace(plain)
	packed, err := base64.RawURLEncoding.DecodeString(plain)
	if err != nil {
		return nil, malformed("", "the list is not base64url")
	}
	return packed, nil
}
