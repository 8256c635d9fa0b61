package access

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"time"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

const (
	codeLife   = 10 * time.Minute
	holderLife = time.Hour
	loginSalt  = 32 // bytes
	loginLabel = "login "
)

// A login code is 43 characters of base64url; what could not be one is not looked for.
var loginCode = regexp.MustCompile(`^[A-Za-z0-9_-]{32,128}$`)

// NewLogin tells who proved a DID, and to whom.
type NewLogin struct {
	ID       string // of the presentation request that asked for the proof
	DID      string
	Audience string   // of the token: the URL of the door
	Scope    vc.Scope // the organisation that asked
	Door     string
	Request  string // request id
}

// OpenLogin gives the one-time code of who proved a DID; it is good for ten minutes. [vc.Conflict] "code-used" where its ID has one
// already.
func (s *Service) OpenLogin(ctx context.Context, n NewLogin) (code string, expires time.Time, err error) {
	if s.vault == nil {
		return "", time.Time{}, vc.Errorf(vc.Unsupported, "login-not-offered", "nobody logs in by a DID here")
	}
	code, digest := newSecret()
	login := vc.LoginCode{
		ID: n.ID, Scope: n.Scope, Door: n.Door, Audience: n.Audience, Secret: digest, BodyKey: make([]byte, loginSalt), CreatedAt: s.stamp(),
	}
	login.ExpiresAt = login.CreatedAt.Add(codeLife)
	_, _ = rand.Read(login.BodyKey) // never fails, and ends the program if it could
	if login.Body, err = s.vault.Seal(ctx, n.Scope.Tenant, login.BodyKey, loginLabel+n.ID, []byte(n.DID)); err != nil {
		return "", time.Time{}, err
	}
	err = s.rows.Update(ctx, n.Scope, func(r Rows) error {
		if err := r.InsertLoginCode(login); err != nil {
			return err
		}
		return r.Append(s.loginEntry(login, n.Request, "login.opened"))
	})
	if err != nil && vc.KindOf(err) == vc.Conflict {
		return "", time.Time{}, vc.Errorf(vc.Conflict, "code-used", "this proof has its code already").Because(err)
	}
	if err != nil {
		return "", time.Time{}, err
	}
	return code, login.ExpiresAt, nil
}

// RedeemLogin turns a code into a holder's token ([Service.Bearer]), once. tenant is the slug or id that the path names; a code of
// another tenant or of another door is none. It fails with [vc.Invalid] "code-malformed", "code-expired" and "code-used", and with
// [vc.NotFound] "code-not-found" and "tenant-not-found". That a code came twice is in the audit; the token it gave stays good.
func (s *Service) RedeemLogin(ctx context.Context, code, tenant, door, request string) (Token, error) {
	if s.vault == nil || !loginCode.MatchString(code) {
		return Token{}, vc.Errorf(vc.Invalid, "code-malformed", "this is no authorization code")
	}
	scope, id, err := s.findLogin(ctx, code, tenant)
	if err != nil {
		return Token{}, err
	}
	login, err := s.takeLogin(ctx, scope, id, door, request, false)
	if err != nil {
		return Token{}, err
	}
	did, err := s.vault.Open(ctx, scope.Tenant, login.BodyKey, loginLabel+id, login.Body)
	if err != nil {
		return Token{}, err
	}
	key, err := s.signingKey(ctx)
	if err != nil {
		return Token{}, err
	}
	now := s.now()
	payload, err := json.Marshal(holderClaims{
		Issuer: login.Audience, Audience: login.Audience, Subject: string(did), IssuedAt: now.Unix(), NotBefore: now.Unix(),
		ExpiresAt: now.Add(holderLife).Unix(), ID: id, Tenant: scope.Tenant, Organisation: scope.Organisation,
	})
	if err != nil {
		return Token{}, err
	}
	token, err := s.signed(ctx, key, holderType, payload)
	if err != nil {
		return Token{}, err
	}
	// The code is spent before the token leaves: of two who come with it at once, one gets it.
	if _, err := s.takeLogin(ctx, scope, id, door, request, true); err != nil {
		return Token{}, err
	}
	return Token{AccessToken: token, ExpiresIn: holderLife}, nil
}

// findLogin gives the place of a code, if it is of that tenant.
func (s *Service) findLogin(ctx context.Context, code, tenant string) (vc.Scope, string, error) {
	t, err := s.tenantOf(ctx, vc.Principal{}, tenant)
	if err != nil {
		return vc.Scope{}, "", err
	}
	if !t.ArchivedAt.IsZero() {
		return vc.Scope{}, "", notFound("tenant")
	}
	scope, id, err := s.directory.Lookup(ctx, store.HandleLoginCode, hex.EncodeToString(digestOf(code)))
	if err == nil && scope.Tenant != t.ID {
		err = notFound("code")
	}
	if err != nil {
		return vc.Scope{}, "", named(err, "code")
	}
	if err := s.open(ctx, scope); vc.KindOf(err) == vc.Denied && err != nil {
		return vc.Scope{}, "", notFound("tenant") // who closed is not there
	} else if err != nil {
		return vc.Scope{}, "", err
	}
	return scope, id, nil
}

// takeLogin gives a login that can be redeemed, and spends it where spend is set: what it told of a person goes with it.
func (s *Service) takeLogin(ctx context.Context, scope vc.Scope, id, door, request string, spend bool) (login vc.LoginCode, err error) {
	var refused error
	err = s.rows.Update(ctx, scope, func(r Rows) error {
		refused = nil
		if login, err = r.LoginCodeForUpdate(id); err != nil {
			return named(err, "code")
		}
		switch {
		case login.Door != door:
			return notFound("code")
		case !login.UsedAt.IsZero():
			refused = vc.Errorf(vc.Invalid, "code-used", "the authorization code was used before")
			if !s.now().Before(login.ExpiresAt) {
				return nil
			}
			// The refusal does not undo the word of it, and it ends the code's time: the journal tells it once.
			login.ExpiresAt = s.stamp()
			if err := r.UpdateLoginCode(login); err != nil {
				return err
			}
			return r.Append(s.loginEntry(login, request, "login.reused"))
		case !s.now().Before(login.ExpiresAt):
			return vc.Errorf(vc.Invalid, "code-expired", "the authorization code has expired")
		case !spend:
			return nil
		}
		login.UsedAt, login.Body, login.BodyKey = s.stamp(), nil, nil
		if err := r.UpdateLoginCode(login); err != nil {
			return err
		}
		return r.Append(s.loginEntry(login, request, "login.redeemed"))
	})
	if err == nil {
		err = refused
	}
	return login, err
}

// loginEntry is the audit's word of a login. It names the login, never the DID.
func (s *Service) loginEntry(login vc.LoginCode, request, action string) vc.Entry {
	by := Actor{Principal: vc.Principal{ID: login.ID}, Door: login.Door, Request: request}
	return s.entry(by, login.Scope, action, "login/"+login.ID, "")
}

// SweepLogins deletes at most max login codes of all tenants that ended before then, and says how many.
func (s *Service) SweepLogins(ctx context.Context, before time.Time, max int) (swept int, err error) {
	err = s.rows.Update(ctx, vc.Scope{}, func(r Rows) error {
		swept, err = r.DeleteLoginCodes(before, max)
		return err
	})
	return swept, err
}
