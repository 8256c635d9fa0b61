package verifier

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// TokenVerdict is what became of a JWT that a DID signed.
type TokenVerdict struct {
	DID     string // who signed: of the key that its header names
	Method  string // verification method
	Header  []byte // JSON
	Payload []byte // JSON
	Valid   bool
	Error   string // why it is not: a code; "" where it is
}

// VerifyToken checks the signature of a JWT by the key that its header's kid, a DID URL, names. What it says is not judged. Errors:
// Invalid "token-malformed"; those of [Service.Verify].
func (s *Service) VerifyToken(ctx context.Context, scope vc.Scope, jwt string) (TokenVerdict, error) {
	return TokenVerdict{}, vc.Errorf(vc.Unsupported, "not-built", "not built")
}
