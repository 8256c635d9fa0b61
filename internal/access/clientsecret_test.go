package access_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/vc"
)

// good says whether a secret is one; what is refused is refused in one way.
func (w *world) good(s *access.Service, secret string) bool {
	w.t.Helper()
	_, err := s.Secret(w.ctx, secret)
	if err != nil {
		fails(w.t, err, vc.Unauthenticated, access.CodeInvalid)
	}
	return err == nil
}

func TestSecret(t *testing.T) {
	w := newWorld(t)
	s := w.server()
	by := w.operator(s)
	tenant := w.tenant(s, by, "acme")
	scope := vc.Scope{Tenant: tenant.ID, Organisation: w.organisation(s, by, tenant, "one").ID}
	client, secret := w.client(s, by, scope, vc.IssuerRole)
	key, text := w.apiKey(s, by, scope, vc.IssuerRole)
	for given, want := range map[string]vc.Principal{secret: client, text: key} {
		p, err := s.Secret(w.ctx, given)
		check(t, err)
		if p.ID != want.ID || p.Secret != nil || p.Previous != nil || access.Authorize(p, access.CredentialIssue, scope) != nil {
			t.Errorf("%+v", p)
		}
	}
	_, err := s.Secret(w.ctx, "")
	fails(t, err, vc.Unauthenticated, access.CodeMissing)
	_, keySecret, _ := strings.Cut(strings.TrimPrefix(text, "chy_"), "_")
	for _, wrong := range []string{
		"x", strings.Repeat("A", 43), secret + "A", secret[:42], "Bearer " + secret, "chy_" + secret, keySecret, // a key's secret without its id is none
		strings.Replace(text, "_", "-", 1), text + "A",
	} {
		if w.good(s, wrong) {
			t.Errorf("%s is a secret", wrong)
		}
	}
	// Nobody who is closed has one.
	for _, given := range []string{secret, text} {
		p, err := s.Secret(w.ctx, given)
		check(t, err)
		_, err = s.RevokePrincipal(w.ctx, by, scope, p.ID)
		check(t, err)
	}
	for _, given := range []string{secret, text} {
		_, err = s.Secret(w.ctx, given)
		fails(t, err, vc.Unauthenticated, access.CodeRevoked)
	}
	w.pass(time.Second)
	if w.good(s, secret) { // which nobody finds any more
		t.Error("a revoked client has a secret")
	}
	_, secret = w.client(s, by, scope, vc.IssuerRole)
	_, err = s.ArchiveOrganisation(w.ctx, by, tenant.ID, scope.Organisation)
	check(t, err)
	_, err = s.Secret(w.ctx, secret)
	fails(t, err, vc.Denied, "organisation-archived")
}

func TestRotationOverlaps(t *testing.T) {
	for _, kind := range []vc.PrincipalKind{vc.Client, vc.APIKey} {
		t.Run(string(kind), func(t *testing.T) {
			w := newWorld(t)
			s, there := w.server(), w.server()
			by := w.operator(s)
			tenant := w.tenant(s, by, "acme")
			scope := vc.Scope{Tenant: tenant.ID}
			p, first := w.client(s, by, scope, vc.TenantAdmin)
			if kind == vc.APIKey {
				p, first = w.apiKey(s, by, scope, vc.TenantAdmin)
			}
			expect := func(where *access.Service, want map[string]bool) {
				t.Helper()
				for secret, good := range want {
					if w.good(where, secret) != good {
						t.Errorf("%.8s… is good: %t", secret, !good)
					}
				}
			}
			expect(there, map[string]bool{first: true})
			rotated, second, err := s.RotateSecretOver(w.ctx, by, scope, p.ID, time.Hour)
			check(t, err)
			if rotated.Secret != nil || rotated.Previous != nil || !rotated.PreviousUntil.Equal(w.clock().Add(time.Hour)) {
				t.Errorf("%+v", rotated)
			}
			expect(s, map[string]bool{first: true, second: true})
			w.pass(time.Second)
			expect(there, map[string]bool{first: true, second: true})
			if kind == vc.Client {
				for _, secret := range []string{first, second} {
					_, err := s.Token(w.ctx, access.TokenRequest{ClientID: p.ID, ClientSecret: secret})
					check(t, err)
				}
			}
			w.pass(time.Hour - 2*time.Second)
			expect(s, map[string]bool{first: true, second: true})
			w.pass(time.Second)
			expect(s, map[string]bool{first: false, second: true})

			// There is one old secret: rotating twice ends the oldest, at once where it is rotated.
			_, third, err := s.RotateSecretOver(w.ctx, by, scope, p.ID, time.Hour)
			check(t, err)
			_, fourth, err := s.RotateSecretOver(w.ctx, by, scope, p.ID, 30*24*time.Hour)
			check(t, err)
			expect(s, map[string]bool{first: false, second: false, third: true, fourth: true})
			// Without an overlap nothing old is left.
			_, fifth, err := s.RotateSecret(w.ctx, by, scope, p.ID)
			check(t, err)
			expect(s, map[string]bool{third: false, fourth: false, fifth: true})
			w.pass(2 * time.Second)
			expect(there, map[string]bool{third: false, fourth: false, fifth: true})

			for _, overlap := range []time.Duration{-time.Second, access.MaxOverlap + time.Second, time.Millisecond} {
				_, _, err = s.RotateSecretOver(w.ctx, by, scope, p.ID, overlap)
				fails(t, err, vc.Invalid, "invalid-overlap")
			}
			_, sixth, err := s.RotateSecretOver(w.ctx, by, scope, p.ID, time.Hour)
			check(t, err)
			_, err = s.RevokePrincipal(w.ctx, by, scope, p.ID)
			check(t, err)
			for _, secret := range []string{fifth, sixth} {
				if _, err := s.Secret(w.ctx, secret); err == nil {
					t.Error("a revoked principal has a secret")
				}
			}
		})
	}
}

