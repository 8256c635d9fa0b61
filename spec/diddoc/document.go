package diddoc

import (
	"strings"
)

// Relationship is a verification relationship: DID Core §5.3.
type Relationship string

// The verification relationships.
const (
	Authentication       Relationship = "authentication"
	AssertionMethod      Relationship = "assertionMethod"
	KeyAgreement         Relationship = "keyAgreement"
	CapabilityInvocation Relationship = "capabilityInvocation"
	CapabilityDelegation Relationship = "capabilityDelegation"
)

// relationships are all of them, in the order they are written.
func relationships() []Relationship {
	return []Relationship{Authentication, AssertionMethod, KeyAgreement, CapabilityInvocation, CapabilityDelegation}
}

// Document is a DID document, read or to be written. VerificationMethods holds those that are embedded in a
// relationship too. Relationships holds ids of methods, absolute where they were read; one may lie in another document.
type Document struct {
	Context             []string // to write: nil chooses from the types of methods and services
	ID                  string
	AlsoKnownAs         []string
	Controller          []string
	VerificationMethods []VerificationMethod
	Relationships       map[Relationship][]string
	Services            []Service
	Raw                 []byte // read: the JSON as it was; not written
}

// Service is one of the document's services: DID Core §5.4. Endpoint is JSON: a string, an object or an array. Extra are
// further members by name, each a JSON value. Raw is the JSON of the whole service as it was read; it is not written.
type Service struct {
	ID       string
	Types    []string
	Endpoint []byte
	Extra    map[string][]byte
	Raw      []byte
}

// Method finds a verification method by its id, absolute or "#fragment".
func (d Document) Method(id string) (VerificationMethod, bool) {
	id = absolute(d.ID, id)
	for _, m := range d.VerificationMethods {
		if absolute(d.ID, m.ID) == id {
			return m, true
		}
	}
	return VerificationMethod{}, false
}

// Has says whether the method, by its id as of [Document.Method], may be used for the relationship. One that is embedded
// in a relationship serves no other: DID Core §5.3.
func (d Document) Has(relationship Relationship, methodID string) bool {
	methodID = absolute(d.ID, methodID)
	if m, ok := d.Method(methodID); ok && m.Embedded != "" && m.Embedded != relationship {
		return false
	}
	for _, id := range d.Relationships[relationship] {
		if absolute(d.ID, id) == methodID {
			return true
		}
	}
	return false
}

// Methods are the methods of the document itself that may be used for the relationship, in its order.
func (d Document) Methods(relationship Relationship) []VerificationMethod {
	var methods []VerificationMethod
	for _, id := range d.Relationships[relationship] {
		if m, ok := d.Method(id); ok && (m.Embedded == "" || m.Embedded == relationship) {
			methods = append(methods, m)
		}
	}
	return methods
}

// Service finds a service by its id, absolute or "#fragment".
func (d Document) Service(id string) (Service, bool) {
	id = absolute(d.ID, id)
	for _, s := range d.Services {
		if absolute(d.ID, s.ID) == id {
			return s, true
		}
	}
	return Service{}, false
}

// absolute makes "#fragment" a DID URL: DID Core §3.2.2.
func absolute(did, id string) string {
	if strings.HasPrefix(id, "#") {
		return did + id
	}
	return id
}
