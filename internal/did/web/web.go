// Package web is the DID method did:web: the DID is a place on the web, and the document is what is served there.
//
//	Resolve ── DID ──> URL ──> the guarded client ──> document, whose id must be the DID
//	Document ── identity ──> the keys in force: active with all they are for, retired to verify, compromised gone
package web

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didweb"
	"github.com/chancery-vc/chancery/spec/jose"
)

// Method is did:web.
type Method struct {
	Fetch        Fetcher // nil: no DID but ours resolves
	LoopbackHTTP bool    // DIDs of localhost are made and resolved, over plain http
	Domain       string  // host[:port] of DIDs made with the option "path" alone; "": "domain" is needed
}

// Fetcher gets a document over the network; it is the guarded client. Anything but an answer with status 200 is an
// error, of kind [vc.NotFound] when there is no such document.
type Fetcher interface {
	Get(ctx context.Context, url, accept string) (body []byte, contentType string, err error)
}

var (
	_ did.Method  = Method{}
	_ did.Creator = Method{}
	_ did.Rotator = Method{}
	_ did.Typer   = Method{}
)

// Name is "web".
func (Method) Name() string { return "web" }

// Resolve fetches the document. Its id must be the DID (did:web §3.2, DID Core §5.1.1), else another site's document
// could speak for it.
func (m Method) Resolve(ctx context.Context, text string) (diddoc.Resolution, error) {
	url, err := didweb.URL(text, m.LoopbackHTTP)
	if err != nil {
		return diddoc.Resolution{}, did.Invalid(err)
	}
	if m.Fetch == nil {
		return diddoc.Resolution{}, vc.Errorf(vc.Unavailable, did.CodeInternal, "this server fetches no documents")
	}
	body, _, err := m.Fetch.Get(ctx, url, "application/did+ld+json, application/did+json, application/json;q=0.9")
	if err != nil {
		return diddoc.Resolution{}, notFetched(err)
	}
	document, err := diddoc.Parse(body)
	if err != nil {
		return diddoc.Resolution{}, vc.Errorf(vc.Invalid, did.CodeInvalidDocument, "what is served for the DID is not a DID document").Because(err)
	}
	if document.ID != text {
		return diddoc.Resolution{}, vc.Errorf(vc.Invalid, did.CodeInvalidDocument, "the document served for the DID has another id")
	}
	contentType := did.ContentType
	if len(document.Context) == 0 {
		contentType = "application/did+json" // DID Core §6.2
	}
	return diddoc.Resolution{Document: body, ContentType: contentType}, nil
}

// Serves says whether a DID is of this server's own domain, where no one else can publish another document.
func (m Method) Serves(text string) bool {
	domain, err := didweb.DID(m.Domain, nil)
	return err == nil && (text == domain || strings.HasPrefix(text, domain+":"))
}

// notFetched says in words of DID Resolution what the network did.
func notFetched(err error) error {
	why := "the document could not be fetched"
	if e, ok := errors.AsType[*vc.Error](err); ok && e.Kind != vc.Internal {
		why += ": " + e.Message
	}
	if vc.KindOf(err) == vc.NotFound {
		return vc.Errorf(vc.NotFound, did.CodeNotFound, "there is no document where the DID says").Because(err)
	}
	return vc.Errorf(vc.Unavailable, did.CodeInternal, "%s", why).Because(err)
}

// Create makes the DID of a place, with one key or more. Options: "domain", host[:port]; "path", segments between
// slashes, without which the DID is the domain's own; "verificationMethodType", one of Types for each key.
func (m Method) Create(_ context.Context, request did.CreateRequest) (did.Created, error) {
	if err := did.RefuseOptions(request.Options, "domain", "path", did.OptionType); err != nil {
		return did.Created{}, err
	}
	text, err := m.name(request.Options["domain"], request.Options["path"])
	if err != nil {
		return did.Created{}, err
	}
	if len(request.Keys) == 0 {
		return did.Created{}, vc.Errorf(vc.Invalid, "one-key", "a did:web made here has at least one key").At("/keys")
	}
	identity := vc.Identity{DID: text}
	created := did.Created{DID: text, Type: request.Options[did.OptionType]}
	for _, key := range request.Keys {
		if created.Type != "" {
			if err := did.CheckType(m, key.Algorithm, created.Type); err != nil {
				return did.Created{}, at(err, "/options/"+did.OptionType)
			}
		}
		id, err := m.MethodID(text, key)
		if err != nil {
			return did.Created{}, err
		}
		created.Methods = append(created.Methods, id)
		identity.Keys = append(identity.Keys, vc.IdentityKey{Key: key, Method: id, Type: created.Type, Purposes: did.Purposes(), State: vc.KeyActive})
	}
	created.Document, err = m.Document(identity)
	return created, err
}

// reserved are the first segments of paths on the server's own domain that belong to its APIs, now or later.
func reserved() []string {
	return []string{
		"v1", "t", "status", "schemas", "contexts", "oauth2", "1.0", ".well-known", "openapi.json", "healthz", "readyz", "metrics",
		"meeco", "empe", "acapy", "vc-api", "didcomm", "oid4vci", "oid4vp", "console",
	}
}

