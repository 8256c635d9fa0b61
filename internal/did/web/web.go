// Package web is the DID method did:web.
package web

import (
	"context"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// Method is did:web.
type Method struct {
	Fetch  Fetcher
	Domain string // host[:port] of DIDs made without the option "domain"; "" makes that option necessary
}

// Fetcher gets a document over the network; it is the guarded client.
type Fetcher interface {
	Get(ctx context.Context, url, accept string) (body []byte, contentType string, err error)
}

// Name is "web".
func (Method) Name() string { return "web" }

// Resolve gives the document.
func (Method) Resolve(ctx context.Context, text string) (diddoc.Resolution, error) {
	return diddoc.Resolution{}, vc.Errorf(vc.Unsupported, "not-yet", "not built yet")
}

// Create makes a DID.
func (Method) Create(ctx context.Context, request did.CreateRequest) (did.Created, error) {
	return did.Created{}, vc.Errorf(vc.Unsupported, "not-yet", "not built yet")
}
