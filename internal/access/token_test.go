package access_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/jose"
)

func TestToken(t *testing.T) {
	w := newWorld(t)
	s := w.server()
	op := w.operator(s)
	tenant := w.tenant(s, op, "one")
	org := w.organisation(s, op, tenant, "o")
	scope := vc.Scope{Tenant: tenant.ID, Organisation: org.ID}
	client, secret := w.client(s, op, scope, vc.IssuerRole)
	before := w.entries()
	token, err := s.Token(w.ctx, access.TokenRequest{
		ClientID: client.ID, ClientSecret: secret, Scope: "status:read credential:issue credential:issue", Tenant: "one",
	})
	check(t, err)
	if token.ExpiresIn != 10*time.Minute || token.Scope != "credential:issue status:read" {
		t.Fatalf("%+v", token)
	}
	if w.entries() == before {
		t.Fatal("nothing in the journal")
	}

	header, claims := verifyAsOther(t, w, s, token.AccessToken)
	if header["alg"] != "EdDSA" || header["typ"] != "at+jwt" || header["kid"] == "" {
		t.Fatalf("%v", header)
	}
	for name, want := range map[string]any{
		"iss": issuer, "aud": issuer, "sub": client.ID, "client_id": client.ID, "scope": token.Scope,
		"tenant": tenant.ID, "organisation": org.ID,
		"iat": float64(w.clock().Unix()), "exp": float64(w.clock().Add(10 * time.Minute).Unix()),
	} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	if claims["jti"] == "" {
		t.Error("no jti")
	}

	p, err := s.Authenticate(w.ctx, "Bearer "+token.AccessToken)
	check(t, err)
	if p.ID != client.ID || p.Scope != scope || p.Secret != nil {
		t.Fatalf("%+v", p)
	}
	check(t, access.Authorize(p, access.CredentialIssue, scope))
	fails(t, access.Authorize(p, access.CredentialStatus, scope), vc.Denied, "permission-denied")
}

// verifyAsOther checks a token as a stranger would: with the JWKS and nothing else of ours.
func verifyAsOther(t *testing.T, w *world, s *access.Service, token string) (header, claims map[string]any) {
	t.Helper()
	raw, err := s.JWKS(w.ctx)
	check(t, err)
	var set struct {
		Keys []struct{ Kty, Crv, X, Kid, Use, Alg string }
	}
	check(t, json.Unmarshal(raw, &set))
	parts := strings.Split(token, ".")
	decode := func(part string, into any) {
		b, err := base64.RawURLEncoding.DecodeString(part)
		check(t, err)
		if into != nil {
			check(t, json.Unmarshal(b, into))
		}
	}
	decode(parts[0], &header)
	decode(parts[1], &claims)
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	check(t, err)
	for _, key := range set.Keys {
		if key.Kid != header["kid"] {
			continue
		}
		x, err := base64.RawURLEncoding.DecodeString(key.X)
		check(t, err)
		if key.Kty != "OKP" || key.Crv != "Ed25519" || key.Use != "sig" || key.Alg != "EdDSA" ||
			!ed25519.Verify(x, []byte(parts[0]+"."+parts[1]), signature) {
			t.Fatalf("the token does not verify with %+v", key)
		}
		return header, claims
	}
	t.Fatalf("kid %v is not in %s", header["kid"], raw)
	return nil, nil
}

