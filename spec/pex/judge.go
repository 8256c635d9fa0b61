package pex

import (
	"slices"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// subject is an input, decoded.
type subject struct {
	Input
	views   []any
	broken  bool
	schemas map[string]bool // made when asked for
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
	w := &walk{left: maxVisits}
	for k, f := range asked.Constraints.Fields {
		code := f.judge(s.views, w)
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
func (f Field) judge(views []any, w *walk) string {
	code := ReasonMissing
	for _, path := range f.Paths {
		for _, view := range views {
			value, ok := w.first(path, view)
			if !ok {
				continue
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

// canonical gives a format's one name: OpenID4VP and IETF drafts renamed some.
func canonical(format string) string {
	switch format {
	case "jwt_vc_json", "jwt_vc_json-ld":
		return "jwt_vc"
	case "jwt_vp_json", "jwt_vp_json-ld":
		return "jwt_vp"
	case "dc+sd-jwt":
		return "vc+sd-jwt"
	}
	return format
}

// carried gives the format of the credentials that a presentation's format stands for, "" for another format.
func carried(format string) string {
	switch canonical(format) {
	case "jwt_vp":
		return "jwt_vc"
	case "ldp_vp":
		return "ldp_vc"
	case "di_vp":
		return "di_vc"
	}
	return ""
}

// taken says whether the descriptor takes the input's format and what secures it. A definition's format that names
// presentations alone takes the credentials of their kind, secured anyhow.
func (d *Definition) taken(asked Descriptor, in Input) bool {
	formats := asked.Format
	if len(formats) == 0 {
		formats = d.Format
	}
	credentials, kind := false, false
	for name, format := range formats {
		if canonical(name) == canonical(in.Format) && format.allows(in.Algs) {
			return true
		}
		kind = kind || carried(name) == canonical(in.Format) && in.Format != ""
		credentials = credentials || carried(name) == ""
	}
	return len(formats) == 0 || !credentials && kind
}

// presents says whether the definition takes a presentation's format and what secures it: any, where it names none.
func (d *Definition) presents(in Input) bool {
	some := false
	for name, format := range d.Format {
		if canonical(name) == canonical(in.Format) && format.allows(in.Algs) {
			return true
		}
		some = some || carried(name) != ""
	}
	return !some
}

// allows says whether each list names one of what secures an input.
func (f Format) allows(algs []string) bool {
	for _, list := range f {
		if !slices.ContainsFunc(algs, func(alg string) bool { return slices.Contains(list, alg) }) {
			return false
		}
	}
	return true
}

// meets says whether the input has what PE 1.0 asks for: one of the schemas, and each that is required.
func (s *subject) meets(asked []Schema) bool {
	some := len(asked) == 0
	for _, one := range asked {
		has := s.has(one.URI)
		if one.Required && !has {
			return false
		}
		some = some || has
	}
	return some
}

// vocabulary is where VCDM 1.1's own types are, when written as full names.
const vocabulary = "https://www.w3.org/2018/credentials#"

func (s *subject) has(uri string) bool {
	if s.schemas == nil {
		s.schemas = map[string]bool{}
		for _, one := range s.Schemas {
			s.schemas[one] = true
		}
		for _, view := range s.views {
			s.collect(view)
			if object, ok := view.(map[string]any); ok {
				s.collect(object["vc"])
			}
		}
	}
	return s.schemas[uri]
}

func (s *subject) collect(credential any) {
	object, _ := credential.(map[string]any)
	for _, name := range []string{"credentialSchema", "type", "@context"} {
		values, many := object[name].([]any)
		if !many {
			values = []any{object[name]}
		}
		for _, value := range values {
			if schema, ok := value.(map[string]any); ok && name == "credentialSchema" {
				value = schema["id"]
			}
			if text, ok := value.(string); ok {
				s.schemas[text] = true
				if name == "type" && text == "VerifiableCredential" {
					s.schemas[vocabulary+text] = true
				}
			}
		}
	}
}

// limited says whether one view of the claims shows nothing about the subject but what the fields select.
func (s *subject) limited(fields []Field, w *walk) bool {
	for _, view := range s.views {
		asked := map[string]bool{}
		w.locate, w.found = true, func(_ any, at string) bool {
			asked[at] = true
			return true
		}
		for _, f := range fields {
			for _, path := range f.Paths {
				if path.text != "" {
					w.visit(view, path.steps, "")
				}
			}
		}
		object, _ := view.(map[string]any)
		if !w.spent() && claimsWithin(object, asked) {
			return true
		}
	}
	return false
}

// claimsWithin looks at what a credential or a token tells: credentialSubject but for the subject's id and type, or,
// where there is none, the members that say nothing about the token.
func claimsWithin(object map[string]any, asked map[string]bool) bool {
	at, told := "", any(object)
	if vc, ok := object["vc"].(map[string]any); ok {
		object, at = vc, "/vc"
	}
	plain := []string{"id", "type", "@type"}
	if subject, ok := object["credentialSubject"]; ok {
		at, told = at+"/credentialSubject", subject
	} else {
		at, plain = "", []string{
			"iss", "sub", "aud", "iat", "nbf", "exp", "jti", "nonce", "cnf", "vct", "vct#integrity", "status", "_sd_alg",
		}
	}
	return object != nil && (asked[""] || strings.HasPrefix(at, "/vc/") && asked["/vc"] || within(told, at, asked, plain))
}

func within(value any, at string, asked map[string]bool, plain []string) bool {
	if asked[at] {
		return true
	}
	switch value := value.(type) {
	case map[string]any:
		for name, child := range value {
			if !slices.Contains(plain, name) && !within(child, at+"/"+ijson.Token(name), asked, nil) {
				return false
			}
		}
	case []any: // several subjects are each a subject
		for i, child := range value {
			if !within(child, at+"/"+strconv.Itoa(i), asked, plain) {
				return false
			}
		}
	default:
		return false
	}
	return true
}
