package pex

// Open opens a token: a JSON string (a JWT, say) or object that stands where a submission says, with the format that
// the submission claims. It verifies what it opens and gives its claims; Format "" is taken as claimed. An error's
// text is not passed on.
type Open func(format string, value []byte) (Input, error)

// Report is what Check found.
type Report struct {
	Findings []Finding // one for each entry of the submission, in order
	Reasons  []Reason  // what is wrong with the whole: definition id, requirements, descriptors that are missing
}

// Finding is what answers one descriptor. It is met when there is no reason against it.
type Finding struct {
	ID      string
	Format  string   // of the innermost entry, as claimed
	Value   []byte   // what stands there, as JSON: a string or an object; nil where nothing does
	Input   Input    // opened
	Reasons []Reason // none: met
}

// OK says that the definition is answered: nothing stands against any entry or the whole.
func (r Report) OK() bool { return false }

// Check says whether a presentation answers the definition as the submission says, §6.1. presentation.Claims is
// the JSON that paths start from: the presentation, or the whole answer (OpenID4VP's vp_token; a JWT as a JSON string);
// its Views are tried after it, for senders that start elsewhere. open may be nil: then objects are read as they are
// and strings cannot be.
func (d *Definition) Check(s *Submission, presentation Input, open Open) Report { return Report{} }
