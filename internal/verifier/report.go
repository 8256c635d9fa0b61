package verifier

import (
	"slices"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Outcome is how a check or a verification ended.
type Outcome string

// The outcomes. Passed, Failed, Warning and NotChecked are those of a [Check]; Passed, Failed and Indeterminate
// those of a [Report].
const (
	Passed        Outcome = "passed"
	Failed        Outcome = "failed"
	Warning       Outcome = "warning"
	NotChecked    Outcome = "not-checked"
	Indeterminate Outcome = "indeterminate" // nothing failed, but something that was asked for could not be checked
)

// The names of the checks at the top of the tree, in their order.
const (
	CheckFormat    = "format"
	CheckDataModel = "data-model"
	CheckIssuer    = "issuer"
	CheckKey       = "key"
	CheckSignature = "signature"
	CheckValidity  = "validity"
	CheckSchema    = "schema"
	CheckStatus    = "status"
)

var allChecks = []string{CheckFormat, CheckDataModel, CheckIssuer, CheckKey, CheckSignature, CheckValidity, CheckSchema, CheckStatus}

// Codes of checks that were not made because the credential has nothing to check. They alone of all that was not
// checked leave a report Passed.
const (
	CodeNoSchema = "no-schema"
	CodeNoStatus = "no-status"
)

// CodeUnpublished is that of the checks issuer, holder and subject where they passed without a document: their DID follows
// from the key.
const CodeUnpublished = "did-unpublished"

// Report is the answer of a verification. What could not be read is zero. Outcome is Failed when a check failed;
// Indeterminate when none did and one could not be made; Passed otherwise. Warnings do not fail.
type Report struct {
	Outcome    Outcome
	Format     string
	Model      vc.ModelVersion
	Credential []byte // decoded, JSON
	ID         string
	Issuer     string
	Types      []string
	ValidFrom  time.Time
	ValidUntil time.Time
	Checks     []Check
}

// Check is one node of the tree. Code is stable and kebab-case, "" when passed without remark; Reason is for a
// person; Cites is the section that is followed; Pointer (RFC 6901) is into what was verified: the credential, the
// presentation, the token's payload; of constraints into the definition, or with "submission-invalid" the submission.
// Children of status are named by their purpose, of schema by their URL, of constraints by their input descriptor.
type Check struct {
	Name     string
	Outcome  Outcome
	Code     string
	Reason   string
	Cites    string
	Pointer  string
	Children []Check
}

// Find gives the check of that name at the top of the tree.
func (r Report) Find(name string) (Check, bool) { return find(r.Checks, name) }

func find(checks []Check, name string) (Check, bool) {
	for _, check := range checks {
		if check.Name == name {
			return check, true
		}
	}
	return Check{}, false
}

// nothing has the codes of checks that were not made because there was nothing to check, or nobody asked.
var nothing = []string{CodeNoSchema, CodeNoStatus, CodeNotAsked, CodeNoCredentials, CodeNoSubject, CodeNoDefinition}

// settle gives the outcome of a verification.
func settle(checks []Check) Outcome {
	outcome := Passed
	for _, check := range checks {
		switch check.Outcome {
		case Passed, Warning:
		case NotChecked:
			if !slices.Contains(nothing, check.Code) {
				outcome = Indeterminate
			}
		default:
			return Failed
		}
	}
	return outcome
}

// worst gives the outcome of a check by its children, and the first child that has it.
func worst(children []Check) Check {
	order := map[Outcome]int{Passed: 0, Warning: 1, NotChecked: 2, Failed: 3}
	var bad Check
	for i, child := range children {
		if i == 0 || order[child.Outcome] > order[bad.Outcome] {
			bad = child
		}
	}
	return bad
}

// gather puts checks of one name under one: alone they stand for themselves, several become children.
func gather(name, cites string, children []Check) Check {
	bad := worst(children)
	out := Check{Name: name, Outcome: bad.Outcome, Code: bad.Code, Reason: bad.Reason, Cites: cites, Pointer: bad.Pointer}
	out.Children = children
	return out
}

func passed(name, reason, cites string) Check {
	return Check{Name: name, Outcome: Passed, Reason: reason, Cites: cites}
}

func failed(name, code, reason, cites string) Check {
	return Check{Name: name, Outcome: Failed, Code: code, Reason: reason, Cites: cites}
}

func notChecked(name, code, reason, cites string) Check {
	return Check{Name: name, Outcome: NotChecked, Code: code, Reason: reason, Cites: cites}
}

func (c Check) at(pointer string) Check {
	c.Pointer = pointer
	return c
}
