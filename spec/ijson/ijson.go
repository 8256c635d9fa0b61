// Package ijson reads outside JSON strictly: RFC 7493 (I-JSON), and gives the canonical form of RFC 8785.
//
//	bytes ── Check ──> nothing that a second parser could read differently
//	      ── Members ──> the members of an object, checked
//	      ── Canonical ──> the one form of the value
package ijson

import "fmt"

// DefaultDepth is the nesting that is let pass where [Limits] names none.
const DefaultDepth = 64

// Limits bounds what Check accepts. Depth counts nested objects and arrays (0: DefaultDepth); Bytes is the size of the
// text (0: no limit).
type Limits struct {
	Depth int
	Bytes int
}

// Error says what of a JSON text is not I-JSON. Pointer is the RFC 6901 pointer of the value or member that is at fault,
// or of the object around a name that is at fault. Code is one of the constants of this package. Message never holds a
// value of the text.
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
	CodeType      = "not-an-object" // Members alone
)

func (e *Error) Error() string {
	return fmt.Sprintf("ijson: %s at %q: %s", e.Code, e.Pointer, e.Message)
}

// Member is a member of an object: its name, unescaped, and the bytes of its value, which are not copied.
type Member struct {
	Name  string
	Value []byte
}

// Check fails with an *Error when raw is not one I-JSON value within lim: no JSON (RFC 8259), data after the value, text
// that is not Unicode (RFC 7493 §2.1), a number no IEEE double holds (§2.2), a name twice in an object (§2.3).
func Check(raw []byte, lim Limits) error {
	s, err := start(raw, lim)
	if err != nil {
		return err
	}
	if fault := s.value(0); fault != nil {
		return fault
	}
	return s.end()
}

// Members checks raw as [Check] does and gives the members of the object it is, in their order. It fails with an *Error,
// CodeType for a value of another kind.
func Members(raw []byte, lim Limits) ([]Member, error) {
	s, err := start(raw, lim)
	if err != nil {
		return nil, err
	}
	s.space()
	if s.at >= len(s.raw) || s.raw[s.at] != '{' {
		if fault := s.value(0); fault != nil {
			return nil, fault
		}
		return nil, &Error{Code: CodeType, Message: "an object is expected"}
	}
	members := make([]Member, 0, 12)
	if fault := s.object(1, &members); fault != nil {
		return nil, fault
	}
	if err := s.end(); err != nil {
		return nil, err
	}
	return members, nil
}

// Elements gives the elements of a JSON array, which are not copied; false for another value and for what is no I-JSON.
func Elements(raw []byte) ([][]byte, bool) {
	s, err := start(raw, Limits{})
	if err != nil {
		return nil, false
	}
	s.space()
	if s.at >= len(s.raw) || s.raw[s.at] != '[' {
		return nil, false
	}
	elements := [][]byte{}
	if fault := s.array(1, &elements); fault != nil || s.end() != nil {
		return nil, false
	}
	return elements, true
}
