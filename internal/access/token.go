package access

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/jose"
)

const (
	tokenLife   = 10 * time.Minute
	tokenLeeway = 30 * time.Second
	tokenType   = "at+jwt" // RFC 9068 §2.1
	tokenMax    = 8 << 10  // bytes
)

// claims are those of RFC 9068 §2.2, and the scope of the client's principal.
type claims struct {
	Issuer       string `json:"iss"`
	Subject      string `json:"sub"`
	Audience     string `json:"aud"`
	ClientID     string `json:"client_id"`
	IssuedAt     int64  `json:"iat"`
	NotBefore    int64  `json:"nbf"`
	ExpiresAt    int64  `json:"exp"`
	ID           string `json:"jti"`
	Scope        string `json:"scope"`
	Tenant       string `json:"tenant,omitempty"`
	Organisation string `json:"organisation,omitempty"`
}

// TokenRequest is a client credentials request, RFC 6749 §4.4.2.
type TokenRequest struct {
	ClientID     string
	ClientSecret string
	Scope        string // permissions, separated by spaces; "": all the client has
	Tenant       string // slug or id from the path, which must be the client's; "": none was named
	Door         string
	Request      string // request id
}

// Token is an access token as it is handed out, RFC 6749 §5.1.
type Token struct {
	AccessToken string
	ExpiresIn   time.Duration
	Scope       string // what was granted: permissions, separated by spaces
}

// Token gives a client an access token: a JWT of RFC 9068, signed EdDSA by a key of the operator's, good for ten
// minutes as long as the client is. Its scope narrows what the client's grants give. A token outlives a new secret of
// the client; revoking the client ends it.
//
// It fails with [vc.Unauthenticated] for the client, [vc.Invalid] "invalid-scope", [vc.NotFound] "tenant-not-found",
// [vc.Denied] as [Service.Authenticate] does.
func (s *Service) Token(ctx context.Context, request TokenRequest) (Token, error) {
	if !isID(request.ClientID) {
		return Token{}, unauthenticated()
	}
	p, err := s.prove(ctx, request.ClientID, request.ClientSecret, vc.Client)
	if err != nil {
		return Token{}, err
	}
	if request.Tenant != "" {
		if _, err := s.tenantOf(ctx, p, request.Tenant); err != nil {
			return Token{}, err
		}
	}
	granted, err := grantable(p, request.Scope)
	if err != nil {
		return Token{}, err
	}
	text, kid, err := s.sign(ctx, p, granted)
	if err != nil {
		return Token{}, err
	}
	by := Actor{Principal: p, Door: request.Door, Request: request.Request}
	err = s.rows.Update(ctx, p.Scope, func(r Rows) error {
		return r.Append(s.entry(by, p.Scope, "token.issued", "principal/"+p.ID, "kid="+kid))
	})
	if err != nil {
		return Token{}, err
	}
	return Token{AccessToken: text, ExpiresIn: tokenLife, Scope: granted}, nil
}

// grantable gives the scope of a token for p: what is asked for, each of which p must hold somewhere; all p holds
// when nothing is (RFC 6749 §3.3).
func grantable(p vc.Principal, scope string) (string, error) {
	var held []string
	for _, g := range p.Grants {
		for _, permission := range permissions(g.Role) {
			held = append(held, string(permission))
		}
	}
	wanted := strings.Fields(scope)
	if len(wanted) == 0 {
		wanted = held
	}
	for _, w := range wanted {
		if !slices.Contains(held, w) {
			return "", vc.Errorf(vc.Invalid, "invalid-scope", "the scope names what the client may not do")
		}
	}
	slices.Sort(wanted)
	return strings.Join(slices.Compact(wanted), " "), nil
}

func (s *Service) sign(ctx context.Context, p vc.Principal, scope string) (token, kid string, err error) {
	key, err := s.signingKey(ctx)
	if err != nil {
		return "", "", err
	}
	now := s.now()
	payload, err := json.Marshal(claims{
		Issuer: s.issuer, Subject: p.ID, Audience: s.issuer, ClientID: p.ID, IssuedAt: now.Unix(), NotBefore: now.Unix(),
		ExpiresAt: now.Add(tokenLife).Unix(), ID: newID(), Scope: scope, Tenant: p.Scope.Tenant,
		Organisation: p.Scope.Organisation,
	})
	if err != nil {
		return "", "", err
	}
	token, err = s.signed(ctx, key, tokenType, payload)
	return token, key.ID, err
}

// signed is a JWT of a type by a key of the ring.
func (s *Service) signed(ctx context.Context, key vc.Key, typ string, payload []byte) (string, error) {
	input := jose.Input(jose.EncodeHeader(jose.Header{Alg: jose.EdDSA, Kid: key.ID, Typ: typ}), payload)
	signature, err := s.keys.Sign(ctx, key, input)
	if err != nil {
		return "", err
	}
	return string(jose.Join(input, signature)), nil
}

// bearer gives the principal of an access token of ours. That the signature is good is remembered; time and principal
// are looked at each time.
func (s *Service) bearer(ctx context.Context, token string) (vc.Principal, error) {
	if len(token) > tokenMax {
		return vc.Principal{}, unauthenticated()
	}
	digest := sha256.Sum256([]byte(token))
	c, ok := s.tokens.Get(digest)
	if !ok {
		var err error
		if c, err = s.verify(ctx, token); err != nil {
			return vc.Principal{}, err
		}
		s.tokens.Add(digest, c)
	}
	now := s.now()
	if now.After(time.Unix(c.ExpiresAt, 0).Add(tokenLeeway)) {
		s.tokens.Remove(digest)
		return vc.Principal{}, vc.Errorf(vc.Unauthenticated, CodeExpired, "the access token has expired")
	}
	if now.Add(tokenLeeway).Before(time.Unix(c.NotBefore, 0)) {
		return vc.Principal{}, unauthenticated()
	}
	p, err := s.principal(ctx, c.ClientID)
	if vc.KindOf(err) == vc.NotFound && err != nil {
		return vc.Principal{}, unauthenticated()
	}
	if err != nil {
		return vc.Principal{}, err
	}
	if p.Kind != vc.Client || p.Scope != (vc.Scope{Tenant: c.Tenant, Organisation: c.Organisation}) {
		return vc.Principal{}, unauthenticated()
	}
	p, err = s.alive(ctx, p)
	p.Narrowed = append([]string{}, strings.Fields(c.Scope)...)
	return p, err
}

// verify checks that a token is one of ours and was made by and for this server (RFC 9068 §4).
func (s *Service) verify(ctx context.Context, token string) (claims, error) {
	payload, err := s.verified(ctx, token, tokenType)
	if err != nil {
		return claims{}, err
	}
	var c claims
	if json.Unmarshal(payload, &c) != nil || c.Issuer != s.issuer || c.Audience != s.issuer ||
		c.Subject != c.ClientID || c.ExpiresAt == 0 {
		return claims{}, unauthenticated()
	}
	return c, nil
}

// verified gives the claims of a JWT of ours: its type, the one algorithm, a key of ours, the signature.
func (s *Service) verified(ctx context.Context, token, typ string) ([]byte, error) {
	compact, err := jose.ParseCompact([]byte(token))
	if err != nil || compact.Header.Alg != jose.EdDSA || compact.Header.Typ != typ || compact.Header.JWK != nil {
		return nil, unauthenticated()
	}
	key, err := s.tokenKey(ctx, compact.Header.Kid)
	if err != nil {
		return nil, err
	}
	if jose.Verify(key, compact.Input, compact.Signature) != nil {
		return nil, unauthenticated()
	}
	return compact.Payload, nil
}
