package access_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
)

const (
	doorURL   = issuer + "/t/acme/empe"
	holderDID = "did:example:holder"
)

// entrance is a tenant's office at whose door holders log in.
type entrance struct {
	*world
	s      *access.Service
	by     access.Actor
	tenant vc.Tenant
	scope  vc.Scope
}

func newEntrance(t *testing.T, w *world) entrance {
	s := w.server()
	by := w.operator(s)
	tenant := w.tenant(s, by, "acme")
	return entrance{w, s, by, tenant, vc.Scope{Tenant: tenant.ID, Organisation: w.organisation(s, by, tenant, "one").ID}}
}

func (e entrance) login() access.NewLogin {
	return access.NewLogin{
		ID: uuid.Must(uuid.NewV7()).String(), DID: holderDID, Audience: doorURL, Scope: e.scope, Door: "empe", Request: "r1",
	}
}

func (e entrance) code(n access.NewLogin) string {
	e.t.Helper()
	code, expires, err := e.s.OpenLogin(e.ctx, n)
	check(e.t, err)
	if len(code) != 43 || !expires.Equal(e.clock().Add(10*time.Minute)) {
		e.t.Errorf("%d %s", len(code), expires)
	}
	return code
}

func (e entrance) token(n access.NewLogin) string {
	e.t.Helper()
	token, err := e.s.RedeemLogin(e.ctx, e.code(n), "acme", "empe", "r2")
	check(e.t, err)
	return token.AccessToken
}

func TestLogin(t *testing.T) {
	e := newEntrance(t, newWorld(t))
	n := e.login()
	token, err := e.s.RedeemLogin(e.ctx, e.code(n), "acme", "empe", "r2")
	check(t, err)
	if token.ExpiresIn != time.Hour || token.Scope != "" {
		t.Errorf("%+v", token)
	}
	p, err := e.s.Bearer(e.ctx, "bearer "+token.AccessToken, "https://other.example", doorURL)
	check(t, err)
	if p.ID != n.ID || p.Kind != vc.Holder || p.Scope != e.scope || p.DID != holderDID || p.Grants != nil {
		t.Errorf("%+v", p)
	}
	for _, permission := range access.Permissions(vc.Operator) {
		if access.Authorize(p, permission, e.scope) == nil {
			t.Errorf("a holder may %s", permission)
		}
	}
	parts := strings.Split(token.AccessToken, ".")
	for part, want := range map[string]map[string]any{
		parts[0]: {"typ": "holder+jwt", "alg": "EdDSA"},
		parts[1]: {
			"iss": doorURL, "aud": doorURL, "sub": holderDID, "jti": n.ID, "tenant": e.tenant.ID, "organisation": e.scope.Organisation,
			"iat": float64(e.clock().Unix()), "nbf": float64(e.clock().Unix()), "exp": float64(e.clock().Unix() + 3600),
		},
	} {
		raw, err := base64.RawURLEncoding.DecodeString(part)
		check(t, err)
		var got map[string]any
		check(t, json.Unmarshal(raw, &got))
		for name, value := range want {
			if got[name] != value {
				t.Errorf("%s is %v, want %v", name, got[name], value)
			}
		}
	}
	// Another server knows it, and nobody after its hour.
	for _, s := range []*access.Service{e.s, e.server()} {
		_, err = s.Bearer(e.ctx, "Bearer "+token.AccessToken, doorURL)
		check(t, err)
	}
	e.pass(time.Hour + 30*time.Second)
	_, err = e.s.Bearer(e.ctx, "Bearer "+token.AccessToken, doorURL)
	check(t, err)
	e.pass(time.Second)
	_, err = e.s.Bearer(e.ctx, "Bearer "+token.AccessToken, doorURL)
	fails(t, err, vc.Unauthenticated, access.CodeExpired)
}

