package identity

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// maxURL is how long a DID URL may be.
const maxURL = 2 * maxDID

// Dereference gives what a DID URL leads to: DID Resolution 0.3 §5. A DID without more is one, which leads to its document.
// It may fetch, and what it gives is shared, as with [Service.Resolve]; errors are those of [Service.ResolveAs], and Invalid
// "invalidDidUrl".
//
// Paths, and queries for versions and resources, are for methods that have them: of another DID's document there is the present
// version, which is given where it is the one that was asked for.
func (s *Service) Dereference(ctx context.Context, scope vc.Scope, text string, options diddoc.ResolutionOptions) (diddoc.Dereferencing, error) {
	if len(text) > maxURL {
		return diddoc.Dereferencing{}, invalidURL("a DID URL this long is not followed")
	}
	parsed, err := diddoc.ParseURL(text)
	if err != nil {
		return diddoc.Dereferencing{}, did.Invalid(err)
	}
	query, err := url.ParseQuery(parsed.Query)
	if err != nil {
		return diddoc.Dereferencing{}, invalidURL("the query of the DID URL is none")
	}
	var found diddoc.Dereferencing
	if method, ok := s.methods[parsed.DID.Method].(did.Dereferencer); ok {
		if options != (diddoc.ResolutionOptions{}) {
			return diddoc.Dereferencing{}, vc.Errorf(vc.Invalid, did.CodeInvalidOptions, "a document of did:%s has one form", parsed.DID.Method)
		}
		found, err = s.followed(ctx, method, text)
		if vc.KindOf(err) == vc.Unavailable && text == parsed.DID.String() {
			// A DID of ours is known here too.
			if mine, err := s.own(ctx, text); err == nil && mine.found {
				return diddoc.Dereferencing{Resolution: described(mine.identity)}, nil
			}
		}
	} else {
		found, err = s.present(ctx, scope, parsed, query, options)
	}
	if err != nil || found.Kind != diddoc.ToDocument {
		return found, err
	}
	return part(found, parsed, query)
}

func invalidURL(why string) error { return vc.Errorf(vc.Invalid, did.CodeInvalidURL, "%s", why) }

// present is the document of a DID that has no versions to be asked for.
func (s *Service) present(ctx context.Context, scope vc.Scope, parsed diddoc.URL, query url.Values, options diddoc.ResolutionOptions) (diddoc.Dereferencing, error) {
	if parsed.Path != "" {
		return diddoc.Dereferencing{}, invalidURL("a DID of this method has no paths")
	}
	resolution, _, err := s.ResolveAs(ctx, scope, parsed.DID.String(), options)
	if err != nil {
		return diddoc.Dereferencing{}, err
	}
	missing := vc.Errorf(vc.NotFound, did.CodeNotFound, "there is no such version of the document here")
	if version := query.Get("versionId"); version != "" && version != resolution.Metadata.VersionID {
		return diddoc.Dereferencing{}, missing
	}
	if text := query.Get("versionTime"); text != "" {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return diddoc.Dereferencing{}, invalidURL("versionTime is a time")
		}
		if resolution.Metadata.Created.After(at) || resolution.Metadata.Updated.After(at) {
			return diddoc.Dereferencing{}, missing
		}
	}
	return diddoc.Dereferencing{Resolution: resolution}, nil
}

// followed asks a method, once for all who ask at the same time and in one of a bounded number of places, as
// [Service.Resolve] does. Nothing of it is kept.
func (s *Service) followed(ctx context.Context, method did.Dereferencer, text string) (diddoc.Dereferencing, error) {
	type answer struct {
		found diddoc.Dereferencing
		err   error
	}
	late := vc.Errorf(vc.Unavailable, did.CodeInternal, "the DID URL was not followed in time")
	flown := s.flight.DoChan("url "+text, func() (_ any, _ error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxFetching)
		defer cancel()
		var a answer
		select {
		case s.fetching <- struct{}{}:
			defer func() { <-s.fetching }()
		case <-ctx.Done():
			return answer{err: late}, nil
		}
		a = func() (a answer) {
			defer func() {
				if p := recover(); p != nil {
					a = answer{err: vc.Errorf(vc.Internal, did.CodeInternal, "following the DID URL failed").Because(fmt.Errorf("panic: %v", p))}
				}
			}()
			a.found, a.err = method.Dereference(ctx, text)
			return a
		}()
		return a, nil
	})
	select {
	case <-ctx.Done():
		return diddoc.Dereferencing{}, late.Because(ctx.Err())
	case result := <-flown:
		a := result.Val.(answer)
		return a.found, a.err
	}
}

// part is the service or the piece of a document that a DID URL names; the document where it names none.
func part(found diddoc.Dereferencing, parsed diddoc.URL, query url.Values) (diddoc.Dereferencing, error) {
	didText := parsed.DID.String()
	service, relative := query.Get("service"), query.Get("relativeRef")
	switch {
	case service == "" && relative != "":
		return diddoc.Dereferencing{}, invalidURL("relativeRef wants a service")
	case service != "":
		place, ok := diddoc.ServicePlace(found.Resolution.Document, didText, service, relative)
		if !ok {
			return diddoc.Dereferencing{}, vc.Errorf(vc.NotFound, did.CodeNotFound, "the document has no such service with a URI")
		}
		if parsed.Fragment != "" {
			place += "#" + parsed.Fragment
		}
		found.Kind, found.Location, found.ContentType = diddoc.ToPlace, place, "text/uri-list"
	case parsed.Fragment != "":
		piece, ok := diddoc.Part(found.Resolution.Document, didText, parsed.Fragment)
		if !ok {
			return diddoc.Dereferencing{}, vc.Errorf(vc.NotFound, did.CodeNotFound, "the document has no part of this name")
		}
		found.Kind, found.Content, found.ContentType = diddoc.ToContent, piece, found.Resolution.ContentType
	}
	return found, nil
}
