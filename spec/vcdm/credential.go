package vcdm

import (
	"encoding/json"
	"time"
)

// Credential is a verifiable credential. Where typed fields and raw JSON stand side by side (Raw), the raw JSON is
// what [Encode] writes and the fields are a view of it; leave Raw nil to write from the fields.
type Credential struct {
	Version         Version // by base context; "" when there is none: then dates are in Extra
	Context         []json.RawMessage
	ID              string
	Types           []string
	Name            json.RawMessage // string or language value objects, VCDM 2.0 §4.6
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

// Issuer is who issues or holds: a URL, or an object with one.
type Issuer struct {
	ID   string
	Name string // when it is a plain string
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

// Subjects gives the values of credentialSubject one by one.
func (c *Credential) Subjects() []json.RawMessage {
	if len(c.Subject) == 0 {
		return nil
	}
	found, _ := items(c.Subject)
	return found
}

// SubjectIDs gives the ids of the subjects that have one.
func (c *Credential) SubjectIDs() []string {
	var ids []string
	for _, subject := range c.Subjects() {
		if value, ok := member(subject, "id"); ok {
			if id, ok := text(value); ok {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// Contexts gives the contexts that are URLs, in order.
func (c *Credential) Contexts() []string {
	urls := make([]string, 0, len(c.Context))
	for _, context := range c.Context {
		if url, ok := text(context); ok {
			urls = append(urls, url)
		}
	}
	return urls
}

// shape remembers how a document was written where the fields cannot say it, so that reading and writing loses
// nothing.
type shape struct {
	odd         []Member // members the fields cannot hold, as they were
	contextOne  bool     // @context was no array
	typeOne     bool     // type was no array
	credentials bool     // verifiableCredential was no array
	from, until written
}

func (s *shape) oddity(name string) (json.RawMessage, bool) { return lookup(s.odd, name) }
