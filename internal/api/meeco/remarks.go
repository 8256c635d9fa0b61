package meeco

import (
	"github.com/chancery-vc/chancery/internal/verifier"
)

// remark is one thing that a verification found.
type remark struct {
	Error   string            `json:"error"`
	Message message           `json:"message"`
	Extra   map[string]string `json:"extra_info"`
}

// result is what a verification of one token found. Checks are those that ran.
type result struct {
	Checks   []string `json:"checks"`
	Warnings []remark `json:"warnings"`
	Errors   []remark `json:"errors"`
}

// credentialVerified is [result] with the id of what was verified.
type credentialVerified struct {
	ID string `json:"id"`
	result
}

// The words for checks on this wire.
const (
	wordFormat     = "format"
	wordSignature  = "signature"
	wordExpiration = "expiration"
	wordSchema     = "schema"
	wordStatus     = "revocation_status"
)

// notVerified is the code of whatever has none of its own.
const notVerified = "failed_to_verify_jwt"

// sorting says what becomes of a finding: the code on this wire, and whether it only warns; "" is told nowhere. top is the check at the
// top of the tree that the finding is of.
type sorting func(top, finding verifier.Check) (code string, warns bool)

// sortChecks sorts what did not pass. What only follows from another finding (no signature without a key) is not told
// again.
func sortChecks(checks []verifier.Check, by sorting) (warnings, errs []remark) {
	warnings, errs = []remark{}, []remark{}
	for _, top := range checks {
		for _, finding := range findings(top) {
			code, warns := by(top, finding)
			switch {
			case code == "" || follows(finding):
			case warns:
				warnings = append(warnings, remarkOf(code, top, finding))
			default:
				errs = append(errs, remarkOf(code, top, finding))
			}
		}
	}
	return warnings, errs
}

// findings gives what of a check did not pass: each child by itself. Below a status entry stands how its list was
// verified, which is no finding of its own.
func findings(check verifier.Check) []verifier.Check {
	if check.Outcome == verifier.Passed {
		return nil
	}
	var out []verifier.Check
	for _, child := range check.Children {
		switch {
		case child.Outcome == verifier.Passed:
		case check.Name == verifier.CheckStatus:
			out = append(out, child)
		default:
			out = append(out, findings(child)...)
		}
	}
	if out == nil {
		out = []verifier.Check{check}
	}
	return out
}

func follows(finding verifier.Check) bool {
	if finding.Outcome != verifier.NotChecked {
		return false
	}
	switch finding.Code {
	case "unreadable", "no-issuer", "no-holder", "no-subject", "no-client", "no-key", "no-signature", "no-subject-key":
		return true
	}
	return false
}

func remarkOf(code string, top, finding verifier.Check) remark {
	extra := map[string]string{"check": top.Name, "code": finding.Code}
	if finding.Pointer != "" {
		extra["pointer"] = finding.Pointer
	}
	switch {
	case top.Name == verifier.CheckStatus && finding.Name != top.Name:
		extra["purpose"] = finding.Name
	case finding.Code == "schema-violation" && finding.Name != "" && finding.Name != top.Name:
		extra["rule"] = finding.Name
	}
	return remark{Error: code, Message: english(finding.Reason), Extra: extra}
}

// credentialResult is a credential's report on this wire; wanted are the words of the checks that ran.
func credentialResult(report verifier.Report, wanted []string) credentialVerified {
	out := credentialVerified{ID: report.ID, result: result{Checks: wanted}}
	out.Warnings, out.Errors = sortChecks(report.Checks, credentialFinding)
	return out
}

// credentialFinding sorts as Meeco does: expiry, schema and status warn, whatever else is wrong is an error.
func credentialFinding(top, finding verifier.Check) (code string, warns bool) {
	switch top.Name {
	case verifier.CheckSchema:
		return schemaFinding(finding.Code), true
	case verifier.CheckStatus:
		return statusFinding(finding.Code), true
	}
	return notVerified, top.Name == verifier.CheckValidity || finding.Outcome == verifier.Warning
}

func schemaFinding(code string) string {
	switch code {
	case verifier.CodeNoSchema:
		return ""
	case "schema-violation":
		return "invalid_claims_for_selected_schema"
	case "schema-not-found":
		return "credential_schema_not_found"
	case "schema-type-not-supported":
		return "credential_schema_type_not_supported"
	case "not-fetched", "schema-unreachable":
		return "load_credential_schema_via_url_failed"
	}
	return "schema_definition_not_valid"
}

func statusFinding(code string) string {
	switch code {
	case verifier.CodeNoStatus:
		return ""
	case "revoked", "suspended", "message", "refresh", "status-set":
		return "credential_status_value_is_revoked"
	case "status-list-not-found":
		return "credential_status_list_not_found"
	case "not-fetched", "status-list-unreachable":
		return "load_credential_status_list_via_url_failed"
	case "status-list-invalid", "status-list-format", "status-list-not-checked":
		return "failed_to_verify_status_list_jwt"
	}
	return "credential_revocation_status_not_found"
}
