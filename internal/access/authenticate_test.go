package access_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/vc"
)

func TestAPIKey(t *testing.T) {
	w := newWorld(t)
	s := w.server()
	op := w.operator(s)
	tenant := w.tenant(s, op, "one")
	scope := vc.Scope{Tenant: tenant.ID}
	p, key := w.apiKey(s, op, scope, vc.IssuerRole)
	if p.Secret != nil || len(key) != 80 || !strings.HasPrefix(key, "chy_"+strings.ReplaceAll(p.ID, "-", "")+"_") {
		t.Fatalf("key %d characters, principal %+v", len(key), p)
	}
	got, err := s.Authenticate(w.ctx, "bearer "+key)
	check(t, err)
	if diff := cmp.Diff(p, got); diff != "" {
		t.Fatal(diff)
	}
	if err := access.Authorize(got, access.CredentialIssue, scope); err != nil {
		t.Fatal(err)
	}

	_, other := w.apiKey(s, op, scope, vc.IssuerRole)
	wrong := key[:37] + other[37:]
	unknown := "chy_" + strings.Repeat("0", 32) + key[36:]
	_, wrongErr := s.Authenticate(w.ctx, "Bearer "+wrong)
	_, unknownErr := s.Authenticate(w.ctx, "Bearer "+unknown)
	fails(t, wrongErr, vc.Unauthenticated, access.CodeInvalid)
	if wrongErr.Error() != unknownErr.Error() {
		t.Fatalf("%v tells more than %v", wrongErr, unknownErr)
	}
	_, err = s.Authenticate(w.ctx, "")
	fails(t, err, vc.Unauthenticated, access.CodeMissing)
	for _, bad := range []string{
		"Basic " + key, "Bearer", "Bearer ", key, "Bearer  " + key, "Bearer " + key + "A", "Bearer " + key[:79],
		"Bearer " + strings.ToUpper(key), "Bearer chy_", "Bearer a.b.c", "Bearer " + strings.Repeat("a", 1<<16),
	} {
		_, err := s.Authenticate(w.ctx, bad)
		fails(t, err, vc.Unauthenticated, access.CodeInvalid)
	}
}

func TestRotateRevokeExpire(t *testing.T) {
	w := newWorld(t)
	here, there := w.server(), w.server()
	op := w.operator(here)
	scope := vc.Scope{Tenant: w.tenant(here, op, "one").ID}
	p, key := w.apiKey(here, op, scope, vc.IssuerRole)
	w.actor(here, key)
	w.actor(there, key)

	_, rotated, err := here.RotateSecret(w.ctx, op, scope, p.ID)
	check(t, err)
	_, err = here.Authenticate(w.ctx, "Bearer "+key)
	fails(t, err, vc.Unauthenticated, access.CodeInvalid)
	w.actor(here, rotated)
	w.pass(time.Second)
	_, err = there.Authenticate(w.ctx, "Bearer "+key)
	fails(t, err, vc.Unauthenticated, access.CodeInvalid)
	w.actor(there, rotated)

	revoked, err := here.RevokePrincipal(w.ctx, op, scope, p.ID)
	check(t, err)
	_, err = here.Authenticate(w.ctx, "Bearer "+rotated)
	fails(t, err, vc.Unauthenticated, access.CodeRevoked)
	w.pass(time.Second)
	_, err = there.Authenticate(w.ctx, "Bearer "+rotated)
	fails(t, err, vc.Unauthenticated, access.CodeRevoked)
	again, err := here.RevokePrincipal(w.ctx, op, scope, p.ID)
	check(t, err)
	if !again.RevokedAt.Equal(revoked.RevokedAt) {
		t.Fatal("revoking again moved the time")
	}
	_, _, err = here.RotateSecret(w.ctx, op, scope, p.ID)
	fails(t, err, vc.Conflict, "principal-revoked")

	_, brief, err := here.CreatePrincipal(w.ctx, op, scope, access.NewPrincipal{
		Kind: vc.APIKey, Name: "brief", Grants: []vc.Grant{{Scope: scope, Role: vc.IssuerRole}},
		ExpiresAt: w.clock().Add(time.Minute),
	})
	check(t, err)
	w.actor(here, brief)
	w.pass(time.Minute)
	_, err = here.Authenticate(w.ctx, "Bearer "+brief)
	fails(t, err, vc.Unauthenticated, access.CodeExpired)
}