// A holder's token is nobody's anywhere else, and what others have is theirs at the door too.
func TestHolderToken(t *testing.T) {
	e := newEntrance(t, newWorld(t))
	token := e.token(e.login())
	for range 2 { // the second time it may be in a cache
		_, err := e.s.Bearer(e.ctx, "Bearer "+token, doorURL)
		check(t, err)
		_, err = e.s.Authenticate(e.ctx, "Bearer "+token)
		fails(t, err, vc.Unauthenticated, access.CodeInvalid)
		for _, audiences := range [][]string{nil, {issuer}, {issuer + "/empe"}, {doorURL + "/"}} {
			_, err = e.s.Bearer(e.ctx, "Bearer "+token, audiences...)
			fails(t, err, vc.Unauthenticated, access.CodeInvalid)
		}
	}
	middle := len(token) - 40
	letter := "A"
	if token[middle] == 'A' {
		letter = "B"
	}
	parts := strings.Split(token, ".")
	for _, wrong := range []string{
		token[:middle] + letter + token[middle+1:], parts[0] + "." + parts[1] + ".", parts[0] + "." + parts[1], "x", "",
		base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"holder+jwt"}`)) + "." + parts[1] + ".",
	} {
		_, err := e.s.Bearer(e.ctx, "Bearer "+wrong, doorURL)
		fails(t, err, vc.Unauthenticated, access.CodeInvalid)
	}
	_, err := e.s.Bearer(e.ctx, "", doorURL)
	fails(t, err, vc.Unauthenticated, access.CodeMissing)

	client, secret := e.client(e.s, e.by, e.scope, vc.IssuerRole)
	got, err := e.s.Token(e.ctx, access.TokenRequest{ClientID: client.ID, ClientSecret: secret})
	check(t, err)
	key, text := e.apiKey(e.s, e.by, e.scope, vc.IssuerRole)
	for bearer, want := range map[string]vc.Principal{got.AccessToken: client, text: key} {
		p, err := e.s.Bearer(e.ctx, "Bearer "+bearer, doorURL)
		check(t, err)
		if p.ID != want.ID || access.Authorize(p, access.CredentialIssue, e.scope) != nil {
			t.Errorf("%+v", p)
		}
	}
	_, err = e.s.ArchiveOrganisation(e.ctx, e.by, e.tenant.ID, e.scope.Organisation)
	check(t, err)
	_, err = e.s.Bearer(e.ctx, "Bearer "+token, doorURL)
	fails(t, err, vc.Denied, "organisation-archived")
}

func TestLoginRefused(t *testing.T) {
	e := newEntrance(t, newWorld(t))
	redeem := func(code, tenant, door string) error {
		_, err := e.s.RedeemLogin(e.ctx, code, tenant, door, "r2")
		return err
	}
	n := e.login()
	code := e.code(n)
	_, _, err := e.s.OpenLogin(e.ctx, n)
	fails(t, err, vc.Conflict, "code-used")
	for _, wrong := range []string{"", "short", strings.Repeat("A", 31), strings.Repeat("A", 129), code[:40] + " x=", code + "\n"} {
		fails(t, redeem(wrong, "acme", "empe"), vc.Invalid, "code-malformed")
	}
	fails(t, redeem(strings.Repeat("A", 43), "acme", "empe"), vc.NotFound, "code-not-found")
	e.tenant2(t)
	fails(t, redeem(code, "other", "empe"), vc.NotFound, "code-not-found")
	fails(t, redeem(code, "", "empe"), vc.NotFound, "code-not-found")
	fails(t, redeem(code, "nobody", "empe"), vc.NotFound, "tenant-not-found")
	fails(t, redeem(code, "acme", "oid4vci"), vc.NotFound, "code-not-found")
	check(t, redeem(code, "acme", "empe"))

	// It came again: the first token stays, and the audit has it once, however often who has a spent code comes.
	before := e.entries()
	for range 5 {
		fails(t, redeem(code, "acme", "empe"), vc.Invalid, "code-used")
	}
	if got := e.entries() - before; got != 1 {
		t.Errorf("%d entries", got)
	}
	late := e.code(e.login())
	e.pass(10*time.Minute - time.Second)
	if swept, err := e.s.SweepLogins(e.ctx, e.clock(), 100); err != nil || swept != 1 { // the one that came again is over
		t.Errorf("%d %v", swept, err)
	}
	e.pass(time.Second)
	fails(t, redeem(late, "acme", "empe"), vc.Invalid, "code-expired")
	e.pass(time.Second)
	if swept, err := e.s.SweepLogins(e.ctx, e.clock(), 100); err != nil || swept != 1 {
		t.Errorf("%d %v", swept, err)
	}
	fails(t, redeem(late, "acme", "empe"), vc.NotFound, "code-not-found")

	closed := e.code(e.login())
	_, err = e.s.ArchiveTenant(e.ctx, e.by, "acme")
	check(t, err)
	fails(t, redeem(closed, "acme", "empe"), vc.NotFound, "tenant-not-found")
}

func (e entrance) tenant2(t *testing.T) {
	t.Helper()
	e.world.tenant(e.s, e.by, "other")
}

// What is kept of a login names nobody: its DID is sealed, and gone when it is redeemed.
func TestLoginKeepsNoDID(t *testing.T) {
	e := newEntrance(t, newWorld(t))
	n := e.login()
	code := e.code(n)
	kept := func() (login vc.LoginCode) {
		check(t, sql.For[access.Rows](e.db).Update(e.ctx, e.scope, func(r access.Rows) (err error) {
			login, err = r.LoginCodeForUpdate(n.ID)
			return err
		}))
		return login
	}
	if login := kept(); len(login.Body) == 0 || strings.Contains(string(login.Body), holderDID) || strings.Contains(string(login.Secret), code) {
		t.Errorf("%+v", login)
	}
	_, err := e.s.RedeemLogin(e.ctx, code, "acme", "empe", "r2")
	check(t, err)
	if login := kept(); len(login.Body)+len(login.BodyKey) != 0 || login.UsedAt.IsZero() {
		t.Errorf("%+v", login)
	}
	_, err = e.db.Sequence(e.ctx, 1000, func(found []vc.Entry, _ map[string]vc.AuditHead) ([]vc.Entry, []vc.AuditHead, error) {
		logins := 0
		for _, entry := range found {
			if text, err := json.Marshal(entry); err != nil || strings.Contains(string(text), holderDID) {
				t.Errorf("%s %v", text, err)
			}
			if entry.Object == "login/"+n.ID && !entry.Event && entry.Scope == e.scope && entry.Door == "empe" {
				logins++
			}
		}
		if logins != 2 {
			t.Errorf("%d entries of the login", logins)
		}
		return nil, nil, errLooked
	})
	if !errors.Is(err, errLooked) {
		t.Fatal(err)
	}
}

var errLooked = errors.New("looked")

// One of many who come with a code at once gets a token, on two servers and either engine.
func TestLoginOnce(t *testing.T) {
	for engine, open := range map[string]func(*testing.T) *world{
		"sqlite":   func(t *testing.T) *world { return newWorld(t) },
		"postgres": func(t *testing.T) *world { return newWorldOn(t, storetest.FreshPostgres(t)) },
	} {
		t.Run(engine, func(t *testing.T) {
			e := newEntrance(t, open(t))
			code := e.code(e.login())
			servers := []*access.Service{e.s, e.server()}
			var tokens, refused atomic.Int32
			var all sync.WaitGroup
			for i := range 50 {
				all.Go(func() {
					_, err := servers[i%2].RedeemLogin(e.ctx, code, "acme", "empe", "r2")
					if err == nil {
						tokens.Add(1)
					} else if e, ok := err.(*vc.Error); ok && e.Code == "code-used" {
						refused.Add(1)
					} else {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if tokens.Load() != 1 || refused.Load() != 49 {
				t.Errorf("%d tokens, %d refusals", tokens.Load(), refused.Load())
			}
		})
	}
}
