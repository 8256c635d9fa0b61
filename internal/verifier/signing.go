package verifier

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
)

// ClientKey is the key that a client with a DID signs with: the first of its document for authentication.
type ClientKey struct {
	Method    string // verification method
	Algorithm string // of JOSE
}

// clientKey resolves a client that is a DID.
func (d *Desk) clientKey(ctx context.Context, scope vc.Scope, client string) (ClientKey, error) {
	if !strings.HasPrefix(client, "did:") || d.Verifier.config.Resolver == nil {
		return ClientKey{}, nil
	}
	refused := vc.Errorf(vc.Invalid, "did-not-resolved", "the client's DID does not resolve").At("/client")
	resolution, err := d.Verifier.config.Resolver.Resolve(ctx, scope, client)
	switch {
	case err != nil && vc.KindOf(err) == vc.Unsupported:
		return ClientKey{}, vc.Errorf(vc.Invalid, "did-method-not-supported", "DIDs of the client's method are not resolved here").At("/client")
	case err != nil && vc.KindOf(err) == vc.Internal:
		return ClientKey{}, err
	case err != nil || resolution.Metadata.Deactivated:
		return ClientKey{}, refused.Because(err)
	}
	document, err := diddoc.Parse(resolution.Document)
	if err != nil {
		return ClientKey{}, refused.Because(err)
	}
	for _, relationship := range []diddoc.Relationship{diddoc.Authentication, diddoc.AssertionMethod} {
		for _, method := range document.Methods(relationship) {
			if key, err := method.PublicKey(); err == nil {
				return ClientKey{Method: method.ID, Algorithm: key.Algorithm}, nil
			}
		}
	}
	return ClientKey{}, vc.Errorf(vc.Invalid, "no-active-key", "the client's DID document has no key to sign with").At("/client")
}

// RequestChange changes a request: Signed is its object as its client signed it, nil: as it is; Status "" likewise.
type RequestChange struct {
	Signed []byte
	Status vc.PresentationState
}

// UpdateRequest takes a request's signed object, or completes it. What is signed must say what was to be signed, and be
// signed by the client's DID; it is taken once, and again when it is the same.
//
// Errors: NotFound "request-not-found"; Invalid "signature-missing", "token-malformed", "payload-differs" and
// "signature-invalid" at /signed; Gone "request-expired"; Conflict "request-already-signed", "request-archived",
// "request-completed" (what is completed is not reopened).
func (d *Desk) UpdateRequest(ctx context.Context, by vc.Caller, id string, change RequestChange) (vc.PresentationRequest, error) {
	request, err := d.Request(ctx, by.Scope, id)
	if err != nil {
		return vc.PresentationRequest{}, err
	}
	if change.Signed != nil && request.Signed == nil {
		if err := d.signed(ctx, request, change.Signed); err != nil {
			return vc.PresentationRequest{}, err
		}
	}
	return d.changeRequest(ctx, by, request, func(r *vc.PresentationRequest) (string, error) {
		action := ""
		switch {
		case !r.ArchivedAt.IsZero():
			return "", vc.Errorf(vc.Conflict, "request-archived", "the request is archived")
		case change.Signed == nil || bytes.Equal(change.Signed, r.Signed):
		case r.Signed != nil:
			return "", vc.Errorf(vc.Conflict, "request-already-signed", "the request is signed").At("/signed")
		default:
			r.Signed, action = change.Signed, "presentation.signed"
		}
		switch {
		case change.Status == "" || change.Status == r.Status:
		case r.Status == vc.RequestCompleted:
			return "", vc.Errorf(vc.Conflict, "request-completed", "the request is completed").At("/status")
		default:
			r.Status, action = change.Status, "presentation.completed"
		}
		return action, nil
	})
}

// signed says whether a token is the request's object, signed by its client.
func (d *Desk) signed(ctx context.Context, request vc.PresentationRequest, token []byte) error {
	if !request.ExpiresAt.After(d.now()) {
		return vc.Errorf(vc.Gone, "request-expired", "the request is over")
	}
	if _, err := jose.ParseUnsigned(token); err == nil {
		return vc.Errorf(vc.Invalid, "signature-missing", "the request object is not signed").At("/signed")
	}
	given, err := jose.ParseCompact(token)
	if err != nil {
		return vc.Errorf(vc.Invalid, "token-malformed", "not a JWT").At("/signed").Because(err)
	}
	wanted, err := jose.ParseUnsigned(request.Unsigned)
	if err != nil {
		return err
	}
	if same, err := ijson.Equal(given.Payload, wanted.Payload); err != nil || !same {
		return vc.Errorf(vc.Invalid, "payload-differs", "the request object does not say what was to be signed").At("/signed").Because(err)
	}
	report, err := d.Verifier.VerifyRequest(ctx, request.Scope, token, RequestOptions{Checks: []string{CheckValidity}, At: d.now()})
	if err != nil {
		return err
	}
	for _, check := range report.Checks {
		if check.Outcome == Failed || check.Outcome == NotChecked && !slices.Contains(nothing, check.Code) {
			return vc.Errorf(vc.Invalid, "signature-invalid", "the client's signature does not verify: %s", check.Reason).At("/signed")
		}
	}
	return nil
}
