package access_test

import (
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/vc"
)

func TestOffice(t *testing.T) {
	w := newWorld(t)
	s, there := w.server(), w.server()
	by := w.operator(s)
	nobody := vc.Principal{}
	_, _, _, err := s.Office(w.ctx, nobody, "acme", access.Issue)
	fails(t, err, vc.NotFound, "tenant-not-found")
	tenant := w.tenant(s, by, "acme")
	for need, code := range map[access.Need]string{access.Issue: "no-issuer", access.Verify: "no-verifier", access.Any: "no-organisation"} {
		_, _, _, err := s.Office(w.ctx, nobody, "acme", need)
		fails(t, err, vc.Denied, code)
	}
	make := func(name string, issues, verifies bool) vc.Organisation {
		t.Helper()
		w.pass(time.Millisecond)
		o, err := s.CreateOrganisation(w.ctx, by, vc.Organisation{Tenant: tenant.ID, Name: name, MayIssue: issues, MayVerify: verifies})
		check(t, err)
		return o
	}
	verifies := make("verifies", false, true)
	issues := make("issues", true, false)
	both := make("both", true, true)
	is := func(where *access.Service, p vc.Principal, need access.Need, want vc.Organisation) {
		t.Helper()
		for _, ref := range []string{"acme", tenant.ID} {
			scope, o, of, err := where.Office(w.ctx, p, ref, need)
			check(t, err)
			if o.ID != want.ID || scope != (vc.Scope{Tenant: tenant.ID, Organisation: want.ID}) || of.ID != tenant.ID {
				t.Errorf("the office is %s, want %s", o.Name, want.Name)
			}
		}
	}
	is(s, nobody, access.Issue, issues)
	is(s, nobody, access.Verify, verifies)
	is(s, nobody, access.Any, verifies)
	is(s, by.Principal, access.Issue, issues)
	is(there, nobody, access.Issue, issues)

	at := func(o vc.Organisation) vc.Principal {
		p, _ := w.apiKey(s, by, vc.Scope{Tenant: tenant.ID, Organisation: o.ID}, vc.OrganisationAdmin)
		return p
	}
	admin, _ := w.apiKey(s, by, vc.Scope{Tenant: tenant.ID}, vc.TenantAdmin)
	is(s, admin, access.Issue, issues)
	is(s, at(issues), access.Issue, issues)
	is(s, at(both), access.Any, both)
	for _, o := range []vc.Organisation{both, verifies} {
		_, _, _, err := s.Office(w.ctx, at(o), "acme", access.Issue)
		fails(t, err, vc.Denied, "not-this-issuer")
	}
	_, _, _, err = s.Office(w.ctx, at(issues), "", access.Issue) // its own tenant
	check(t, err)
	w.tenant(s, by, "other")
	_, _, _, err = s.Office(w.ctx, at(issues), "other", access.Issue)
	fails(t, err, vc.NotFound, "tenant-not-found")

	// What changes is seen at once where it is changed, and within a second elsewhere.
	_, err = s.ArchiveOrganisation(w.ctx, by, tenant.ID, issues.ID)
	check(t, err)
	is(s, nobody, access.Issue, both)
	is(there, nobody, access.Issue, issues)
	w.pass(time.Second)
	is(there, nobody, access.Issue, both)
	both.MayIssue = false
	_, err = s.UpdateOrganisation(w.ctx, by, both)
	check(t, err)
	_, _, _, err = s.Office(w.ctx, nobody, "acme", access.Issue)
	fails(t, err, vc.NotFound, "tenant-not-found") // the one office there was is archived
	verifies.MayIssue = true
	_, err = s.UpdateOrganisation(w.ctx, by, verifies)
	check(t, err)
	is(s, nobody, access.Issue, verifies)

	_, err = s.ArchiveTenant(w.ctx, by, "acme")
	check(t, err)
	for _, need := range []access.Need{access.Any, access.Issue, access.Verify} {
		_, _, _, err = s.Office(w.ctx, nobody, "acme", need)
		fails(t, err, vc.NotFound, "tenant-not-found")
	}
}

func TestHolderRole(t *testing.T) {
	w := newWorld(t)
	s := w.server()
	by := w.operator(s)
	scope := vc.Scope{Tenant: w.tenant(s, by, "acme").ID}
	for role, uses := range map[vc.Role]bool{
		vc.HolderRole: true, vc.OrganisationAdmin: true, vc.TenantAdmin: true, vc.IssuerRole: false, vc.VerifierRole: false, vc.Auditor: false,
	} {
		p, _ := w.apiKey(s, by, scope, role)
		if (access.Authorize(p, access.WalletUse, scope) == nil) != uses {
			t.Errorf("%s uses a wallet: %t", role, !uses)
		}
	}
	holder, _ := w.apiKey(s, by, scope, vc.HolderRole)
	for _, permission := range []access.Permission{access.CredentialIssue, access.CredentialRead, access.PresentationManage, access.DIDManage} {
		if access.Authorize(holder, permission, scope) == nil {
			t.Errorf("who has a wallet may %s", permission)
		}
	}
}
