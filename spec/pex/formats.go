package pex

import "slices"

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
