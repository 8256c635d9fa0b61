package didcomm

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Report problem 1.0: RFC 0035, and acks: RFC 0015. Every protocol has types of its own for them; these are of none.

// The types of problem reports and acks that are about no protocol. ACA-Py and Credo know the second name of a report only.
const (
	TypeProblemReport       Type = prefix + "report-problem/1.0/problem-report"
	TypeNotificationProblem Type = prefix + "notification/1.0/problem-report"
	TypeAck                 Type = prefix + "notification/1.0/ack"
)

// ProblemReport says what went wrong in its thread. DID Exchange and connections had a code and a text of their own. A report
// for a peer that is not known has Description alone: Credo refuses the words of RFC 0035 for WhoRetries, Impact and Where,
// which it wants in upper case.
type ProblemReport struct {
	Header
	Description   Description         `json:"description,omitzero"`
	Comment       string              `json:"comment,omitzero"`
	ProblemCode   string              `json:"problem-code,omitzero"`
	Explain       string              `json:"explain,omitzero"`
	ProblemItems  []map[string]string `json:"problem_items,omitzero"`
	WhoRetries    string              `json:"who_retries,omitzero"`
	FixHint       map[string]string   `json:"fix_hint,omitzero"`
	Impact        string              `json:"impact,omitzero"`
	Where         string              `json:"where,omitzero"`
	NoticedTime   string              `json:"noticed_time,omitzero"`
	TrackingURI   string              `json:"tracking_uri,omitzero"`
	EscalationURI string              `json:"escalation_uri,omitzero"`
}

// Description is text by language, and the code of the problem under "code". Some agents send one text alone, which is
// read as English.
type Description map[string]string

// UnmarshalJSON reads an object of strings, or a string. What is no string in the object is left out: a report is to be
// understood as far as it can be.
func (d *Description) UnmarshalJSON(raw []byte) error {
	*d = nil
	if jsontext.Value(raw).Kind() == '"' {
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return err
		}
		*d = Description{"en": text}
		return nil
	}
	var members map[string]jsontext.Value
	if err := json.Unmarshal(raw, &members); err != nil {
		return err
	}
	if members == nil {
		return nil
	}
	*d = Description{}
	for name, value := range members {
		var text string
		if json.Unmarshal(value, &text) == nil && value.Kind() == '"' {
			(*d)[name] = text
		}
	}
	return nil
}

// Code is the symbolic name of the problem; "" where the report has none.
func (m *ProblemReport) Code() string {
	if code := m.Description["code"]; code != "" {
		return code
	}
	return m.ProblemCode
}

// Text is what the report says to people, in English if it can be.
func (m *ProblemReport) Text() string {
	if text := m.Description["en"]; text != "" {
		return text
	}
	best := ""
	for language, text := range m.Description {
		if language != "code" && (best == "" || language < best) && text != "" {
			best = language
		}
	}
	switch {
	case best != "":
		return m.Description[best]
	case m.Explain != "":
		return m.Explain
	}
	return m.Comment
}

// NewProblemReport answers a message whose protocol has problem reports of type t with a code and an English text.
func NewProblemReport(to Message, t Type, id, code, text string) *ProblemReport {
	return &ProblemReport{Header: to.Head().Reply(t, id), Description: Description{"code": code, "en": text}}
}

// The values of Ack.Status: RFC 0015.
const (
	AckOK      = "OK"
	AckPending = "PENDING"
	AckFail    = "FAIL"
)

// Ack says that a message was taken. No Status counts as OK: some protocols' acks have none.
type Ack struct {
	Header
	Status string `json:"status,omitzero"`
}

func (m *Ack) check() error { return needsThread(&m.Header) }
