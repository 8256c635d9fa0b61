package pex

import "strconv"

// Envelope says how a presentation carries credentials, and where the submission stands.
type Envelope struct {
	// Format of the presentation (jwt_vp, ldp_vp) where the submission stands beside it, as in OpenID4VP: entries
	// name the presentation and the credential within by path_nested. "": the submission stands inside the
	// presentation (Embed Locations) and names credentials at once.
	Format string
	// Path of the presentation, "" is "$"; "$[1]" for the second of several.
	Path string
	// Credentials is the path of the array of credentials within the decoded presentation. "" is
	// "$.vp.verifiableCredential" for jwt_vp, and "$.verifiableCredential".
	Credentials string
	// Bare: there is no presentation; the credentials are the answer: at Path where it is one, else Path[i].
	Bare bool
}

// Submission picks the first input that answers each descriptor and as few descriptors as the requirements allow. picked
// are the inputs to present, in the order in which the presentation must hold them. The error (*Error) says which
// descriptor or requirement is not met (CodeUnmet), or that the envelope's paths cannot be read (CodeInvalid).
func (r Result) Submission(id string, e Envelope) (s *Submission, picked []int, err error) {
	chosen, fault := r.choose()
	if fault != nil {
		return nil, nil, fault
	}
	s = &Submission{ID: id, DefinitionID: r.definition.ID}
	places := map[int]int{} // of an input in the presentation: one credential may answer several descriptors
	for i, m := range r.Descriptors {
		if chosen&(1<<i) == 0 {
			continue
		}
		if _, there := places[m.Inputs[0]]; !there {
			places[m.Inputs[0]] = len(picked)
			picked = append(picked, m.Inputs[0])
		}
	}
	for i, m := range r.Descriptors {
		if chosen&(1<<i) == 0 {
			continue
		}
		input := m.Inputs[0]
		entry, fault := e.entry(m.ID, r.inputs[input].Format, places[input], len(picked))
		if fault != nil {
			return nil, nil, fault
		}
		s.Entries = append(s.Entries, entry)
	}
	return s, picked, nil
}

// choose picks the descriptors to answer.
func (r Result) choose() (set, *Error) {
	if r.definition == nil || len(r.Descriptors) > MaxDescriptors {
		return 0, &Error{Code: CodeLimit, Message: "there is no definition, or it has too many descriptors"}
	}
	var available set
	for i, m := range r.Descriptors {
		if len(m.Inputs) > 0 {
			available |= 1 << i
		} else if len(r.definition.Requirements) == 0 {
			return 0, &Error{
				Code: CodeUnmet, Pointer: place("", "input_descriptors", i),
				Message: "no input answers this descriptor", Cites: "Input Descriptor",
			}
		}
	}
	rules := r.definition.rules(r.definition.Requirements)
	if len(rules) == 0 {
		return available, nil
	}
	chosen, ok := choose(rules, available)
	if ok {
		return chosen, nil
	}
	fault := &Error{Code: CodeUnmet, Pointer: "/submission_requirements", Message: "no choice found that meets all requirements"}
	for i, q := range rules {
		if _, ok := choose([]rule{q}, available); !ok {
			fault.Pointer, fault.Message = place("", "submission_requirements", i), "the inputs do not meet this requirement"
			break
		}
	}
	fault.Cites = inRequirements
	return 0, fault
}

// entry writes where the input that stands at i of n in the presentation is.
func (e Envelope) entry(id, format string, i, n int) (Entry, *Error) {
	outer, inner := e.Path, e.Credentials
	if outer == "" {
		outer = "$"
	}
	if inner == "" && canonical(e.Format) == "jwt_vp" {
		inner = "$.vp.verifiableCredential"
	} else if inner == "" {
		inner = "$.verifiableCredential"
	}
	index := "[" + strconv.Itoa(i) + "]"
	entry, text := Entry{ID: id, Format: format}, inner+index
	switch {
	case e.Bare && n > 1:
		text = outer + index
	case e.Bare:
		text = outer
	case e.Format != "":
		text = outer
	}
	var fault *Error
	if entry.Path, fault = compile(text); fault != nil {
		return Entry{}, fault
	}
	if !e.Bare && e.Format != "" {
		nested := &Entry{ID: id, Format: format}
		if nested.Path, fault = compile(inner + index); fault != nil {
			return Entry{}, fault
		}
		entry.Format, entry.Nested = e.Format, nested
	}
	return entry, nil
}
