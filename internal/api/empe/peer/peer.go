// Package peer is Empe's wire from the wallet's side: how its offerings are claimed and its requests answered.
package peer

import (
	"context"
	"net/http"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Client sends requests and bounds their answers' size and time; [httpx.Client] is one.
type Client interface {
	Do(request *http.Request) (httpx.Response, error)
}

// Protocol speaks Empe's wire to issuers and verifiers, wherever they are.
type Protocol struct {
	Client Client
}

var _ holder.Protocol = Protocol{}

var errNotBuilt = vc.Errorf(vc.Unsupported, "not-built", "this is not built yet")

// Name implements [holder.Protocol].
func (p Protocol) Name() string { return "empe" }

// Read implements [holder.Protocol].
func (p Protocol) Read(ctx context.Context, scanned []byte) (holder.Scanned, bool, error) {
	return holder.Scanned{}, false, errNotBuilt
}

// Claim implements [holder.Protocol].
func (p Protocol) Claim(ctx context.Context, offer holder.Scanned, did string, prove holder.Prover) ([]byte, error) {
	return nil, errNotBuilt
}

// Answer implements [holder.Protocol].
func (p Protocol) Answer(ctx context.Context, request holder.Scanned, made holder.Presented) (string, error) {
	return "", errNotBuilt
}