func TestTokenRefusals(t *testing.T) {
	w := newWorld(t)
	s := w.server()
	op := w.operator(s)
	scope := vc.Scope{Tenant: w.tenant(s, op, "one").ID}
	w.tenant(s, op, "two")
	client, secret := w.client(s, op, scope, vc.VerifierRole)
	key, keyText := w.apiKey(s, op, scope, vc.IssuerRole)
	ask := func(id, secret, scope, tenant string) error {
		_, err := s.Token(w.ctx, access.TokenRequest{ClientID: id, ClientSecret: secret, Scope: scope, Tenant: tenant})
		return err
	}
	check(t, ask(client.ID, secret, "", ""))
	fails(t, ask(client.ID, secret+"x", "", ""), vc.Unauthenticated, access.CodeInvalid)
	fails(t, ask(client.ID, "", "", ""), vc.Unauthenticated, access.CodeInvalid)
	fails(t, ask("", "", "", ""), vc.Unauthenticated, access.CodeInvalid)
	fails(t, ask("not-an-id", secret, "", ""), vc.Unauthenticated, access.CodeInvalid)
	fails(t, ask(key.ID, keyText[37:], "", ""), vc.Unauthenticated, access.CodeInvalid)
	fails(t, ask(client.ID, secret, "credential:issue", ""), vc.Invalid, "invalid-scope")
	fails(t, ask(client.ID, secret, "nonsense", ""), vc.Invalid, "invalid-scope")
	fails(t, ask(client.ID, secret, "", "two"), vc.NotFound, "tenant-not-found")
	fails(t, ask(client.ID, secret, "", "three"), vc.NotFound, "tenant-not-found")
	check(t, ask(client.ID, secret, "", scope.Tenant))

	asKey := "Bearer chy_" + strings.ReplaceAll(client.ID, "-", "") + "_" + secret
	_, err := s.Authenticate(w.ctx, asKey)
	fails(t, err, vc.Unauthenticated, access.CodeInvalid)
}

func TestTokenTimeAndRevocation(t *testing.T) {
	w := newWorld(t)
	s := w.server()
	op := w.operator(s)
	scope := vc.Scope{Tenant: w.tenant(s, op, "one").ID}
	client, secret := w.client(s, op, scope, vc.IssuerRole)
	get := func() string {
		token, err := s.Token(w.ctx, access.TokenRequest{ClientID: client.ID, ClientSecret: secret})
		check(t, err)
		return "Bearer " + token.AccessToken
	}
	token := get()
	for _, step := range []time.Duration{0, 10 * time.Minute, 30 * time.Second} {
		w.pass(step)
		_, err := s.Authenticate(w.ctx, token)
		check(t, err)
	}
	w.pass(time.Second)
	_, err := s.Authenticate(w.ctx, token)
	fails(t, err, vc.Unauthenticated, access.CodeExpired)
	_, err = w.server().Authenticate(w.ctx, token)
	fails(t, err, vc.Unauthenticated, access.CodeExpired)

	token = get()
	w.pass(-31 * time.Second)
	_, err = s.Authenticate(w.ctx, token)
	fails(t, err, vc.Unauthenticated, access.CodeInvalid)
	w.pass(31 * time.Second)

	other := w.server()
	_, err = other.Authenticate(w.ctx, token)
	check(t, err)
	_, err = s.RevokePrincipal(w.ctx, op, scope, client.ID)
	check(t, err)
	_, err = s.Authenticate(w.ctx, token)
	fails(t, err, vc.Unauthenticated, access.CodeRevoked)
	w.pass(time.Second)
	_, err = other.Authenticate(w.ctx, token)
	fails(t, err, vc.Unauthenticated, access.CodeRevoked)
}

