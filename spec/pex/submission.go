package pex

// Submission is a presentation submission, §6.
type Submission struct {
	ID           string
	DefinitionID string
	Entries      []Entry // descriptor_map
}

// Entry says where the answer to a descriptor is, §6.
type Entry struct {
	ID     string // of the descriptor; in Nested the same or ""
	Format string
	Path   Path
	Nested *Entry // path_nested: within what Path gives, opened
}

// ParseSubmission reads a presentation submission, bare or in its envelope {"presentation_submission": …}. Two entries
// for one descriptor are refused (§6.3: each descriptor refers to a single container). Errors are *Error.
func ParseSubmission(raw []byte) (*Submission, error) { return nil, nil }

// Encode gives the submission as JSON. It fails with an *Error where ParseSubmission would refuse it.
func (s *Submission) Encode() ([]byte, error) { return nil, nil }
