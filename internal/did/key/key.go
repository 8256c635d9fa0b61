// Package key is the DID method did:key.
package key

import (
	"context"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// Method is did:key.
type Method struct{}

// Name is "key".
func (Method) Name() string { return "key" }

// Resolve gives the document.
func (Method) Resolve(ctx context.Context, text string) (diddoc.Resolution, error) {
	return diddoc.Resolution{}, vc.Errorf(vc.Unsupported, "not-yet", "not built yet")
}

// Create makes a DID.
func (Method) Create(ctx context.Context, request did.CreateRequest) (did.Created, error) {
	return did.Created{}, vc.Errorf(vc.Unsupported, "not-yet", "not built yet")
}
