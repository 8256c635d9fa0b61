// Package jwk is the DID method did:jwk.
package jwk

import (
	"context"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// Method is did:jwk.
type Method struct{}

// Name is "jwk".
func (Method) Name() string { return "jwk" }

// Resolve gives the document.
func (Method) Resolve(ctx context.Context, text string) (diddoc.Resolution, error) {
	return diddoc.Resolution{}, vc.Errorf(vc.Unsupported, "not-yet", "not built yet")
}

// Create makes a DID.
func (Method) Create(ctx context.Context, request did.CreateRequest) (did.Created, error) {
	return did.Created{}, vc.Errorf(vc.Unsupported, "not-yet", "not built yet")
}
