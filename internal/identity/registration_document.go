package identity

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
)

// Limits of a document that is registered.
const (
	maxDraft     = 64 << 10 // bytes
	maxDraftKeys = 16
)

// unnamed stands for the DID that a document gets, while it is not known yet.
const unnamed = "did:new:new"

// draft is a DID document as a client sent it, its ids those of the DID that it gets.
type draft struct{ diddoc.Document }

func malformed(pointer, message string) *vc.Error {
	return vc.Errorf(vc.Invalid, "document-malformed", "%s", message).At("/didDocument" + pointer)
}

func notOffered(pointer, message string) error {
	return vc.Errorf(vc.Invalid, "document-not-offered", "%s", message).At(pointer)
}

// readDraft reads a document, for a DID or, while there is none, for [unnamed]. No document is an empty one.
func readDraft(raw []byte, didText string) (draft, error) {
	if didText == "" {
		didText = unnamed
	}
	if raw == nil {
		return draft{diddoc.Document{ID: didText}}, nil
	}
	value, err := ijson.Decode(raw, ijson.Limits{Bytes: maxDraft, Depth: 16})
	members, ok := value.(map[string]any)
	if err != nil || !ok {
		return draft{}, malformed("", "an I-JSON object of at most 64 KiB is expected").Because(err)
	}
	if err := rename(members, didText); err != nil {
		return draft{}, err
	}
	text, err := json.Marshal(members)
	if err != nil {
		return draft{}, malformed("", "the document cannot be written").Because(err)
	}
	doc, err := diddoc.Parse(text)
	if err != nil {
		fault := malformed("", "this is no DID document").Because(err)
		if e, ok := errors.AsType[*diddoc.Error](err); ok {
			fault = malformed(e.Pointer, e.Message)
		}
		return draft{}, fault
	}
	if len(doc.VerificationMethods) > maxDraftKeys {
		return draft{}, vc.Errorf(vc.Invalid, "too-many-keys", "a DID is registered with at most %d keys", maxDraftKeys).At("/didDocument/verificationMethod")
	}
	return draft{doc}, nil
}

// redraft is a client's document as it will be served under its DID: with our contexts beside its own, whatever
// keys it has in a form that was read, and nothing that DID Core does not name.
func redraft(raw []byte, didText string) ([]byte, error) {
	d, err := readDraft(raw, didText)
	if err != nil {
		return nil, err
	}
	if _, err := d.keys(); err != nil && len(d.VerificationMethods) > 0 {
		return nil, err
	}
	given := d.Context
	d.Context = diddoc.Contexts(d.Document)
	for _, context := range given {
		if !slices.Contains(d.Context, context) {
			d.Context = append(d.Context, context)
		}
	}
	document, err := diddoc.Build(d.Document)
	if err != nil {
		return nil, malformed("", "no document can be made of this").Because(err)
	}
	return document, nil
}

// rename makes a client's ids those of the DID: what it had for one before the "#" is not looked at. What is named
// nowhere is for authentication and assertions.
func rename(document map[string]any, didText string) error {
	for name, value := range document {
		if value == nil {
			delete(document, name)
		}
	}
	given, _ := document["id"].(string)
	document["id"] = didText
	named := false
	entries := func(name string, each func(i int, value any) (any, error)) error {
		list, ok := document[name].([]any)
		if !ok {
			return nil // another form is the parser's to refuse
		}
		for i := range list {
			var err error
			if list[i], err = each(i, list[i]); err != nil {
				return err
			}
		}
		return nil
	}
	method := func(i int, value any) (any, error) { return renamedMethod(value, i, given, didText) }
	if err := entries("verificationMethod", method); err != nil {
		return err
	}
	for _, relationship := range []diddoc.Relationship{
		diddoc.Authentication, diddoc.AssertionMethod, diddoc.KeyAgreement, diddoc.CapabilityInvocation, diddoc.CapabilityDelegation,
	} {
		named = named || document[string(relationship)] != nil
		err := entries(string(relationship), func(i int, value any) (any, error) {
			if reference, ok := value.(string); ok {
				return didText + "#" + fragment(reference, "key-"+strconv.Itoa(i+1)), nil
			}
			return method(i, value)
		})
		if err != nil {
			return err
		}
	}
	if methods, ok := document["verificationMethod"].([]any); ok && !named && len(methods) > 0 {
		var all []any
		for _, m := range methods {
			if object, ok := m.(map[string]any); ok {
				all = append(all, object["id"])
			}
		}
		document[string(diddoc.Authentication)], document[string(diddoc.AssertionMethod)] = all, all
	}
	if itself(document["controller"], given) {
		delete(document, "controller") // a DID controls itself where nobody else is named, DID Core §5.1.2
	}
	return entries("service", func(i int, value any) (any, error) {
		if object, ok := value.(map[string]any); ok {
			id, _ := object["id"].(string)
			object["id"] = didText + "#" + fragment(id, "service-"+strconv.Itoa(i+1))
		}
		return value, nil
	})
}

