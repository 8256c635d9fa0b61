package access

import (
	"context"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
)

// The codes of [vc.Unauthenticated]. Invalid is all that is said before a secret is proven: an unknown id reads like a
// wrong secret.
const (
	CodeMissing  = "credentials-missing"
	CodeInvalid  = "credentials-invalid"
	CodeOutdated = "token-outdated"
	CodeExpired  = "credentials-expired"
	CodeRevoked  = "credentials-revoked"
	CodeArchived = "credentials-archived"
)

func unauthenticated() error {
	return vc.Errorf(vc.Unauthenticated, CodeInvalid, "the credentials are not valid")
}

// Authenticate tells who calls from the value of an Authorization header (RFC 6750 §2.1): "Bearer" and an API key, or
// a member's key, or an access token that [Service.Token] gave out. The principal comes without its secret's digest; one known by a
// token has Narrowed set.
//
// It fails with [vc.Unauthenticated] and one of this package's codes, with [vc.Denied] "tenant-archived" or
// "organisation-archived", and with [vc.Unavailable] when the store does not answer.
func (s *Service) Authenticate(ctx context.Context, authorization string) (vc.Principal, error) {
	if authorization == "" {
		return vc.Principal{}, vc.Errorf(vc.Unauthenticated, CodeMissing, "credentials are needed: an API key or an access token")
	}
	scheme, credential, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return vc.Principal{}, unauthenticated()
	}
	if strings.HasPrefix(credential, keyPrefix) {
		id, secret, ok := parseKey(credential)
		if !ok {
			return vc.Principal{}, unauthenticated()
		}
		return s.prove(ctx, id, secret, vc.APIKey, vc.Member)
	}
	return s.bearer(ctx, credential)
}

// prove gives the principal of one of those kinds whose secret it is.
func (s *Service) prove(ctx context.Context, id, secret string, kinds ...vc.PrincipalKind) (vc.Principal, error) {
	p, err := s.principal(ctx, id)
	if err != nil && vc.KindOf(err) != vc.NotFound {
		return vc.Principal{}, err
	}
	current, previous := proves(secret, p, s.now())
	if err != nil || !current && !previous || !slices.Contains(kinds, p.Kind) {
		return vc.Principal{}, unauthenticated()
	}
	return s.alive(ctx, p)
}

// alive gives p without its secrets, if it may call now.
func (s *Service) alive(ctx context.Context, p vc.Principal) (vc.Principal, error) {
	switch {
	case !p.RevokedAt.IsZero():
		return vc.Principal{}, vc.Errorf(vc.Unauthenticated, CodeRevoked, "the credentials were revoked")
	case !p.ArchivedAt.IsZero():
		return vc.Principal{}, vc.Errorf(vc.Unauthenticated, CodeArchived, "who has these credentials is archived")
	case !p.ExpiresAt.IsZero() && !s.now().Before(p.ExpiresAt):
		return vc.Principal{}, vc.Errorf(vc.Unauthenticated, CodeExpired, "the credentials have expired")
	}
	if err := s.open(ctx, p.Scope); err != nil {
		return vc.Principal{}, err
	}
	return bare(p), nil
}
