// Package key is the DID method did:key (W3C CCG, v0.9): the DID is its one public key, so nothing of it can
// change.
package key

import (
	"context"
	"errors"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didkey"
)

// Method is did:key.
type Method struct{}

var (
	_ did.Method  = Method{}
	_ did.Creator = Method{}
	_ did.Former  = Method{}
)

// Name is "key".
func (Method) Name() string { return "key" }

// Resolve derives the document from the DID; it needs no network. Keys are Multikey, and an Ed25519 key has its X25519 sibling
// beside it for key agreement.
func (m Method) Resolve(ctx context.Context, text string) (diddoc.Resolution, error) {
	return m.ResolveAs(ctx, text, diddoc.ResolutionOptions{})
}

// ResolveAs derives the document with its keys in any type that holds them, without asking for enableExperimentalPublicKeyTypes:
// §3.1.2.
func (Method) ResolveAs(_ context.Context, text string, options diddoc.ResolutionOptions) (diddoc.Resolution, error) {
	keyType := options.PublicKeyFormat
	if keyType == "" {
		keyType = diddoc.Multikey
	}
	parsed, err := didkey.Document(text, keyType)
	if e, ok := errors.AsType[*diddoc.Error](err); ok && e.Code == diddoc.CodeKeyType {
		return diddoc.Resolution{}, vc.Errorf(vc.Invalid, did.CodeUnsupportedKeyTypes, "the key of the DID has no such form").Because(err)
	}
	if err != nil {
		return diddoc.Resolution{}, did.Invalid(err)
	}
	if options.NoDerivedKeys {
		underived(&parsed)
	}
	document, err := diddoc.Build(parsed)
	if err != nil {
		return diddoc.Resolution{}, did.Invalid(err)
	}
	return diddoc.Resolution{Document: document, ContentType: did.ContentType}, nil
}

// underived leaves out the key that is not the DID's own.
func underived(document *diddoc.Document) {
	if len(document.VerificationMethods) > 1 {
		document.VerificationMethods = document.VerificationMethods[:1]
		delete(document.Relationships, diddoc.KeyAgreement)
	}
}

// Create gives the DID of exactly one key. It has no options.
func (m Method) Create(ctx context.Context, request did.CreateRequest) (did.Created, error) {
	return did.CreateOfKey(ctx, m, request, didkey.Encode)
}
