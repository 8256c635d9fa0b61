package meeco

import (
	"reflect"
	"testing"

	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/ijson"
)

func check(name string, outcome verifier.Outcome, code string, children ...verifier.Check) verifier.Check {
	return verifier.Check{Name: name, Outcome: outcome, Code: code, Reason: "because", Children: children}
}

// TestCredentialResult: which finding is a warning, which an error, and that each is told once.
func TestCredentialResult(t *testing.T) {
	passed := check("x", verifier.Passed, "")
	for name, test := range map[string]struct {
		checks           []verifier.Check
		warnings, errors []string // code on the wire / code of the core
	}{
		"nothing": {checks: []verifier.Check{check("format", verifier.Passed, "")}},
		"no schema, no status": {checks: []verifier.Check{
			check("schema", verifier.NotChecked, verifier.CodeNoSchema), check("status", verifier.NotChecked, verifier.CodeNoStatus),
		}},
		"unreadable": {
			checks: []verifier.Check{
				check("format", verifier.Failed, "unknown-format"), check("data-model", verifier.NotChecked, "unreadable"),
				check("signature", verifier.NotChecked, "unreadable"), check("status", verifier.NotChecked, "unreadable"),
			},
			errors: []string{"failed_to_verify_jwt unknown-format"},
		},
		"issuer unreachable": {
			checks: []verifier.Check{
				check("issuer", verifier.NotChecked, "did-unreachable"), check("key", verifier.NotChecked, "no-issuer"),
				check("signature", verifier.NotChecked, "no-issuer"),
			},
			errors: []string{"failed_to_verify_jwt did-unreachable"},
		},
		"several rules": {
			checks: []verifier.Check{check("data-model", verifier.Failed, "data-model", check("rule", verifier.Failed, "a"), passed, check("rule", verifier.Failed, "b"))},
			errors: []string{"failed_to_verify_jwt a", "failed_to_verify_jwt b"},
		},
		"a retired key": {
			checks:   []verifier.Check{check("key", verifier.Warning, "key-retired")},
			warnings: []string{"failed_to_verify_jwt key-retired"},
		},
		"expired": {
			checks:   []verifier.Check{check("validity", verifier.Failed, "expired")},
			warnings: []string{"failed_to_verify_jwt expired"},
		},
		"claims": {
			checks: []verifier.Check{check("schema", verifier.Failed, "schema-violation",
				check("minimum", verifier.Failed, "schema-violation"), check("required", verifier.Failed, "schema-violation"))},
			warnings: []string{"invalid_claims_for_selected_schema schema-violation", "invalid_claims_for_selected_schema schema-violation"},
		},
		"schemas": {
			checks: []verifier.Check{check("schema", verifier.Failed, "x", check("a", verifier.NotChecked, "schema-unreachable"),
				check("b", verifier.Failed, "schema-digest"), check("c", verifier.NotChecked, "schema-not-found"),
				check("d", verifier.NotChecked, "schema-type-not-supported"))},
			warnings: []string{
				"load_credential_schema_via_url_failed schema-unreachable", "schema_definition_not_valid schema-digest",
				"credential_schema_not_found schema-not-found", "credential_schema_type_not_supported schema-type-not-supported",
			},
		},
		"statuses": {
			checks: []verifier.Check{check("status", verifier.Failed, "revoked",
				check("revocation", verifier.Failed, "revoked", check("list", verifier.Passed, "")),
				check("suspension", verifier.Failed, "status-list-invalid", check("list", verifier.Failed, "status-list-invalid", check("signature", verifier.Failed, "x"))),
				check("refresh", verifier.NotChecked, "not-fetched"), check("entry", verifier.Failed, "status-malformed"))},
			warnings: []string{
				"credential_status_value_is_revoked revoked", "failed_to_verify_status_list_jwt status-list-invalid",
				"load_credential_status_list_via_url_failed not-fetched", "credential_revocation_status_not_found status-malformed",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			result := credentialResult(verifier.Report{ID: "urn:uuid:1", Checks: test.checks}, []string{wordFormat})
			if got := codes(result.Warnings); !reflect.DeepEqual(got, test.warnings) {
				t.Errorf("warnings are %q, want %q", got, test.warnings)
			}
			if got := codes(result.Errors); !reflect.DeepEqual(got, test.errors) {
				t.Errorf("errors are %q, want %q", got, test.errors)
			}
			if result.Warnings == nil || result.Errors == nil || result.ID != "urn:uuid:1" {
				t.Errorf("%+v", result)
			}
		})
	}
}

func codes(remarks []remark) (out []string) {
	for _, r := range remarks {
		out = append(out, r.Error+" "+r.Extra["code"])
	}
	return out
}

func TestVersionNumber(t *testing.T) {
	for text, want := range map[string]int{"1": 1, "1.0": 1, "12.0.0": 12, "": 0, "0": 0, "-1": 0, "01": 0, "1.": 0, "1.1": 0, "1.0.1": 0, "1.0.0.0": 0, "v1": 0} {
		got, ok := versionNumber(text)
		if ok != (want > 0) || ok && got != want {
			t.Errorf("%q: %d, %v", text, got, ok)
		}
	}
}

func TestClaimsDocument(t *testing.T) {
	const rest = `"description":"d","type":"object","properties":{},"required":[],"additionalProperties":false}`
	got, err := claimsDocument([]byte(`{"$id":"https://x","name":"n","$schema":"https://json-schema.org/draft/2020-12/schema",` + rest))
	if err != nil || string(got) != `{"$schema":"https://json-schema.org/draft/2020-12/schema",`+rest {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := claimsDocument([]byte(`{` + rest)); err == nil {
		t.Error("a schema without $schema")
	}
}

// FuzzClaimsDocument: what passes is JSON still, without what is ours to give.
func FuzzClaimsDocument(f *testing.F) {
	const rest = `"description":"d","type":"object","properties":{"a":{}},"required":["a"],"additionalProperties":false}`
	f.Add([]byte(`{"$schema":"https://json-schema.org/draft/2020-12/schema",` + rest))
	f.Add([]byte(`{"$id":"x","name":"\u0000","$schema":"http://json-schema.org/draft-07/schema#",` + rest))
	f.Add([]byte(`{"name":{},"$schema":7}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		document, err := claimsDocument(raw)
		if err != nil {
			return
		}
		members, err := ijson.Members(document, ijson.Limits{})
		if err != nil {
			t.Fatalf("%s: %v", document, err)
		}
		for _, m := range members {
			if m.Name == "name" || m.Name == "$id" {
				t.Fatalf("%s has %s", document, m.Name)
			}
		}
	})
}
