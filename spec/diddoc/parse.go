package diddoc

import (
	"errors"
	"net/url"
	"slices"
	"strconv"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// Limits of a document that is read: its size in bytes and how many methods and services it has.
const (
	MaxDocument = 1 << 20
	maxEntries  = 1000
)

// Parse reads a DID document. Ids become absolute. Members that it does not know are let pass: they are in Raw. It fails
// with an *Error (CodeDocument) whose Pointer says where. Keys are looked at when they are asked for.
func Parse(raw []byte) (Document, error) {
	members, err := ijson.Members(raw, ijson.Limits{Bytes: MaxDocument})
	if err != nil {
		fault := invalid("", "no I-JSON object")
		if inner := (*ijson.Error)(nil); errors.As(err, &inner) {
			fault.Pointer, fault.Message = inner.Pointer, inner.Code+": "+inner.Message
		}
		return Document{}, fault
	}
	doc := Document{Raw: raw, Relationships: map[Relationship][]string{}}
	byName := make(map[string][]byte, len(members))
	for _, m := range members {
		byName[m.Name] = m.Value
	}
	id, ok := ijson.String(byName["id"])
	if !ok {
		return Document{}, invalid("/id", "a DID is expected")
	}
	if _, err := ParseDID(id); err != nil {
		return Document{}, invalid("/id", "a DID is expected")
	}
	doc.ID = id
	if doc.AlsoKnownAs, ok = stringOrStrings(byName["alsoKnownAs"]); !ok {
		return Document{}, invalid("/alsoKnownAs", "an array of strings is expected")
	}
	if doc.Controller, ok = stringOrStrings(byName["controller"]); !ok {
		return Document{}, invalid("/controller", "a string or an array of strings is expected")
	}
	doc.Context = contextStrings(byName["@context"])
	if err := doc.parseMethods(byName); err != nil {
		return Document{}, err
	}
	if err := doc.parseServices(byName["service"]); err != nil {
		return Document{}, err
	}
	return doc, nil
}

func invalid(pointer, message string) *Error {
	return &Error{Code: CodeDocument, Pointer: pointer, Message: message}
}

// parseMethods reads verificationMethod and the relationships, which hold ids or whole methods.
func (d *Document) parseMethods(members map[string][]byte) error {
	entries, fault := elements(members, "verificationMethod")
	if fault != nil {
		return fault
	}
	seen := make(map[string]bool, len(entries))
	add := func(entry []byte, pointer string, embedded Relationship) (string, *Error) {
		m, fault := parseMethod(d.ID, entry, pointer)
		if fault != nil {
			return "", fault
		}
		if seen[m.ID] {
			return "", invalid(pointer+"/id", "the id names two methods")
		}
		seen[m.ID] = true
		m.Embedded = embedded
		d.VerificationMethods = append(d.VerificationMethods, m)
		return m.ID, nil
	}
	for i, entry := range entries {
		if _, fault := add(entry, "/verificationMethod/"+strconv.Itoa(i), ""); fault != nil {
			return fault
		}
	}
	for _, relationship := range relationships() {
		entries, fault := elements(members, string(relationship))
		if fault != nil {
			return fault
		}
		for i, entry := range entries {
			pointer := "/" + string(relationship) + "/" + strconv.Itoa(i)
			id, ok := ijson.String(entry)
			if ok {
				if id = absolute(d.ID, id); !isURL(id) {
					return invalid(pointer, "a DID URL is expected")
				}
			} else if id, fault = add(entry, pointer, relationship); fault != nil {
				return fault
			}
			if !slices.Contains(d.Relationships[relationship], id) { // a set, DID Core §5.3
				d.Relationships[relationship] = append(d.Relationships[relationship], id)
			}
		}
	}
	return nil
}

func parseMethod(did string, raw []byte, pointer string) (VerificationMethod, *Error) {
	members, err := ijson.Members(raw, ijson.Limits{})
	if err != nil {
		return VerificationMethod{}, invalid(pointer, "an object is expected")
	}
	var m VerificationMethod
	for _, member := range members {
		ok := true
		switch member.Name {
		case "id":
			m.ID, ok = ijson.String(member.Value)
			m.ID = absolute(did, m.ID)
			ok = ok && isURL(m.ID)
		case "type":
			m.Type, ok = ijson.String(member.Value)
		case "controller":
			m.Controller, ok = ijson.String(member.Value)
		case "publicKeyJwk":
			m.PublicKeyJWK, ok = member.Value, member.Value[0] == '{'
		case "publicKeyMultibase":
			m.PublicKeyMultibase, ok = ijson.String(member.Value)
		case "publicKeyBase58":
			m.PublicKeyBase58, ok = ijson.String(member.Value)
		case "publicKeyHex":
			m.PublicKeyHex, ok = ijson.String(member.Value)
		}
		if !ok {
			return VerificationMethod{}, invalid(pointer+"/"+member.Name, "the member has another form")
		}
	}
	if m.ID == "" {
		return VerificationMethod{}, invalid(pointer+"/id", "a DID URL is expected")
	}
	if m.Type == "" {
		return VerificationMethod{}, invalid(pointer+"/type", "a string is expected")
	}
	if m.Controller == "" {
		m.Controller = did // did:peer lets it be left out
	}
	return m, nil
}

func (d *Document) parseServices(raw []byte) error {
	if raw == nil {
		return nil
	}
	entries, ok := ijson.Elements(raw)
	if !ok || len(entries) > maxEntries {
		return invalid("/service", "an array is expected")
	}
	seen := make(map[string]bool, len(entries))
	for i, entry := range entries {
		pointer := "/service/" + strconv.Itoa(i)
		members, err := ijson.Members(entry, ijson.Limits{})
		if err != nil {
			return invalid(pointer, "an object is expected")
		}
		s := Service{Raw: entry}
		for _, m := range members {
			ok := true
			switch m.Name {
			case "id":
				s.ID, ok = ijson.String(m.Value)
				s.ID = absolute(d.ID, s.ID)
			case "type":
				s.Types, ok = stringOrStrings(m.Value)
			case "serviceEndpoint":
				s.Endpoint, ok = m.Value, m.Value[0] == '"' || m.Value[0] == '{' || m.Value[0] == '['
			default:
				if s.Extra == nil {
					s.Extra = map[string][]byte{}
				}
				s.Extra[m.Name] = m.Value
			}
			if !ok {
				return invalid(pointer+"/"+m.Name, "the member has another form")
			}
		}
		if _, err := url.Parse(s.ID); s.ID == "" || err != nil {
			return invalid(pointer+"/id", "a URI is expected")
		}
		if seen[s.ID] {
			return invalid(pointer+"/id", "the id names two services")
		}
		seen[s.ID] = true
		if len(s.Types) == 0 {
			return invalid(pointer+"/type", "a string or an array of strings is expected")
		}
		if s.Endpoint == nil {
			return invalid(pointer+"/serviceEndpoint", "a URL, an object or an array is expected")
		}
		d.Services = append(d.Services, s)
	}
	return nil
}

func elements(members map[string][]byte, name string) ([][]byte, *Error) {
	raw, ok := members[name]
	if !ok {
		return nil, nil
	}
	entries, ok := ijson.Elements(raw)
	if !ok || len(entries) > maxEntries {
		return nil, invalid("/"+name, "an array is expected")
	}
	return entries, nil
}

func isURL(text string) bool {
	_, err := ParseURL(text)
	return err == nil
}

// stringOrStrings reads what may be one string or an array of them; nothing where there is no member.
func stringOrStrings(raw []byte) ([]string, bool) {
	if raw == nil {
		return nil, true
	}
	if text, ok := ijson.String(raw); ok {
		return []string{text}, true
	}
	items, ok := ijson.Elements(raw)
	if !ok {
		return nil, false
	}
	texts := make([]string, len(items))
	for i, item := range items {
		if texts[i], ok = ijson.String(item); !ok {
			return nil, false
		}
	}
	return texts, true
}

// contextStrings are the contexts that are named; those that stand in the document itself are in Raw.
func contextStrings(raw []byte) []string {
	if text, ok := ijson.String(raw); ok {
		return []string{text}
	}
	items, _ := ijson.Elements(raw)
	var texts []string
	for _, item := range items {
		if text, ok := ijson.String(item); ok {
			texts = append(texts, text)
		}
	}
	return texts
}
