package verifier

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/pex"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// verdict is what [Desk.Receive] notes of an answer: Result of one that verified, Errors of one that did not.
type verdict struct {
	Result *result `json:"result,omitempty"`
	Errors []fault `json:"errors,omitempty"`
}

type result struct {
	Holder      string      `json:"holder"`
	Credentials []presented `json:"credentials"`
	Matches     []matched   `json:"matches"`
}

type presented struct {
	Types   []string       `json:"type"`
	Issuer  string         `json:"issuer"`
	Subject jsontext.Value `json:"credentialSubject,omitempty"`
}

type matched struct {
	Descriptor string `json:"descriptor"`
	Credential int    `json:"credential"`
}

// fault is a check that stands against an answer.
type fault struct {
	Check   string `json:"check"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// outcome is what who asked is told.
type outcome struct {
	State  string  `json:"state"`
	Status string  `json:"verification_status"`
	Result *result `json:"result,omitempty"`
	Errors []fault `json:"errors,omitempty"`
}

// told gives the progress of a request with what its asker is told.
func told(request vc.PresentationRequest, status string, v verdict) (Progress, error) {
	raw, err := json.Marshal(outcome{State: request.State, Status: status, Result: v.Result, Errors: v.Errors})
	return Progress{Status: status, Result: raw, Request: request}, err
}

// shown is what of a good presentation is told: of a credential that answers a descriptor which limits disclosure only
// what its fields ask for.
func shown(request vc.PresentationRequest, report PresentationReport) (*result, error) {
	out := &result{Holder: report.Holder, Credentials: []presented{}, Matches: []matched{}}
	limits := map[int][]pex.Field{}
	if definition, err := pex.Parse(request.Definition); err == nil {
		limits = limited(definition, report.Matches)
	}
	for i, credential := range report.Credentials {
		members, err := vcdm.Members(credential.Credential)
		if err != nil {
			return nil, err
		}
		raw, _ := vcdm.Lookup(members, "credentialSubject")
		subject := jsontext.Value(raw)
		if fields, ok := limits[i]; ok {
			if subject, err = disclosed(subject, fields); err != nil {
				return nil, err
			}
		}
		out.Credentials = append(out.Credentials, presented{credential.Types, credential.Issuer, subject})
	}
	for _, match := range report.Matches {
		out.Matches = append(out.Matches, matched(match))
	}
	return out, nil
}

// limited gives the fields that may be told of each credential which only answers descriptors that limit disclosure.
func limited(definition *pex.Definition, matches []Match) map[int][]pex.Field {
	limits, whole := map[int][]pex.Field{}, map[int]bool{}
	for _, match := range matches {
		at := slices.IndexFunc(definition.Descriptors, func(one pex.Descriptor) bool { return one.ID == match.Descriptor })
		if at < 0 {
			continue
		}
		constraints := definition.Descriptors[at].Constraints
		if constraints.LimitDisclosure == "" {
			whole[match.Credential] = true
		}
		limits[match.Credential] = append(limits[match.Credential], constraints.Fields...)
	}
	for i := range whole {
		delete(limits, i)
	}
	return limits
}

// disclosed gives of a subject its id and what fields name by plain paths: $.credentialSubject.a.b.
func disclosed(subject jsontext.Value, fields []pex.Field) (jsontext.Value, error) {
	named := &part{}
	named.add([]string{"id"})
	for _, field := range fields {
		for _, path := range field.Paths {
			text := strings.TrimPrefix(strings.TrimPrefix(path.String(), "$"), ".vc")
			rest, below := strings.CutPrefix(text, ".credentialSubject.")
			switch {
			case text == ".credentialSubject":
				named.add(nil)
			case below && !strings.ContainsAny(rest, "[]*?@()'\" "):
				named.add(strings.Split(rest, "."))
			}
		}
	}
	return named.of(subject)
}

// part is which members of a value are told: it whole, or some of its members.
type part struct {
	whole   bool
	members map[string]*part
}

func (p *part) add(path []string) {
	if len(path) == 0 {
		p.whole = true
		return
	}
	if p.members == nil {
		p.members = map[string]*part{}
	}
	if p.members[path[0]] == nil {
		p.members[path[0]] = &part{}
	}
	p.members[path[0]].add(path[1:])
}

// of gives the part of a value; nil: it has none.
func (p *part) of(value jsontext.Value) (jsontext.Value, error) {
	if p.whole || value == nil {
		return value, nil
	}
	if value.Kind() != '{' { // of several subjects nobody was asked for
		return nil, nil
	}
	var all map[string]jsontext.Value
	if err := json.Unmarshal(value, &all); err != nil {
		return nil, err
	}
	told := map[string]jsontext.Value{}
	for name, inner := range p.members {
		some, err := inner.of(all[name])
		if err != nil {
			return nil, err
		}
		if some != nil {
			told[name] = some
		}
	}
	if len(told) == 0 {
		return nil, nil
	}
	return json.Marshal(told, json.Deterministic(true))
}