// name gives the DID of a place.
func (m Method) name(domain, path string) (string, error) {
	var segments []string
	if path = strings.Trim(path, "/"); path != "" {
		segments = strings.Split(path, "/")
	}
	if domain == "" {
		if m.Domain == "" {
			return "", vc.Errorf(vc.Invalid, "domain-missing", "a did:web needs a domain").At("/options/domain")
		}
		if len(segments) == 0 {
			return "", vc.Errorf(vc.Invalid, "path-missing", "a did:web on this server's own domain needs a path").At("/options/path")
		}
		domain = m.Domain
	}
	if domain == m.Domain && len(segments) > 0 && slices.Contains(reserved(), segments[0]) {
		return "", vc.Errorf(vc.Conflict, "path-reserved", "this server answers something else below /%s", segments[0]).At("/options/path")
	}
	text, err := didweb.DID(domain, segments)
	if err == nil {
		_, err = didweb.URL(text, m.LoopbackHTTP) // what nobody may resolve is not made
	}
	if err != nil {
		refusal := vc.Errorf(vc.Invalid, "place-invalid", "no did:web can be made of this domain and path").At("/options").Because(err)
		if e, ok := errors.AsType[*diddoc.Error](err); ok && e.Message != "" {
			refusal.Message = e.Message
		}
		return "", refusal
	}
	return text, nil
}

// MethodID gives the id of the verification method of a key: the DID and, as fragment, the thumbprint of the key
// (RFC 7638). It stays the same wherever the key goes, and two keys never share it.
func (Method) MethodID(text string, key vc.Key) (string, error) {
	public, err := jose.ParseJWK(key.PublicJWK)
	if err != nil {
		return "", vc.Errorf(vc.Invalid, "key-not-supported", "did:web does not have this kind of key here").Because(err)
	}
	return text + "#" + public.Thumbprint(), nil
}

// Types gives the types that a key may be listed as: those that proof suites are taken with. JsonWebKey2020 is the usual one.
func (Method) Types(algorithm vc.Algorithm) []string {
	types := []string{diddoc.JSONWebKey2020, diddoc.JSONWebKey, diddoc.Multikey}
	switch algorithm {
	case vc.Ed25519:
		types = append(types, diddoc.Ed25519VerificationKey2020, diddoc.Ed25519VerificationKey2018)
	case vc.P256:
		types = append(types, diddoc.EcdsaSecp256r1VerificationKey2019)
	case vc.Secp256k1:
		types = append(types, diddoc.EcdsaSecp256k1VerificationKey2019)
	}
	return types
}

// at puts an error where it belongs in a request.
func at(err error, pointer string) error {
	if e, ok := errors.AsType[*vc.Error](err); ok {
		return e.At(pointer)
	}
	return err
}

// Document gives the document with the keys in force. An active key has all it is for. A retired one keeps
// assertionMethod, so that what it signed still verifies, and nothing that lets it act anew. A compromised one is
// gone. A deactivated identity has no key and no service at all.
func (Method) Document(identity vc.Identity) ([]byte, error) {
	document := diddoc.Document{ID: identity.DID, Relationships: map[diddoc.Relationship][]string{}}
	for _, key := range identity.Keys {
		if key.State == vc.KeyCompromised || !identity.DeactivatedAt.IsZero() {
			continue
		}
		public, err := jose.ParseJWK(key.Key.PublicJWK)
		if err != nil {
			return nil, vc.Errorf(vc.Internal, "key-broken", "a key of the identity has no public JWK").Because(err)
		}
		keyType := key.Type
		if keyType == "" {
			keyType = diddoc.JSONWebKey2020
		}
		method, err := diddoc.NewMethod(keyType, key.Method, identity.DID, public)
		if err != nil {
			return nil, vc.Errorf(vc.Internal, "key-broken", "a key of the identity fits no verification method").Because(err)
		}
		document.VerificationMethods = append(document.VerificationMethods, method)
		for _, purpose := range key.Purposes {
			relationship := diddoc.Relationship(purpose)
			if key.State == vc.KeyActive || relationship == diddoc.AssertionMethod {
				document.Relationships[relationship] = append(document.Relationships[relationship], key.Method)
			}
		}
	}
	if identity.DeactivatedAt.IsZero() {
		var err error
		if document.Services, err = services(identity); err != nil {
			return nil, err
		}
	}
	text, err := diddoc.Build(document)
	if err != nil {
		return nil, vc.Errorf(vc.Internal, "document-broken", "no document can be made of the identity").Because(err)
	}
	return text, nil
}

// services reads those that an identity keeps.
func services(identity vc.Identity) ([]diddoc.Service, error) {
	if identity.Services == nil {
		return nil, nil
	}
	document, err := diddoc.Parse(slices.Concat([]byte(`{"id":"`+identity.DID+`","service":`), identity.Services, []byte("}")))
	if err != nil {
		return nil, vc.Errorf(vc.Internal, "document-broken", "the services of the identity cannot be read").Because(err)
	}
	return document.Services, nil
}
