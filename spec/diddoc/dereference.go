package diddoc

import (
	"encoding/json"
	"net/url"
)

// What a DID URL may lead to.
const (
	ToDocument = iota // Resolution
	ToMetadata        // Resolution without a document: only what is about it was asked for
	ToContent         // Content: a part of the document, or something else that the DID has
	ToPlace           // Location, elsewhere
)

// Dereferencing is what a DID URL leads to: DID Resolution 0.3 §5. Kind says which of the others count.
type Dereferencing struct {
	Kind            int
	Resolution      Resolution
	Content         []byte // nil: none, for there is only what is about it
	ContentType     string
	ContentMetadata []byte // a JSON object; nil: an empty one
	Location        string // a URI
}

// Part gives the verification method or service of a document that a fragment names, as the JSON that it is there. A method
// may stand in a verification relationship alone.
func Part(document []byte, did, fragment string) (part []byte, ok bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(document, &members) != nil {
		return nil, false
	}
	names := []string{"verificationMethod", "service"}
	for _, relationship := range relationships() {
		names = append(names, string(relationship))
	}
	for _, name := range names {
		var list []json.RawMessage
		if json.Unmarshal(members[name], &list) != nil {
			continue
		}
		for _, item := range list {
			var has struct {
				ID string `json:"id"`
			}
			if json.Unmarshal(item, &has) == nil && has.ID != "" && absolute(did, has.ID) == did+"#"+fragment {
				return item, true
			}
		}
	}
	return nil, false
}

// ServicePlace gives where a service of a document is: the first URI of its endpoint, to which a relative reference is added
// by RFC 3986 §5 (DID Resolution 0.3 §5.1). name is the fragment of the service's id, or the id.
func ServicePlace(document []byte, did, name, relative string) (string, bool) {
	doc, err := Parse(document)
	if err != nil {
		return "", false
	}
	for _, service := range doc.Services {
		id := absolute(did, service.ID)
		if id != did+"#"+name && id != name {
			continue
		}
		base, err := url.Parse(firstURI(service.Endpoint))
		reference, err2 := url.Parse(relative)
		if err != nil || err2 != nil || base.Scheme == "" || reference.Scheme != "" || reference.Host != "" {
			return "", false
		}
		if relative == "" {
			return base.String(), true
		}
		return base.ResolveReference(reference).String(), true
	}
	return "", false
}

// firstURI reads an endpoint: a text, or the first text of a list.
func firstURI(endpoint []byte) string {
	var text string
	if json.Unmarshal(endpoint, &text) == nil {
		return text
	}
	var list []any
	if json.Unmarshal(endpoint, &list) == nil {
		for _, item := range list {
			if text, ok := item.(string); ok {
				return text
			}
		}
	}
	return ""
}
