package sql_test

import (
	stdsql "database/sql"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
)

// crowd fills the tables of an issuer and its agent: one office has a fifth of the rows, and each of its peers a few.
var crowd = []string{
	`INSERT INTO connections SELECT lpad(n::text, 9, '0'), 'a', 'o' || n % 5, 'inviter', 'completed', 'once', 'didexchange/1.1',
		't' || n, 'i' || n / 10, 'm' || n / 10, 'k' || n / 10, 'd' || n, TRUE, '', '', sha256(('x' || n)::bytea),
		sha256(('y' || n)::bytea), sha256(('z' || n)::bytea), '', NULL, NULL, 1, n, n FROM generate_series(1, 20000) n`,
	`INSERT INTO recipients SELECT 'v' || n, 'a', 'o' || n % 5, 'connection/' || n, 'k', 'Ed25519', 'local', NULL, NULL, n, 0, n
		FROM generate_series(1, 20000) n`,
	`INSERT INTO peer_keys SELECT sha256(('x' || n)::bytea), lpad(n::text, 9, '0'), 'a', 'o' || n % 5 FROM generate_series(1, 20000) n`,
	`INSERT INTO oob_invitations SELECT lpad(n::text, 9, '0'), 'a', 'o' || n % 5, TRUE, 'm' || n, 'done', FALSE, 'c' || n, '', '', '',
		NULL, NULL, 1, n, n, 0 FROM generate_series(1, 20000) n`,
	`INSERT INTO proofs SELECT lpad(n::text, 9, '0'), 'a', 'o' || n % 5, 'verifier', 'd', 'c' || n / 5, 't' || n, 'done', 1, '',
		NULL, NULL, NULL, 1, n, n, n % 2 = 0 FROM generate_series(1, 20000) n`,
	`INSERT INTO exchanges SELECT lpad(n::text, 9, '0'), 'a', 'o' || n % 5, 'issuer', 'd', 'c' || n / 5, 't' || n, '', '', '', '', 0,
		'', '', NULL, 'accepted', FALSE, '', NULL, NULL, NULL, 1, n, n, 0, n % 2 = 0 FROM generate_series(1, 20000) n`,
	`INSERT INTO letters SELECT lpad(n::text, 9, '0'), 'a', 'o' || n % 5, 'out', 'c' || n / 20, 'i' || n / 20, '', '', '',
		CASE n % 100 WHEN 0 THEN 'dead' WHEN 1 THEN 'held' WHEN 2 THEN 'waiting' ELSE 'sent' END, '', '', 0, 0, NULL, NULL, n, n
		FROM generate_series(1, 20000) n`,
	`INSERT INTO receipts SELECT 'a', 'o' || n % 5, sha256(('x' || n)::bytea), n FROM generate_series(1, 20000) n`,
	`INSERT INTO notices SELECT lpad(n::text, 9, '0'), 'a', 'o' || n % 5, '', '', NULL, NULL, n FROM generate_series(1, 20000) n`,
	`INSERT INTO metadata SELECT 'a', 'o' || n % 5, 'connection/' || n, 'k', '' FROM generate_series(1, 20000) n`,
	`INSERT INTO mediated_keys SELECT 'm' || n / 100, 'v' || n, 'a', 'o' || n % 5, 'confirmed', n FROM generate_series(1, 20000) n`,
	`INSERT INTO credentials SELECT lpad(n::text, 9, '0'), 'a', 'o' || n % 5, 'issued', CASE n % 2 WHEN 0 THEN 'revoked' ELSE 'active' END,
		FALSE, FALSE, n, n, 0, 0, n, 0, 't' || n % 10, 'T', 's', 1, 'v', 'f', '2.0', 'i', 'did:i', 'm', 'EdDSA', lpad(n::text, 9, '0'), '', '',
		'native', 'p', '', sha256(('x' || n)::bytea), NULL, NULL, NULL, NULL FROM generate_series(1, 20000) n`,
	`INSERT INTO journal SELECT 'a', n, 'o' || n % 5, 'j' || n, n, 'credential.issued', 'p', 'native', 'r', 'o', '', TRUE, '', NULL, ''
		FROM generate_series(1, 20000) n`,
	`ANALYZE`,
}

