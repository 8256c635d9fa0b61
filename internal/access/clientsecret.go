package access

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// MaxOverlap is how long a secret may stay good after its rotation.
const MaxOverlap = 30 * 24 * time.Hour

// Secret tells who calls from a secret that stands in a header of its own: that of a client, without its id, or a whole API key
// or member's key. A client is found by the digest of its secret, which then is compared as anywhere else.
//
// It fails as [Service.Authenticate] does.
func (s *Service) Secret(ctx context.Context, secret string) (vc.Principal, error) {
	switch {
	case secret == "":
		return vc.Principal{}, vc.Errorf(vc.Unauthenticated, CodeMissing, "credentials are needed: a client's secret")
	case strings.HasPrefix(secret, keyPrefix):
		return s.Authenticate(ctx, "Bearer "+secret)
	case len(secret) != base64.RawURLEncoding.EncodedLen(secretBytes):
		return vc.Principal{}, unauthenticated()
	}
	handle := hex.EncodeToString(digestOf(secret))
	id, err := s.secrets.get(ctx, handle, func(ctx context.Context) (string, error) {
		_, id, err := s.directory.Lookup(ctx, store.HandleSecret, handle)
		return id, err
	})
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return vc.Principal{}, unauthenticated()
	}
	if err != nil {
		return vc.Principal{}, err
	}
	return s.prove(ctx, id, secret, vc.Client)
}

// RotateSecret gives a principal of scope a new secret; the old one is refused at once. Who gets another's secret can
// do what the other can, as long, so it needs what [Service.CreatePrincipal] with its grants would. It fails with
// [vc.NotFound] "principal-not-found" and [vc.Conflict] "principal-revoked".
func (s *Service) RotateSecret(ctx context.Context, by Actor, scope vc.Scope, id string) (vc.Principal, string, error) {
	return s.RotateSecretOver(ctx, by, scope, id, 0)
}

// RotateSecretOver is [Service.RotateSecret] with a time for which the old secret stays good beside the new one, whole seconds
// up to [MaxOverlap]: [vc.Invalid] "invalid-overlap". There is one old secret: rotating again ends the one before it.
func (s *Service) RotateSecretOver(ctx context.Context, by Actor, scope vc.Scope, id string, overlap time.Duration) (vc.Principal, string, error) {
	if err := checkOverlap(overlap); err != nil {
		return vc.Principal{}, "", err
	}
	secret, digest := newSecret()
	p, err := s.alterPrincipal(ctx, by, scope, id, "principal.rotated", func(_ Rows, p *vc.Principal) (string, bool, error) {
		if err := outlives(by.Principal, p.ExpiresAt); err != nil {
			return "", false, err
		}
		if err := holds(by.Principal, p.Grants); err != nil {
			return "", false, err
		}
		return s.rotate(p, digest, overlap)
	})
	return p, secretText(p, secret), err
}

// RotateOwnSecret gives whoever proved a secret, as shown to [Service.Secret], a new one as [Service.RotateSecretOver] does; it
// needs no permission. It fails with [vc.Denied] "secret-needed" for who is known by a token, and with [vc.Conflict]
// "secret-rotated" for any secret but the newest, or whoever found an old one could lock its owner out. That is asked where the
// row is locked: who proved it may be a second old, and of two who rotate at once the second has an old one.
func (s *Service) RotateOwnSecret(ctx context.Context, by Actor, shown string, overlap time.Duration) (vc.Principal, string, error) {
	if err := checkOverlap(overlap); err != nil {
		return vc.Principal{}, "", err
	}
	if by.ID == "" || by.Narrowed != nil || by.Kind == vc.Holder {
		return vc.Principal{}, "", vc.Errorf(vc.Denied, "secret-needed", "a secret is rotated by whoever shows it")
	}
	secret, digest := newSecret()
	var p vc.Principal
	err := s.rows.Update(ctx, by.Scope, func(r Rows) (err error) {
		p, err = s.alterIn(r, by, by.ID, "principal.rotated", func(_ Rows, p *vc.Principal) (string, bool, error) {
			if current, _ := proves(secretIn(shown), *p, s.now()); !current {
				return "", false, vc.Errorf(vc.Conflict, "secret-rotated", "this is a secret before the last rotation: the new one rotates")
			}
			return s.rotate(p, digest, overlap)
		})
		return err
	})
	s.principals.forget(by.ID)
	if err != nil {
		return vc.Principal{}, "", err
	}
	return bare(p), secretText(p, secret), nil
}

func checkOverlap(overlap time.Duration) error {
	if overlap < 0 || overlap > MaxOverlap || overlap%time.Second != 0 {
		return vc.Errorf(vc.Invalid, "invalid-overlap", "an old secret stays good for 0 to %d seconds", int(MaxOverlap/time.Second)).At("/overlap")
	}
	return nil
}

// rotate puts a new secret's digest in the place of the one p has.
func (s *Service) rotate(p *vc.Principal, digest []byte, overlap time.Duration) (detail string, changed bool, err error) {
	switch {
	case !p.RevokedAt.IsZero():
		return "", false, vc.Errorf(vc.Conflict, "principal-revoked", "the principal was revoked")
	case p.Kind != vc.APIKey && p.Kind != vc.Client && p.Kind != vc.Member:
		return "", false, vc.Errorf(vc.Conflict, "principal-without-secret", "the principal has no secret")
	}
	previous := p.Secret
	p.Secret, p.Previous, p.PreviousUntil = digest, nil, time.Time{}
	if overlap > 0 {
		p.Previous, p.PreviousUntil = previous, s.stamp().Add(overlap)
	}
	return "overlap=" + strconv.Itoa(int(overlap/time.Second)), true, nil
}

// secretIn is the secret in what [Service.Secret] takes.
func secretIn(shown string) string {
	if _, secret, ok := parseKey(shown); ok {
		return secret
	}
	return shown
}

// secretText is a secret as p shows it: a client's alone, anyone else's as a key.
func secretText(p vc.Principal, secret string) string {
	switch p.Kind {
	case "":
		return ""
	case vc.Client:
		return secret
	}
	return keyText(p.ID, secret)
}