func TestArchivedAreRefused(t *testing.T) {
	w := newWorld(t)
	s := w.server()
	op := w.operator(s)
	tenant := w.tenant(s, op, "one")
	org := w.organisation(s, op, tenant, "o")
	_, inTenant := w.apiKey(s, op, vc.Scope{Tenant: tenant.ID}, vc.TenantAdmin)
	_, inOrg := w.apiKey(s, op, vc.Scope{Tenant: tenant.ID, Organisation: org.ID}, vc.IssuerRole)
	admin := w.actor(s, inTenant)

	_, err := s.ArchiveOrganisation(w.ctx, admin, tenant.ID, org.ID)
	check(t, err)
	_, err = s.Authenticate(w.ctx, "Bearer "+inOrg)
	fails(t, err, vc.Denied, "organisation-archived")
	_, err = s.ScopeFor(w.ctx, admin.Principal, "", org.ID)
	fails(t, err, vc.Denied, "organisation-archived")
	_, err = s.RestoreOrganisation(w.ctx, admin, tenant.ID, org.ID)
	check(t, err)
	w.actor(s, inOrg)

	_, err = s.ArchiveTenant(w.ctx, admin, tenant.ID)
	fails(t, err, vc.Denied, "permission-denied")
	_, err = s.ArchiveTenant(w.ctx, op, "one")
	check(t, err)
	for _, key := range []string{inOrg, inTenant} {
		_, err = s.Authenticate(w.ctx, "Bearer "+key)
		fails(t, err, vc.Denied, "tenant-archived")
	}
	_, err = s.ScopeFor(w.ctx, op.Principal, "one", "")
	fails(t, err, vc.Denied, "tenant-archived")
	_, err = s.RestoreTenant(w.ctx, op, "one")
	check(t, err)
	w.actor(s, inTenant)
}

func FuzzAuthenticate(f *testing.F) {
	w := newWorld(f)
	s := w.server()
	op := w.operator(s)
	scope := vc.Scope{Tenant: w.tenant(s, op, "one").ID}
	_, key := w.apiKey(s, op, scope, vc.IssuerRole)
	client, secret := w.client(s, op, scope, vc.IssuerRole)
	token, err := s.Token(w.ctx, access.TokenRequest{ClientID: client.ID, ClientSecret: secret})
	check(f, err)
	good := map[string]bool{key: true, token.AccessToken: true}
	for seed := range good {
		f.Add("Bearer " + seed)
		f.Add("Bearer " + seed[:len(seed)-1])
	}
	f.Add("Bearer eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.e30.")
	f.Fuzz(func(t *testing.T, authorization string) {
		_, err := s.Authenticate(w.ctx, authorization)
		_, credential, _ := strings.Cut(authorization, " ")
		if err == nil && !good[credential] && !strings.EqualFold(credential[:min(36, len(credential))], key[:36]) {
			t.Fatalf("%q is somebody", authorization)
		}
		if err != nil && vc.KindOf(err) != vc.Unauthenticated {
			t.Fatal(err)
		}
	})
}

func BenchmarkAuthenticate(b *testing.B) {
	w := newWorld(b)
	s := w.server()
	op := w.operator(s)
	scope := vc.Scope{Tenant: w.tenant(s, op, "one").ID}
	_, key := w.apiKey(s, op, scope, vc.IssuerRole)
	client, secret := w.client(s, op, scope, vc.IssuerRole)
	token, err := s.Token(w.ctx, access.TokenRequest{ClientID: client.ID, ClientSecret: secret})
	check(b, err)
	for name, credential := range map[string]string{"key": key, "token": token.AccessToken} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				p, err := s.Authenticate(w.ctx, "Bearer "+credential)
				check(b, err)
				_, err = s.ScopeFor(w.ctx, p, "", "")
				check(b, err)
			}
		})
	}
}
