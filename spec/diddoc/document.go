package diddoc

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

// Document is a DID document, read or to be written. VerificationMethods holds those that are embedded in a
// relationship too. Relationships holds ids of methods, absolute.
type Document struct {
	Context             []string // to write: nil chooses from the methods' types
	ID                  string
	AlsoKnownAs         []string
	Controller          []string
	VerificationMethods []VerificationMethod
	Relationships       map[Relationship][]string
	Services            []Service
	Raw                 []byte // read: the JSON as it was
}

// Service is one of the document's services. Endpoint is JSON: a string, an object or an array. Raw is the JSON of the
// whole service as it was; to write, Extra are further members.
type Service struct {
	ID       string
	Types    []string
	Endpoint []byte
	Extra    map[string][]byte
	Raw      []byte
}

// Error is why a DID, DID URL, document or method was refused.
type Error struct {
	Code    string
	Pointer string
	Message string
}

func (e *Error) Error() string { return e.Message }

// Parse reads a DID document. It fails with an *Error whose Pointer says where.
func Parse(raw []byte) (Document, error) { return Document{}, nil }

// Method finds a verification method by its id, absolute or "#fragment".
func (d Document) Method(id string) (VerificationMethod, bool) { return VerificationMethod{}, false }

// Has says whether the method may be used for the relationship.
func (d Document) Has(relationship Relationship, methodID string) bool { return false }

// Methods are the methods of the document that may be used for the relationship, in its order.
func (d Document) Methods(relationship Relationship) []VerificationMethod { return nil }

// Service finds a service by its id, absolute or "#fragment".
func (d Document) Service(id string) (Service, bool) { return Service{}, false }

// Build writes a document: members in the order people expect, @context first. Raw is not looked at.
func Build(document Document) ([]byte, error) { return nil, nil }
