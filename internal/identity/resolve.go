package identity

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didweb"
)

// Limits of what is resolved and of what is kept of it.
const (
	maxDID      = 4 << 10  // bytes of a DID; did:peer:4 in its long form is about 1 KiB
	maxKept     = 32 << 10 // bytes of a document that is cached
	maxFetching = 15 * time.Second
	maxAtOnce   = 32 // resolutions by the network
)

// own is what a DID is here: an identity, or nothing of ours.
type own struct {
	identity vc.Identity
	found    bool
}

// foreign is what another's DID resolved to.
type foreign struct {
	resolution diddoc.Resolution
	err        error
}

// rented is a method whose DIDs are places on the network: having made a key for one proves nothing, only the place
// does. Serves says that the place is this server's own.
type rented interface{ Serves(didText string) bool }

// derived is a method whose DIDs follow from a key and may be on a ledger besides, where their keys change: having that
// key proves nothing then. Ledger says that there is a ledger to ask for a DID. While the ledger does not know the DID,
// the key is all there is.
type derived interface{ Ledger(didText string) bool }

// Resolve resolves any DID; ours says that it is one of this server's, of any tenant: DIDs are public. It may
// fetch, so it must not be called inside a transaction. What it gives is shared and must not be changed.
//
// Our word for a did:web of a domain that is not this server's own counts for those who made it alone. Everybody
// else asks the domain, else whoever may make DIDs here could speak for any domain to every tenant. Our word for a DID
// that may be on a ledger counts for them alone too, while the ledger has a word of its own.
//
// Errors carry a DID Resolution code (DID Resolution 0.3 §3.1): "invalidDid" and "invalidDidDocument" (Invalid),
// "notFound" (NotFound), "methodNotSupported" and "representationNotSupported" (Unsupported), "internalError"
// (Unavailable).
func (s *Service) Resolve(ctx context.Context, scope vc.Scope, didText string) (resolution diddoc.Resolution, ours bool, err error) {
	if len(didText) > maxDID {
		return diddoc.Resolution{}, false, vc.Errorf(vc.Invalid, did.CodeInvalid, "a DID of more than %d bytes is not resolved", maxDID)
	}
	parsed, err := diddoc.ParseDID(didText)
	if err != nil {
		return diddoc.Resolution{}, false, did.Invalid(err)
	}
	mine, err := s.own(ctx, didText)
	if err != nil {
		return diddoc.Resolution{}, false, vc.Errorf(vc.Unavailable, did.CodeInternal, "whose DID this is could not be read").Because(err)
	}
	if mine.found && s.vouched(mine.identity, scope) {
		return described(mine.identity), true, nil
	}
	method, ok := s.methods[parsed.Method]
	if !ok {
		return diddoc.Resolution{}, false, vc.Errorf(vc.Unsupported, did.CodeMethodNotSupported, "this server does not resolve did:%s", parsed.Method)
	}
	resolution, err = s.foreign(ctx, method, didText)
	if _, ok := method.(derived); ok && mine.found && vc.KindOf(err) == vc.NotFound {
		return described(mine.identity), true, nil
	}
	return resolution, false, err
}

// vouched says whether our record of a DID is enough for who asks from scope: see [Service.Resolve].
func (s *Service) vouched(identity vc.Identity, scope vc.Scope) bool {
	switch method := s.methods[identity.Method].(type) {
	case rented:
		if method.Serves(identity.DID) {
			return true
		}
	case derived:
		if !method.Ledger(identity.DID) {
			return true
		}
	default:
		return true
	}
	return identity.Scope == scope || identity.Scope.Tenant == scope.Tenant && identity.Scope.Organisation == ""
}

// own finds a DID among ours, of whatever tenant.
func (s *Service) own(ctx context.Context, didText string) (own, error) {
	if known, ok := s.ours.get(didText); ok {
		return known, nil
	}
	generation := s.ours.generation()
	var mine own
	scope, id, err := s.config.Directory.Lookup(ctx, store.HandleDID, didText)
	if err == nil {
		err = s.config.Rows.View(ctx, scope, func(rows Rows) error {
			mine.identity, err = rows.Identity(id)
			mine.found = err == nil
			return err
		})
	}
	if err != nil && vc.KindOf(err) != vc.NotFound {
		return own{}, err
	}
	s.ours.put(didText, mine, stale, generation)
	return mine, nil
}