func TestRotateOwnSecret(t *testing.T) {
	w := newWorld(t)
	s := w.server()
	by := w.operator(s)
	tenant := w.tenant(s, by, "acme")
	scope := vc.Scope{Tenant: tenant.ID, Organisation: w.organisation(s, by, tenant, "one").ID}
	client, first := w.client(s, by, scope, vc.VerifierRole) // who may manage nobody
	as := func(secret string) access.Actor {
		t.Helper()
		p, err := s.Secret(w.ctx, secret)
		check(t, err)
		return access.Actor{Principal: p, Door: "test"}
	}
	before := w.entries()
	p, second, err := s.RotateOwnSecret(w.ctx, as(first), first, time.Hour)
	check(t, err)
	if p.ID != client.ID || p.Secret != nil || p.Previous != nil || !w.good(s, first) || !w.good(s, second) || w.entries() != before+1 {
		t.Errorf("%+v", p)
	}
	_, _, err = s.RotateOwnSecret(w.ctx, as(first), first, time.Hour)
	fails(t, err, vc.Conflict, "secret-rotated")
	token, err := s.Token(w.ctx, access.TokenRequest{ClientID: client.ID, ClientSecret: second})
	check(t, err)
	known, err := s.Authenticate(w.ctx, "Bearer "+token.AccessToken)
	check(t, err)
	for _, who := range []vc.Principal{{}, known, {ID: client.ID, Kind: vc.Holder, Scope: scope, DID: "did:example:1"}} {
		_, _, err = s.RotateOwnSecret(w.ctx, access.Actor{Principal: who}, second, 0)
		fails(t, err, vc.Denied, "secret-needed")
	}
	_, _, err = s.RotateOwnSecret(w.ctx, as(second), second, -1)
	fails(t, err, vc.Invalid, "invalid-overlap")
	_, third, err := s.RotateOwnSecret(w.ctx, as(second), second, 0)
	check(t, err)
	if w.good(s, first) || w.good(s, second) || !w.good(s, third) {
		t.Error("an old secret is good")
	}
	stale := as(third)
	_, err = s.RevokePrincipal(w.ctx, by, scope, client.ID)
	check(t, err)
	_, _, err = s.RotateOwnSecret(w.ctx, stale, third, 0)
	fails(t, err, vc.Conflict, "principal-revoked")
}

// Of who rotates at once with one secret one does, and who proved a secret to a server that has not heard of the rotation does not:
// the owner keeps the one that was told.
func TestRotateOwnSecretAtOnce(t *testing.T) {
	for _, kind := range []vc.PrincipalKind{vc.Client, vc.APIKey} {
		t.Run(string(kind), func(t *testing.T) {
			w := newWorld(t)
			s, there := w.server(), w.server()
			by := w.operator(s)
			scope := vc.Scope{Tenant: w.tenant(s, by, "acme").ID}
			_, first := w.client(s, by, scope, vc.TenantAdmin)
			if kind == vc.APIKey {
				_, first = w.apiKey(s, by, scope, vc.TenantAdmin)
			}
			known, err := there.Secret(w.ctx, first)
			check(t, err)
			secrets, errs := make([]string, 8), make([]error, 8)
			var all sync.WaitGroup
			for i := range secrets {
				all.Go(func() {
					_, secrets[i], errs[i] = s.RotateOwnSecret(w.ctx, access.Actor{Principal: known}, first, time.Hour)
				})
			}
			all.Wait()
			owner := ""
			for i, err := range errs {
				if err == nil && owner == "" {
					owner = secrets[i]
					continue
				}
				fails(t, err, vc.Conflict, "secret-rotated")
			}
			late, err := there.Secret(w.ctx, first) // which has heard of nothing
			check(t, err)
			_, _, err = there.RotateOwnSecret(w.ctx, access.Actor{Principal: late}, first, 0)
			fails(t, err, vc.Conflict, "secret-rotated")
			w.pass(2 * time.Second)
			if !w.good(s, owner) || !w.good(there, owner) {
				t.Error("the owner is locked out")
			}
		})
	}
}
