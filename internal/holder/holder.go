// Package holder is the desk of who holds credentials: it prepares presentations, and the ID tokens that answer
// requests, for a key that is somewhere else. [Desk.Prove] and [Desk.Present] alone sign: presentations that were prepared here.
// With a [Wallet] it also keeps credentials, sealed, and deals with whoever offers some or asks for some.
//
//	credentials ── PreparePresentation ──> unsigned presentation ── signed elsewhere ──> vp_token
//	request, vp_token ── PrepareIDToken ──> unsigned ID token, with the presentation submission
//	credential ── Hold: verified ──> wallet ── Matching, Present ──> presentation of a wallet's identity
//	credential ── Take: verified ──> Taken.Record ──> wallet ── Answer: chosen, signed ──> Answered.Record: in the caller's transaction
//	scanned ── Begin: Protocol.Read ──> exchange or reply ── Confirm…: taken by one ──> Protocol.Claim, Answer ──> its end
//
// What goes over the network goes there between transactions: one takes a flow, another ends it. A server that fails between them
// leaves a flow that expires.
package holder

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
)

// Desk prepares. It is safe for concurrent use.
type Desk struct {
	Identity Resolver
	Formats  []format.Format  // tried in order
	Fetcher  Fetcher          // nil: nothing is fetched
	Now      func() time.Time // nil: time.Now
	Leeway   time.Duration    // how far clocks may differ
	Signing  *Signing         // nil: nothing is signed here
	Wallet   *Wallet          // nil: nothing is held here
}

// Resolver resolves DIDs; the identity service is one.
type Resolver interface {
	Resolve(ctx context.Context, scope vc.Scope, did string) (resolution diddoc.Resolution, ours bool, err error)
}

// Fetcher gets a document over the network and bounds its size and time.
type Fetcher interface {
	Get(ctx context.Context, url, accept string) (body []byte, contentType string, err error)
}

func (d *Desk) now() time.Time {
	if d.Now == nil {
		return time.Now().UTC().Truncate(time.Second)
	}
	return d.Now().UTC().Truncate(time.Second)
}

// method is a verification method of a holder, with what it signs.
type method struct{ id, algorithm string }

// method finds how a DID proves that it is there: by its first method for authentication whose key is known here, or
// where it lists none by its first for assertions. What was given as the DID stands at pointer.
func (d *Desk) method(ctx context.Context, scope vc.Scope, did, pointer string) (method, error) {
	if _, err := diddoc.ParseDID(did); err != nil {
		return method{}, vc.Errorf(vc.Invalid, "holder-not-a-did", "the holder is not a DID").At(pointer)
	}
	resolution, _, err := d.Identity.Resolve(ctx, scope, did)
	if err == nil && resolution.Metadata.Deactivated {
		err = vc.Errorf(vc.Gone, "did-deactivated", "deactivated")
	}
	if err != nil {
		return method{}, unresolved(err, pointer)
	}
	document, err := diddoc.Parse(resolution.Document)
	if err != nil {
		return method{}, vc.Errorf(vc.Invalid, "did-not-resolved", "the DID's document cannot be read").Because(err).At(pointer)
	}
	for _, purpose := range []diddoc.Relationship{diddoc.Authentication, diddoc.AssertionMethod} {
		for _, one := range document.Methods(purpose) {
			if key, err := one.PublicKey(); err == nil {
				return method{one.ID, key.Algorithm}, nil
			}
		}
	}
	return method{}, vc.Errorf(vc.Invalid, "holder-without-key", "the DID's document has no key that can sign").At(pointer)
}

func unresolved(err error, pointer string) error {
	switch kind := vc.KindOf(err); kind {
	case vc.Internal:
		return err
	case vc.Unsupported:
		return vc.Errorf(vc.Unsupported, "did-method-not-supported", "DIDs of this method are not resolved here").Because(err).At(pointer)
	case vc.Unavailable:
		return vc.Errorf(vc.Unavailable, "did-not-resolved", "the DID cannot be resolved now").Because(err).At(pointer)
	default:
		return vc.Errorf(vc.Invalid, "did-not-resolved", "the DID does not resolve").Because(err).At(pointer)
	}
}

// read tries each format on a credential.
func (d *Desk) read(ctx context.Context, secured []byte) (format.Format, format.Secured, error) {
	for _, f := range d.Formats {
		read, err := f.Read(ctx, secured)
		if err == nil {
			return f, read, nil
		}
		if e, ok := errors.AsType[*vc.Error](err); !ok || e.Code != "other-format" {
			return nil, format.Secured{}, err
		}
	}
	return nil, format.Secured{}, vc.Errorf(vc.Invalid, "unknown-format", "the bytes are not of any format this server reads")
}

// isJWT tells a token from a URL.
func isJWT(text string) bool {
	return strings.HasPrefix(text, "ey") && strings.Contains(text, ".") && !strings.ContainsAny(text, ":/")
}

// unsigned is the token that a method is to sign.
func unsigned(m method, payload []byte) []byte {
	return jose.Input(jose.EncodeHeader(jose.Header{Alg: m.algorithm, Kid: m.id, Typ: "JWT"}), payload)
}
