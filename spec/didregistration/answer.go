package didregistration

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Answer is what a registrar says: §3.2. Of its members those of didState or didUrlState, whichever it has.
type Answer struct {
	Job         string // "" where it has none
	State       string
	Action      string
	DID         string
	URL         string // of a resource
	Reason      string
	Description string
	Signing     []SigningRequest // in the order of their names
	AsList      bool             // they stood in a list, and are answered in one
	Document    []byte           // JSON; nil: none
}

// SigningRequest asks for a signature by a verification method over a payload.
type SigningRequest struct {
	Name    string // "signingRequest0"
	Kid     string
	Alg     string
	Payload []byte
}

// Error is why an answer cannot be read.
type Error struct {
	Message string
	Pointer string // RFC 6901, into the answer
}

func (e *Error) Error() string { return "didregistration: " + e.Pointer + ": " + e.Message }

type state struct {
	State       string         `json:"state"`
	Action      string         `json:"action"`
	DID         string         `json:"did"`
	URL         string         `json:"didUrl"`
	Reason      string         `json:"reason"`
	Description string         `json:"description"`
	Signing     jsontext.Value `json:"signingRequest"`
	Document    jsontext.Value `json:"didDocument"`
}

type request struct {
	Kid     string `json:"kid"`
	Method  string `json:"verificationMethodId"` // in its place, before the specification had kid
	Alg     string `json:"alg"`
	Payload string `json:"serializedPayload"`
}

// maxRequests is how many signing requests are read.
const maxRequests = 256

// ParseAnswer reads an answer. Members that are not known are passed over; null is as good as nothing. Signing requests are
// read as an object by name, which the specification has, and as a list; payloads in either base64, padded or not. It fails with
// an *Error.
func ParseAnswer(raw []byte) (Answer, error) {
	var body struct {
		Job *string `json:"jobId"`
		DID *state  `json:"didState"`
		URL *state  `json:"didUrlState"`
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return Answer{}, &Error{Message: "the answer is no registrar's"}
	}
	s, at := body.DID, "/didState"
	if s == nil {
		s, at = body.URL, "/didUrlState"
	}
	if s == nil || body.DID != nil && body.URL != nil {
		return Answer{}, &Error{Message: "the answer has no state, or two"}
	}
	if s.State == "" {
		return Answer{}, &Error{Message: "the state has no name", Pointer: at + "/state"}
	}
	a := Answer{
		State: s.State, Action: s.Action, DID: s.DID, URL: s.URL, Reason: s.Reason, Description: s.Description,
	}
	if body.Job != nil {
		a.Job = *body.Job
	}
	if s.Document.Kind() == '{' {
		a.Document = s.Document
	}
	if err := a.read(s.Signing); err != nil {
		return Answer{}, &Error{Message: err.Error(), Pointer: at + "/signingRequest"}
	}
	return a, nil
}

// fault is an error's text.
type fault string

func (f fault) Error() string { return string(f) }

// read reads the signing requests.
func (a *Answer) read(value jsontext.Value) error {
	named := map[string]request{}
	switch value.Kind() {
	case '{':
		if json.Unmarshal(value, &named) != nil {
			return fault("a signing request has kid, alg and serializedPayload")
		}
	case '[':
		var list []request
		if json.Unmarshal(value, &list) != nil {
			return fault("a signing request has kid, alg and serializedPayload")
		}
		a.AsList = true
		for i, one := range list {
			named[numbered(i)] = one
		}
	case 0, 'n':
	default:
		return fault("signing requests are an object or a list")
	}
	if len(named) > maxRequests {
		return fault("there are too many signing requests")
	}
	for name, one := range named {
		payload, err := unbase64(one.Payload)
		if err != nil {
			return fault("a payload is not base64")
		}
		a.Signing = append(a.Signing, SigningRequest{Name: name, Kid: cmp.Or(one.Kid, one.Method), Alg: one.Alg, Payload: payload})
	}
	slices.SortFunc(a.Signing, func(x, y SigningRequest) int {
		return cmp.Or(cmp.Compare(len(x.Name), len(y.Name)), strings.Compare(x.Name, y.Name)) // 2 before 10
	})
	return nil
}

func numbered(n int) string { return "signingRequest" + strconv.Itoa(n) }

// unbase64 takes either alphabet, padded or not.
func unbase64(text string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "=")))
}
