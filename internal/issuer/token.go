package issuer

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// NewToken is a JWT to sign. Header and Payload are JSON objects; alg and kid of the header are written here.
type NewToken struct {
	DID     string // of an identity that issues here; "" where Method names it
	Method  string // verification method; "": the identity's newest
	Header  []byte // nil: none of its own
	Payload []byte
}

// SignToken signs a JWT that is none of ours to mind: Invalid "mint-refused" for what anyone could read as a credential, a
// presentation, a status list, an SD-JWT, an ID or access token. Errors: those of the key.
func (d *Desk) SignToken(ctx context.Context, by vc.Caller, t NewToken) (string, error) {
	return "", vc.Errorf(vc.Unsupported, "not-built", "not built")
}
