package access_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/vc"
)

func TestBootstrap(t *testing.T) {
	w := newWorld(t)
	s := w.server()
	secret := ""
	keep := func(text string) { secret = text }
	check(t, s.Bootstrap(w.ctx, "admin", keep))
	if secret == "" {
		t.Fatal("no first key")
	}
	op := w.actor(s, secret)
	if _, err := s.Tenant(w.ctx, op, vc.DefaultTenant); err != nil {
		t.Fatal(err)
	}
	check(t, w.server().Bootstrap(w.ctx, "other", func(string) { t.Error("a second first key") }))
	_, err := s.RevokePrincipal(w.ctx, op, vc.Scope{}, op.ID)
	check(t, err)
	secret = ""
	check(t, s.Bootstrap(w.ctx, "admin", keep))
	if secret == "" {
		t.Fatal("an operator without a key in force is locked out")
	}

	first, err := s.BootstrapFresh(w.ctx, "dev")
	check(t, err)
	w.actor(s, first)
	second, err := s.BootstrapFresh(w.ctx, "dev")
	check(t, err)
	_, err = s.Authenticate(w.ctx, "Bearer "+first)
	fails(t, err, vc.Unauthenticated, access.CodeRevoked)
	keys, err := s.Principals(w.ctx, w.actor(s, second), vc.Scope{}, vc.ListQuery{})
	check(t, err)
	if len(keys) != 4 {
		t.Fatalf("%d keys", len(keys))
	}
	for _, key := range keys {
		if key.Secret != nil {
			t.Fatal("a list shows a digest")
		}
	}
}

func TestTenants(t *testing.T) {
	w := newWorld(t)
	s := w.server()
	op := w.operator(s)
	for _, slug := range []string{
		"", "A", "a_b", "-a", "a-", "a b", "ä", strings.Repeat("a", 64), "0199c0de-0000-7000-8000-000000000000",
	} {
		_, err := s.CreateTenant(w.ctx, op, vc.Tenant{Slug: slug, Name: "x"})
		fails(t, err, vc.Invalid, "invalid-slug")
	}
	for _, name := range []string{"", "  ", "a\nb", strings.Repeat("x", 201), "\xff"} {
		_, err := s.CreateTenant(w.ctx, op, vc.Tenant{Slug: "a", Name: name})
		fails(t, err, vc.Invalid, "invalid-name")
	}
	one := w.tenant(s, op, "one")
	_, err := s.CreateTenant(w.ctx, op, vc.Tenant{Slug: "one", Name: "again"})
	fails(t, err, vc.Conflict, "slug-taken")
	two := w.tenant(s, op, "two")
	list, err := s.Tenants(w.ctx, op, vc.ListQuery{})
	check(t, err)
	if len(list) != 3 { // and the default
		t.Fatalf("%d tenants", len(list))
	}
	_, key := w.apiKey(s, op, vc.Scope{Tenant: one.ID}, vc.TenantAdmin)
	admin := w.actor(s, key)
	for _, ref := range []string{"", "one", one.ID} {
		got, err := s.Tenant(w.ctx, admin, ref)
		check(t, err)
		if !reflect.DeepEqual(got, one) {
			t.Fatalf("%+v", got)
		}
	}
	for _, ref := range []string{"two", two.ID, "none", op.ID, "A B"} {
		_, err := s.Tenant(w.ctx, admin, ref)
		fails(t, err, vc.NotFound, "tenant-not-found")
		_, err = s.UpdateTenant(w.ctx, admin, ref, access.TenantPatch{Name: new("mine")})
		fails(t, err, vc.NotFound, "tenant-not-found")
	}
	renamed, err := s.UpdateTenant(w.ctx, admin, "one", access.TenantPatch{Name: new("Uno")})
	check(t, err)
	got, err := s.Tenant(w.ctx, admin, "one")
	check(t, err)
	if !reflect.DeepEqual(got, renamed) || got.Name != "Uno" || got.Slug != "one" {
		t.Fatalf("%+v", got)
	}
	forbidding, err := s.UpdateTenant(w.ctx, admin, "one", access.TenantPatch{ForbidsWhole: new(true)})
	check(t, err)
	seen, err := s.TenantOf(w.ctx, vc.Scope{Tenant: forbidding.ID, Organisation: "any"})
	check(t, err)
	if !seen.ForbidsWhole || seen.Name != "Uno" {
		t.Fatalf("%+v", seen)
	}
	_, err = s.Tenants(w.ctx, admin, vc.ListQuery{})
	fails(t, err, vc.Denied, "permission-denied")
	_, err = s.CreateTenant(w.ctx, admin, vc.Tenant{Slug: "three", Name: "x"})
	fails(t, err, vc.Denied, "permission-denied")
	_, err = s.CreateTenant(w.ctx, access.Actor{}, vc.Tenant{Slug: "three", Name: "x"})
	fails(t, err, vc.Denied, "permission-denied")
}

