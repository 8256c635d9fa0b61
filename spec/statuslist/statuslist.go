// Package statuslist is Bitstring Status List 1.0 and its forerunner StatusList2021: the bits, the entries in
// credentials, the list credentials, and a keyed permutation that makes indices unpredictable.
//
//	issuing    counter ── Permutation.At ──> index ── WriteEntries ──> credentialStatus
//	publishing Bitstring ── ListCredential ──> credential, to be secured
//	verifying  credentialStatus ── ReadEntries ──> Entry; list credential ── ReadList ──> List.Status(entry)
package statuslist

// Dialect is which of the two specifications a list follows.
type Dialect string

// The dialects.
const (
	BitstringStatusList Dialect = "BitstringStatusList"
	StatusList2021      Dialect = "StatusList2021"
)

// The entry types of the dialects.
const (
	BitstringEntry      = "BitstringStatusListEntry"
	StatusList2021Entry = "StatusList2021Entry"
)

// The list credential types of the dialects.
const (
	BitstringCredential      = "BitstringStatusListCredential"
	StatusList2021Credential = "StatusList2021Credential"
)

// The status purposes, Bitstring Status List 1.0 §2.1.
const (
	Revocation = "revocation"
	Suspension = "suspension"
	Message    = "message"
	Refresh    = "refresh"
)

// MinLength is the least number of entries of a list, Bitstring Status List 1.0 §3.1: fewer would let the list's
// publisher guess whose status is asked for.
const MinLength = 131072

// The codes of errors: the specification's own names (Bitstring Status List 1.0 §3.4) in kebab case.
const (
	CodeRange        = "range-error"
	CodeLength       = "status-list-length-error"
	CodeVerification = "status-verification-error"
	CodeMalformed    = "malformed-value-error"
	CodeEncrypted    = "status-list-encrypted" // our own: see ReadWrapped
)

// Error says what is wrong. Code is one of the codes above; Pointer is RFC 6901 where the input is JSON.
type Error struct {
	Code    string
	Pointer string
	Message string
}

// Error gives the message with its place.
func (e *Error) Error() string {
	if e.Pointer == "" {
		return "statuslist: " + e.Message
	}
	return "statuslist: " + e.Pointer + ": " + e.Message
}

func malformed(pointer, message string) *Error { return &Error{CodeMalformed, pointer, message} }
