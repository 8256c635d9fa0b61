package cheqd

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
)

// The options of a new DID, beside [did.OptionType].
const (
	OptionNetwork = "network" // "mainnet", "testnet"; not needed where there is one
	// OptionAssertionType is as what keys after the first stand, for assertions alone: "Multikey".
	OptionAssertionType = "assertionMethodType"
)

var (
	_ did.Creator  = Method{}
	_ did.Recorder = Method{}
	_ did.Typer    = Method{}
	_ did.Asserter = Method{}
)

// Create gives a DID of a new UUID. The first key controls it, so it is of an algorithm that the ledger takes; a further one of
// another algorithm stands whole in assertionMethod.
func (m Method) Create(_ context.Context, request did.CreateRequest) (did.Created, error) {
	if err := did.RefuseOptions(request.Options, OptionNetwork, OptionAssertionType, did.OptionType); err != nil {
		return did.Created{}, err
	}
	if len(request.Keys) == 0 {
		return did.Created{}, vc.Errorf(vc.Invalid, "one-key", "a did:cheqd has at least one key").At("/keys")
	}
	network, err := m.network(request.Options[OptionNetwork])
	if err != nil {
		return did.Created{}, err
	}
	if request.Options[OptionAssertionType] != "" && len(request.Keys) == 1 {
		return did.Created{}, vc.Errorf(vc.Invalid, "method-type", "the first key controls the DID: one that stands whole in assertionMethod comes after it").
			At("/options/" + OptionAssertionType)
	}
	identity := vc.Identity{DID: cheqd.DID{Namespace: network, ID: uuid.NewString()}.String()}
	created := did.Created{DID: identity.DID, Type: request.Options[did.OptionType]}
	for i, key := range request.Keys {
		standing, err := m.standing(i, key, request.Options)
		if err != nil {
			return did.Created{}, err
		}
		id, err := m.MethodID(identity.DID, key)
		if err != nil {
			return did.Created{}, err
		}
		created.Methods, created.Keys = append(created.Methods, id), append(created.Keys, standing)
		identity.Keys = append(identity.Keys, vc.IdentityKey{
			Key: key, Method: id, Type: standing.Type, Purposes: standing.Purposes, State: vc.KeyActive,
		})
	}
	created.Document, err = m.Document(identity)
	return created, err
}

// network is the one that was named, or the only one there is.
func (m Method) network(name string) (string, error) {
	names := slices.Sorted(maps.Keys(m.Networks))
	names = slices.DeleteFunc(names, func(name string) bool { return !m.Networks[name].written() })
	switch {
	case len(names) == 0:
		return "", vc.Errorf(vc.Unsupported, "network-not-configured", "this server has no node of did:cheqd to write to, and no registrar")
	case slices.Contains(names, name):
		return name, nil
	case name == "" && len(names) == 1:
		return names[0], nil
	case name == "":
		return "", vc.Errorf(vc.Invalid, "network-missing", "say which network: %s", strings.Join(names, ", ")).At("/options/network")
	default:
		return "", vc.Errorf(vc.Invalid, "network-unknown", "this server writes to %s", strings.Join(names, ", ")).At("/options/network")
	}
}

// standing says as what the key at a place in a request stands.
func (m Method) standing(i int, key vc.Key, options map[string]string) (did.Standing, error) {
	option, asked := did.OptionType, options[did.OptionType]
	if i > 0 && (options[OptionAssertionType] != "" || m.Types(key.Algorithm) == nil) {
		option, asked = OptionAssertionType, options[OptionAssertionType]
		if asked != "" && slices.Contains(m.AssertionTypes(key.Algorithm), asked) {
			return did.Standing{Type: asked, Purposes: did.AssertionAlone()}, nil
		}
	}
	if i == 0 && m.Types(key.Algorithm) == nil {
		return did.Standing{}, notTaken(key.Algorithm)
	}
	methodType, purposes, err := did.Adding(m, key.Algorithm, asked)
	if err == nil && i == 0 && asked != "" {
		err = did.CheckType(m, key.Algorithm, asked)
	}
	if e, ok := errors.AsType[*vc.Error](err); ok {
		return did.Standing{}, e.At("/options/" + option)
	}
	return did.Standing{Type: methodType, Purposes: purposes}, err
}

func notTaken(algorithm vc.Algorithm) error {
	return vc.Errorf(vc.Invalid, "key-not-supported", "the ledger of did:cheqd takes no key for %s to control a DID; it is added for assertions alone", algorithm)
}

// MethodID gives the id of the verification method of a key: the DID and, as fragment, the thumbprint of the key
// (RFC 7638).
func (Method) MethodID(text string, key vc.Key) (string, error) {
	public, err := jose.ParseJWK(key.PublicJWK)
	if err != nil {
		return "", vc.Errorf(vc.Invalid, "key-not-supported", "did:cheqd does not have this kind of key").Because(err)
	}
	return text + "#" + public.Thumbprint(), nil
}

