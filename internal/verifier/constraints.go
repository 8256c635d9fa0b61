package verifier

import (
	"bytes"
	"errors"
	"slices"

	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/pex"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

const citesExchange = "Presentation Exchange 2.1.1"

// errElsewhere is that a submission points at what is not in the presentation.
var errElsewhere = errors.New("not in the presentation")

// constraints judges whether the credentials answer the definition: as the submission says, or where there is none as
// they come.
func (p *presenting) constraints() Check {
	if p.options.Definition == nil {
		return notChecked(CheckConstraints, CodeNotAsked, "no credentials were asked for", citesExchange)
	}
	definition, err := pex.Parse(p.options.Definition)
	if err != nil {
		return faulty("definition-invalid", "the presentation definition cannot be used", err)
	}
	raw := p.submission()
	if raw == nil {
		return p.unguided(definition)
	}
	submission, err := pex.ParseSubmission(raw)
	if err != nil {
		return faulty("submission-invalid", "the presentation submission cannot be read", err)
	}
	report := definition.Check(submission, p.input(), func(_ string, value []byte) (pex.Input, error) { return p.openPart(value) })
	if !report.OK() {
		return unanswered(report)
	}
	for _, found := range report.Findings {
		if i := p.index(found.Value); i >= 0 {
			p.report.Matches = append(p.report.Matches, Match{found.ID, i})
		}
	}
	return passed(CheckConstraints, "the credentials are what was asked for", citesExchange)
}

// unguided matches without a submission. Nobody is misled by it: which credential answers what is only said less
// clearly.
func (p *presenting) unguided(definition *pex.Definition) Check {
	var inputs []pex.Input
	for i := range p.inside {
		inputs = append(inputs, p.part(i))
	}
	result := definition.Match(inputs)
	submission, _, err := result.Submission("", pex.Envelope{Bare: true})
	if err != nil {
		check := faulty("descriptor-unmet", "the credentials are not what was asked for", err)
		for _, one := range result.Descriptors {
			for _, miss := range one.Missed {
				if len(one.Inputs) == 0 {
					check.Children = append(check.Children, failed(one.ID, "descriptor-unmet", miss.Message, citesExchange).at(miss.Pointer))
				}
			}
		}
		return check
	}
	answered := map[string]bool{}
	for _, entry := range submission.Entries {
		answered[entry.ID] = true
	}
	for _, one := range result.Descriptors {
		if answered[one.ID] {
			p.report.Matches = append(p.report.Matches, Match{one.ID, one.Inputs[0]})
		}
	}
	return passed(CheckConstraints, "the credentials are what was asked for", citesExchange)
}

// submission gives what came beside the presentation, else what stands in it (Embed Locations).
func (p *presenting) submission() []byte {
	if p.options.Submission != nil {
		return p.options.Submission
	}
	if raw, ok := vcdm.Lookup(p.document.Extra, "presentation_submission"); ok {
		return raw
	}
	all, err := ijson.Members(p.read.Payload, ijson.Limits{})
	if err != nil {
		return nil
	}
	return member(all, "presentation_submission")
}

// input is the presentation as paths see it: as it was sent, as its payload, as the document.
func (p *presenting) input() pex.Input {
	in := p.read.Input(p.format)
	in.Views = append([][]byte{in.Claims}, in.Views...)
	in.Claims = p.secured
	if !bytes.HasPrefix(p.secured, []byte{'{'}) {
		in.Claims = ijson.AppendString(nil, string(p.secured))
	}
	if len(p.document.Credentials) == 1 { // some count the only one, and write it without a list
		in.Views = append(in.Views, slices.Concat([]byte(`{"verifiableCredential":[`), p.document.Credentials[0], []byte(`]}`)))
	}
	return in
}

// openPart opens what a submission points at: the presentation, or one of the credentials in it. All were verified as
// what they are, whatever format is claimed; anything else is not looked at.
func (p *presenting) openPart(value []byte) (pex.Input, error) {
	if i := p.index(value); i >= 0 {
		return p.part(i), nil
	}
	if text, ok := ijson.String(value); ok && text == string(p.secured) {
		return p.read.Input(p.format), nil
	}
	if bytes.HasPrefix(p.secured, []byte{'{'}) {
		if same, err := ijson.Equal(value, p.secured); err == nil && same {
			return p.read.Input(p.format), nil
		}
	}
	return pex.Input{}, errElsewhere
}

// part is a credential of the presentation as definitions see it. Where nobody signed the presentation, nobody holds it.
func (p *presenting) part(i int) pex.Input {
	credential := p.inside[i]
	in := credential.secured.Input(credential.format)
	subjects := credential.subjects()
	in.Held = len(p.read.Signatures) > 0 && len(subjects) > 0 && len(subjects) == len(credential.credential.Subjects()) &&
		!slices.ContainsFunc(subjects, func(id string) bool { return id != p.report.Holder })
	return in
}

// index finds a credential by how it stands in the presentation, as JSON; -1: it does not.
func (p *presenting) index(value []byte) int {
	if p.places == nil {
		p.places = map[string]int{}
		for i := min(len(p.document.Credentials), len(p.inside)) - 1; i >= 0; i-- { // of two that are the same, the first
			if form, err := ijson.Canonical(p.document.Credentials[i]); err == nil {
				p.places[string(form)] = i
			}
		}
	}
	form, err := ijson.Canonical(value)
	if i, there := p.places[string(form)]; err == nil && there {
		return i
	}
	return -1
}

func faulty(code, reason string, err error) Check {
	check := failed(CheckConstraints, code, reason, citesExchange)
	if e, ok := errors.AsType[*pex.Error](err); ok {
		check.Reason, check.Pointer = reason+": "+e.Message, e.Pointer
		if e.Cites != "" {
			check.Cites += ", " + e.Cites
		}
	}
	return check
}

// unanswered tells all that stands against a submission. Pointers are into the definition, of submission-invalid into
// the submission.
func unanswered(report pex.Report) Check {
	var children []Check
	tell := func(name string, reasons []pex.Reason) {
		for _, reason := range reasons {
			code := "descriptor-unmet"
			switch reason.Code {
			case pex.ReasonDefinition, pex.ReasonDescriptor, pex.ReasonPath, pex.ReasonToken:
				code = "submission-invalid"
			}
			children = append(children, failed(name, code, reason.Message, citesExchange).at(reason.Pointer))
		}
	}
	for _, found := range report.Findings {
		tell(found.ID, found.Reasons)
	}
	tell("definition", report.Reasons)
	if len(children) == 0 {
		return failed(CheckConstraints, "descriptor-unmet", "the credentials are not what was asked for", citesExchange)
	}
	first := children[0]
	out := failed(CheckConstraints, first.Code, first.Reason, citesExchange).at(first.Pointer)
	out.Children = children
	return out
}
