// Package peer is the DID method did:peer (Peer DID Method 1.0), as far as a DID holds its document: numalgo 0, 2, and 4 in its
// long form. The document of the others, 1, 3, and 4 in its short form, was given to a peer, and nobody else has it.
package peer

import (
	"context"
	"errors"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didpeer"
)

// Method is did:peer. Those that a connection alone has are made by who makes the connection.
type Method struct{}

var (
	_ did.Method  = Method{}
	_ did.Creator = Method{}
)

// Name is "peer".
func (Method) Name() string { return "peer" }

// Resolve takes the document out of the DID; it needs no network. A DID that does not hold its document is not found.
func (Method) Resolve(_ context.Context, text string) (diddoc.Resolution, error) {
	document, err := didpeer.Resolve(text)
	e, ok := errors.AsType[*diddoc.Error](err)
	switch {
	case err == nil:
		return diddoc.Resolution{Document: document, ContentType: did.ContentType}, nil
	case ok && e.Code == didpeer.CodeNotFound:
		return diddoc.Resolution{}, vc.Errorf(vc.NotFound, did.CodeNotFound, "the document is not in this DID: only its peer has it").Because(err)
	case ok && e.Code == diddoc.CodeDocument:
		return diddoc.Resolution{}, vc.Errorf(vc.Invalid, did.CodeInvalidDocument, "what the DID holds is not a DID document").Because(err)
	}
	return diddoc.Resolution{}, did.Invalid(err)
}
