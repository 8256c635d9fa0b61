package verifier

import (
	"bytes"
	"context"
	"net/url"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
)

// CheckRequest verifies a request object as its receiver does. Definitions of this server are read, others fetched.
func (d *Desk) CheckRequest(ctx context.Context, scope vc.Scope, object []byte, o RequestOptions) (RequestReport, error) {
	o.Definition = d.DefinitionAt
	return d.Verifier.VerifyRequest(ctx, scope, object, o)
}

// What a receiver of requests and definitions takes.
const (
	acceptRequest    = "application/oauth-authz-req+jwt, application/jwt, text/plain" // RFC 9101 §5.2.3
	acceptDefinition = "application/json"
)

// RequestAt gives the request object that a request_uri leads to: this server's own, another's, or the object itself
// where it stands in place of a URL. A wallet's URL (openid:, OpenID Connect Core 1.0 §6) is looked into. Errors: NotFound
// "request-not-found", "request-not-signed"; Unavailable "request-unreachable"; Invalid "request-malformed".
func (d *Desk) RequestAt(ctx context.Context, uri string) ([]byte, error) {
	malformed := vc.Errorf(vc.Invalid, "request-malformed", "neither a request object nor a URL of one").At("/requestURI")
	for range 2 {
		if strings.HasPrefix(uri, "ey") && !strings.ContainsAny(uri, ":/") { // a JWT: its header begins with {"
			return []byte(uri), nil
		}
		if d.OwnRequest != nil {
			if id, ok := d.OwnRequest(uri); ok {
				return d.SignedRequest(ctx, id)
			}
		}
		place, err := url.Parse(uri)
		if err != nil || !place.IsAbs() {
			return nil, malformed
		}
		if place.Scheme == "https" || place.Scheme == "http" {
			return d.fetched(ctx, uri, acceptRequest, "request")
		}
		query := place.Query()
		if uri = query.Get("request_uri"); uri == "" {
			uri = query.Get("request")
		}
	}
	return nil, malformed
}

// DefinitionAt gives the presentation definition at a URL, as [Desk.RequestAt] gives requests.
func (d *Desk) DefinitionAt(ctx context.Context, uri string) ([]byte, error) {
	if d.OwnDefinition != nil {
		if id, ok := d.OwnDefinition(uri); ok {
			definition, err := d.PublicDefinition(ctx, id)
			return definition.Document, err
		}
	}
	return d.fetched(ctx, uri, acceptDefinition, "definition")
}

func (d *Desk) fetched(ctx context.Context, uri, accept, noun string) ([]byte, error) {
	unreachable := vc.Errorf(vc.Unavailable, noun+"-unreachable", "the %s could not be fetched", noun)
	if d.Fetcher == nil {
		return nil, unreachable
	}
	body, _, err := d.Fetcher.Get(ctx, uri, accept)
	switch {
	case err == nil:
		return bytes.TrimSpace(body), nil
	case vc.KindOf(err) == vc.NotFound:
		return nil, vc.Errorf(vc.NotFound, noun+"-not-found", "there is no such %s", noun).Because(err)
	case vc.KindOf(err) == vc.Internal:
		return nil, err
	}
	return nil, unreachable.Because(err)
}