func TestOrganisations(t *testing.T) {
	w := newWorld(t)
	s := w.server()
	op := w.operator(s)
	one, two := w.tenant(s, op, "one"), w.tenant(s, op, "two")
	a, b := w.organisation(s, op, one, "a"), w.organisation(s, op, one, "b")
	foreign := w.organisation(s, op, two, "c")
	scope := vc.Scope{Tenant: one.ID, Organisation: a.ID}
	_, key := w.apiKey(s, op, scope, vc.OrganisationAdmin)
	inA := w.actor(s, key)
	_, key = w.apiKey(s, op, vc.Scope{Tenant: one.ID}, vc.TenantAdmin)
	admin := w.actor(s, key)

	got, err := s.Organisation(w.ctx, inA, one.ID, a.ID)
	check(t, err)
	if !reflect.DeepEqual(got, a) {
		t.Fatalf("%+v", got)
	}
	for _, id := range []string{b.ID, foreign.ID, op.ID, "", "x"} {
		_, err := s.Organisation(w.ctx, inA, one.ID, id)
		fails(t, err, vc.NotFound, "organisation-not-found")
	}
	_, err = s.Organisation(w.ctx, admin, one.ID, foreign.ID)
	fails(t, err, vc.NotFound, "organisation-not-found")
	_, err = s.Organisation(w.ctx, admin, two.ID, foreign.ID)
	fails(t, err, vc.NotFound, "organisation-not-found")

	a.MayVerify = true
	_, err = s.UpdateOrganisation(w.ctx, inA, a)
	fails(t, err, vc.Denied, "permission-denied")
	changed, err := s.UpdateOrganisation(w.ctx, admin, a)
	check(t, err)
	if !changed.MayVerify || !changed.MayIssue {
		t.Fatalf("%+v", changed)
	}
	got, err = s.Organisation(w.ctx, inA, one.ID, a.ID)
	check(t, err)
	if !reflect.DeepEqual(got, changed) {
		t.Fatalf("%+v", got)
	}
	foreign.Tenant = one.ID
	_, err = s.UpdateOrganisation(w.ctx, admin, foreign)
	fails(t, err, vc.NotFound, "organisation-not-found")
	_, err = s.CreateOrganisation(w.ctx, admin, vc.Organisation{Tenant: two.ID, Name: "d"})
	fails(t, err, vc.Denied, "permission-denied")
	all, err := s.Organisations(w.ctx, admin, vc.Scope{Tenant: one.ID}, vc.ListQuery{})
	check(t, err)
	if len(all) != 2 {
		t.Fatalf("%d organisations", len(all))
	}
	own, err := s.Organisations(w.ctx, inA, scope, vc.ListQuery{})
	check(t, err)
	if len(own) != 1 || own[0].ID != a.ID {
		t.Fatalf("%+v", own)
	}
}

