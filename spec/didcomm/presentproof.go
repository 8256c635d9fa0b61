package didcomm

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// Present proof 2.0: RFC 0454, with DIF presentation exchange: RFC 0510.

// The types of present-proof.
const (
	TypeProposePresentation Type = prefix + "present-proof/2.0/propose-presentation"
	TypeRequestPresentation Type = prefix + "present-proof/2.0/request-presentation"
	TypePresentation        Type = prefix + "present-proof/2.0/presentation"
	TypePresentationAck     Type = prefix + "present-proof/2.0/ack"
	TypePresentationProblem Type = prefix + "present-proof/2.0/problem-report"
)

// ProblemPresentationAbandoned is the code by which either side ends an exchange.
const ProblemPresentationAbandoned = "abandoned"

// The formats of attachments.
const (
	FormatDIFDefinition = "dif/presentation-exchange/definitions@v1.0" // propose and request
	FormatDIFSubmission = "dif/presentation-exchange/submission@v1.0"  // presentation

	FormatAnonCredsProofRequest = "anoncreds/proof-request@v1.0"
	FormatAnonCredsProof        = "anoncreds/proof@v1.0"
	FormatIndyProofRequest      = "hlindy/proof-req@v2.0"
	FormatIndyProof             = "hlindy/proof@v2.0"
)

// ProposePresentation is a prover's wish.
type ProposePresentation struct {
	Header
	GoalCode  string       `json:"goal_code,omitzero"`
	Comment   string       `json:"comment,omitzero"`
	Formats   []Format     `json:"formats"`
	Proposals []Attachment `json:"proposals~attach"`
}

// RequestPresentation is a verifier's request. Where WillConfirm is true the verifier ends the exchange with an ack.
type RequestPresentation struct {
	Header
	GoalCode        string       `json:"goal_code,omitzero"`
	Comment         string       `json:"comment,omitzero"`
	WillConfirm     *bool        `json:"will_confirm,omitzero"`
	PresentMultiple *bool        `json:"present_multiple,omitzero"`
	Formats         []Format     `json:"formats"`
	Requests        []Attachment `json:"request_presentations~attach"`
}

// Presentation is the prover's answer.
type Presentation struct {
	Header
	GoalCode         string       `json:"goal_code,omitzero"`
	Comment          string       `json:"comment,omitzero"`
	LastPresentation *bool        `json:"last_presentation,omitzero"`
	Formats          []Format     `json:"formats"`
	Presentations    []Attachment `json:"presentations~attach"`
}

func newPresentProof(key string) Message {
	switch key {
	case "present-proof/2/propose-presentation":
		return &ProposePresentation{}
	case "present-proof/2/request-presentation":
		return &RequestPresentation{}
	case "present-proof/2/presentation":
		return &Presentation{}
	}
	return nil
}

func (m *ProposePresentation) check() error {
	return checkFormats(m.Formats, m.Proposals, "proposals~attach")
}

func (m *RequestPresentation) check() error {
	return checkSome(m.Formats, m.Requests, "request_presentations~attach")
}

func (m *Presentation) check() error {
	if err := needsThread(&m.Header); err != nil {
		return err
	}
	return checkSome(m.Formats, m.Presentations, "presentations~attach")
}

// Attachment gives the attachment of a format.
func (m *ProposePresentation) Attachment(format string) (Attachment, bool) {
	return find(m.Formats, m.Proposals, format)
}

// Attachment gives the attachment of a format.
func (m *RequestPresentation) Attachment(format string) (Attachment, bool) {
	return find(m.Formats, m.Requests, format)
}

// Attachment gives the attachment of a format.
func (m *Presentation) Attachment(format string) (Attachment, bool) {
	return find(m.Formats, m.Presentations, format)
}

// DIFRequest is the content of [FormatDIFDefinition]. Definition is for package pex.
type DIFRequest struct {
	Options    *DIFOptions    `json:"options,omitzero"`
	Definition jsontext.Value `json:"presentation_definition"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// DIFOptions bind a presentation. ACA-Py does not repeat Domain in its proofs.
type DIFOptions struct {
	Challenge string `json:"challenge,omitzero"`
	Domain    string `json:"domain,omitzero"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// ParseDIFRequest reads the content of an attachment: a request, or the input descriptors alone, which a proposal may
// have. It fails with an *Error (CodeAttachment) whose pointer is into content.
func ParseDIFRequest(content []byte) (DIFRequest, error) {
	var request DIFRequest
	if err := ijson.Check(content, ijson.Limits{Depth: MaxDepth, Bytes: MaxMessage}); err != nil {
		return request, fromJSON(CodeAttachment, err)
	}
	if err := json.Unmarshal(content, &request); err != nil {
		return request, fromJSON(CodeAttachment, err)
	}
	if request.Definition == nil && request.Extra["input_descriptors"] != nil {
		return DIFRequest{Options: request.Options, Definition: content}, nil
	}
	return request, request.check()
}

// Encode writes the request.
func (r DIFRequest) Encode() ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	return json.Marshal(r, json.Deterministic(true))
}

func (r DIFRequest) check() error {
	if r.Definition.Kind() != '{' {
		return badAttachment("/presentation_definition", "a presentation definition is expected")
	}
	return nil
}
