package access

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// walletHeader is the header of every wallet token: {"alg":"HS256","typ":"JWT"}.
const walletHeader = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"

// walletTokenUse is what the key of wallet tokens is for.
const walletTokenUse = "acapy-token"

// walletClaims are those of ACA-Py's tokens, in their order. IssuedAt tells the newest token of a wallet from those before it.
type walletClaims struct {
	WalletID string `json:"wallet_id"`
	IssuedAt int64  `json:"iat"`
}

// WalletToken gives the wallet that a tenant is, by slug or id, a new token, and ends the one before it; twice in one second it is
// the same. It needs tenant:manage in the tenant, and fails with [vc.NotFound] "wallet-not-found".
func (s *Service) WalletToken(ctx context.Context, by Actor, tenant string) (string, error) {
	w, err := s.Wallet(ctx, by, tenant)
	if err != nil {
		return "", err
	}
	if err := Authorize(by.Principal, TenantManage, vc.Scope{Tenant: w.Tenant.ID}); err != nil {
		return "", err
	}
	settings, err := s.changeWallet(ctx, by, w.Scope(), "wallet.token", func(w *vc.AgentSettings) bool {
		now := s.now().UTC().Truncate(time.Second)
		if !now.After(w.TokenAt) { // also where another server's clock is ahead: an old token never comes back
			return false
		}
		w.TokenAt = now
		return true
	})
	if err != nil {
		return "", err
	}
	return s.walletToken(ctx, w.Tenant.ID, settings.TokenAt)
}

// OpenWallet tells who calls from a token of [Service.WalletToken]: a principal of the kind [vc.Wallet], with the id of the settings,
// the scope of the wallet's organisation and the role [vc.TenantAdmin] in its tenant. A text that is none,
// and the token of a wallet that was removed is [vc.Unauthenticated] "credentials-invalid", one that is not the wallet's newest
// "token-outdated". It is at most a second stale.
func (s *Service) OpenWallet(ctx context.Context, token string) (vc.Principal, error) {
	claimed, at, ok := walletTokenOf(token)
	if !ok {
		return vc.Principal{}, unauthenticated()
	}
	w, err := s.wallets.get(ctx, claimed, func(ctx context.Context) (Wallet, error) {
		t, err := s.tenant(ctx, claimed)
		if err != nil {
			return Wallet{}, err
		}
		return s.walletOf(ctx, t)
	})
	if err == nil {
		err = s.open(ctx, w.Scope()) // the tenant may have been archived since
	}
	switch {
	case err != nil && (vc.KindOf(err) == vc.NotFound || vc.KindOf(err) == vc.Denied):
		return vc.Principal{}, unauthenticated()
	case err != nil:
		return vc.Principal{}, err
	case w.Settings.TokenAt.IsZero():
		return vc.Principal{}, unauthenticated()
	}
	valid, err := s.walletToken(ctx, w.Tenant.ID, w.Settings.TokenAt)
	if err != nil {
		return vc.Principal{}, err
	}
	if subtle.ConstantTimeCompare([]byte(valid), []byte(token)) != 1 {
		return vc.Principal{}, s.outdated(ctx, w.Tenant.ID, token, at)
	}
	return vc.Principal{
		ID: w.Settings.ID, Kind: vc.Wallet, Scope: w.Scope(), Name: w.Settings.Wallet, CreatedAt: w.Settings.CreatedAt,
		Grants: []vc.Grant{{Scope: vc.Scope{Tenant: w.Tenant.ID}, Role: vc.TenantAdmin}},
	}, nil
}

// outdated refuses a token that is not the wallet's newest, and says so where it was one.
func (s *Service) outdated(ctx context.Context, tenant, token string, at time.Time) error {
	old, err := s.walletToken(ctx, tenant, at)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(old), []byte(token)) != 1 {
		return unauthenticated()
	}
	return vc.Errorf(vc.Unauthenticated, CodeOutdated, "the token is not the wallet's newest")
}

// walletToken writes the one token of a wallet that is valid: equal times, equal tokens. Nobody but a holder of the tenant's data
// key can, so there is no secret to keep for it.
func (s *Service) walletToken(ctx context.Context, tenant string, at time.Time) (string, error) {
	if s.vault == nil {
		return "", vc.Errorf(vc.Unsupported, "no-vault", "this server makes no wallet tokens")
	}
	payload := `{"wallet_id":"` + walletID(tenant) + `","iat":` + strconv.FormatInt(at.Unix(), 10) + `}`
	input := walletHeader + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	signature, err := s.vault.MAC(ctx, tenant, walletTokenUse, []byte(input))
	if err != nil {
		return "", err
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// walletTokenOf gives the tenant that a text with the form of a wallet token names, and the time.
func walletTokenOf(token string) (tenant string, at time.Time, ok bool) {
	rest, ok := strings.CutPrefix(token, walletHeader+".")
	if !ok || len(token) > tokenMax {
		return "", at, false
	}
	payload, _, _ := strings.Cut(rest, ".")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(payload)
	if err != nil {
		return "", at, false
	}
	var claims walletClaims
	if json.Unmarshal(raw, &claims) != nil {
		return "", at, false
	}
	tenant, ok = tenantOfWallet(claims.WalletID)
	return tenant, time.Unix(claims.IssuedAt, 0), ok
}

// versionDigit is the place of a UUID's version digit in its text: RFC 9562 §4. Clients want ids of version 4; ours are of 7, and
// that digit is all that changes.
const versionDigit = 14

func walletID(tenant string) string { return tenant[:versionDigit] + "4" + tenant[versionDigit+1:] }

func tenantOfWallet(id string) (tenant string, ok bool) {
	if !isID(id) || id[versionDigit] != '4' {
		return "", false
	}
	return id[:versionDigit] + "7" + id[versionDigit+1:], true
}