// described is the resolution of one of ours.
func described(identity vc.Identity) diddoc.Resolution {
	return diddoc.Resolution{
		Document: identity.Document, ContentType: did.ContentType,
		Metadata: diddoc.Metadata{
			Created: identity.CreatedAt, Updated: identity.UpdatedAt,
			Deactivated: !identity.DeactivatedAt.IsZero(), VersionID: strconv.Itoa(identity.Revision),
		},
	}
}

// foreign resolves another's DID, once for all who ask at the same time. Who goes away does not stop it for the
// others.
func (s *Service) foreign(ctx context.Context, method did.Method, didText string) (diddoc.Resolution, error) {
	if known, ok := s.others.get(didText); ok {
		return known.resolution, known.err
	}
	answer := s.flight.DoChan(didText, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxFetching)
		defer cancel()
		found := s.fetch(ctx, method, didText)
		ttl := s.config.FoundTTL
		if found.err != nil {
			ttl = s.config.MissingTTL
		}
		if len(found.resolution.Document) <= maxKept {
			s.others.put(didText, found, ttl, s.others.generation())
		}
		return found, nil
	})
	select {
	case <-ctx.Done():
		return diddoc.Resolution{}, vc.Errorf(vc.Unavailable, did.CodeInternal, "the DID was not resolved in time").Because(ctx.Err())
	case result := <-answer:
		found := result.Val.(foreign)
		return found.resolution, found.err
	}
}

// fetch resolves by the method's own rules, in one of a bounded number of places: who may ask anything of anybody must
// not make this server ask everybody. A panic ends the resolution and nothing else.
func (s *Service) fetch(ctx context.Context, method did.Method, didText string) (found foreign) {
	defer func() {
		if p := recover(); p != nil {
			found = foreign{err: vc.Errorf(vc.Internal, did.CodeInternal, "resolving the DID failed").Because(fmt.Errorf("panic: %v", p))}
		}
	}()
	select {
	case s.fetching <- struct{}{}:
		defer func() { <-s.fetching }()
	case <-ctx.Done():
		return foreign{err: vc.Errorf(vc.Unavailable, did.CodeInternal, "too many DIDs are being resolved")}
	}
	found.resolution, found.err = method.Resolve(ctx, didText)
	return found
}

// WebDocument gives the did:web document that this server publishes at a host (with port, where there is one) and
// path. The path is that of the request ("/.well-known/did.json", "/a/b/did.json") or of the DID ("", "a/b").
// [vc.NotFound] "notFound" when there is none, [vc.Gone] "deactivated" when its identity is deactivated (did:web
// §2.5.4: the document is then no longer there).
func (s *Service) WebDocument(ctx context.Context, host, path string) ([]byte, error) {
	missing := vc.Errorf(vc.NotFound, did.CodeNotFound, "there is no DID document here")
	path = "/" + strings.Trim(path, "/")
	switch {
	case path == "/":
		path = "/.well-known/did.json"
	case !strings.HasSuffix(path, "/did.json"):
		path += "/did.json"
	}
	didText, ok := didweb.FromRequest(host, path)
	if !ok || len(didText) > maxDID {
		return nil, missing
	}
	mine, err := s.own(ctx, didText)
	switch {
	case err != nil:
		return nil, err
	case !mine.found || mine.identity.Method != "web":
		return nil, missing
	case !mine.identity.DeactivatedAt.IsZero():
		return nil, vc.Errorf(vc.Gone, "deactivated", "the DID is deactivated")
	}
	return mine.identity.Document, nil
}

// KeyFate tells what became of a verification method of a DID that we control, and since when: of use for keys that
// are no longer in the document. method is a DID URL. [vc.NotFound] when the DID is not ours or never had it.
func (s *Service) KeyFate(ctx context.Context, method string) (state vc.KeyState, since time.Time, err error) {
	unknown := vc.Errorf(vc.NotFound, "key-not-found", "this is not a verification method of a DID of this server")
	didText, _, _ := strings.Cut(method, "#")
	if len(didText) > maxDID {
		return "", time.Time{}, unknown
	}
	mine, err := s.own(ctx, didText)
	if err != nil {
		return "", time.Time{}, err
	}
	key := find(mine.identity.Keys, didText, method)
	if key == nil {
		return "", time.Time{}, unknown
	}
	return key.State, key.ChangedAt, nil
}
