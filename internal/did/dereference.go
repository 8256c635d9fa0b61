package did

import (
	"context"

	"github.com/chancery-vc/chancery/spec/diddoc"
)

// Dereferencer is a method whose DID URLs have paths and queries of their own: versions, resources. Dereference gives the
// whole document where only a fragment or a service of it is asked for; those are read in the same way for all methods. Errors
// are those of [Method.Resolve], and Invalid "invalidDidUrl".
type Dereferencer interface {
	Dereference(ctx context.Context, url string) (diddoc.Dereferencing, error)
}

// CodeInvalidURL is of a DID URL that its method has not: DID Resolution 0.3 §8.
const CodeInvalidURL = "invalidDidUrl"
