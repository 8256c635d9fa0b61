// Package vcdm is the W3C Verifiable Credentials Data Model, versions 1.1 and 2.0, as JSON: reading, checking and
// writing credentials and presentations. It proves nothing and fetches nothing.
//
//	bytes ── Parse ──> Credential ── Validate ──> problems, each with a pointer and the section it follows
//	                       └──────── Encode ────> bytes, claims verbatim
package vcdm

import "encoding/json"

// Version is a version of the data model.
type Version string

// The versions.
const (
	V11 Version = "1.1"
	V20 Version = "2.0"
)

// The base contexts, VCDM 1.1 §4.1 and VCDM 2.0 §4.3.
const (
	BaseContext11 = "https://www.w3.org/2018/credentials/v1"
	BaseContext20 = "https://www.w3.org/ns/credentials/v2"
)

// The type names every credential and presentation carries, VCDM 2.0 §4.5.
const (
	TypeCredential   = "VerifiableCredential"
	TypePresentation = "VerifiablePresentation"
)

// Member is one member of a JSON object; Value is its JSON text.
type Member struct {
	Name  string
	Value json.RawMessage
}

// Problem is one way in which a document departs from the data model. Pointer is RFC 6901; Message carries names
// and shapes, never values; Cites names the section.
type Problem struct {
	Pointer string
	Message string
	Cites   string
}

// Error says that bytes cannot be read as a document at all. Pointer is RFC 6901.
type Error struct {
	Pointer string
	Message string
}

// Error gives the message with its place.
func (e *Error) Error() string {
	if e.Pointer == "" {
		return "vcdm: " + e.Message
	}
	return "vcdm: " + e.Pointer + ": " + e.Message
}