func TestNewPrincipalIsChecked(t *testing.T) {
	w := newWorld(t)
	s := w.server()
	op := w.operator(s)
	one, two := w.tenant(s, op, "one"), w.tenant(s, op, "two")
	scope := vc.Scope{Tenant: one.ID}
	foreign := vc.Scope{Tenant: one.ID, Organisation: w.organisation(s, op, two, "c").ID}
	grant := []vc.Grant{{Scope: scope, Role: vc.IssuerRole}}
	for name, c := range map[string]struct {
		n    access.NewPrincipal
		kind vc.Kind
		code string
	}{
		"kind":            {access.NewPrincipal{Kind: vc.Wallet, Name: "x", Grants: grant}, vc.Invalid, "invalid-kind"},
		"name":            {access.NewPrincipal{Kind: vc.APIKey, Grants: grant}, vc.Invalid, "invalid-name"},
		"no grant":        {access.NewPrincipal{Kind: vc.APIKey, Name: "x"}, vc.Invalid, "invalid-grant"},
		"past":            {access.NewPrincipal{Kind: vc.APIKey, Name: "x", Grants: grant, ExpiresAt: w.clock()}, vc.Invalid, "invalid-expiry"},
		"unknown role":    {access.NewPrincipal{Kind: vc.APIKey, Name: "x", Grants: []vc.Grant{{Scope: scope, Role: "king"}}}, vc.Invalid, "invalid-grant"},
		"other tenant":    {access.NewPrincipal{Kind: vc.APIKey, Name: "x", Grants: []vc.Grant{{Scope: vc.Scope{Tenant: two.ID}, Role: vc.IssuerRole}}}, vc.Invalid, "invalid-grant"},
		"operator inside": {access.NewPrincipal{Kind: vc.APIKey, Name: "x", Grants: []vc.Grant{{Role: vc.Operator}}}, vc.Invalid, "invalid-grant"},
		"foreign org":     {access.NewPrincipal{Kind: vc.APIKey, Name: "x", Grants: []vc.Grant{{Scope: foreign, Role: vc.IssuerRole}}}, vc.NotFound, "organisation-not-found"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := s.CreatePrincipal(w.ctx, op, scope, c.n)
			fails(t, err, c.kind, c.code)
		})
	}
	_, _, err := s.CreatePrincipal(w.ctx, op, vc.Scope{Tenant: op.ID}, access.NewPrincipal{
		Kind: vc.APIKey, Name: "x", Grants: []vc.Grant{{Scope: vc.Scope{Tenant: op.ID}, Role: vc.IssuerRole}},
	})
	fails(t, err, vc.NotFound, "tenant-not-found")
}

// Every act of administration leaves an entry in its own transaction, and one that changes nothing leaves none.
func TestActsAreJournaled(t *testing.T) {
	w := newWorld(t)
	s := w.server()
	op := w.operator(s)
	tenant := w.tenant(s, op, "one")
	org := w.organisation(s, op, tenant, "o")
	scope := vc.Scope{Tenant: tenant.ID}
	p, _ := w.apiKey(s, op, scope, vc.IssuerRole)
	last := func(_ any, err error) error { return err }
	for _, act := range []struct {
		name string
		do   func() error
	}{
		{"rename tenant", func() error { return last(s.UpdateTenant(w.ctx, op, "one", access.TenantPatch{Name: new("Uno")})) }},
		{"update organisation", func() error {
			org.MayVerify = true
			return last(s.UpdateOrganisation(w.ctx, op, org))
		}},
		{"archive organisation", func() error { return last(s.ArchiveOrganisation(w.ctx, op, tenant.ID, org.ID)) }},
		{"restore organisation", func() error { return last(s.RestoreOrganisation(w.ctx, op, tenant.ID, org.ID)) }},
		{"archive tenant", func() error { return last(s.ArchiveTenant(w.ctx, op, "one")) }},
		{"restore tenant", func() error { return last(s.RestoreTenant(w.ctx, op, "one")) }},
		{"revoke principal", func() error { return last(s.RevokePrincipal(w.ctx, op, scope, p.ID)) }},
	} {
		t.Run(act.name, func(t *testing.T) {
			before := w.entries()
			check(t, act.do())
			if w.entries() != before+1 {
				t.Fatal("no entry")
			}
			check(t, act.do())
			if w.entries() != before+1 {
				t.Fatal("an entry for nothing")
			}
		})
	}
}

