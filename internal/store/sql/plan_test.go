package sql_test

import (
	stdsql "database/sql"
	"path/filepath"
	"strings"
	"testing"

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
	const long = `org_id = 'b' AND tenant_id || '' = 'a'`
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
		{"events", `SELECT * FROM journal WHERE ` + long + ` AND event AND position > 5 ORDER BY position LIMIT 5`, "journal_org"},
		{"audit", `SELECT * FROM journal WHERE ` + own + ` AND position > 5 ORDER BY position LIMIT 5`, "PRIMARY KEY"},
		{"last change", `SELECT * FROM status_changes WHERE list_id = 'l' AND ` + own + ` AND idx = 4 ORDER BY version DESC LIMIT 1`, "PRIMARY KEY"},
		{"count", `SELECT count(*) FROM (SELECT id, body FROM credentials WHERE ` + long + `) AS listed`, "(org_id=?)"},
		{"count of a type", `SELECT count(*) FROM (SELECT id, body FROM credentials WHERE ` + long + ` AND type_id = 't') AS listed`, "credentials_type"},
		{"tenant's requests", `SELECT * FROM presentation_requests WHERE ` + own + ` AND id < 'c' ORDER BY id DESC LIMIT 5`, "presentation_requests_tenant"},
		{"requests", `SELECT * FROM presentation_requests WHERE ` + long + ` AND id < 'c' ORDER BY id DESC LIMIT 5`, "presentation_requests_org"},
		{"submissions", `SELECT * FROM submissions WHERE ` + own + ` AND request_id = 'r' ORDER BY id DESC LIMIT 5`, "submissions_request"},
		{"count of submissions", `SELECT count(*) FROM (SELECT id, body FROM submissions WHERE ` + own + ` AND request_id = 'r' AND status = 's') AS listed`, "(request_id=?)"},
		{"expired registrations", `SELECT id FROM did_registrations WHERE expires_at <= 5 ORDER BY expires_at LIMIT 5`, "did_registrations_expiry"},
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