// itself says whether a controller is the DID of the document and nobody else.
func itself(controller any, given string) bool {
	if list, ok := controller.([]any); ok && len(list) == 1 {
		controller = list[0]
	}
	text, ok := controller.(string)
	return ok && (text == given || text == "")
}

// renamedMethod is a verification method under the DID.
func renamedMethod(value any, i int, given, didText string) (any, error) {
	object, ok := value.(map[string]any)
	if !ok {
		return value, nil
	}
	id, _ := object["id"].(string)
	object["id"] = didText + "#" + fragment(id, "key-"+strconv.Itoa(i+1))
	if controller, _ := object["controller"].(string); controller == "" || controller == given {
		object["controller"] = didText
	}
	return object, nil
}

// fragment is what follows "#" in an id, or the id itself where it is neither URL nor DID.
func fragment(id, instead string) string {
	if _, after, ok := strings.Cut(id, "#"); ok {
		id = after
	}
	if id == "" || strings.Contains(id, ":") {
		return instead
	}
	return id
}

// keys are the keys for signatures of the document, at least one. Those in JWKs are written anew: nothing that came
// beside the public key is kept.
func (d draft) keys() ([]vc.Key, error) {
	var keys []vc.Key
	for i := range d.VerificationMethods {
		m := &d.VerificationMethods[i]
		public, err := m.PublicKey()
		jwk := public.JWK
		if err != nil {
			agreed, other := m.AgreementKey()
			if other != nil {
				return nil, vc.Errorf(vc.Invalid, "key-not-supported", "the public key of this method cannot be read").
					At("/didDocument/verificationMethod/" + strconv.Itoa(i)).Because(err)
			}
			jwk = func() []byte { return jose.AgreementJWK(agreed) }
		} else {
			keys = append(keys, vc.Key{Algorithm: algorithmOf(public), PublicJWK: public.JWK()})
		}
		if m.PublicKeyJWK != nil {
			m.PublicKeyJWK = jwk()
		}
	}
	if len(keys) == 0 {
		return nil, malformed("/verificationMethod", "a key for signatures is needed")
	}
	return keys, nil
}

func algorithmOf(key jose.PublicKey) vc.Algorithm {
	for _, a := range []vc.Algorithm{vc.Ed25519, vc.P256, vc.P384, vc.Secp256k1} {
		if a.JOSE() == key.Algorithm {
			return a
		}
	}
	return ""
}

// onlyKeys refuses what a document that follows from its key has no place for.
func (d draft) onlyKeys() error {
	switch {
	case len(d.Services) > 0:
		return notOffered("/didDocument/service", "a DID of this method has no services")
	case len(d.AlsoKnownAs) > 0:
		return notOffered("/didDocument/alsoKnownAs", "a DID of this method has no other names")
	case len(d.Controller) > 0:
		return notOffered("/didDocument/controller", "a DID of this method has no other controller")
	}
	return nil
}

// onlyServices refuses what a document whose keys are made here cannot bring with it.
func (d draft) onlyServices() error {
	switch {
	case len(d.Relationships) > 0:
		return notOffered("/didDocument", "the relationships are those of the keys that are made here")
	case len(d.AlsoKnownAs) > 0:
		return notOffered("/didDocument/alsoKnownAs", "only services are taken beside keys that are made here")
	case len(d.Controller) > 0:
		return notOffered("/didDocument/controller", "only services are taken beside keys that are made here")
	}
	return nil
}

// services are those of a document as an identity keeps them, a JSON array; nil when there are none.
func services(raw []byte, didText string) ([]byte, error) {
	d, err := readDraft(raw, didText)
	if err != nil || len(d.Services) == 0 {
		return nil, err
	}
	list := make([]json.RawMessage, len(d.Services))
	for i, service := range d.Services {
		list[i] = service.Raw
	}
	return json.Marshal(list)
}

// sameKeys refuses a document that says something of an identity's keys, and not what is so.
func sameKeys(present, wanted []byte) error {
	refused := vc.Errorf(vc.Unsupported, "document-change-not-offered", "only the services of a DID whose keys are here change this way").At("/didDocument")
	old, err := diddoc.Parse(present)
	if err != nil {
		return vc.Errorf(vc.Internal, "document-broken", "the identity's document cannot be read").Because(err)
	}
	next, err := diddoc.Parse(wanted)
	if err != nil || len(next.AlsoKnownAs) > 0 || len(next.Controller) > 0 {
		return refused.Because(err)
	}
	if len(next.VerificationMethods) == 0 && len(next.Relationships) == 0 {
		return nil
	}
	same := len(old.VerificationMethods) == len(next.VerificationMethods) && len(old.Relationships) == len(next.Relationships)
	for _, m := range next.VerificationMethods {
		before, _ := old.Method(m.ID)
		key, err := m.PublicKey()
		was, other := before.PublicKey()
		same = same && err == nil && other == nil && key.Equal(was)
	}
	for relationship, ids := range next.Relationships {
		same = same && slices.Equal(ids, old.Relationships[relationship])
	}
	if !same {
		return refused
	}
	return nil
}
