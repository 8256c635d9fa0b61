package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var peopleLaws = []law{
	{"profiles and rights are kept", profiles},
	{"people are kept and found by what they are called", people},
	{"an invitation is kept until it is deleted", invitations},
	{"a registration ends", registrations},
	{"only a change says when a credential was changed", changes},
}

func profiles(t *testing.T, h *house) {
	scope := vc.Scope{Tenant: newID(), Organisation: newID()}
	tenant := vc.Tenant{ID: scope.Tenant, Slug: scope.Tenant, Name: "T", Profile: aProfile(), Rights: []vc.Role{"a", "b"}, ForbidsWhole: true}
	org := anOrganisation(scope)
	check := func() {
		t.Helper()
		get(t, h.db, vc.Scope{Tenant: scope.Tenant}, "tenant", tenant, (*sql.Tx).Tenant)
		get(t, h.db, vc.Scope{}, "tenants", []vc.Tenant{tenant}, func(tx *sql.Tx) ([]vc.Tenant, error) { return tx.Tenants(vc.ListQuery{}) })
		get(t, h.db, scope, "organisation", org, func(tx *sql.Tx) (vc.Organisation, error) { return tx.Organisation(org.ID) })
	}
	update(t, h.db, vc.Scope{Tenant: scope.Tenant}, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertTenant(tenant), tx.InsertOrganisation(org))
	})
	check()
	// No rights at all are not the default ones.
	for _, rights := range [][]vc.Role{{}, nil, {"c"}} {
		tenant.Rights, org.Rights = rights, rights
		tenant.Profile.LegalName += "x"
		tenant.ForbidsWhole = !tenant.ForbidsWhole
		org.Profile = vc.Profile{Color: tenant.Profile.LegalName}
		update(t, h.db, vc.Scope{Tenant: scope.Tenant}, func(tx *sql.Tx) error {
			return errors.Join(tx.UpdateTenant(tenant), tx.UpdateOrganisation(org))
		})
		check()
	}
	in, object, err := h.db.Lookup(t.Context(), store.HandleOrganisation, org.ID)
	must(t, err)
	same(t, "handle", []any{in, object}, []any{scope, org.ID})
}

func people(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	robot, person := aPrincipal(scope), aPrincipal(scope)
	person.Kind, person.Name, person.RevokedAt = vc.Member, "", time.Time{}
	robot.ArchivedAt, robot.RevokedAt, robot.GivenName, robot.FamilyName, robot.Email = time.Time{}, time.Time{}, "", "", ""
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertPrincipal(robot), tx.InsertPrincipal(person)) })
	person.GivenName, person.FamilyName, person.Email, person.Description = "Ada", "Ärmel", "ada@x.example", "new"
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.UpdatePrincipal(person) })
	yes, no := true, false
	both := []vc.Principal{person, robot}
	for name, c := range map[string]struct {
		query vc.ListQuery
		want  []vc.Principal
	}{
		"all": {vc.ListQuery{}, both}, "archived": {vc.ListQuery{Archived: &yes}, both[:1]},
		"in force": {vc.ListQuery{Archived: &no}, both[1:]}, "given name": {vc.ListQuery{Search: "aDA"}, both[:1]},
		"family name": {vc.ListQuery{Search: "äRM"}, both[:1]}, "e-mail": {vc.ListQuery{Search: "@X.EX"}, both[:1]},
		"name":   {vc.ListQuery{Search: "robot"}, both[1:]},
		"a kind": {vc.ListQuery{Kinds: []vc.PrincipalKind{vc.Member}}, both[:1]},
		"kinds":  {vc.ListQuery{Kinds: []vc.PrincipalKind{vc.Member, vc.APIKey}}, both},
		"other":  {vc.ListQuery{Kinds: []vc.PrincipalKind{vc.Client}}, nil},
	} {
		get(t, h.db, scope, name, c.want, func(tx *sql.Tx) ([]vc.Principal, error) { return tx.Principals(c.query) })
	}
}

