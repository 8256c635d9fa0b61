package cheqd

import (
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/ijson"
)

// Document writes the DID document that the ledger's document is: DID Core 1.0. Its contexts are those on the ledger and
// whatever others its terms need. It fails with a *diddoc.Error.
//
// A JWK that stands inline is an object, not the text that the ledger has. An inline method with the id of a verification
// method is left out for the other one: a document that says one id twice is none.
func (d DIDDoc) Document() ([]byte, error) {
	doc := d.document()
	contexts := slices.Clone(doc.Context)
	needed := diddoc.Contexts(doc)
	if !slices.Contains(contexts, needed[0]) {
		contexts = slices.Insert(contexts, 0, needed[0])
	}
	for _, context := range needed[1:] {
		if !slices.Contains(contexts, context) {
			contexts = append(contexts, context)
		}
	}
	doc.Context = contexts
	return diddoc.Build(doc)
}

func (d DIDDoc) document() diddoc.Document {
	doc := diddoc.Document{
		Context: d.Context, ID: d.ID, Controller: d.Controller, AlsoKnownAs: d.AlsoKnownAs,
		Relationships: map[diddoc.Relationship][]string{
			diddoc.Authentication: d.Authentication, diddoc.KeyAgreement: d.KeyAgreement,
			diddoc.CapabilityInvocation: d.CapabilityInvocation, diddoc.CapabilityDelegation: d.CapabilityDelegation,
		},
	}
	for _, m := range d.VerificationMethod {
		method := diddoc.VerificationMethod{ID: m.ID, Type: m.Type, Controller: m.Controller}
		switch m.Type {
		case diddoc.Ed25519VerificationKey2018:
			method.PublicKeyBase58 = m.Material
		case diddoc.JSONWebKey2020:
			method.PublicKeyJWK = []byte(m.Material)
		default:
			method.PublicKeyMultibase = m.Material
		}
		doc.VerificationMethods = append(doc.VerificationMethods, method)
	}
	for _, text := range d.AssertionMethod {
		id := text
		if m, ok := ParseInlineMethod(text); ok {
			id = m.ID
			if _, twice := doc.Method(id); !twice {
				doc.VerificationMethods = append(doc.VerificationMethods, m)
			}
		}
		if !slices.Contains(doc.Relationships[diddoc.AssertionMethod], id) {
			doc.Relationships[diddoc.AssertionMethod] = append(doc.Relationships[diddoc.AssertionMethod], id)
		}
	}
	for _, s := range d.Service {
		doc.Services = append(doc.Services, s.service())
	}
	return doc
}

func (s Service) service() diddoc.Service {
	out := diddoc.Service{ID: s.ID, Types: []string{s.Type}, Extra: map[string][]byte{}, Endpoint: texts(s.Endpoint)}
	if len(s.Endpoint) == 1 {
		out.Endpoint = ijson.AppendString(nil, s.Endpoint[0])
	}
	for name, list := range map[string][]string{
		"recipientKeys": s.RecipientKeys, "routingKeys": s.RoutingKeys, "accept": s.Accept,
	} {
		if len(list) > 0 {
			out.Extra[name] = texts(list)
		}
	}
	if s.Priority != 0 {
		out.Extra["priority"] = strconv.AppendUint(nil, uint64(s.Priority), 10)
	}
	return out
}

func texts(list []string) []byte {
	out := []byte{'['}
	for i, text := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = ijson.AppendString(out, text)
	}
	return append(out, ']')
}

// FromDocument makes a DID document the ledger's. It fails with an *Error whose Pointer says where: CodeKeyType for a key
// that the ledger refuses, CodeDocument for what it cannot hold (a document is never stored with less than it said), and
// whatever else [DIDDoc.Check] finds.
func FromDocument(raw []byte) (DIDDoc, error) {
	doc, err := diddoc.Parse(raw)
	if err != nil {
		return DIDDoc{}, documentError(err)
	}
	if err := checkMembers(raw); err != nil {
		return DIDDoc{}, err
	}
	d := DIDDoc{
		Context: doc.Context, ID: doc.ID, Controller: doc.Controller, AlsoKnownAs: doc.AlsoKnownAs,
		Authentication: doc.Relationships[diddoc.Authentication], KeyAgreement: doc.Relationships[diddoc.KeyAgreement],
		CapabilityInvocation: doc.Relationships[diddoc.CapabilityInvocation],
		CapabilityDelegation: doc.Relationships[diddoc.CapabilityDelegation],
	}
	for i, m := range doc.VerificationMethods {
		if m.Embedded != "" {
			if m.Embedded != diddoc.AssertionMethod {
				return DIDDoc{}, unfit("/"+string(m.Embedded), "the ledger holds whole methods in assertionMethod alone")
			}
			continue
		}
		pointer := "/verificationMethod/" + strconv.Itoa(i)
		method, err := fromMethod(m, pointer)
		if err != nil {
			return DIDDoc{}, err
		}
		d.VerificationMethod = append(d.VerificationMethod, method)
	}
	for _, id := range doc.Relationships[diddoc.AssertionMethod] {
		if m, ok := doc.Method(id); ok && m.Embedded == diddoc.AssertionMethod {
			id = InlineMethod(m)
		}
		d.AssertionMethod = append(d.AssertionMethod, id)
	}
	for i, s := range doc.Services {
		service, err := fromService(s, "/service/"+strconv.Itoa(i))
		if err != nil {
			return DIDDoc{}, err
		}
		d.Service = append(d.Service, service)
	}
	if err := d.Check(); err != nil {
		return DIDDoc{}, unfit("", "the ledger refuses the document: "+err.Error())
	}
	return d, nil
}

