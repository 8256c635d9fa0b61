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

// holderType is the type of a holder's token: whoever takes access tokens alone refuses it (RFC 8725 §3.11).
const holderType = "holder+jwt"

// holderClaims are those of a holder's token. It is no principal's: what it says is all there is.
type holderClaims struct {
	Issuer       string `json:"iss"` // URL of the door
	Audience     string `json:"aud"` // the same
	Subject      string `json:"sub"` // the holder's DID
	IssuedAt     int64  `json:"iat"`
	NotBefore    int64  `json:"nbf"`
	ExpiresAt    int64  `json:"exp"`
	ID           string `json:"jti"` // of the login
	Tenant       string `json:"tenant"`
	Organisation string `json:"organisation"`
}

// Bearer is [Service.Authenticate] that knows holders too: who proved a DID and has a token of [Service.RedeemLogin] for one of
// the audiences. Such a principal has the kind [vc.Holder], the login's id, its DID, the scope that it proved itself to, and no
// grants: [Authorize] gives it nothing, and what it may do is what the DID may.
func (s *Service) Bearer(ctx context.Context, authorization string, audiences ...string) (vc.Principal, error) {
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") || len(token) > tokenMax || strings.HasPrefix(token, keyPrefix) {
		return s.Authenticate(ctx, authorization)
	}
	digest := sha256.Sum256([]byte(token))
	c, ok := s.holders.Get(digest)
	if !ok {
		if compact, err := jose.ParseCompact([]byte(token)); err != nil || compact.Header.Typ != holderType {
			return s.Authenticate(ctx, authorization)
		}
		var err error
		if c, err = s.verifyHolder(ctx, token); err != nil {
			return vc.Principal{}, err
		}
		s.holders.Add(digest, c)
	}
	now := s.now()
	switch {
	case now.After(time.Unix(c.ExpiresAt, 0).Add(tokenLeeway)):
		s.holders.Remove(digest)
		return vc.Principal{}, vc.Errorf(vc.Unauthenticated, CodeExpired, "the access token has expired")
	case now.Add(tokenLeeway).Before(time.Unix(c.NotBefore, 0)), !slices.Contains(audiences, c.Audience):
		return vc.Principal{}, unauthenticated()
	}
	scope := vc.Scope{Tenant: c.Tenant, Organisation: c.Organisation}
	if err := s.open(ctx, scope); err != nil {
		return vc.Principal{}, err
	}
	return vc.Principal{ID: c.ID, Kind: vc.Holder, Scope: scope, DID: c.Subject}, nil
}

// verifyHolder checks that a holder's token is one of ours.
func (s *Service) verifyHolder(ctx context.Context, token string) (holderClaims, error) {
	payload, err := s.verified(ctx, token, holderType)
	if err != nil {
		return holderClaims{}, err
	}
	var c holderClaims
	if json.Unmarshal(payload, &c) != nil || c.Issuer != c.Audience || c.Audience == "" || c.Subject == "" || c.ID == "" ||
		c.Tenant == "" || c.Organisation == "" || c.ExpiresAt == 0 {
		return holderClaims{}, unauthenticated()
	}
	return c, nil
}
