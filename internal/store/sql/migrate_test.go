package sql_test

import (
	stdsql "database/sql"
	"errors"
	"os"
	"testing"
	"time"

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
	storetest.EachEmpty(t, func(t *testing.T, dsn string) {
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

// What the version before offerings holds is there after it, and a client can be found by its secret.
func TestBeforeOfferings(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, dsn string) {
		at(t, dsn, 4)
		const principal = `INSERT INTO principals (id, tenant_id, org_id, kind, name, search, secret, grants, created_at,
			expires_at, revoked_at) VALUES `
		secret := func(b string) string { return pick(dsn, "x'"+b+"'", `'\x`+b+"'") }
		raw(
			t, dsn,
			principal+`('c', 't', 'o', 'client', 'C', 'c', `+secret("0aff")+`, '', 1, 0, 0)`,
			principal+`('twin', 't', '', 'client', 'C', 'c', `+secret("0aff")+`, '', 1, 0, 0)`,
			principal+`('gone', 't', 'o', 'client', 'G', 'g', `+secret("0b")+`, '', 1, 0, 1)`,
			principal+`('key', 't', 'o', 'apikey', 'K', 'k', `+secret("0c")+`, '', 1, 0, 0)`,
			principal+`('bare', 't', 'o', 'client', 'B', 'b', NULL, '', 1, 0, 0)`,
			`INSERT INTO schemas (id, tenant_id, org_id, name, search, latest, shared_with, created_at, archived_at)
				VALUES ('s', 't', 'o', 'S', 's', 1, '', 1, 0)`,
			`INSERT INTO schema_versions (schema_id, version, tenant_id, org_id, draft, type_name, url, context_url, created_at)
				VALUES ('s', 1, 't', 'o', '', 'S', '', '', 1), ('s', 2, 't', 'o', '', 'S', '', '', 1)`,
			`INSERT INTO credential_types (id, tenant_id, org_id, name, search, schema_id, schema_version, revision, doc,
				created_at, updated_at, archived_at) VALUES
				('k', 't', 'o', 'K', 'k', 's', 1, 1, '{"variants":[{"name":"jwt","format":"jwtvc","model":"1.1"}]}', 1, 1, 0),
				('l', 't', 'o', 'L', 'l', 's', 1, 1, '{}', 1, 1, 0)`,
			`INSERT INTO type_schemas (schema_id, type_id, tenant_id, org_id) VALUES ('s', 'k', 't', 'o'), ('s', 'l', 't', 'o')`,
			`INSERT INTO credentials (id, tenant_id, org_id, state, standing, elsewhere, released, created_at, issued_at,
				expires_at, erased_at, valid_from, valid_until, type_id, type_name, schema_id, schema_version, variant, format,
				model, identity_id, issuer, method, algorithm, issuance, exchange_id, replaces, door, principal, entries)
				VALUES ('c', 't', 'o', 'issued', 'active', FALSE, FALSE, 1, 1, 0, 0, 0, 0, 'k', 'K', 's', 2, '', '', '', '', '',
				'', '', '', '', '', '', '', '')`,
			`INSERT INTO presentation_definitions (id, tenant_id, org_id, name, search, purpose, wanted, created_at, updated_at,
				archived_at) VALUES ('d', 't', 'o', 'D', 'd', '', '', 1, 1, 0)`,
			`INSERT INTO presentation_requests (id, tenant_id, org_id, door, name, search, definition_id, client, audience,
				nonce, state, once, status, revision, expires_at, created_at, updated_at, archived_at)
				VALUES ('r', 't', 'o', '', 'R', 'r', 'd', '', '', 'n', 's', FALSE, 'pending', 1, 1, 1, 1, 0)`,
		)
		db := storetest.Open(t, dsn)
		scope := vc.Scope{Tenant: "t", Organisation: "o"}
		_, object, err := db.Lookup(t.Context(), store.HandleSecret, "0aff")
		if err != nil || object != "c" && object != "twin" {
			t.Errorf("the secret leads to %q: %v", object, err)
		}
		for _, nobody := range []string{"0b", "0c", "", "0AFF"} {
			if _, object, err := db.Lookup(t.Context(), store.HandleSecret, nobody); vc.KindOf(err) != vc.NotFound {
				t.Errorf("%q leads to %q: %v", nobody, object, err)
			}
		}
		if err := sql.For[*sql.Tx](db).Update(t.Context(), scope, func(tx *sql.Tx) error {
			beforeOfferings(t, tx)
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
}

func beforeOfferings(t *testing.T, tx *sql.Tx) {
	t.Helper()
	if p, err := tx.Principal("c"); err != nil || p.Previous != nil || !p.PreviousUntil.IsZero() {
		t.Errorf("principal: %+v, %v", p, err)
	}
	if v, err := tx.SchemaVersion("s", 2); err != nil || v.ID != "" || v.Name != "" || !v.WithdrawnAt.IsZero() {
		t.Errorf("version: %+v, %v", v, err)
	}
	if all, err := tx.SchemaVersions(vc.SchemaVersionQuery{}); err != nil || len(all) != 0 {
		t.Errorf("versions with an id: %v, %v", all, err)
	}
	for version, want := range map[int]bool{1: true, 2: true, 3: false} { // of types, of a credential, of nothing
		if used, err := tx.SchemaVersionInUse("s", version, ""); err != nil || used != want {
			t.Errorf("version %d in use: %v, %v", version, used, err)
		}
	}
	k, err := tx.Type("k")
	if err != nil || k.Line != "" || len(k.Variants) != 1 || k.Variants[0].IssuerObject {
		t.Errorf("type: %+v, %v", k, err)
	}
	if d, err := tx.PresentationDefinition("d"); err != nil || d.Query != nil || d.Domains != nil {
		t.Errorf("definition: %+v, %v", d, err)
	}
	r, err := tx.PresentationRequest("r")
	if err != nil || r.ByState || r.Login || r.Domains != nil || r.Push != "" || r.Attempts != 0 {
		t.Errorf("request: %+v, %v", r, err)
	}
	if all, err := tx.PresentationRequests(vc.ListQuery{}, ""); err != nil || len(all) != 1 {
		t.Errorf("requests: %v, %v", all, err)
	}
	if n, err := tx.DeleteLogins(time.Now(), 10); err != nil || n != 0 {
		t.Errorf("%d logins were swept: %v", n, err)
	}
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

// What the version before agents holds is there after it: a held credential without name and tags, exchanges by their thread.
func TestBeforeAgents(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, dsn string) {
		at(t, dsn, 7)
		const held = `INSERT INTO held_credentials (id, tenant_id, org_id, types, issuer, network, schema_url, version, format,
			model, identity_id, digest, exchange_id, standing, seen_at, issued_at, valid_until, created_at) VALUES `
		const exchange = `INSERT INTO exchanges (id, tenant_id, org_id, role, door, channel, thread, offering_id, type_id,
			type_name, schema_id, schema_version, credential_id, held_id, state, hold, error, revision, created_at, updated_at,
			expires_at) VALUES `
		digest := func(b string) string { return pick(dsn, "x'"+b+"'", `'\x`+b+"'") }
		raw(
			t, dsn,
			held+`('h', 't', 'o', '', '', '', '', '', '', '', '', `+digest("01")+`, '', '', 0, 0, 0, 1)`,
			held+`('i', 't', 'o', '', '', '', '', '', '', '', '', `+digest("02")+`, '', '', 0, 0, 0, 1)`,
			exchange+`('e', 't', 'o', 'issuer', 'empe', '', 'th', '', '', '', '', 0, '', '', 'offered', FALSE, '', 1, 1, 1, 0)`,
			exchange+`('f', 't', 'o', 'issuer', 'empe', '', '', '', '', '', '', 0, '', '', 'offered', FALSE, '', 1, 1, 1, 0)`,
			exchange+`('g', 't', 'o', 'issuer', 'empe', '', '', '', '', '', '', 0, '', '', 'offered', FALSE, '', 1, 1, 1, 0)`,
		)
		db := storetest.Open(t, dsn)
		if err := sql.For[*sql.Tx](db).Update(t.Context(), here, func(tx *sql.Tx) error {
			for _, id := range []string{"h", "i"} {
				c, err := tx.Held(id)
				if err != nil || c.Name != "" || c.Tags.Given != "" || c.Tags.Contexts != nil {
					t.Errorf("held: %+v, %v", c, err)
				}
			}
			e, err := tx.ExchangeByThread(vc.RoleIssuer, "empe", "", "th")
			if err != nil || e.ID != "e" {
				t.Errorf("exchange: %+v, %v", e, err)
			}
			return tx.InsertExchange(vc.Exchange{ID: "x", Role: vc.RoleIssuer, Door: "empe", Thread: "th"})
		}); vc.KindOf(err) != vc.Conflict {
			t.Errorf("a second exchange of the thread: %v", err)
		}
	})
}

// What the version before knew of invitations without a connection is over a week after it was, where nothing goes on over it.
func TestBeforeOverdue(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, dsn string) {
		at(t, dsn, 9)
		no, yes := pick(dsn, "0", "FALSE"), pick(dsn, "1", "TRUE")
		invitation := func(id, connection string) string {
			return `INSERT INTO oob_invitations (id, tenant_id, org_id, sender, message_id, state, multi, connection_id, subject, thread, key,
				revision, created_at, updated_at, expires_at) VALUES ('` + id + `', 't', 'o', ` + yes + `, 'm` + id + `', 'done', ` + no + `, '` +
				connection + `', '', '', '', 1, 1, 5, 0)`
		}
		exchange := func(id, state string) string {
			return `INSERT INTO exchanges (id, tenant_id, org_id, role, door, channel, thread, offering_id, type_id, type_name, schema_id,
				schema_version, credential_id, held_id, state, hold, error, revision, created_at, updated_at, expires_at)
				VALUES ('x` + id + `', 't', 'o', 'issuer', 'didcomm', 'oob/` + id + `', 'x` + id + `', '', '', '', '', 0, '', '', '` + state + `', FALSE, '', 1, 1, 1, 0)`
		}
		raw(
			t, dsn, invitation("bare", ""), invitation("connected", "c"), invitation("failed", ""), invitation("open", ""), invitation("kept", ""),
			invitation("asked", ""), invitation("waits", ""),
			exchange("failed", "failed"), exchange("open", "offered"), exchange("kept", "accepted"),
			`INSERT INTO proofs (id, tenant_id, org_id, role, door, channel, thread, state, verified, error, revision, created_at, updated_at)
				VALUES ('p', 't', 'o', 'verifier', 'didcomm', 'oob/asked', 'p', 'requested', 0, '', 1, 1, 1)`,
			`INSERT INTO letters (id, tenant_id, org_id, way, connection_id, invitation_id, thread, type, message, state, subject, failure,
				attempts, size, created_at, updated_at) VALUES ('l', 't', 'o', 'in', '', 'waits', '', '', '', 'waiting', '', '', 0, 0, 1, 1)`,
		)
		db := storetest.Open(t, dsn)
		found, err := db.OverdueInvitations(t.Context(), time.UnixMicro(5).Add(7*24*time.Hour), 10)
		if err != nil {
			t.Fatal(err)
		}
		over := map[string]bool{}
		for _, i := range found {
			over[i.ID] = true
		}
		if len(over) != 2 || !over["bare"] || !over["failed"] {
			t.Errorf("%v are over", over)
		}
		if early, err := db.OverdueInvitations(t.Context(), time.UnixMicro(4).Add(7*24*time.Hour), 10); err != nil || len(early) != 0 {
			t.Errorf("%v %v", early, err)
		}
	})
}

// What the version before has is there after it, each in its thread on its channel; and it is known which a peer began.
func TestBeforeThreadsOfChannels(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, dsn string) {
		at(t, dsn, 10)
		pocket := func(text string) string {
			return pick(dsn, "CAST('"+text+"' AS BLOB)", "convert_to('"+text+"', 'UTF8')")
		}
		const theirs, ours = `{"initiator":"external","parent":"p"}`, `{"initiator":"self","parent":"\\"initiator\\":\\"external\\""}`
		exchange := func(id, door, channel, thread, state, pocket string) string {
			return `INSERT INTO exchanges (id, tenant_id, org_id, role, door, channel, thread, offering_id, type_id, type_name, schema_id,
				schema_version, credential_id, held_id, state, hold, error, pocket, revision, created_at, updated_at, expires_at)
				VALUES ('` + id + `', 't', 'o', 'issuer', '` + door + `', '` + channel + `', '` + thread + `', '', '', '', '', 0, '', '', '` + state + `', FALSE, '', ` + pocket + `, 1, 1, 1, 0)`
		}
		proof := func(id, channel, thread, state, pocket string) string {
			return `INSERT INTO proofs (id, tenant_id, org_id, role, door, channel, thread, state, verified, error, pocket, revision, created_at, updated_at)
				VALUES ('` + id + `', 't', 'o', 'verifier', 'didcomm', '` + channel + `', '` + thread + `', '` + state + `', 0, '', ` + pocket + `, 1, 1, 1)`
		}
		raw(
			t, dsn,
			exchange("theirs", "didcomm", "c", "1", "proposed", pocket(theirs)), exchange("ours", "didcomm", "c", "2", "offered", pocket(ours)),
			exchange("over", "didcomm", "c", "3", "failed", pocket(theirs)), exchange("alone", "didcomm", "oob/i", "4", "offered", pocket(ours)),
			exchange("unsent", "didcomm", "", "5", "offered", pocket(ours)), exchange("else", "empe", "c", "1", "offered", pocket(theirs)),
			exchange("bare", "didcomm", "c", "", "offered", "NULL"), exchange("bare too", "didcomm", "c", "", "offered", "NULL"),
			proof("asks", "c", "1", "proposed", pocket(theirs)), proof("asked", "c", "2", "requested", pocket(ours)), proof("done", "c", "3", "done", pocket(theirs)),
		)
		db := storetest.Open(t, dsn)
		try := func(fn func(tx *sql.Tx) error) error { return sql.For[*sql.Tx](db).Update(t.Context(), here, fn) }
		if err := try(func(tx *sql.Tx) error {
			for id, want := range map[string]vc.Exchange{
				"theirs": {Door: "didcomm", Channel: "c", Thread: "1", ByPeer: true}, "ours": {Door: "didcomm", Channel: "c", Thread: "2"},
				"over": {Door: "didcomm", Channel: "c", Thread: "3", ByPeer: true}, "alone": {Door: "didcomm", Channel: "oob/i", Thread: "4"},
				"unsent": {Door: "didcomm", Thread: "5"}, "else": {Door: "empe", Channel: "c", Thread: "1"},
			} {
				e, err := tx.ExchangeByThread(vc.RoleIssuer, want.Door, want.Channel, want.Thread)
				if err != nil || e.ID != id || e.ByPeer != want.ByPeer {
					t.Errorf("exchange %s: %+v, %v", id, e, err)
				}
			}
			for id, thread := range map[string]string{"asks": "1", "asked": "2", "done": "3"} {
				p, err := tx.ProofByThread(vc.RoleVerifier, "didcomm", "c", thread)
				if err != nil || p.ID != id || p.ByPeer != (id != "asked") {
					t.Errorf("proof %s: %+v, %v", id, p, err)
				}
			}
			for many, want := range map[int]bool{1: true, 2: false} {
				x, err := tx.ManyExchangesByPeer("c", many)
				p, e := tx.ManyProofsByPeer("c", many)
				if err != nil || e != nil || x != want || p != want {
					t.Errorf("%d that a peer began: exchanges %v, proofs %v: %v, %v", many, x, p, err, e)
				}
			}
			other := vc.Exchange{ID: "x", Role: vc.RoleIssuer, Door: "didcomm", Channel: "d", Thread: "1"}
			return errors.Join(tx.InsertExchange(other), tx.InsertProof(vc.Proof{ID: "x", Role: vc.RoleVerifier, Door: "didcomm", Channel: "d", Thread: "1"}))
		}); err != nil {
			t.Error(err)
		}
		for what, err := range map[string]error{
			"exchange": try(func(tx *sql.Tx) error {
				return tx.InsertExchange(vc.Exchange{ID: "y", Role: vc.RoleIssuer, Door: "didcomm", Channel: "c", Thread: "1"})
			}),
			"proof": try(func(tx *sql.Tx) error {
				return tx.InsertProof(vc.Proof{ID: "y", Role: vc.RoleVerifier, Door: "didcomm", Channel: "c", Thread: "1"})
			}),
		} {
			if vc.KindOf(err) != vc.Conflict {
				t.Errorf("a second %s of a thread: %v", what, err)
			}
		}
	})
}
