// Package peer is Empe's wire from the wallet's side: how its offerings are claimed and its requests answered.
//
//	scanned ── Read ──> offering and issuer metadata, or authorization request ──> what is wanted of the wallet
//	Claim:  POST authorizations ─> presentation for nonce and issuer ─> POST validate ─> code ─> POST tokens ─> POST claim
//	Answer: POST response_uri, vp_token and presentation_submission as a form (OpenID4VP, direct_post)
//
// The other end is anybody: everything is read strictly, small, and from where it must be. Whatever a presentation or a token is
// sent to is of the origin that it is for.
package peer

import (
	"context"
	"net/http"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Client sends requests and bounds their answers' size and time; [httpx.Client] is one, and guards where they go.
type Client interface {
	Do(request *http.Request) (httpx.Response, error)
}

// Protocol speaks Empe's wire to issuers and verifiers, wherever they are. It is safe for concurrent use.
type Protocol struct {
	Client Client
}

var _ holder.Protocol = Protocol{}

// Name is "empe".
func (p Protocol) Name() string { return "empe" }

// Read implements [holder.Protocol]. A QR code holds an object, as JSON or as a JSON string, or a URL: of an offering, of a
// request, of the code's data, or one with a parameter request_uri. Errors: Invalid "scan-malformed", "offer-malformed",
// "offer-mismatch", "request-malformed"; NotFound "scan-nothing-there"; those of the client.
func (p Protocol) Read(ctx context.Context, scanned []byte) (holder.Scanned, bool, error) {
	found, ok, err := parseScan(scanned)
	if err != nil || !ok {
		return holder.Scanned{}, false, err
	}
	if found.kind == "" {
		if found, ok, err = p.look(ctx, found.url); err != nil || !ok {
			return holder.Scanned{}, false, err
		}
	}
	var out holder.Scanned
	if found.kind == holder.KindClaim {
		out, err = p.offer(ctx, found)
	} else {
		out, err = p.request(ctx, found)
	}
	return out, err == nil, err
}

// look fetches a URL of which only the answer tells what it is of.
func (p Protocol) look(ctx context.Context, url string) (scan, bool, error) {
	body, err := p.get(ctx, url)
	if err != nil {
		return scan{}, false, err
	}
	members, err := object(body)
	if err != nil {
		return scan{}, false, vc.Errorf(vc.Invalid, "scan-malformed", "what is at the scanned URL is of nothing that this wallet takes part in")
	}
	switch {
	case members.has("credential_configuration_ids") && members.has("id"):
		return scan{kind: holder.KindClaim, url: url, body: body}, true, nil
	case members.has("response_uri") && members.has("nonce"):
		return scan{kind: holder.KindPresentation, url: url, body: body}, true, nil
	}
	found, ok, err := scanOf(members) // the data of a QR code
	return found, ok && found.kind != "", err
}
