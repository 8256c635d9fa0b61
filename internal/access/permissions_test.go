package access_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/vc"
)

var roles = []vc.Role{vc.Operator, vc.TenantAdmin, vc.OrganisationAdmin, vc.IssuerRole, vc.VerifierRole, vc.Auditor}

func TestAuthorize(t *testing.T) {
	operator, tenant, other := vc.Scope{}, vc.Scope{Tenant: "t"}, vc.Scope{Tenant: "u"}
	org, sibling := vc.Scope{Tenant: "t", Organisation: "o"}, vc.Scope{Tenant: "t", Organisation: "p"}
	for _, c := range []struct {
		name   string
		grant  vc.Grant
		narrow []string
		perm   access.Permission
		in     vc.Scope
		may    bool
	}{
		{"operator creates tenants", vc.Grant{Scope: operator, Role: vc.Operator}, nil, access.TenantManage, operator, true},
		{"operator acts in a tenant it names", vc.Grant{Scope: operator, Role: vc.Operator}, nil, access.CredentialIssue, org, true},
		{"tenant admin in its tenant", vc.Grant{Scope: tenant, Role: vc.TenantAdmin}, nil, access.OrganisationManage, tenant, true},
		{"tenant admin in its organisation", vc.Grant{Scope: tenant, Role: vc.TenantAdmin}, nil, access.CredentialIssue, org, true},
		{"tenant admin elsewhere", vc.Grant{Scope: tenant, Role: vc.TenantAdmin}, nil, access.TenantRead, other, false},
		{"tenant admin at operator scope", vc.Grant{Scope: tenant, Role: vc.TenantAdmin}, nil, access.TenantManage, operator, false},
		{"organisation admin in its organisation", vc.Grant{Scope: org, Role: vc.OrganisationAdmin}, nil, access.DIDManage, org, true},
		{"organisation admin in a sibling", vc.Grant{Scope: org, Role: vc.OrganisationAdmin}, nil, access.DIDManage, sibling, false},
		{"organisation admin in the tenant", vc.Grant{Scope: org, Role: vc.OrganisationAdmin}, nil, access.CatalogRead, tenant, false},
		{"an organisation is its tenant's to set up", vc.Grant{Scope: org, Role: vc.OrganisationAdmin}, nil, access.OrganisationManage, org, false},
		{"issuer issues", vc.Grant{Scope: org, Role: vc.IssuerRole}, nil, access.CredentialIssue, org, true},
		{"issuer makes no keys", vc.Grant{Scope: org, Role: vc.IssuerRole}, nil, access.KeyManage, org, false},
		{"verifier verifies", vc.Grant{Scope: org, Role: vc.VerifierRole}, nil, access.CredentialVerify, org, true},
		{"verifier does not issue", vc.Grant{Scope: org, Role: vc.VerifierRole}, nil, access.CredentialIssue, org, false},
		{"auditor reads the audit", vc.Grant{Scope: tenant, Role: vc.Auditor}, nil, access.AuditRead, org, true},
		{"auditor reads no credential", vc.Grant{Scope: tenant, Role: vc.Auditor}, nil, access.CredentialRead, org, false},
		{"narrowed token keeps", vc.Grant{Scope: org, Role: vc.IssuerRole}, []string{"credential:issue"}, access.CredentialIssue, org, true},
		{"narrowed token loses", vc.Grant{Scope: org, Role: vc.IssuerRole}, []string{"credential:issue"}, access.CredentialStatus, org, false},
		{"narrowed token adds nothing", vc.Grant{Scope: org, Role: vc.VerifierRole}, []string{"credential:issue"}, access.CredentialIssue, org, false},
		{"token narrowed to nothing", vc.Grant{Scope: org, Role: vc.IssuerRole}, []string{}, access.CredentialIssue, org, false},
		{"unknown role", vc.Grant{Scope: org, Role: "king"}, nil, access.CredentialIssue, org, false},
		{"organisation without tenant reaches nothing", vc.Grant{Scope: vc.Scope{Organisation: "o"}, Role: vc.Operator}, nil, access.TenantRead, org, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := vc.Principal{Grants: []vc.Grant{c.grant}, Narrowed: c.narrow}
			err := access.Authorize(p, c.perm, c.in)
			if (err == nil) != c.may {
				t.Fatalf("got %v", err)
			}
			if err != nil {
				fails(t, err, vc.Denied, "permission-denied")
				if !strings.Contains(err.Error(), string(c.perm)) {
					t.Fatalf("%v does not name %s", err, c.perm)
				}
			}
		})
	}
	if access.Authorize(vc.Principal{}, access.TenantRead, tenant) == nil {
		t.Fatal("the zero principal may something")
	}
}

func TestRolesGrow(t *testing.T) {
	inside := func(small, large vc.Role) {
		for _, p := range access.Permissions(small) {
			if !slices.Contains(access.Permissions(large), p) {
				t.Errorf("%s may %s, %s may not", small, p, large)
			}
		}
	}
	for i := 1; i < len(roles)-1; i++ {
		inside(roles[i], roles[i-1])
	}
	inside(vc.Auditor, vc.OrganisationAdmin)
	if slices.Contains(access.Permissions(vc.TenantAdmin), access.OperatorManage) {
		t.Error("a tenant's admin is an operator")
	}
	if access.Permissions("king") != nil {
		t.Error("an unknown role may something")
	}
}

