package vcdm

import (
	"encoding/json"
	"time"
)

// Credential is a verifiable credential. Where a typed field and raw JSON stand side by side (Raw), the raw JSON is
// what [Encode] writes and the typed fields are a view of it; leave Raw nil to write from the fields.
type Credential struct {
	Version         Version // by base context; "" when there is none
	Context         []json.RawMessage
	ID              string
	Types           []string
	Name            json.RawMessage // string or language value object, VCDM 2.0 §4.6
	Description     json.RawMessage
	Issuer          Issuer
	ValidFrom       time.Time // validFrom; issuanceDate in 1.1
	ValidUntil      time.Time // validUntil; expirationDate in 1.1
	Status          []Status
	StatusArray     bool // one entry is written as an array too
	Schemas         []Schema
	SchemaArray     bool
	Subject         json.RawMessage // credentialSubject: one object or an array of objects
	Evidence        json.RawMessage
	TermsOfUse      json.RawMessage
	RefreshService  json.RawMessage
	RelatedResource json.RawMessage
	Extra           []Member        // what the data model does not name, in the order read
	Proof           json.RawMessage // written last

	shape shape
}

// Issuer is who issues: a URL, or an object with one.
type Issuer struct {
	ID   string
	Name string
	Raw  json.RawMessage
}

// Status is one credentialStatus entry; its further members are in Raw.
type Status struct {
	ID   string
	Type string
	Raw  json.RawMessage
}

// Schema is one credentialSchema entry.
type Schema struct {
	ID   string
	Type string
	Raw  json.RawMessage
}

// Parse reads a credential, tolerantly: a member of the wrong shape is kept and reported by [Validate]. Errors are
// *Error: not JSON, not an object, duplicate names, not UTF-8.
func Parse(raw []byte) (*Credential, error) { return nil, &Error{Message: "not built"} }

// Validate checks a credential as strictly as the W3C test suites, as far as JSON can say it. None: nil.
func Validate(c *Credential) []Problem { return nil }

// Encode writes compact JSON, members in customary order, raw members verbatim.
func Encode(c *Credential) ([]byte, error) { return nil, &Error{Message: "not built"} }

// Subjects gives the objects of credentialSubject one by one.
func (c *Credential) Subjects() []json.RawMessage { return nil }

// SubjectIDs gives the ids of the subjects that have one.
func (c *Credential) SubjectIDs() []string { return nil }

type shape struct{}
