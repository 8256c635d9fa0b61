package pex

import "github.com/chancery-vc/chancery/spec/ijson"

// Open opens a token: a JSON string (a JWT, say) or an object that stands where a submission says, with the format
// that the submission claims. Who gives it verifies what it opens and says what it is; where Input.Format is "", it is
// taken as claimed. The same token is opened once for each format that is claimed. An error's text is not passed on.
type Open func(format string, value []byte) (Input, error)

// Report is what Check found.
type Report struct {
	Findings []Finding // one for each entry of the submission, in order
	Reasons  []Reason  // what stands against the whole: its definition, requirements, descriptors without an answer

	checked bool
}

// Finding is what a submission gives for one descriptor. It answers it when there is no reason against it.
type Finding struct {
	ID      string
	Format  string   // of the innermost entry, as claimed
	Value   []byte   // what stands there, as JSON: a string or an object; nil where nothing does
	Input   Input    // opened
	Reasons []Reason // none: it answers
}

// OK says that the definition is answered: nothing stands against any entry or the whole. The zero Report is not OK.
func (r Report) OK() bool {
	for _, one := range r.Findings {
		if len(one.Reasons) > 0 {
			return false
		}
	}
	return r.checked && len(r.Reasons) == 0
}

// Check says whether a presentation answers the definition as the submission says (Processing of Submission Entries).
// presentation.Claims is the JSON that paths start from: the presentation, or the whole answer (OpenID4VP's vp_token; a
// JWT as a JSON string). Its Views are tried after it, for senders whose paths start elsewhere. Its Format and Algs
// count where the submission stands inside the presentation; elsewhere those of what is opened do. open may be nil:
// then objects are read as they are, secured by nothing, and strings cannot be read.
func (d *Definition) Check(s *Submission, presentation Input, open Open) Report {
	r := Report{checked: true}
	if len(d.Descriptors) > MaxDescriptors || len(s.Entries) > MaxDescriptors {
		r.Reasons = append(r.Reasons, Reason{ReasonRequirement, "", "there are too many descriptors or entries"})
		return r
	}
	if s.DefinitionID != d.ID {
		r.Reasons = append(r.Reasons, Reason{ReasonDefinition, "/definition_id", "the submission answers another definition"})
	}
	if presentation.Format != "" && !d.presents(presentation) {
		r.Reasons = append(r.Reasons, Reason{ReasonFormat, "/format", "the presentation's format, or what secures it, is not asked for"})
	}
	c := checker{d, open, map[string]*opened{}}
	root := look(presentation)
	var have set
	for i, entry := range s.Entries {
		f, index := c.finding(entry, place("", "descriptor_map", i), root)
		if index >= 0 && have&(1<<index) != 0 {
			f.Reasons = append(f.Reasons, Reason{
				ReasonDescriptor, place("", "descriptor_map", i) + "/id", "another entry answers this descriptor",
			})
		}
		if index >= 0 && len(f.Reasons) == 0 {
			have |= 1 << index
		}
		r.Findings = append(r.Findings, f)
	}
	r.Reasons = append(r.Reasons, d.lacking(have)...)
	return r
}

// lacking says what is not answered by the descriptors that are.
func (d *Definition) lacking(have set) []Reason {
	var reasons []Reason
	for i, q := range d.rules(d.Requirements) {
		if !q.met(have) {
			reasons = append(reasons, Reason{
				ReasonRequirement, place("", "submission_requirements", i), "the submission does not meet this requirement",
			})
		}
	}
	for i := range d.Descriptors {
		if len(d.Requirements) == 0 && have&(1<<i) == 0 {
			reasons = append(reasons, Reason{
				ReasonRequirement, place("", "input_descriptors", i), "the submission does not answer this descriptor",
			})
		}
	}
	return reasons
}

// checker opens each token once.
type checker struct {
	*Definition
	open Open
	done map[string]*opened
}

type opened struct {
	subject *subject
	reason  string // why it could not be opened
}

// finding follows an entry and judges what it finds. index is the descriptor's, -1 for none.
func (c checker) finding(e Entry, at string, root *subject) (f Finding, index int) {
	f, index = Finding{ID: e.ID, Format: e.Format}, -1
	for i, one := range c.Descriptors {
		if one.ID == e.ID {
			index = i
		}
	}
	if index < 0 {
		f.Reasons = []Reason{{ReasonDescriptor, at + "/id", "the definition has no such descriptor"}}
		return f, index
	}
	views := root.views
	for level := &e; level != nil; level = level.Nested {
		f.Format, f.Value, f.Input = level.Format, nil, Input{}
		raw, reason := locate(level.Path, views)
		if reason != "" {
			f.Reasons = []Reason{{ReasonPath, at + "/path", reason}}
			return f, index
		}
		token := c.token(level.Format, raw)
		f.Value = raw
		if token.reason != "" {
			f.Reasons = []Reason{{ReasonToken, at + "/path", token.reason}}
			return f, index
		}
		f.Input, views = token.subject.Input, token.subject.views
		if canonical(f.Input.Format) != canonical(level.Format) {
			f.Reasons = []Reason{{ReasonFormat, at + "/format", "what stands there has another format"}}
			return f, index
		}
		if level.Nested == nil {
			if reason := c.judge(index, token.subject); reason != nil {
				f.Reasons = []Reason{*reason}
			}
			return f, index
		}
		if carried(f.Input.Format) != "" && !c.presents(f.Input) {
			f.Reasons = []Reason{{ReasonFormat, at + "/format", "the presentation's format, or what secures it, is not asked for"}}
			return f, index
		}
		if at += "/path_nested"; len(at) > MaxPath {
			break // a loop
		}
	}
	f.Reasons = []Reason{{ReasonPath, at, "is nested too deeply"}}
	return f, index
}

// locate gives what a path names in the first view where it names a token, as JSON.
func locate(path Path, views []any) (raw []byte, reason string) {
	reason = "there is nothing"
	for _, view := range views {
		value, ok := path.First(view)
		if !ok {
			continue
		}
		switch value.(type) {
		case string, map[string]any:
			if raw, err := encode(value); err == nil {
				return raw, ""
			}
		}
		reason = "there is neither a token nor an object"
	}
	return nil, reason
}

func (c checker) token(format string, raw []byte) *opened {
	name := format + "\x00" + string(raw)
	token, there := c.done[name]
	if there {
		return token
	}
	token = &opened{}
	c.done[name] = token
	in := Input{Claims: raw}
	if c.open != nil {
		var err error
		if in, err = c.open(format, raw); err != nil {
			token.reason = "what stands there could not be opened"
			return token
		}
	} else if _, text := ijson.String(raw); text {
		token.reason = "what stands there could not be opened"
		return token
	}
	if in.Format == "" {
		in.Format = format
	}
	if token.subject = look(in); token.subject.broken {
		token.reason = "the claims of what stands there are not JSON"
	}
	return token
}
