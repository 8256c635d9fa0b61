package verifier

import (
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Outcome is how a check or a verification ended.
type Outcome string

// The outcomes of checks; a [Report] is Passed, Failed or Indeterminate.
const (
	Passed        Outcome = "passed"
	Failed        Outcome = "failed"
	Warning       Outcome = "warning"
	NotChecked    Outcome = "not-checked"
	Indeterminate Outcome = "indeterminate" // nothing failed, but something that was asked for could not be checked
)

// The names of checks.
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

// Report is the answer of a verification. What could not be read is zero.
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

// Check is one node of the tree. Code is stable and kebab-case, Reason for a person, Cites the section that is
// followed, Pointer (RFC 6901) into the credential.
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
func (r Report) Find(name string) (Check, bool) {
	for _, check := range r.Checks {
		if check.Name == name {
			return check, true
		}
	}
	return Check{}, false
}
