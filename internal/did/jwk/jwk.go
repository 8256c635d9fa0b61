// Package jwk is the DID method did:jwk: the DID is its one public key as a JWK, so nothing of it can
// change.
package jwk

import (
	"context"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didjwk"
)

// Method is did:jwk.
type Method struct{}

var (
	_ did.Method  = Method{}
	_ did.Creator = Method{}
)

// Name is "jwk".
func (Method) Name() string { return "jwk" }

// Resolve derives the document from the DID; it needs no network.
func (Method) Resolve(_ context.Context, text string) (diddoc.Resolution, error) {
	document, err := didjwk.Resolve(text)
	if err != nil {
		return diddoc.Resolution{}, did.Invalid(err)
	}
	return diddoc.Resolution{Document: document, ContentType: did.ContentType}, nil
}

// Create gives the DID of exactly one key. It has no options.
func (m Method) Create(ctx context.Context, request did.CreateRequest) (did.Created, error) {
	return did.CreateOfKey(ctx, m, request, didjwk.Encode)
}
