// Package pex is DIF Presentation Exchange 2.1.1: what a verifier asks for, what a holder's credentials answer, and
// whether a presentation is that answer. Definitions of 1.0 and 2.0 are read as well.
//
//	verifier   bytes ── Parse ──> Definition ── Encode ──> bytes
//	holder     Definition ── Match(inputs) ──> Result ── Submission ──> Submission ── Encode ──> bytes
//	verifier   bytes ── ParseSubmission ──> Submission; Definition ── Check(submission, presentation) ──> Report
//
// Nothing here verifies a signature, a date or a status: who calls opens tokens and judges them. A constraint that is
// not known is refused, never passed over: what Parse lets through is what Match and Check judge.
package pex

// Codes of Error.
const (
	CodeInvalid     = "invalid"     // breaks the specification
	CodeUnsupported = "unsupported" // known to the specification and not offered here, or unknown where constraints stand
	CodeLimit       = "limit"       // more than this package takes on
	CodeUnmet       = "unmet"       // Result.Submission alone: the inputs do not answer the definition
)

// The limits of definitions and submissions. Together with the work that one descriptor may do on one input they
// bound Match and Check.
const (
	MaxBytes        = 256 << 10 // of a definition, and of a submission
	MaxDescriptors  = 64        // and entries of a submission
	MaxFields       = 64        // of a descriptor
	MaxPaths        = 16        // of a field
	MaxRequirements = 64        // in all
	MaxNesting      = 8         // of requirements, and of path_nested
	MaxPath         = 512       // bytes of a JSONPath
	MaxSteps        = 32        // of a JSONPath
	MaxList         = 64        // names in a group, a format's array, a schema array
)

// Error says why a document is refused, or what is not answered. Pointer (RFC 6901) is into the document that was
// given; Cites names the section of PE 2.1.1, whose sections have no numbers. Message holds names and shapes, never claims.
type Error struct {
	Code    string
	Pointer string
	Message string
	Cites   string
}

// Error gives the message with its place.
func (e *Error) Error() string {
	if e.Pointer == "" {
		return "pex: " + e.Message
	}
	return "pex: " + e.Pointer + ": " + e.Message
}
