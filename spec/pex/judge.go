package pex

import "github.com/chancery-vc/chancery/spec/ijson"

// maxEffort bounds the filters that are tried on one input, over all descriptors; see Filter.effort.
const maxEffort = 2048

// subject is an input, decoded.
type subject struct {
	Input
	views   []any
	broken  bool
	schemas map[string]bool // made when asked for
	effort  int             // of filters so far
}

func look(in Input) *subject {
	s := &subject{Input: in}
	for _, raw := range append([][]byte{in.Claims}, in.Views...) {
		value, err := ijson.Decode(raw, ijson.Limits{})
		s.broken = s.broken || err != nil
		s.views = append(s.views, value)
	}
	return s
}

// judge says why an input does not answer a descriptor, the first reason found; nil: it does.
func (d *Definition) judge(i int, s *subject) *Reason {
	asked, at := d.Descriptors[i], place("", "input_descriptors", i)
	switch {
	case s.broken || i >= MaxDescriptors:
		return &Reason{ReasonClaims, at, "the claims are not JSON"}
	case !d.taken(asked, s.Input):
		return &Reason{ReasonFormat, at + "/format", "the format, or what secures it, is not asked for"}
	case !s.meets(asked.Schema):
		return &Reason{ReasonSchema, at + "/schema", "the credential has not the schema that is asked for"}
	}
	at += "/constraints"
	for k, one := range asked.Constraints.Holders {
		if one.Directive == LimitRequired && !s.Held {
			return &Reason{ReasonHolder, place(at, "is_holder", k), "the credential is not about who presents it"}
		}
	}
	w := &walk{left: maxVisits}
	for k, f := range asked.Constraints.Fields {
		code := f.judge(s, w)
		here := place(at, "fields", k)
		switch {
		case w.spent():
			return &Reason{ReasonClaims, here + "/path", "looking for this field costs too much"}
		case code == ReasonMissing:
			return &Reason{code, here + "/path", "the credential has no such value"}
		case code != "":
			return &Reason{code, here + "/filter", "the value does not pass the filter"}
		}
	}
	switch limit := asked.Constraints.LimitDisclosure; {
	case limit == "" || limit == LimitPreferred || s.Selective:
		return nil
	case limit == LimitRequired && s.limited(asked.Constraints.Fields, w):
		return nil
	}
	return &Reason{ReasonDisclosure, at + "/limit_disclosure", "more would be shown than the fields that are asked for"}
}

// judge looks for the field's value. Of each path the first match counts, in each view; a match that does not pass
// the filter sends to the next (Input Evaluation). An optional field may be missing, but what is there must pass:
// the definition of "optional" says MUST, and so prevails over the evaluation's laxer words.
func (f Field) judge(s *subject, w *walk) string {
	code := ReasonMissing
	for _, path := range f.Paths {
		for _, view := range s.views {
			value, ok := w.first(path, view)
			if !ok {
				continue
			}
			if s.effort += f.Filter.effort(value); s.effort > maxEffort {
				w.left = 0
				return ""
			}
			if f.Filter.passes(value) {
				return ""
			}
			code = ReasonFilter
		}
	}
	if f.Optional && code == ReasonMissing {
		return ""
	}
	return code
}