// crowded is a database with the crowd in it.
func crowded(t *testing.T) *stdsql.DB {
	t.Helper()
	dsn := storetest.FreshPostgres(t)
	storetest.Open(t, dsn)
	raw(t, dsn, crowd...)
	db, err := stdsql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// What is asked of an agent's rows on the way of a message is found by an index on PostgreSQL too.
func TestPostgresPlans(t *testing.T) {
	db := crowded(t)
	long := strings.NewReplacer("$1", "'a'", "$2", "'o1'").Replace(sql.PostgresOffice)
	const (
		own    = `tenant_id = 'a' AND ('o1' = '' OR org_id = 'o1')`
		few    = `org_id || '' = 'o1' AND tenant_id || '' = 'a'`
		newest = ` ORDER BY id DESC LIMIT 5`
	)
	for _, c := range []struct{ name, query, index string }{
		{"connections", `SELECT * FROM connections WHERE ` + long + ` AND id < '5'` + newest, "connections_"},
		{"connections by alias", `SELECT * FROM connections WHERE ` + long + ` AND alias_mac = sha256('x1')` + newest, "connections_alias"},
		{"connections with a DID", `SELECT * FROM connections WHERE ` + long + ` AND their_mac = sha256('y1')` + newest, "connections_their"},
		{"connections with a public DID", `SELECT * FROM connections WHERE ` + long + ` AND their_public_mac = sha256('z1')` + newest, "connections_public"},
		{"connections of an invitation", `SELECT * FROM connections WHERE ` + long + ` AND invitation_id = 'i1' AND invitation_id <> ''` + newest, "connections_invitation"},
		{"connections of a message", `SELECT * FROM connections WHERE ` + long + ` AND invitation_msg = 'm1' AND invitation_msg <> ''` + newest, "connections_message"},
		{"connections of a key", `SELECT * FROM connections WHERE ` + long + ` AND invitation_key = 'k1' AND invitation_key <> ''` + newest, "connections_key"},
		{"connections of ours", `SELECT * FROM connections WHERE ` + long + ` AND mine = 'd1' AND mine <> ''` + newest, "connections_mine"},
		{"connections of a thread", `SELECT * FROM connections WHERE ` + few + ` AND thread = 't1' AND thread <> ''` + newest, "connections_thread"},
		{"recipients", `SELECT * FROM recipients WHERE ` + own + ` AND owner = 'connection/1' ORDER BY created_at DESC, verkey`, "recipients_owner"},
		{"peer", `SELECT connection_id FROM peer_keys WHERE ` + own + ` AND mac = sha256('x1') ORDER BY connection_id DESC LIMIT 5`, "peer_keys_pkey"},
		{"an invitation's message", `SELECT * FROM oob_invitations WHERE ` + own + ` AND message_id = 'm1' AND sender = TRUE FOR UPDATE`, "oob_invitations_message"},
		{"invitations of a connection", `SELECT * FROM oob_invitations WHERE ` + long + ` AND connection_id = 'c1' AND connection_id <> ''` + newest, "oob_invitations_connection"},
		{"exchange of a thread", `SELECT * FROM exchanges WHERE ` + own + ` AND role = 'issuer' AND door = 'd' AND channel = 'c0' AND thread = 't1' AND thread <> '' FOR UPDATE`, "exchanges_thread"},
		{"exchanges of a connection", `SELECT * FROM exchanges WHERE ` + long + ` AND channel = 'c1' AND channel <> ''` + newest, "exchanges_channel"},
		{"exchanges that a peer began", `SELECT 1 FROM exchanges WHERE channel = 'c1' AND by_peer AND state NOT IN ('accepted', 'declined', 'failed', 'expired') AND ` + own + ` LIMIT 1 OFFSET 5`, "exchanges_by_peer"},
		{"proofs that a peer began", `SELECT 1 FROM proofs WHERE channel = 'c1' AND by_peer AND state NOT IN ('done', 'failed') AND ` + own + ` LIMIT 1 OFFSET 5`, "proofs_by_peer"},
		{"proof of a thread", `SELECT * FROM proofs WHERE ` + own + ` AND role = 'verifier' AND door = 'd' AND channel = 'c0' AND thread = 't1' AND thread <> '' FOR UPDATE`, "proofs_thread"},
		{"proofs of a connection", `SELECT * FROM proofs WHERE ` + long + ` AND channel = 'c1' AND channel <> ''` + newest, "proofs_channel"},
		{"letters to a peer", `SELECT * FROM letters WHERE ` + few + ` AND connection_id = 'c1' AND connection_id <> '' AND state = 'held' ORDER BY id LIMIT 5`, "letters_connection"},
		{"letters to who is invited", `SELECT * FROM letters WHERE ` + few + ` AND invitation_id = 'i1' AND invitation_id <> '' AND state = 'waiting' ORDER BY id LIMIT 5`, "letters_invitation"},
		{"dead letters", `SELECT * FROM letters WHERE ` + long + ` AND state = 'dead'` + newest, "letters_dead"},
		{"settled letters", `SELECT tenant_id, id FROM letters WHERE state <> 'waiting' AND state = 'sent' AND updated_at < 5 ORDER BY updated_at LIMIT 5`, "letters_settled"},
		{"old receipts", `SELECT tenant_id, org_id, digest FROM receipts WHERE at < 5 ORDER BY at LIMIT 5`, "receipts_at"},
		{"old notices", `SELECT tenant_id, id FROM notices WHERE created_at < 5 ORDER BY created_at LIMIT 5`, "notices_at"},
		{"mediated keys", `SELECT * FROM mediated_keys WHERE ` + own + ` AND mediation_id = 'm1' AND verkey > 'v' ORDER BY verkey LIMIT 5`, "mediated_keys_pkey"},
		{"metadata", `SELECT key, value FROM metadata WHERE owner = 'connection/1' AND ` + own, "metadata_pkey"},
	} {
		if plan := explained(t, db, c.query); !strings.Contains(plan, c.index) || strings.Contains(plan, "Seq Scan") {
			t.Errorf("%s: %s", c.name, plan)
		}
	}
}

// A page of a long list costs what it shows: it is read in its order by the organisation's index, and nothing is sorted.
func TestPostgresLongLists(t *testing.T) {
	db := crowded(t)
	office := strings.NewReplacer("$1", "'a'", "$2", "'o1'").Replace(sql.PostgresOffice)
	for _, c := range []struct{ name, query, index string }{
		{"credentials", `SELECT * FROM credentials WHERE ` + office + ` ORDER BY id DESC LIMIT 51`, "credentials_org"},
		{"from a cursor", `SELECT * FROM credentials WHERE ` + office + ` AND id < '000019000' ORDER BY id DESC LIMIT 101`, "credentials_org"},
		{"of a type", `SELECT * FROM credentials WHERE ` + office + ` AND type_id = 't1' ORDER BY id DESC LIMIT 51`, "credentials_type"},
		{"revoked", `SELECT * FROM credentials WHERE ` + office + ` AND standing = 'revoked' AND standing <> 'active' ORDER BY id DESC LIMIT 51`, "credentials_"},
		{"awaited", `SELECT * FROM credentials WHERE ` + office + ` AND state = 'awaited' AND state <> 'issued' ORDER BY id DESC LIMIT 51`, "credentials_state"},
		{"of a subject", `SELECT * FROM credentials WHERE ` + office + ` AND subject_mac = sha256('x1') ORDER BY id DESC LIMIT 51`, "credentials_subject"},
		{"events", `SELECT * FROM journal WHERE ` + office + ` AND event AND position > 5 ORDER BY position LIMIT 100`, "journal_org"},
		{"audit", `SELECT * FROM journal WHERE ` + office + ` AND position > 5 ORDER BY position LIMIT 100`, "journal_org"},
		{"connections", `SELECT * FROM connections WHERE ` + office + ` ORDER BY id DESC LIMIT 51`, "connections_org"},
	} {
		plan := explained(t, db, c.query)
		if !strings.Contains(plan, c.index) || strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "Sort") {
			t.Errorf("%s: %s", c.name, plan)
		}
	}
}

// explained gives a statement's plan in one line.
func explained(t *testing.T, db *stdsql.DB, query string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `EXPLAIN `+query)
	if err != nil {
		t.Fatal(query, err)
	}
	var plan []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, line)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "; ")
}