func invitations(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	one, bare := anInvitation(scope), vc.MemberInvitation{ID: newID(), Scope: scope, Email: "bob@x.example"}
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertMemberInvitation(one), tx.InsertMemberInvitation(bare))
	})
	read := func(want vc.MemberInvitation) {
		t.Helper()
		get(t, h.db, scope, "invitation", want, func(tx *sql.Tx) (vc.MemberInvitation, error) { return tx.MemberInvitation(want.ID) })
	}
	read(one)
	read(bare)
	yes, no := true, false
	for name, c := range map[string]struct {
		query vc.ListQuery
		want  []vc.MemberInvitation
	}{
		"all": {vc.ListQuery{}, []vc.MemberInvitation{bare, one}}, "accepted": {vc.ListQuery{Archived: &yes}, []vc.MemberInvitation{one}},
		"open": {vc.ListQuery{Archived: &no}, []vc.MemberInvitation{bare}}, "e-mail": {vc.ListQuery{Search: "ADA@"}, []vc.MemberInvitation{one}},
	} {
		get(t, h.db, scope, name, c.want, func(tx *sql.Tx) ([]vc.MemberInvitation, error) { return tx.MemberInvitations(c.query) })
	}
	one.Secret, one.Principal, one.InvitedBy, one.ExpiresAt, one.AcceptedAt = random(32), newID(), newID(), moment(), time.Time{}
	more := one
	more.Email, more.Grants = "eve@x.example", nil // to whom and for what is not changed
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.UpdateMemberInvitation(more) })
	read(one)
	in, object, err := h.db.Lookup(t.Context(), store.HandleInvitation, one.ID)
	must(t, err)
	same(t, "handle", []any{in, object}, []any{scope, one.ID})
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.DeleteMemberInvitation(one.ID) })
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.DeleteMemberInvitation(one.ID) }), vc.NotFound, "")
	wants(t, rows(h.db).View(t.Context(), scope, func(tx *sql.Tx) error { _, err := tx.MemberInvitation(one.ID); return err }), vc.NotFound, "")
	_, _, err = h.db.Lookup(t.Context(), store.HandleInvitation, one.ID)
	wants(t, err, vc.NotFound, "")
	read(bare)
}

func registrations(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	whole := aRegistration(scope)
	bare := vc.DIDRegistration{ID: newID(), Scope: scope, Operation: "deactivate", ExpiresAt: whole.ExpiresAt}
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertDIDRegistration(whole), tx.InsertDIDRegistration(bare))
	})
	for _, want := range []vc.DIDRegistration{whole, bare} {
		get(t, h.db, scope, "registration", want, func(tx *sql.Tx) (vc.DIDRegistration, error) {
			return tx.DIDRegistration(want.ID, want.ExpiresAt.Add(-time.Microsecond))
		})
		wants(t, rows(h.db).View(t.Context(), scope, func(tx *sql.Tx) error {
			_, err := tx.DIDRegistration(want.ID, want.ExpiresAt)
			return err
		}), vc.NotFound, "")
	}
	remove := func(tx *sql.Tx) error { return tx.DeleteDIDRegistration(bare.ID) }
	update(t, h.db, scope, remove)
	wants(t, rows(h.db).Update(t.Context(), scope, remove), vc.NotFound, "")
	late := aRegistration(scope)
	late.ExpiresAt = whole.ExpiresAt.Add(time.Hour)
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertDIDRegistration(aRegistration(scope)), tx.InsertDIDRegistration(late))
	})
	for _, want := range []int{1, 1, 0} {
		n, err := h.db.SweepDIDRegistrations(t.Context(), whole.ExpiresAt.Add(time.Minute), 1)
		must(t, err)
		same(t, "swept", n, want)
	}
	get(t, h.db, scope, "the later one", late, func(tx *sql.Tx) (vc.DIDRegistration, error) { return tx.DIDRegistration(late.ID, moment()) })
}

func changes(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	c := vc.Credential{ID: newID(), Scope: scope, State: vc.Issued, Standing: vc.Active, ChangedAt: moment()}
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertCredential(c) })
	changed := func(want time.Time) {
		t.Helper()
		get(t, h.db, scope, "changed at", want, func(tx *sql.Tx) (time.Time, error) {
			read, err := tx.Credential(c.ID)
			return read.ChangedAt, err
		})
	}
	changed(time.Time{})
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.UpdateCredential(c) })
	changed(c.ChangedAt)
}
