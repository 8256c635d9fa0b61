package sql_test

import (
	stdsql "database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
)

// The statements on the way of a request find their rows by an index, and need no sorting, however many there are.
func TestPlans(t *testing.T) {
	dsn := filepath.Join(t.TempDir(), "plan.db")
	storetest.Open(t, dsn)
	db, err := stdsql.Open("sqlite", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	const own = `tenant_id = 'a' AND ('b' = '' OR org_id = 'b')`
	const few = `org_id || '' = 'b' AND tenant_id || '' = 'a'`
	long := strings.NewReplacer("$1", "'a'", "$2", "'b'").Replace(sql.SQLiteOffice)
	for _, c := range []struct{ name, query, index string }{
		{"credential", `SELECT * FROM credentials WHERE ` + own + ` AND id = 'c'`, "sqlite_autoindex_credentials_1"},
		{"tenant's", `SELECT * FROM credentials WHERE ` + own + ` AND id < 'c' ORDER BY id DESC LIMIT 5`, "sqlite_autoindex_credentials_1"},
		{"organisation's", `SELECT * FROM credentials WHERE ` + long + ` AND id < 'c' ORDER BY id DESC LIMIT 5`, "credentials_org"},
		{"type", `SELECT * FROM credentials WHERE ` + long + ` AND type_id = 't' AND id < 'c' ORDER BY id DESC LIMIT 5`, "credentials_type"},
		{"subject", `SELECT * FROM credentials WHERE ` + long + ` AND subject_mac = x'00' ORDER BY id DESC LIMIT 5`, "credentials_subject"},
		{"recipient", `SELECT * FROM credentials WHERE ` + long + ` AND recipient_mac = x'00' ORDER BY id DESC LIMIT 5`, "credentials_recipient"},
		{"document", `SELECT * FROM credentials WHERE ` + long + ` AND document_mac = x'00' ORDER BY id DESC LIMIT 5`, "credentials_document"},
		{"exchange", `SELECT * FROM credentials WHERE ` + long + ` AND exchange_id = 'e' AND exchange_id <> '' ORDER BY id DESC LIMIT 5`, "credentials_exchange"},
		{"standing", `SELECT * FROM credentials WHERE ` + long + ` AND standing = 'revoked' AND standing <> 'active' ORDER BY id DESC LIMIT 5`, "credentials_standing"},
		{"awaited", `SELECT * FROM credentials WHERE ` + long + ` AND state = 'awaited' AND state <> 'issued' ORDER BY id DESC LIMIT 5`, "credentials_state"},
		{"events", `SELECT * FROM journal WHERE ` + long + ` AND event AND position > 5 ORDER BY position LIMIT 5`, "journal_org"},
		{"audit", `SELECT * FROM journal WHERE ` + own + ` AND position > 5 ORDER BY position LIMIT 5`, "PRIMARY KEY"},
		{"last change", `SELECT * FROM status_changes WHERE list_id = 'l' AND ` + own + ` AND idx = 4 ORDER BY version DESC LIMIT 1`, "PRIMARY KEY"},
		{"count", `SELECT count(*) FROM (SELECT id, body FROM credentials WHERE ` + long + `) AS listed`, "(org_id=?)"},
		{"count of a type", `SELECT count(*) FROM (SELECT id, body FROM credentials WHERE ` + long + ` AND type_id = 't') AS listed`, "credentials_type"},
		{"tenant's requests", `SELECT * FROM presentation_requests WHERE ` + own + ` AND NOT login AND id < 'c' ORDER BY id DESC LIMIT 5`, "presentation_requests_tenant"},
		{"requests", `SELECT * FROM presentation_requests WHERE ` + long + ` AND NOT login AND id < 'c' ORDER BY id DESC LIMIT 5`, "presentation_requests_org"},
		{"submissions", `SELECT * FROM submissions WHERE ` + own + ` AND request_id = 'r' ORDER BY id DESC LIMIT 5`, "submissions_request"},
		{"count of submissions", `SELECT count(*) FROM (SELECT id, body FROM submissions WHERE ` + own + ` AND request_id = 'r' AND status = 's') AS listed`, "(request_id=?)"},
		{"expired registrations", `SELECT id FROM did_registrations WHERE expires_at <= 5 ORDER BY expires_at LIMIT 5`, "did_registrations_expiry"},
		{"offering", `SELECT * FROM offerings WHERE ` + own + ` AND id = 'o'`, "sqlite_autoindex_offerings_1"},
		{"tenant's offerings", `SELECT * FROM offerings WHERE ` + own + ` AND id < 'o' ORDER BY id DESC LIMIT 5`, "sqlite_autoindex_offerings_1"},
		{"offerings", `SELECT * FROM offerings WHERE ` + long + ` AND NOT targeted AND withdrawn_at = 0 AND (expires_at = 0 OR expires_at > 5) AND (lim = 0 OR redeemed < lim) ORDER BY id DESC LIMIT 5`, "offerings_org"},
		{"offerings to a recipient", `SELECT * FROM offerings WHERE ` + long + ` AND recipient_mac = x'00' ORDER BY id DESC LIMIT 5`, "offerings_recipient"},
		{"redemptions", `SELECT * FROM redemptions WHERE ` + own + ` AND offering_id = 'o' AND id < 'r' ORDER BY id DESC LIMIT 5`, "redemptions_offering"},
		{"an exchange", `SELECT * FROM exchanges WHERE ` + own + ` AND id = 'e'`, "sqlite_autoindex_exchanges_1"},
		{"exchange of a credential", `SELECT * FROM exchanges WHERE ` + own + ` AND credential_id = 'c' AND credential_id <> '' AND role = 'issuer'`, "exchanges_credential"},
		{"tenant's exchanges", `SELECT * FROM exchanges WHERE ` + own + ` AND state IN (SELECT value FROM json_each('["requested"]')) AND id < 'e' ORDER BY id DESC LIMIT 5`, "sqlite_autoindex_exchanges_1"},
		{"exchanges", `SELECT * FROM exchanges WHERE ` + long + ` AND role = 'issuer' AND id < 'e' ORDER BY id DESC LIMIT 5`, "exchanges_org"},
		{"exchanges of an offering", `SELECT * FROM exchanges WHERE ` + long + ` AND offering_id = 'o' AND offering_id <> '' ORDER BY id DESC LIMIT 5`, "exchanges_offering"},
		{"exchanges with somebody", `SELECT * FROM exchanges WHERE ` + long + ` AND peer_mac = x'00' ORDER BY id DESC LIMIT 5`, "exchanges_peer"},
		{"held", `SELECT * FROM held_credentials WHERE ` + own + ` AND id = 'h'`, "sqlite_autoindex_held_credentials_1"},
		{"held of a digest", `SELECT id FROM held_credentials WHERE tenant_id = 'a' AND org_id = 'b' AND digest = x'00'`, "sqlite_autoindex_held_credentials_2"},
		{"tenant's wallets", `SELECT * FROM held_credentials WHERE ` + own + ` AND id < 'h' ORDER BY id DESC LIMIT 5`, "sqlite_autoindex_held_credentials_1"},
		{"wallet", `SELECT * FROM held_credentials WHERE ` + long + ` AND replace(types, 'T', '') <> types AND issued_at > 5 ORDER BY id DESC LIMIT 5`, "held_credentials_org"},
		{"held of a subject", `SELECT * FROM held_credentials WHERE ` + long + ` AND subject_mac = x'00' ORDER BY id DESC LIMIT 5`, "held_credentials_subject"},
		{"emptied wallet", `DELETE FROM held_credentials WHERE tenant_id = 'a' AND org_id = 'b'`, "(tenant_id=? AND org_id=?)"},
		{"reply", `SELECT * FROM replies WHERE ` + own + ` AND id = 'r'`, "sqlite_autoindex_replies_1"},
		{"code", `SELECT * FROM login_codes WHERE ` + own + ` AND id = 'c'`, "sqlite_autoindex_login_codes_1"},
		{"expired codes", `SELECT id FROM login_codes WHERE expires_at < 5 AND ('a' = '' OR (` + own + `)) ORDER BY expires_at LIMIT 5`, "login_codes_expiry"},
		{"expired logins", `SELECT id FROM presentation_requests WHERE login AND expires_at < 5 AND ('a' = '' OR (` + own + `)) ORDER BY expires_at LIMIT 5`, "presentation_requests_login"},
		{"handles of a sweep", `DELETE FROM handles WHERE object_id IN (SELECT value FROM json_each('["o"]')) AND kind || '' IN (SELECT value FROM json_each('["k"]'))`, "handles_object"},
		{"handles of a client", `DELETE FROM handles WHERE object_id = 'o' AND kind = 'k'`, "handles_object"},
		{"versions", `SELECT * FROM schema_versions v WHERE EXISTS (SELECT 1 FROM schemas s WHERE s.id = v.schema_id) AND v.tenant_id = 'a' AND v.id <> '' AND id < 'v' ORDER BY id DESC LIMIT 5`, "schema_versions_id"},
		{"version", `SELECT * FROM schema_versions v WHERE v.tenant_id = 'a' AND v.id = 'v' AND v.id <> ''`, "schema_versions_id"},
		{"credentials of a version", `SELECT 1 FROM credentials WHERE schema_id = 's' AND schema_id <> '' AND schema_version = 1 AND tenant_id = 'a'`, "credentials_schema"},
		{"open exchanges of a version", `SELECT 1 FROM exchanges WHERE schema_id = 's' AND schema_version = 1 AND tenant_id = 'a' AND state IN ('proposed', 'offered', 'requested', 'deferred', 'signing')`, "exchanges_open"},
		{"offerings of a version", `SELECT 1 FROM offerings WHERE schema_id = 's' AND schema_version = 1 AND tenant_id = 'a' AND withdrawn_at = 0`, "offerings_schema"},
		{"type of a line", `SELECT * FROM credential_types WHERE tenant_id = 'a' AND org_id = 'b' AND line = 'l' AND line <> ''`, "credential_types_line"},
		{"status lists", `SELECT * FROM status_lists WHERE ` + long + ` ORDER BY id LIMIT 1 OFFSET 2`, "status_lists_org"},
		{"webhook", `SELECT * FROM webhooks WHERE ` + own + ` AND id = 'w'`, "sqlite_autoindex_webhooks_1"},
		{"deliveries", `SELECT * FROM webhook_deliveries d WHERE ` + own + ` AND d.webhook_id = 'w' AND d.state = 'dead' AND d.position < 5 ORDER BY d.position DESC LIMIT 5`, "webhook_deliveries_state"},
		{"delivery", `SELECT * FROM webhook_deliveries d WHERE d.webhook_id = 'w' AND d.id = 'd' AND ` + own, "webhook_deliveries_event"},
		{"waiting keys", `SELECT 1 FROM webhook_deliveries d WHERE ` + own + ` AND d.webhook_id = 'w' AND d.state = 'pending' AND d.key = 'k'`, "webhook_deliveries_pending"},
		{"settled deliveries", `SELECT tenant_id FROM webhook_deliveries WHERE state <> 'pending' AND state = 's' AND updated_at <= 5 ORDER BY updated_at LIMIT 5`, "webhook_deliveries_settled"},
		{"events for a tenant's webhook", `SELECT 1 FROM webhooks w WHERE w.disabled_at = 0 AND EXISTS (SELECT 1 FROM journal e WHERE e.tenant_id = w.tenant_id AND e.position > w.position AND e.event)`, "(tenant_id=? AND position>?)"},
		{"events for an organisation's webhook", `SELECT 1 FROM webhooks w WHERE w.disabled_at = 0 AND EXISTS (SELECT 1 FROM journal e WHERE e.org_id = w.org_id AND e.tenant_id || '' = w.tenant_id AND e.position > w.position AND e.event)`, "journal_org"},
		{"connection", `SELECT * FROM connections WHERE ` + own + ` AND id = 'c'`, "sqlite_autoindex_connections_1"},
		{"tenant's connections", `SELECT * FROM connections WHERE ` + own + ` AND id < 'c' ORDER BY id DESC LIMIT 5`, "sqlite_autoindex_connections_1"},
		{"connections", `SELECT * FROM connections WHERE ` + long + ` AND state = 'completed' AND id < 'c' ORDER BY id DESC LIMIT 5`, "connections_org"},
		{"connections by alias", `SELECT * FROM connections WHERE ` + long + ` AND alias_mac = x'00' ORDER BY id DESC LIMIT 5`, "connections_alias"},
		{"connections with a DID", `SELECT * FROM connections WHERE ` + long + ` AND their_mac = x'00' ORDER BY id DESC LIMIT 5`, "connections_their"},
		{"connections with a public DID", `SELECT * FROM connections WHERE ` + long + ` AND their_public_mac = x'00' ORDER BY id DESC LIMIT 5`, "connections_public"},
		{"connections of an invitation", `SELECT * FROM connections WHERE ` + long + ` AND invitation_id = 'i' AND invitation_id <> '' ORDER BY id DESC LIMIT 5`, "connections_invitation"},
		{"connections of a message", `SELECT * FROM connections WHERE ` + long + ` AND invitation_msg = 'i' AND invitation_msg <> '' ORDER BY id DESC LIMIT 5`, "connections_message"},
		{"connections of a key", `SELECT * FROM connections WHERE ` + long + ` AND invitation_key = 'i' AND invitation_key <> '' ORDER BY id DESC LIMIT 5`, "connections_key"},
		{"connections of ours", `SELECT * FROM connections WHERE ` + long + ` AND mine = 'd' AND mine <> '' ORDER BY id DESC LIMIT 5`, "connections_mine"},
		{"connections of a thread", `SELECT * FROM connections WHERE ` + few + ` AND thread = 't' AND thread <> ''`, "connections_thread"},
		{"recipients", `SELECT * FROM recipients WHERE ` + own + ` AND owner = 'o'`, "recipients_owner"},
		{"peer", `SELECT connection_id FROM peer_keys WHERE ` + own + ` AND mac = x'00' ORDER BY connection_id DESC LIMIT 5`, "(mac=?)"},
		{"peer keys", `DELETE FROM peer_keys WHERE connection_id = 'c' AND ` + own, "peer_keys_connection"},
		{"retired recipients", `SELECT verkey FROM recipients WHERE retired_at <> 0 AND retired_at < 5 ORDER BY retired_at LIMIT 5`, "recipients_retired"},
		{"expired invitations", `SELECT id FROM oob_invitations WHERE expires_at <> 0 AND expires_at <= 5 ORDER BY expires_at LIMIT 5`, "oob_invitations_expiry"},
		{"letters about a record", `SELECT id FROM letters WHERE state <> 'sent' AND subject = ('exchange/e' || '') AND subject <> '' AND body_key IS NOT NULL AND ` + own, "letters_subject"},
		{"an invitation's message", `SELECT * FROM oob_invitations WHERE ` + own + ` AND message_id = 'm' AND sender = 1`, "oob_invitations_message"},
		{"invitations", `SELECT * FROM oob_invitations WHERE ` + long + ` AND id < 'i' ORDER BY id DESC LIMIT 5`, "oob_invitations_org"},
		{"invitations of a connection", `SELECT * FROM oob_invitations WHERE ` + long + ` AND connection_id = 'c' AND connection_id <> '' ORDER BY id DESC LIMIT 5`, "oob_invitations_connection"},
		{"exchange of a thread", `SELECT * FROM exchanges WHERE ` + own + ` AND role = 'issuer' AND door = 'd' AND channel = 'c' AND thread = 't' AND thread <> ''`, "exchanges_thread"},
		{"exchanges of a thread", `SELECT * FROM exchanges WHERE ` + few + ` AND thread = 't' AND thread <> ''`, "exchanges_thread"},
		{"exchanges of a connection", `SELECT * FROM exchanges WHERE ` + long + ` AND channel = 'c' AND channel <> '' ORDER BY id DESC LIMIT 5`, "exchanges_channel"},
		{"exchanges that a peer began", `SELECT 1 FROM exchanges WHERE channel = 'c' AND by_peer AND state NOT IN ('accepted', 'declined', 'failed', 'expired') AND ` + own + ` LIMIT 1 OFFSET 5`, "exchanges_by_peer"},
		{"proofs that a peer began", `SELECT 1 FROM proofs WHERE channel = 'c' AND by_peer AND state NOT IN ('done', 'failed') AND ` + own + ` LIMIT 1 OFFSET 5`, "proofs_by_peer"},
		{"proof of a thread", `SELECT * FROM proofs WHERE ` + own + ` AND role = 'prover' AND door = 'd' AND channel = 'c' AND thread = 't' AND thread <> ''`, "proofs_thread"},
		{"proofs", `SELECT * FROM proofs WHERE ` + long + ` AND role = 'prover' AND id < 'p' ORDER BY id DESC LIMIT 5`, "proofs_org"},
		{"proofs of a connection", `SELECT * FROM proofs WHERE ` + long + ` AND channel = 'c' AND channel <> '' ORDER BY id DESC LIMIT 5`, "proofs_channel"},
		{"letters", `SELECT * FROM letters WHERE ` + long + ` AND way = 'out' AND id > 'l' ORDER BY id LIMIT 5`, "letters_org"},
		{"letters to a peer", `SELECT * FROM letters WHERE ` + few + ` AND connection_id = 'c' AND connection_id <> '' AND state = 'held' AND id > 'l' ORDER BY id LIMIT 5`, "letters_connection"},
		{"count of letters to a peer", `SELECT count(*), min(created_at), sum(size) FROM letters WHERE ` + few + ` AND connection_id = 'c' AND connection_id <> '' AND state = 'held'`, "letters_connection"},
		{"letters to who is invited", `SELECT * FROM letters WHERE ` + few + ` AND invitation_id = 'i' AND invitation_id <> '' AND state = 'waiting' ORDER BY id LIMIT 5`, "letters_invitation"},
		{"dead letters", `SELECT * FROM letters WHERE ` + long + ` AND state = 'dead' ORDER BY id DESC LIMIT 5`, "letters_dead"},
		{"letters of a connection", `DELETE FROM letters WHERE connection_id = 'c' AND connection_id <> '' AND ` + own, "letters_connection"},
		{"settled letters", `SELECT tenant_id, id FROM letters WHERE state <> 'waiting' AND state = 's' AND updated_at < 5 ORDER BY updated_at LIMIT 5`, "letters_settled"},
		{"old receipts", `SELECT tenant_id, org_id, digest FROM receipts WHERE at < 5 ORDER BY at LIMIT 5`, "receipts_at"},
		{"notice", `SELECT * FROM notices WHERE id = 'n' AND ` + own, "sqlite_autoindex_notices_1"},
		{"old notices", `SELECT tenant_id, id FROM notices WHERE created_at < 5 ORDER BY created_at LIMIT 5`, "notices_at"},
		{"mediations", `SELECT * FROM mediations WHERE ` + long + ` AND state = 's' AND id < 'm' ORDER BY id DESC LIMIT 5`, "mediations_org"},
		{"mediations of a connection", `SELECT * FROM mediations WHERE ` + few + ` AND connection_id = 'c'`, "mediations_connection"},
		{"mediated keys", `SELECT * FROM mediated_keys WHERE ` + own + ` AND mediation_id = 'm' AND verkey > 'k' ORDER BY verkey LIMIT 5`, "sqlite_autoindex_mediated_keys_1"},
		{"settings", `SELECT * FROM agent_settings WHERE tenant_id = 'a' AND org_id = 'b'`, "sqlite_autoindex_agent_settings_1"},
		{"wallets", `SELECT * FROM agent_settings WHERE wallet <> '' AND id < 'w' ORDER BY id DESC LIMIT 5`, "agent_settings_list"},
		{"metadata", `SELECT key, value FROM metadata WHERE owner = 'o' AND ` + own, "sqlite_autoindex_metadata_1"},
		{"held of a name", `SELECT * FROM held_credentials WHERE ` + few + ` AND name = 'n' AND name <> ''`, "held_credentials_name"},
		{"due jobs", `SELECT j.id FROM jobs j WHERE NOT j.dead AND j.run_at <= 1 AND j.leased_to <= 1 ORDER BY j.run_at, j.id LIMIT 1`, "jobs_due"},
	} {
		rows, err := db.Query(`EXPLAIN QUERY PLAN ` + c.query)
		if err != nil {
			t.Fatal(err)
		}
		var plan []string
		for rows.Next() {
			var a, b, d int
			var detail string
			if err := rows.Scan(&a, &b, &d, &detail); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, detail)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		if all := strings.Join(plan, "; "); !strings.Contains(all, c.index) ||
			strings.Contains(all, "TEMP B-TREE") || strings.Contains(all, "CO-ROUTINE") || strings.Contains(all, "MATERIALIZE") {
			t.Errorf("%s: %s", c.name, all)
		}
	}
}