// Nobody can grant what they do not hold: whatever principal is made, it may do nothing anywhere that its maker may
// not do there.
func TestNoEscalation(t *testing.T) {
	w := newWorld(t)
	s := w.server()
	op := w.operator(s)
	var scopes []vc.Scope
	scopes = append(scopes, vc.Scope{})
	for _, slug := range []string{"one", "two"} {
		tenant := w.tenant(s, op, slug)
		scopes = append(scopes, vc.Scope{Tenant: tenant.ID})
		for _, name := range []string{"a", "b"} {
			scopes = append(scopes, vc.Scope{Tenant: tenant.ID, Organisation: w.organisation(s, op, tenant, name).ID})
		}
	}
	roles := slices.Clone(roles) // and every right
	for _, right := range access.Rights() {
		roles = append(roles, right.Role)
	}
	// Makers have roles that exist where they have them, so that some of what they make is theirs to make.
	var sound []vc.Grant
	for i, scope := range scopes {
		of := roles[1:6]
		if i == 0 {
			of = roles[:1]
		}
		for _, role := range of {
			sound = append(sound, vc.Grant{Scope: scope, Role: role})
		}
		for range 8 { // most of what is drawn may make somebody
			sound = append(sound, vc.Grant{Scope: scope, Role: of[0]})
			if scope.Organisation != "" {
				sound[len(sound)-1].Role = vc.OrganisationAdmin
			}
		}
		for _, right := range access.Rights() {
			if right.Active && right.ForTenant == (scope.Tenant != "" && scope.Organisation == "") && right.ForOrganisation == (scope.Organisation != "") {
				sound = append(sound, vc.Grant{Scope: scope, Role: right.Role})
			}
		}
	}
	makers := rapid.SliceOfN(rapid.SampledFrom(sound), 1, 3)
	grants := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) vc.Grant {
		return vc.Grant{Scope: rapid.SampledFrom(scopes).Draw(t, "scope"), Role: rapid.SampledFrom(roles).Draw(t, "role")}
	}), 1, 2)
	made := 0
	rapid.Check(t, func(t *rapid.T) {
		by := access.Actor{Principal: vc.Principal{ID: "maker", Grants: makers.Draw(t, "maker")}}
		scope, wanted := rapid.SampledFrom(scopes).Draw(t, "scope"), grants.Draw(t, "grants")
		if rapid.Bool().Draw(t, "own scope") { // of a grant of the maker, and a role there
			scope = rapid.SampledFrom(by.Grants).Draw(t, "at").Scope
			wanted = []vc.Grant{{Scope: scope, Role: rapid.SampledFrom(roles).Draw(t, "role")}}
		}
		if rapid.Bool().Draw(t, "narrow") {
			by.Narrowed = []string{"access:manage", "catalog:read", "tenant:read", "did:read", "status:read", "credential:verify"}
		}
		p, _, err := s.CreatePrincipal(w.ctx, by, scope, access.NewPrincipal{Kind: vc.APIKey, Name: "made", Grants: wanted})
		if err != nil {
			if k := vc.KindOf(err); k != vc.Denied && k != vc.Invalid {
				t.Fatal(err)
			}
			return
		}
		made++
		for _, scope := range scopes {
			for _, perm := range access.Permissions(vc.Operator) {
				if access.Authorize(p, perm, scope) == nil && access.Authorize(by.Principal, perm, scope) != nil {
					t.Fatalf("%+v got %s in %+v from %+v", p.Grants, perm, scope, by.Grants)
				}
			}
		}
	})
	if made == 0 {
		t.Fatal("no principal was made: the test says nothing")
	}
}

func TestEscalationByRotation(t *testing.T) {
	w := newWorld(t)
	s := w.server()
	op := w.operator(s)
	tenant := w.tenant(s, op, "one")
	scope := vc.Scope{Tenant: tenant.ID}
	admin, key := w.apiKey(s, op, scope, vc.TenantAdmin)
	narrowed := w.actor(s, key)
	narrowed.Narrowed = []string{string(access.AccessManage)}
	_, _, err := s.RotateSecret(w.ctx, narrowed, scope, admin.ID)
	fails(t, err, vc.Denied, "grant-exceeds-own")
	_, _, err = s.RotateSecret(w.ctx, w.actor(s, key), vc.Scope{}, op.ID)
	fails(t, err, vc.Denied, "permission-denied")
	_, _, err = s.RotateSecret(w.ctx, w.actor(s, key), scope, op.ID)
	fails(t, err, vc.NotFound, "principal-not-found")

	// Who expires gets nobody's secret who lives longer.
	brief, key, err := s.CreatePrincipal(w.ctx, op, scope, access.NewPrincipal{
		Kind: vc.APIKey, Name: "brief", Grants: []vc.Grant{{Scope: scope, Role: vc.TenantAdmin}}, ExpiresAt: w.clock().Add(time.Hour),
	})
	check(t, err)
	_, _, err = s.RotateSecret(w.ctx, w.actor(s, key), scope, admin.ID)
	fails(t, err, vc.Denied, "expiry-exceeds-own")
	_, _, err = s.RotateSecret(w.ctx, w.actor(s, key), scope, brief.ID)
	check(t, err)
}
