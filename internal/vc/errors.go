package vc

import (
	"errors"
	"fmt"
)

// Kind says what sort of answer an error deserves. A door maps kinds to its wire in one place.
type Kind int

// The kinds. What has none is Internal, and its text is never shown to a caller.
const (
	Internal        Kind = iota // a fault of ours
	Invalid                     // the request is wrong; it will never succeed as it is
	Unauthenticated             // who calls is not known
	Denied                      // who calls is known and may not
	NotFound                    // no such thing in the caller's scope
	Conflict                    // the thing exists, or its state forbids the act
	Gone                        // it existed and was erased or has expired
	Unsupported                 // understood, and not offered
	Unavailable                 // try again later: a peer or the store is not there
)

// String gives the kind's name as it appears in logs and problem types.
func (k Kind) String() string {
	switch k {
	case Invalid:
		return "invalid"
	case Unauthenticated:
		return "unauthenticated"
	case Denied:
		return "denied"
	case NotFound:
		return "not-found"
	case Conflict:
		return "conflict"
	case Gone:
		return "gone"
	case Unsupported:
		return "unsupported"
	case Unavailable:
		return "unavailable"
	default:
		return "internal"
	}
}

// Error is the one error type that crosses floors. Code is stable and kebab-case ("schema-violation"); Pointer
// is an RFC 6901 pointer into the input, "" when the input as a whole is meant; Message is for a person and holds
// no secret and no claim value; Details lists further findings; Err is the cause, which no caller sees.
type Error struct {
	Kind    Kind
	Code    string
	Pointer string
	Message string
	Details []Finding
	Err     error
}

// Finding is one remark about an input: a lint rule or a schema keyword that was not satisfied.
type Finding struct {
	Code    string // the rule, stable
	Pointer string // RFC 6901, into the input
	Message string
	Warning bool   // does not stop the act
	Cites   string // the specification and section the rule follows
	Keyword string // of a schema: the keyword that was not satisfied; "" elsewhere
}

// Errorf makes an error of a kind.
func Errorf(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
}

// At returns a copy of e that points at pointer.
func (e *Error) At(pointer string) *Error {
	c := *e
	c.Pointer = pointer
	return &c
}

// Because returns a copy of e with a cause for the log.
func (e *Error) Because(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// Error gives code, place and message; the cause is not part of it.
func (e *Error) Error() string {
	s := e.Kind.String() + ": " + e.Message
	if e.Pointer != "" {
		s += " (at " + e.Pointer + ")"
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf tells the kind of any error; Internal for one that is not an [Error].
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}
