// Package holder is the desk of who holds credentials: it prepares presentations and ID tokens for a key that is
// somewhere else. Nothing is signed here.
package holder

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// Desk prepares. It is safe for concurrent use.
type Desk struct {
	Identity Resolver
	Formats  []format.Format  // tried in order
	Fetcher  Fetcher          // nil: nothing is fetched
	Now      func() time.Time // nil: time.Now
}

// Resolver resolves DIDs; the identity service is one.
type Resolver interface {
	Resolve(ctx context.Context, scope vc.Scope, did string) (resolution diddoc.Resolution, ours bool, err error)
}

// Fetcher gets a document over the network and bounds its size and time.
type Fetcher interface {
	Get(ctx context.Context, url, accept string) (body []byte, contentType string, err error)
}

// Presentation is what is to be presented.
type Presentation struct {
	Holder      string    // DID
	Audience    string    // "": anyone
	Nonce       string    // "": none
	Credentials [][]byte  // secured
	ExpiresAt   time.Time // zero: never
}

// Prepared is a presentation that is yet to be signed: Document is what a signer is shown (for a JWT its two parts,
// without a trailing dot), Input what it signs.
type Prepared struct {
	Document []byte
	Input    []byte
}

// IDTokenOrder says which request is to be answered.
type IDTokenOrder struct {
	Request    []byte // request object, a JWT
	RequestURI string // where it is fetched when Request is nil
	Definition []byte // presentation definition, for a request that names it by a URL; nil: it is fetched
	Issuer     string // DID of who answers; "": the signer says
	VPToken    string // signed presentation; "": none
}

// IDTokenPrepared is an ID token that is yet to be signed, with what is sent beside it.
type IDTokenPrepared struct {
	State    string
	Unsigned []byte // header.payload
	VPToken  string
}

// PreparePresentation prepares a presentation of credentials. Errors: Invalid "holder-not-a-did", "did-not-resolved"
// (Unsupported "did-method-not-supported"), "credential-malformed" and "credential-unsigned" at /credentials/n,
// "expiry-past".
func (d *Desk) PreparePresentation(ctx context.Context, scope vc.Scope, p Presentation) (Prepared, error) {
	return Prepared{}, vc.Errorf(vc.Unsupported, "not-built", "presentations are not prepared yet")
}

// PrepareIDToken prepares the ID token that answers a request: SIOPv2 §11. Errors: those of the holder's DID as of
// [Desk.PreparePresentation] at /issuer; Invalid "request-malformed", "request-expired", "presentation-malformed" at
// /vp_token; Unavailable "request-unreachable".
func (d *Desk) PrepareIDToken(ctx context.Context, scope vc.Scope, order IDTokenOrder) (IDTokenPrepared, error) {
	return IDTokenPrepared{}, vc.Errorf(vc.Unsupported, "not-built", "ID tokens are not prepared yet")
}
