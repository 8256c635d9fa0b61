package identity

import (
	"context"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// ResolveAs is [Service.Resolve] with a word about the document. Invalid "invalidOptions" where the DID's method has one form,
// "unsupportedPublicKeyType" where the form does not hold the DID's key.
func (s *Service) ResolveAs(ctx context.Context, scope vc.Scope, didText string, options diddoc.ResolutionOptions) (resolution diddoc.Resolution, ours bool, err error) {
	resolution, ours, err = s.Resolve(ctx, scope, didText)
	if err != nil || options == (diddoc.ResolutionOptions{}) {
		return resolution, ours, err
	}
	parsed, err := diddoc.ParseDID(didText)
	if err != nil {
		return diddoc.Resolution{}, false, did.Invalid(err)
	}
	former, ok := s.methods[parsed.Method].(did.Former)
	if !ok {
		return diddoc.Resolution{}, false, vc.Errorf(vc.Invalid, did.CodeInvalidOptions, "a document of did:%s has one form", parsed.Method)
	}
	formed, err := former.ResolveAs(ctx, didText, options)
	if err != nil {
		return diddoc.Resolution{}, false, err
	}
	formed.Metadata = resolution.Metadata
	return formed, ours, nil
}

// AddKeyAs is [Service.AddKey] with the type of the key's verification method, "" for that of the newest active key where it
// holds the new one; so may documents have keys for suites that want them in different forms. [vc.Invalid] "method-type" for
// a type that does not hold the key, [vc.Unsupported] "method-type-not-supported" where the method's documents have one form.
func (s *Service) AddKeyAs(ctx context.Context, by vc.Caller, id string, algorithm vc.Algorithm, methodType string) (vc.Identity, error) {
	return s.grow(ctx, by, id, algorithm, methodType, false)
}

// typeOf gives the type of a new key's verification method.
func (s *Service) typeOf(identity vc.Identity, algorithm vc.Algorithm, asked string) (string, error) {
	method := s.methods[identity.Method]
	if asked != "" {
		return asked, did.CheckType(method, algorithm, asked)
	}
	newest, _ := newestActive(identity)
	if newest.Type == "" || did.CheckType(method, algorithm, newest.Type) != nil {
		return "", nil
	}
	return newest.Type, nil
}
