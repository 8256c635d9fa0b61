// Package diddoc is what DID methods share: DIDs and DID URLs, DID documents read and written, verification methods.
//
//	JSON ── Parse ──> Document ── Has(assertionMethod, id), Method(id) ── PublicKey ──> jose.PublicKey
//	Document{ID, VerificationMethods, Relationships, Services} ── Build ──> JSON
package diddoc

import (
	"fmt"
	"time"
)

// Error is why a DID, DID URL, document or verification method was refused. Pointer (RFC 6901) is set where the fault
// lies in a JSON text.
type Error struct {
	Code    string
	Pointer string
	Message string
}

// The codes of [Error]: the error names of DID Resolution 0.3 §8 where it has one.
const (
	CodeDID         = "invalidDid"
	CodeURL         = "invalidDidUrl"
	CodeDocument    = "invalidDidDocument"
	CodeKey         = "invalidPublicKey"
	CodeKeyType     = "invalidPublicKeyType"
	CodeUnsupported = "methodNotSupported"
)

func (e *Error) Error() string {
	if e.Pointer != "" {
		return fmt.Sprintf("diddoc: %s at %q: %s", e.Code, e.Pointer, e.Message)
	}
	return fmt.Sprintf("diddoc: %s: %s", e.Code, e.Message)
}

// ResolutionOptions are what is asked of a document beside the DID: did:key §3.1.2. The zero value asks for nothing.
type ResolutionOptions struct {
	PublicKeyFormat string // type of the verification methods; "": the method's own choice
	NoDerivedKeys   bool   // no key for key agreement that is derived from one for signatures
}

// Resolution is the result of resolving a DID: DID Resolution 0.3 §3. Document is the JSON as the method gave it.
type Resolution struct {
	Document    []byte
	ContentType string // application/did+ld+json or application/did+json
	Metadata    Metadata
}

// Metadata is about the document, not in it: DID Core §7.1.3.
type Metadata struct {
	Created     time.Time
	Updated     time.Time
	Deactivated bool
	VersionID   string

	NextVersionID, PreviousVersionID string
	// LinkedResources are what is about the resources that a ledger has of the DID, a JSON array; nil: not known, or none.
	LinkedResources []byte
}
