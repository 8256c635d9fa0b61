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

// standing says as what a new key stands in a document: the type of its verification method, and its purposes. One that takes
// the place of others is for what they were for, so that somebody controls the DID.
func (s *Service) standing(identity vc.Identity, algorithm vc.Algorithm, asked string, instead bool) (string, []string, error) {
	method := s.methods[identity.Method]
	add := func(methodType string) (string, []string, error) {
		methodType, purposes, err := did.Adding(method, algorithm, methodType)
		if err == nil && instead && len(purposes) == 1 {
			err = vc.Errorf(vc.Invalid, "key-not-supported", "a key that only asserts does not take the place of those that control the DID")
		}
		return methodType, purposes, err
	}
	if asked == "" {
		newest, _ := newestActive(identity)
		if methodType, purposes, err := add(newest.Type); err == nil {
			return methodType, purposes, nil
		}
	}
	return add(asked)
}
