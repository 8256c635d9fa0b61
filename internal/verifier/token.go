package verifier

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/siop"
)

// TokenOptions say what is expected of an ID token.
type TokenOptions struct {
	Audience []string // one of them must be its audience; none: not asked
	Nonce    string   // "": not asked
	State    string   // what a state in the token must be, where it has one; "": not asked
	// SubjectTypes are the subject syntax types that are taken, SIOPv2 §8; none: any.
	SubjectTypes []string
	Checks       []string // what is wanted of validity; none: all. The others always run.
	At           time.Time
	MaxAge       time.Duration // of a token that does not say when it ends; zero: ten minutes
}

// TokenReport is the answer of a verification of an ID token.
type TokenReport struct {
	Outcome    Outcome
	Token      siop.IDToken
	Payload    []byte
	Subject    string // who signed: a DID, or the thumbprint of a key
	Submission []byte // presentation submission inside the token; nil: none
	Checks     []Check
}

// Find gives the check of that name at the top of the tree.
func (r TokenReport) Find(name string) (Check, bool) { return find(r.Checks, name) }

// VerifyIDToken checks a self-issued ID token, SIOPv2 §11.1. Errors are those of [Service.VerifyPresentation].
func (s *Service) VerifyIDToken(ctx context.Context, scope vc.Scope, token []byte, options TokenOptions) (TokenReport, error) {
	return TokenReport{}, vc.Errorf(vc.Unsupported, "not-built", "ID tokens are not verified yet")
}
