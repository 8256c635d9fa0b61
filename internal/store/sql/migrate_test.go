package sql_test

import (
	stdsql "database/sql"
	"os"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
)

// at brings an empty database to a version that is not the newest.
func at(t *testing.T, dsn string, version int64) {
	t.Helper()
	db, err := stdsql.Open(pick(dsn, "sqlite", "pgx"), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	p, err := goose.NewProvider(goose.Dialect(pick(dsn, "sqlite3", "postgres")), db,
		os.DirFS("migrations/"+pick(dsn, "sqlite", "postgres")), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
}

// What a database of the first version holds is there in the newest, with what was not written down then.
func TestFirstVersion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		at(t, dsn, 1)
		const typ = `INSERT INTO credential_types (id, tenant_id, org_id, name, search, schema_id, schema_version, revision, doc,
			created_at, updated_at, archived_at) VALUES `
		raw(
			t, dsn,
			`INSERT INTO tenants (id, slug, name, search, created_at, archived_at) VALUES ('t', 't', 'T', 't', 1, 0)`,
			`INSERT INTO organisations (id, tenant_id, name, search, may_issue, may_verify, created_at, archived_at)
				VALUES ('o', 't', 'O', 'o', TRUE, FALSE, 1, 0)`,
			`INSERT INTO principals (id, tenant_id, org_id, kind, name, search, grants, created_at, expires_at, revoked_at)
				VALUES ('p', 't', 'o', 'apikey', 'P', 'p', '', 1, 0, 0)`,
			`INSERT INTO identities (id, tenant_id, org_id, did, method, name, search, revision, created_at, updated_at, deactivated_at)
				VALUES ('i', 't', 'o', 'did:example:i', 'example', 'I', 'i did:example:i', 1, 1, 1, 0)`,
			typ+`('yes', 't', 'o', 'yes', 'yes', '', 0, 1, '{"external":{"url":"https://x.example?\"","enabled":true}}', 1, 1, 0)`,
			typ+`('too', 't', 'o', 'too', 'too', '', 0, 1,
				'{"types":["a"],"external":{"enabled":true,"connections":true},"variants":[{"name":"jwt"}]}', 1, 1, 0)`,
			typ+`('off', 't', 'o', 'off', 'off', '', 0, 1, '{"external":{"url":"\"enabled\":true"}}', 1, 1, 0)`,
			typ+`('no', 't', 'o', 'no', 'no', '', 0, 1, '{"evidence":{"x":"\u0000\ud800","external":{"enabled":true}}}', 1, 1, 0)`,
			`INSERT INTO credentials (id, tenant_id, org_id, state, standing, elsewhere, released, created_at, issued_at,
				expires_at, erased_at, valid_from, valid_until, type_id, type_name, schema_id, schema_version, variant, format,
				model, identity_id, issuer, method, algorithm, issuance, exchange_id, replaces, door, principal, entries)
				VALUES ('c', 't', 'o', 'issued', 'active', FALSE, FALSE, 1, 1, 0, 0, 0, 0, '', '', '', 0, '', '', '', '', '', '', '',
				'', '', '', '', '', '')`,
		)
		db := storetest.Open(t, dsn)
		scope := vc.Scope{Tenant: "t", Organisation: "o"}
		in, object, err := db.Lookup(t.Context(), store.HandleOrganisation, "o")
		if err != nil || in != scope || object != "o" {
			t.Errorf("the organisation's handle leads to %v %q: %v", in, object, err)
		}
		if err := sql.For[*sql.Tx](db).View(t.Context(), scope, func(tx *sql.Tx) error {
			older(t, tx)
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
}

func older(t *testing.T, tx *sql.Tx) {
	t.Helper()
	yes := true
	types, err := tx.Types(vc.ListQuery{External: &yes})
	if err != nil || len(types) != 2 || types[0].ID != "yes" || types[1].ID != "too" {
		t.Errorf("types with an external issuer: %v, %v", types, err)
	}
	if o, err := tx.Organisation("o"); err != nil || o.Rights != nil || o.Profile != (vc.Profile{}) {
		t.Errorf("organisation: %+v, %v", o, err)
	}
	if all, err := tx.Tenant(); err != nil || all.Rights != nil || all.Profile != (vc.Profile{}) {
		t.Errorf("tenant: %+v, %v", all, err)
	}
	if p, err := tx.Principal("p"); err != nil || p.Email != "" || !p.ArchivedAt.IsZero() {
		t.Errorf("principal: %+v, %v", p, err)
	}
	if i, err := tx.Identity("i"); err != nil || i.Use != vc.UseIssuing || i.Services != nil || i.CreatedBy != "" {
		t.Errorf("identity: %+v, %v", i, err)
	}
	if c, err := tx.Credential("c"); err != nil || !c.ChangedAt.IsZero() {
		t.Errorf("credential: %+v, %v", c, err)
	}
}