func unfit(pointer, message string) *Error {
	return &Error{Code: CodeDocument, Pointer: pointer, Message: message}
}

func documentError(err error) error {
	if fault, ok := err.(*diddoc.Error); ok { //nolint:errorlint // Parse gives no other
		return unfit(fault.Pointer, fault.Message)
	}
	return unfit("", err.Error())
}

// checkMembers refuses members that the ledger has no place for.
func checkMembers(raw []byte) error {
	members, err := ijson.Members(raw, ijson.Limits{})
	if err != nil {
		return unfit("", "an object is expected")
	}
	for _, m := range members {
		switch m.Name {
		case "@context":
			if m.Value[0] == '"' {
				continue
			}
			items, _ := ijson.Elements(m.Value)
			for i, item := range items {
				if item[0] != '"' {
					return unfit("/@context/"+strconv.Itoa(i), "the ledger holds contexts that are URLs alone")
				}
			}
		case "id", "controller", "verificationMethod", "authentication", "assertionMethod", "capabilityInvocation",
			"capabilityDelegation", "keyAgreement", "service", "alsoKnownAs":
		default:
			return unfit("/"+ijson.Token(m.Name), "the ledger has no place for the member")
		}
	}
	return nil
}

func fromMethod(m diddoc.VerificationMethod, pointer string) (VerificationMethod, error) {
	out := VerificationMethod{ID: m.ID, Type: m.Type, Controller: m.Controller}
	switch m.Type {
	case diddoc.Ed25519VerificationKey2020:
		out.Material = m.PublicKeyMultibase
	case diddoc.Ed25519VerificationKey2018:
		out.Material = m.PublicKeyBase58
	case diddoc.JSONWebKey2020:
		out.Material = string(compact(m.PublicKeyJWK))
	default:
		return out, &Error{CodeKeyType, pointer + "/type", "the ledger takes Ed25519VerificationKey2020, Ed25519VerificationKey2018 and JsonWebKey2020; a method of another type may stand whole in assertionMethod"}
	}
	if out.Material == "" {
		return out, unfit(pointer, "the method does not hold its key in the form of its type")
	}
	if _, err := out.publicKey(); err != nil {
		return out, &Error{CodeKeyType, pointer, "the ledger refuses the key: " + err.Error()}
	}
	return out, nil
}

func fromService(s diddoc.Service, pointer string) (Service, error) {
	out := Service{ID: s.ID}
	if len(s.Types) != 1 {
		return out, unfit(pointer+"/type", "the ledger holds one type of a service")
	}
	out.Type = s.Types[0]
	if endpoint, ok := ijson.String(s.Endpoint); ok {
		out.Endpoint = []string{endpoint}
	} else if json.Unmarshal(s.Endpoint, &out.Endpoint) != nil {
		return out, unfit(pointer+"/serviceEndpoint", "the ledger holds endpoints that are URLs alone")
	}
	for name, value := range s.Extra {
		var err error
		switch name {
		case "recipientKeys":
			err = json.Unmarshal(value, &out.RecipientKeys)
		case "routingKeys":
			err = json.Unmarshal(value, &out.RoutingKeys)
		case "accept":
			err = json.Unmarshal(value, &out.Accept)
		case "priority":
			err = json.Unmarshal(value, &out.Priority)
		default:
			return out, unfit(pointer+"/"+ijson.Token(name), "the ledger has no place for the member")
		}
		if err != nil {
			return out, unfit(pointer+"/"+ijson.Token(name), "the member has another form")
		}
	}
	return out, nil
}
