package verifier

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

// TokenVerdict is what became of a JWT that names the DID which signed it.
type TokenVerdict struct {
	DID     string // of the key that its header names
	Method  string // verification method
	Header  []byte // JSON
	Payload []byte // JSON
	Valid   bool   // that key signed it
	Error   string // why it is not valid: the code of a check
}

// VerifyToken checks the signature of a JWT by the key that its header's kid, a DID URL, names and whose DID's document lists for
// assertions or authentication. What the token says, and when, is not judged. Errors: Invalid "token-malformed", "token-kid"; those
// of [Service.Verify].
func (s *Service) VerifyToken(ctx context.Context, scope vc.Scope, jwt string) (TokenVerdict, error) {
	if err := s.mayVerify(ctx, scope); err != nil {
		return TokenVerdict{}, err
	}
	compact, err := jose.ParseCompact([]byte(strings.TrimSpace(jwt)))
	if err != nil {
		malformed := vc.Errorf(vc.Invalid, "token-malformed", "the token is no JWT")
		if e, ok := errors.AsType[*jose.Error](err); ok {
			malformed.Message += ": " + e.Message
		}
		return TokenVerdict{}, malformed.At("/jwt")
	}
	did, _, named := strings.Cut(compact.Header.Kid, "#")
	if _, err := diddoc.ParseDID(did); err != nil || !named {
		return TokenVerdict{}, vc.Errorf(vc.Invalid, "token-kid", "the token's kid is not a DID URL of a verification method").At("/jwt")
	}
	p := prover{Service: s, signer: whoSigned(), ctx: ctx, scope: scope}
	checks, err := p.proofs(did, []format.Signature{compactSignature(compact, time.Time{})})
	if err != nil {
		return TokenVerdict{}, err
	}
	verdict := TokenVerdict{
		DID: did, Method: compact.Header.Kid, Header: compact.RawHeader, Payload: compact.Payload, Valid: true,
	}
	for _, check := range checks {
		if verdict.Valid && check.Outcome != Passed && check.Outcome != Warning {
			verdict.Valid, verdict.Error = false, check.Code
		}
	}
	return verdict, nil
}

func whoSigned() signer {
	return signer{
		check: CheckSubject, who: "the signer", purpose: diddoc.AssertionMethod, second: diddoc.Authentication, cites: "DID Core §7.1",
		made: "the token",
	}
}
