// Package ijson reads outside JSON strictly: RFC 7493 (I-JSON) and the canonical form of RFC 8785.
//
//	bytes ── Check ──> nothing a second parser could read differently ── Canonical ──> one form of it
package ijson

import "fmt"

// Limits bounds what Check accepts. Depth counts nested objects and arrays (0: 64); Bytes is the size of the text
// (0: no limit).
type Limits struct {
	Depth int
	Bytes int
}

// Error says what of a JSON text is not I-JSON. Pointer is the RFC 6901 pointer of the value (or member) that is at
// fault, Code one of the constants of this package. Message never holds a value of the text.
type Error struct {
	Pointer string
	Code    string
	Message string
}

// The codes of [Error].
const (
	CodeSyntax    = "invalid-json"
	CodeTrailing  = "trailing-data"
	CodeText      = "invalid-unicode"
	CodeDuplicate = "duplicate-member"
	CodeDepth     = "too-deep"
	CodeSize      = "too-large"
	CodeNumber    = "number-out-of-range"
)

func (e *Error) Error() string {
	return fmt.Sprintf("ijson: %s at %q: %s", e.Code, e.Pointer, e.Message)
}

// Check fails with an *Error when raw is not one I-JSON value within lim.
func Check(raw []byte, lim Limits) error { return nil }

// Canonical is the canonical form of RFC 8785 of an I-JSON text. It fails as [Check] does.
func Canonical(raw []byte) ([]byte, error) { return nil, nil }

// Equal says whether two I-JSON texts are the same value, by their canonical form.
func Equal(a, b []byte) (bool, error) { return false, nil }
