package diddoc

import (
	"maps"
	"slices"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// The contexts of documents themselves and of their services.
const (
	contextDID          = "https://www.w3.org/ns/did/v1"
	contextDIDComm      = "https://didcomm.org/messaging/contexts/v2"
	contextLinkedDomain = "https://identity.foundation/.well-known/did-configuration/v1"
)

// Contexts are the contexts that define every term of the document: DID Core's, then one for each type of method, in the
// order they appear.
func Contexts(document Document) []string {
	contexts := []string{contextDID}
	add := func(context string) {
		if context != "" && !slices.Contains(contexts, context) {
			contexts = append(contexts, context)
		}
	}
	for _, m := range document.VerificationMethods {
		kind, _ := typeOf(m.Type)
		add(kind.context)
	}
	for _, s := range document.Services {
		if slices.Contains(s.Types, "DIDCommMessaging") {
			add(contextDIDComm)
		}
		if slices.Contains(s.Types, "LinkedDomains") {
			add(contextLinkedDomain)
		}
	}
	return contexts
}

// Build writes a document, without white space, its members in the order people expect: @context, id, alsoKnownAs,
// controller, verificationMethod, the relationships, service. Equal documents give equal bytes. It fails with an *Error
// (CodeDocument) for what [Parse] would refuse. An embedded method is written where its relationship names it.
func Build(document Document) ([]byte, error) {
	contexts := document.Context
	if contexts == nil {
		contexts = Contexts(document)
	}
	w := writer{out: make([]byte, 0, 1024)}
	w.open('{')
	if len(contexts) > 0 {
		w.name("@context")
		w.texts(contexts)
	}
	w.text("id", document.ID)
	if len(document.AlsoKnownAs) > 0 {
		w.name("alsoKnownAs")
		w.texts(document.AlsoKnownAs)
	}
	w.oneOrMany("controller", document.Controller)
	w.methods(document.VerificationMethods)
	for _, relationship := range relationships() {
		w.relationship(document, relationship)
	}
	if len(document.Services) > 0 {
		w.name("service")
		w.open('[')
		for _, s := range document.Services {
			w.service(s)
		}
		w.close(']')
	}
	w.close('}')
	if _, err := Parse(w.out); err != nil {
		return nil, err
	}
	return w.out, nil
}

// writer writes JSON; more says that the object or array that is open has something in it.
type writer struct {
	out  []byte
	more bool
}

func (w *writer) comma() {
	if w.more {
		w.out = append(w.out, ',')
	}
	w.more = true
}

// open begins an object or array as an element, or after a name.
func (w *writer) open(c byte) {
	if len(w.out) > 0 && w.out[len(w.out)-1] != ':' {
		w.comma()
	}
	w.out = append(w.out, c)
	w.more = false
}

func (w *writer) close(c byte) {
	w.out = append(w.out, c)
	w.more = true
}

func (w *writer) name(name string) {
	w.comma()
	w.out = append(ijson.AppendString(w.out, name), ':')
}

func (w *writer) text(name, value string) {
	w.name(name)
	w.out = ijson.AppendString(w.out, value)
}

func (w *writer) json(name string, value []byte) {
	w.name(name)
	w.out = append(w.out, value...)
}

func (w *writer) texts(values []string) {
	w.open('[')
	for _, value := range values {
		w.comma()
		w.out = ijson.AppendString(w.out, value)
	}
	w.close(']')
}

func (w *writer) oneOrMany(name string, values []string) {
	switch len(values) {
	case 0:
	case 1:
		w.text(name, values[0])
	default:
		w.name(name)
		w.texts(values)
	}
}

func (w *writer) methods(methods []VerificationMethod) {
	begun := false
	for _, m := range methods {
		if m.Embedded != "" {
			continue
		}
		if !begun {
			begun = true
			w.name("verificationMethod")
			w.open('[')
		}
		w.method(m)
	}
	if begun {
		w.close(']')
	}
}

func (w *writer) method(m VerificationMethod) {
	w.open('{')
	w.text("id", m.ID)
	w.text("type", m.Type)
	if m.Controller != "" {
		w.text("controller", m.Controller)
	}
	if m.PublicKeyJWK != nil {
		w.json("publicKeyJwk", m.PublicKeyJWK)
	}
	for _, key := range [...][2]string{{"publicKeyMultibase", m.PublicKeyMultibase}, {"publicKeyBase58", m.PublicKeyBase58}, {"publicKeyHex", m.PublicKeyHex}} {
		if key[1] != "" {
			w.text(key[0], key[1])
		}
	}
	w.close('}')
}

// relationship writes ids, and the methods that are embedded here.
func (w *writer) relationship(document Document, relationship Relationship) {
	ids := document.Relationships[relationship]
	if len(ids) == 0 {
		return
	}
	w.name(string(relationship))
	w.open('[')
	for _, id := range ids {
		if m, ok := document.Method(id); ok && m.Embedded == relationship {
			w.method(m)
			continue
		}
		w.comma()
		w.out = ijson.AppendString(w.out, id)
	}
	w.close(']')
}

func (w *writer) service(s Service) {
	w.open('{')
	w.text("id", s.ID)
	w.oneOrMany("type", s.Types)
	if s.Endpoint != nil {
		w.json("serviceEndpoint", s.Endpoint)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Extra)) {
		w.json(name, s.Extra[name])
	}
	w.close('}')
}
