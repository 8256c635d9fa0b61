// Package statuslist is Bitstring Status List 1.0 and its forerunner StatusList2021: the bits, the entries in
// credentials, the list credentials, and a keyed permutation that makes indices unpredictable.
package statuslist

import (
	"encoding/json"
	"time"
)

// Dialect is which of the two specifications a list follows.
type Dialect string

// The dialects.
const (
	BitstringStatusList Dialect = "BitstringStatusList"
	StatusList2021      Dialect = "StatusList2021"
)

// The status purposes, Bitstring Status List 1.0 §2.2.
const (
	Revocation = "revocation"
	Suspension = "suspension"
	Message    = "message"
	Refresh    = "refresh"
)

// MinLength is the least number of entries of a list, Bitstring Status List 1.0 §3.1.
const MinLength = 131072

// Error says what is wrong. Code is stable (the specification's error name where it has one); Pointer is RFC 6901.
type Error struct {
	Code    string
	Pointer string
	Message string
}

// Error gives the message with its place.
func (e *Error) Error() string { return "statuslist: " + e.Message }

// Bitstring is a list of small values, most significant bit first. Not safe for concurrent writing.
type Bitstring struct {
	size   int
	length int64
	bits   []byte
}

// New makes a list of length entries of size bits (1, 2, 4 or 8), all zero.
func New(length int64, size int) (*Bitstring, error) { return nil, &Error{Message: "not built"} }

// Len is the number of entries.
func (b *Bitstring) Len() int64 { return b.length }

// Size is the number of bits of an entry.
func (b *Bitstring) Size() int { return b.size }

// Set writes one entry.
func (b *Bitstring) Set(index int64, value uint8) error { return &Error{Message: "not built"} }

// Get reads one entry.
func (b *Bitstring) Get(index int64) (uint8, error) { return 0, &Error{Message: "not built"} }

// Encode compresses and encodes the list for a dialect.
func (b *Bitstring) Encode(dialect Dialect) (string, error) { return "", &Error{Message: "not built"} }

// Decode reads an encodedList of either dialect. size is bits per entry; more than maxBytes decompressed is refused.
func Decode(encoded string, size int, maxBytes int64) (*Bitstring, error) {
	return nil, &Error{Message: "not built"}
}

// Style is how entries are written into a credential.
type Style struct {
	EntryType   string // BitstringStatusListEntry or StatusList2021Entry
	NumberIndex bool
	Array       bool
}

// Entry is one credential's place in a list.
type Entry struct {
	ID        string // "" is <List>#<Index> when written
	Type      string // as read
	Purpose   string
	Index     int64
	List      string // statusListCredential, a URL
	Size      int    // statusSize; 0 is 1
	Messages  []StatusMessage
	Reference []string
}

// StatusMessage explains one value, Bitstring Status List 1.0 §2.1.
type StatusMessage struct {
	Status  string `json:"status"` // "0x1"
	Message string `json:"message"`
}

// WriteEntries gives the value of credentialStatus.
func WriteEntries(entries []Entry, style Style) ([]byte, error) {
	return nil, &Error{Message: "not built"}
}

// ReadEntries reads credentialStatus in any shape; entries of other types are left out.
func ReadEntries(credentialStatus []byte) ([]Entry, error) { return nil, &Error{Message: "not built"} }

// ListParams say what a list credential holds.
type ListParams struct {
	Dialect    Dialect
	ID         string // URL of the list
	Issuer     string // DID
	IssuerRaw  json.RawMessage
	Purpose    string
	ValidFrom  time.Time
	ValidUntil time.Time
	TTL        time.Duration // written in milliseconds
	Bits       *Bitstring
	Messages   []StatusMessage
	Reference  []string
}

// ListCredential gives the unsigned list credential: VCDM 2.0 BitstringStatusListCredential or VCDM 1.1
// StatusList2021Credential.
func ListCredential(p ListParams) ([]byte, error) { return nil, &Error{Message: "not built"} }

// List is a list credential as read.
type List struct {
	Dialect    Dialect
	ID         string
	Issuer     string
	Purposes   []string
	ValidFrom  time.Time
	ValidUntil time.Time
	TTL        time.Duration
	Bits       *Bitstring
	Messages   []StatusMessage
}

// ReadList reads a list credential of either dialect. size is the statusSize of the entry that is looked up.
func ReadList(credential []byte, size int, maxBytes int64) (List, error) {
	return List{}, &Error{Message: "not built"}
}