func TestScopeFor(t *testing.T) {
	w := newWorld(t)
	s := w.server()
	op := w.operator(s)
	one, two := w.tenant(s, op, "one"), w.tenant(s, op, "two")
	a, b := w.organisation(s, op, one, "a"), w.organisation(s, op, one, "b")
	foreign := w.organisation(s, op, two, "c")
	byDefault, err := s.Tenant(w.ctx, op, vc.DefaultTenant)
	check(t, err)
	inOne := vc.Principal{Scope: vc.Scope{Tenant: one.ID}}
	inA := vc.Principal{Scope: vc.Scope{Tenant: one.ID, Organisation: a.ID}}
	for name, c := range map[string]struct {
		p           vc.Principal
		tenant, org string
		want        vc.Scope
		noun        string
	}{
		"operator, nothing named":      {p: op.Principal, want: vc.Scope{Tenant: byDefault.ID}},
		"operator, slug":               {p: op.Principal, tenant: "two", want: vc.Scope{Tenant: two.ID}},
		"operator, id and org":         {p: op.Principal, tenant: one.ID, org: b.ID, want: vc.Scope{Tenant: one.ID, Organisation: b.ID}},
		"operator, org elsewhere":      {p: op.Principal, tenant: "one", org: foreign.ID, noun: "organisation"},
		"operator, no such tenant":     {p: op.Principal, tenant: "none", noun: "tenant"},
		"tenant, nothing named":        {p: inOne, want: vc.Scope{Tenant: one.ID}},
		"tenant, agreeing slug":        {p: inOne, tenant: "one", org: a.ID, want: vc.Scope{Tenant: one.ID, Organisation: a.ID}},
		"tenant, another's slug":       {p: inOne, tenant: "two", noun: "tenant"},
		"tenant, another's id":         {p: inOne, tenant: two.ID, noun: "tenant"},
		"tenant, nobody's slug":        {p: inOne, tenant: "none", noun: "tenant"},
		"tenant, another's org":        {p: inOne, org: foreign.ID, noun: "organisation"},
		"tenant, nobody's org":         {p: inOne, org: op.ID, noun: "organisation"},
		"tenant, no id":                {p: inOne, org: "'; --", noun: "organisation"},
		"organisation, nothing named":  {p: inA, want: inA.Scope},
		"organisation, itself":         {p: inA, tenant: one.ID, org: a.ID, want: inA.Scope},
		"organisation, its sibling":    {p: inA, org: b.ID, noun: "organisation"},
		"organisation, another tenant": {p: inA, tenant: "two", noun: "tenant"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := s.ScopeFor(w.ctx, c.p, c.tenant, c.org)
			if c.noun != "" {
				fails(t, err, vc.NotFound, c.noun+"-not-found")
				return
			}
			check(t, err)
			if got != c.want {
				t.Fatalf("%+v, want %+v", got, c.want)
			}
		})
	}
}

// What another server changed shows within a second.
func TestCacheIsBrief(t *testing.T) {
	w := newWorld(t)
	here, there := w.server(), w.server()
	op := w.operator(here)
	tenant := w.tenant(here, op, "one")
	if _, err := there.Tenant(w.ctx, op, "one"); err != nil {
		t.Fatal(err)
	}
	_, err := here.UpdateTenant(w.ctx, op, "one", access.TenantPatch{Name: new("Uno")})
	check(t, err)
	w.pass(time.Second - time.Millisecond)
	old, err := there.Tenant(w.ctx, op, "one")
	check(t, err)
	w.pass(time.Millisecond)
	fresh, err := there.Tenant(w.ctx, op, "one")
	check(t, err)
	if old.Name != tenant.Name || fresh.Name != "Uno" {
		t.Fatalf("%q, then %q", old.Name, fresh.Name)
	}
}

// An operator that names no tenant acts in the default one: archived, it would shut the operator out for good.
func TestDefaultTenantStaysOpen(t *testing.T) {
	w := newWorld(t)
	s := w.server()
	err := s.Bootstrap(w.ctx, "admin", func(string) {})
	check(t, err)
	op := w.operator(s)
	_, err = s.ArchiveTenant(w.ctx, op, vc.DefaultTenant)
	fails(t, err, vc.Conflict, "default-tenant")
	_, err = s.ScopeFor(w.ctx, op.Principal, "", "")
	check(t, err)
}