// Types gives the types of verification methods that the ledger takes. There is none for secp256k1, and none for P-384, of
// which the ledger wants signatures over SHA-256 that no ES384 key makes.
func (Method) Types(algorithm vc.Algorithm) []string {
	switch algorithm {
	case vc.Ed25519:
		return []string{diddoc.Ed25519VerificationKey2020, diddoc.Ed25519VerificationKey2018, diddoc.JSONWebKey2020}
	case vc.P256:
		return []string{diddoc.JSONWebKey2020}
	}
	return nil
}

// AssertionTypes gives the types of keys that stand whole in assertionMethod, where the ledger looks at no type.
func (Method) AssertionTypes(algorithm vc.Algorithm) []string {
	types := []string{diddoc.Multikey}
	if algorithm == vc.Secp256k1 {
		types = append(types, diddoc.JSONWebKey2020, diddoc.EcdsaSecp256k1VerificationKey2019)
	}
	return types
}

// Document gives the document with the keys in force, as it resolves once the ledger has it. A retired key stays listed for
// assertions, so that what it signed verifies; a compromised one is gone.
func (m Method) Document(identity vc.Identity) ([]byte, error) {
	doc, err := m.doc(identity)
	if err != nil {
		return nil, err
	}
	text, err := doc.Document()
	if err != nil {
		return nil, vc.Errorf(vc.Internal, "document-broken", "no document can be made of the identity").Because(err)
	}
	return text, nil
}

// doc is the identity's document as the ledger holds it.
func (m Method) doc(identity vc.Identity) (cheqd.DIDDoc, error) {
	document := diddoc.Document{ID: identity.DID, Relationships: map[diddoc.Relationship][]string{}}
	for _, key := range identity.Keys {
		if key.State == vc.KeyCompromised || !identity.DeactivatedAt.IsZero() {
			continue
		}
		method, err := m.method(identity.DID, key)
		if err != nil {
			return cheqd.DIDDoc{}, err
		}
		document.VerificationMethods = append(document.VerificationMethods, method)
		for _, purpose := range key.Purposes {
			relationship := diddoc.Relationship(purpose)
			if key.State == vc.KeyActive || relationship == diddoc.AssertionMethod {
				document.Relationships[relationship] = append(document.Relationships[relationship], key.Method)
			}
		}
	}
	if identity.DeactivatedAt.IsZero() && identity.Services != nil {
		read, err := diddoc.Parse(slices.Concat([]byte(`{"id":"`+identity.DID+`","service":`), identity.Services, []byte("}")))
		if err != nil {
			return cheqd.DIDDoc{}, vc.Errorf(vc.Internal, "document-broken", "the services of the identity cannot be read").Because(err)
		}
		document.Services = read.Services
	}
	text, err := diddoc.Build(document)
	if err != nil {
		return cheqd.DIDDoc{}, vc.Errorf(vc.Internal, "document-broken", "no document can be made of the identity").Because(err)
	}
	doc, err := cheqd.FromDocument(text)
	if e, ok := errors.AsType[*cheqd.Error](err); ok {
		code := "document-not-on-ledger"
		if e.Code == cheqd.CodeKeyType {
			code = "key-not-supported"
		}
		return cheqd.DIDDoc{}, vc.Errorf(vc.Invalid, code, "%s", e.Message).At(e.Pointer).Because(err)
	}
	return doc, err
}

// method is a key as a verification method: in the list of those that control the DID, or whole in assertionMethod.
func (m Method) method(text string, key vc.IdentityKey) (diddoc.VerificationMethod, error) {
	public, err := jose.ParseJWK(key.Key.PublicJWK)
	if err != nil {
		return diddoc.VerificationMethod{}, vc.Errorf(vc.Internal, "key-broken", "a key of the identity has no public JWK").Because(err)
	}
	types := m.Types(key.Key.Algorithm)
	keyType := key.Type
	switch {
	case keyType == "" && len(types) == 0:
		return diddoc.VerificationMethod{}, notTaken(key.Key.Algorithm)
	case keyType == "":
		keyType = types[0]
	}
	method, err := diddoc.NewMethod(keyType, key.Method, text, public)
	if err != nil {
		return diddoc.VerificationMethod{}, vc.Errorf(vc.Internal, "key-broken", "a key of the identity fits no verification method").Because(err)
	}
	if !slices.Contains(types, keyType) {
		method.Embedded = diddoc.AssertionMethod
	}
	return method, nil
}

// controls says whether a key stands where its signatures count on the ledger.
func (m Method) controls(key vc.IdentityKey) bool {
	types := m.Types(key.Key.Algorithm)
	return key.State != vc.KeyCompromised && len(types) > 0 && (key.Type == "" || slices.Contains(types, key.Type))
}