func TestForgedTokens(t *testing.T) {
	w := newWorld(t)
	s := w.server()
	op := w.operator(s)
	scope := vc.Scope{Tenant: w.tenant(s, op, "one").ID}
	client, secret := w.client(s, op, scope, vc.IssuerRole)
	token, err := s.Token(w.ctx, access.TokenRequest{ClientID: client.ID, ClientSecret: secret})
	check(t, err)
	good, err := jose.ParseCompact([]byte(token.AccessToken))
	check(t, err)
	key := tokenKeys(t, w)[0]
	signed := func(header jose.Header, payload string) string {
		input := jose.Input(jose.EncodeHeader(header), []byte(payload))
		signature, err := w.keys.Sign(w.ctx, key, input)
		check(t, err)
		return string(jose.Join(input, signature))
	}
	usual := jose.Header{Alg: "EdDSA", Typ: "at+jwt", Kid: key.ID}
	replaced := func(old, new string) string { return strings.Replace(string(good.Payload), old, new, 1) }
	if _, err := s.Authenticate(w.ctx, "Bearer "+signed(usual, string(good.Payload))); err != nil {
		t.Fatal(err) // the others below fail for their own reason
	}
	stranger, err := w.keys.Generate(w.ctx, vc.Scope{}, vc.Ed25519)
	check(t, err)
	_, private, err := ed25519.GenerateKey(nil)
	check(t, err)
	for name, forged := range map[string]string{
		"another type":     signed(jose.Header{Alg: "EdDSA", Typ: "JWT", Kid: key.ID}, string(good.Payload)),
		"another alg":      signed(jose.Header{Alg: "ES256", Typ: "at+jwt", Kid: key.ID}, string(good.Payload)),
		"no alg":           signed(jose.Header{Alg: "none", Typ: "at+jwt", Kid: key.ID}, string(good.Payload)),
		"no kid":           signed(jose.Header{Alg: "EdDSA", Typ: "at+jwt"}, string(good.Payload)),
		"unknown kid":      signed(jose.Header{Alg: "EdDSA", Typ: "at+jwt", Kid: stranger.ID}, string(good.Payload)),
		"own jwk":          signed(jose.Header{Alg: "EdDSA", Typ: "at+jwt", Kid: key.ID, JWK: stranger.PublicJWK}, string(good.Payload)),
		"another issuer":   signed(usual, replaced(`"iss":"`+issuer, `"iss":"https://other.example`)),
		"another audience": signed(usual, replaced(`"aud":"`+issuer, `"aud":"https://other.example`)),
		"another tenant":   signed(usual, replaced(scope.Tenant, stranger.ID)),
		"another client":   signed(usual, strings.ReplaceAll(string(good.Payload), client.ID, op.ID)),
		"unknown client":   signed(usual, strings.ReplaceAll(string(good.Payload), client.ID, stranger.ID)),
		"no expiry":        signed(usual, replaced(`"exp"`, `"x"`)),
		"not JSON":         signed(usual, "x"),
		"another's key": string(jose.Join(good.Input,
			ed25519.Sign(private, good.Input))),
		"no signature": string(good.Input) + ".",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Authenticate(w.ctx, "Bearer "+forged)
			fails(t, err, vc.Unauthenticated, access.CodeInvalid)
		})
	}
}

func tokenKeys(t *testing.T, w *world) (keys []vc.Key) {
	t.Helper()
	check(t, sql.For[access.Rows](w.db).View(w.ctx, vc.Scope{}, func(r access.Rows) (err error) {
		keys, err = r.Keys(vc.ListQuery{})
		return err
	}))
	return keys
}

// Two servers at their first start make a key each at worst: either verifies everywhere, and both sign with one of
// them as soon as they have read both.
func TestTwoServersFirstStart(t *testing.T) {
	w := newWorld(t)
	a, b := w.server(), w.server()
	op := w.operator(a)
	scope := vc.Scope{Tenant: w.tenant(a, op, "one").ID}
	client, secret := w.client(a, op, scope, vc.IssuerRole)
	set, err := b.JWKS(w.ctx)
	check(t, err)
	if string(set) != `{"keys":[]}` {
		t.Fatalf("%s", set)
	}
	get := func(s *access.Service) string {
		token, err := s.Token(w.ctx, access.TokenRequest{ClientID: client.ID, ClientSecret: secret})
		check(t, err)
		return token.AccessToken
	}
	first := get(a)
	w.pass(100 * time.Millisecond) // b has read the keys, and a token of an unknown kid makes it look again
	_, err = b.Authenticate(w.ctx, "Bearer "+first)
	check(t, err)

	second, err := w.keys.Generate(w.ctx, vc.Scope{}, vc.Ed25519)
	check(t, err)
	second.CreatedAt = w.clock().Add(365 * 24 * time.Hour)
	check(t, sql.For[access.Rows](w.db).Update(w.ctx, vc.Scope{}, func(r access.Rows) error { return r.InsertKey(second) }))
	w.pass(time.Second)
	for _, s := range []*access.Service{a, b} {
		header, _ := verifyAsOther(t, w, s, get(s))
		if header["kid"] != second.ID {
			t.Fatalf("signs with %v, not the newest", header["kid"])
		}
		_, err = s.Authenticate(w.ctx, "Bearer "+first)
		check(t, err)
	}
	if n := len(tokenKeys(t, w)); n != 2 {
		t.Fatalf("%d keys", n)
	}
}
