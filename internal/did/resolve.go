package did

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
)

// ContentType is the media type of the documents that methods build here: JSON-LD, with @context.
const ContentType = "application/did+ld+json"

// Codes of DID Resolution errors: DID Resolution 0.3 §3.1, DID Core §7.1.2.
const (
	CodeInvalid                    = "invalidDid"
	CodeNotFound                   = "notFound"
	CodeMethodNotSupported         = "methodNotSupported"
	CodeRepresentationNotSupported = "representationNotSupported"
	CodeInvalidDocument            = "invalidDidDocument"
	CodeInternal                   = "internalError"
)

// Invalid is the answer to a DID that breaks its method's syntax. What a [diddoc.Error] says of it is told.
func Invalid(err error) error {
	why := "this is not a DID of its method"
	if e, ok := errors.AsType[*diddoc.Error](err); ok && e.Message != "" {
		why = e.Message
	}
	return vc.Errorf(vc.Invalid, CodeInvalid, "%s", why).Because(err)
}

// Purposes are the verification relationships (DID Core §5.3) of a key of an identity made here.
func Purposes() []string {
	return []string{
		string(diddoc.AssertionMethod), string(diddoc.Authentication),
		string(diddoc.CapabilityInvocation), string(diddoc.CapabilityDelegation),
	}
}

// CreateOfKey makes the DID of a method whose DIDs are one key and nothing else; encode gives the DID of a key and
// the id of its verification method, absolute or a fragment.
func CreateOfKey(ctx context.Context, method Method, request CreateRequest, encode func(jose.PublicKey) (did, id string, err error)) (Created, error) {
	name := method.Name()
	if len(request.Keys) != 1 {
		return Created{}, vc.Errorf(vc.Invalid, "one-key", "a did:%s has exactly one key", name).At("/keys")
	}
	if err := RefuseOptions(request.Options); err != nil {
		return Created{}, err
	}
	public, err := jose.ParseJWK(request.Keys[0].PublicJWK)
	if err != nil {
		return Created{}, vc.Errorf(vc.Invalid, "key-not-supported", "did:%s does not have this kind of key", name).Because(err)
	}
	text, id, err := encode(public)
	if err != nil {
		return Created{}, vc.Errorf(vc.Invalid, "key-not-supported", "did:%s does not have this kind of key", name).Because(err)
	}
	resolution, err := method.Resolve(ctx, text)
	if err != nil {
		return Created{}, err
	}
	if strings.HasPrefix(id, "#") {
		id = text + id
	}
	return Created{DID: text, Document: resolution.Document, Methods: []string{id}}, nil
}

// RefuseOptions fails with [vc.Invalid] "unknown-option" when there is an option beside the known ones.
func RefuseOptions(options map[string]string, known ...string) error {
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if !slices.Contains(known, name) {
			return vc.Errorf(vc.Invalid, "unknown-option", "the DID method has no such option").At("/options/" + pointer(name))
		}
	}
	return nil
}

// pointer escapes a name for a JSON pointer: RFC 6901 §3.
func pointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
