package pex

// Submission is a presentation submission (Presentation Submission).
type Submission struct {
	ID           string
	DefinitionID string
	Entries      []Entry // descriptor_map
}

// Entry says where the answer to a descriptor is.
type Entry struct {
	ID     string // of the descriptor; in Nested the same or ""
	Format string
	Path   Path
	Nested *Entry // path_nested: within what Path gives, opened
}

const inSubmission = "Presentation Submission"

// ParseSubmission reads a presentation submission, bare or in its envelope {"presentation_submission": …}. Two entries
// for one descriptor are refused (Validation of Claims: each descriptor refers to a single container). Errors are
// *Error.
func ParseSubmission(raw []byte) (*Submission, error) {
	root, err := decode(raw)
	if err != nil {
		return nil, err
	}
	r, at := &reader{}, ""
	if inner, ok := root["presentation_submission"]; ok && root["descriptor_map"] == nil {
		at = "/presentation_submission"
		root = r.object(inner, at)
	}
	s := &Submission{
		ID:           r.needed(root, at, "id", inSubmission),
		DefinitionID: r.needed(root, at, "definition_id", inSubmission),
	}
	if _, ok := root["descriptor_map"]; !ok {
		r.fail(CodeInvalid, at+"/descriptor_map", "is missing", inSubmission)
	}
	seen := map[string]bool{}
	for i, value := range r.list(root, at, "descriptor_map", MaxDescriptors) {
		here := place(at, "descriptor_map", i)
		in := r.object(value, here)
		entry := r.entry(in, here, r.needed(in, here, "id", inSubmission), 1)
		if seen[entry.ID] {
			r.fail(CodeInvalid, here+"/id", "another entry answers this descriptor", "Validation of Claims")
		}
		seen[entry.ID] = true
		if s.Entries = append(s.Entries, entry); r.err != nil {
			return nil, r.err
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	return s, nil
}

// entry reads an entry of the descriptor id and what is nested in it. The nested id is a MUST that many wallets, and
// OpenID4VP's examples, leave out; where it stands it must agree.
func (r *reader) entry(in map[string]any, at, id string, depth int) Entry {
	e := Entry{
		ID: r.text(in, at, "id"), Format: r.needed(in, at, "format", inSubmission),
		Path: r.path(r.needed(in, at, "path", inSubmission), at+"/path"),
	}
	if e.ID != "" && e.ID != id {
		r.fail(CodeInvalid, at+"/id", "must be the same on each level", inSubmission)
	}
	value, ok := in["path_nested"]
	if !ok || r.err != nil {
		return e
	}
	at += "/path_nested"
	if depth == MaxNesting {
		r.fail(CodeLimit, at, "is nested too deeply", inSubmission)
		return e
	}
	nested := r.entry(r.object(value, at), at, id, depth+1)
	e.Nested = &nested
	return e
}
