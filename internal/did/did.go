// Package did is the seam to DID methods: one folder a method.
//
//	identity ── Create(request) ──> document and keys' places ──> identity's transaction
//	         ── Resolve(did) ─────> document, by the method's own rules
package did

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
)

// Method resolves the DIDs of one method. It fails with a [vc.Error] whose Code is a DID Resolution error code:
// "invalidDid" and "invalidDidDocument" (Invalid), "notFound" (NotFound), "representationNotSupported" (Unsupported), "internalError"
// (Unavailable for what the network did). DID Resolution 0.3 §3.1.
type Method interface {
	Name() string // "key", "web"
	Resolve(ctx context.Context, did string) (diddoc.Resolution, error)
}

// Creator is a method whose DIDs can be made here.
type Creator interface {
	// Create gives the DID and document for a new identity with those keys. It writes nothing.
	Create(ctx context.Context, request CreateRequest) (Created, error)
}

// Rotator is a method whose keys can change. MethodID gives the verification method id that a new key gets, Document
// the document of an identity with its keys in force.
type Rotator interface {
	MethodID(did string, key vc.Key) (string, error)
	Document(identity vc.Identity) ([]byte, error)
}

// CreateRequest asks for a DID. Options are the method's own: for web "domain" and "path", for
// empe "network".
type CreateRequest struct {
	Keys    []vc.Key
	Options map[string]string
}

// Created is a new DID: Methods[i] is the verification method id of Keys[i].
type Created struct {
	DID      string
	Document []byte
	Methods  []string
	Type     string // of them, as [vc.IdentityKey] has it
	// Keys, where it is set, says of each key as what it stands, where they differ; Type does not count then.
	Keys []Standing
}

// Standing is as what a key stands in a document: the type of its verification method, and what it is for.
type Standing struct {
	Type     string
	Purposes []string
}

// Certifier is a method whose DIDs follow from a key, so that a key can prove a DID whose document nobody has. Certify gives the
// document that such a DID has as long as its keys are those it began with; false where it does not follow from the key.
type Certifier interface {
	Certify(did string, key jose.PublicKey) (diddoc.Document, bool)
}

// Addresser is a method of a ledger that names keys as Ethereum does. Address gives a key's 20 bytes, 0x and 40 hexadecimal
// digits; false for a key that has no address.
type Addresser interface {
	Address(key vc.Key) (string, bool)
}
