package dataintegrity

import (
	"errors"
	"fmt"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// Error is why a document or a proof was refused. Code is stable; Pointer (RFC 6901) is into the document that was given,
// "" when it is meant as a whole or the fault lies in an argument. Message never holds a claim. Unwrap gives the
// [Canonicalizer]'s own error.
type Error struct {
	Code    string
	Pointer string
	Message string
	cause   error
}

// The codes of [Error].
const (
	CodeDocument  = "invalid-document"  // no I-JSON object
	CodeNoProof   = "no-proof"          // nothing stands under "proof"
	CodeProof     = "invalid-proof"     // a member of a proof, or of Options, is missing or has another form
	CodeSuite     = "unknown-suite"     // a proof type or cryptosuite that is not known
	CodeRefused   = "refused-suite"     // one that is known and not offered
	CodeAlgorithm = "algorithm"         // the suite, the key and the proof's own algorithm do not go together
	CodeContext   = "context"           // the proof's @context is not the document's
	CodeChain     = "broken-chain"      // previousProof names no proof, or one that leads back to itself
	CodeValue     = "invalid-value"     // proofValue or jws is malformed
	CodeCanonical = "not-canonical"     // the Canonicalizer refused
	CodeSignature = "invalid-signature" // the signature is not by the key over this document
)

func (e *Error) Error() string {
	if e.Pointer != "" {
		return fmt.Sprintf("dataintegrity: %s at %q: %s", e.Code, e.Pointer, e.Message)
	}
	return fmt.Sprintf("dataintegrity: %s: %s", e.Code, e.Message)
}

// Unwrap gives the cause, nil where there is none.
func (e *Error) Unwrap() error { return e.cause }

// fromJSON carries a fault of a JSON text at pointer over to this package's error.
func fromJSON(code, pointer string, err error) *Error {
	fault := &Error{Code: code, Pointer: pointer, Message: "no I-JSON object"}
	if inner, ok := errors.AsType[*ijson.Error](err); ok {
		fault.Pointer, fault.Message = pointer+inner.Pointer, inner.Code+": "+inner.Message
	}
	return fault
}
