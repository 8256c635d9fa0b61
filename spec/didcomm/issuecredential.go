package didcomm

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Issue credential 2.0: RFC 0453.

// The types of issue-credential.
const (
	TypeProposeCredential Type = prefix + "issue-credential/2.0/propose-credential"
	TypeOfferCredential   Type = prefix + "issue-credential/2.0/offer-credential"
	TypeRequestCredential Type = prefix + "issue-credential/2.0/request-credential"
	TypeIssueCredential   Type = prefix + "issue-credential/2.0/issue-credential"
	TypeCredentialAck     Type = prefix + "issue-credential/2.0/ack"
	TypeCredentialProblem Type = prefix + "issue-credential/2.0/problem-report"
	TypeCredentialPreview Type = prefix + "issue-credential/2.0/credential-preview"
)

// ProblemIssuanceAbandoned is the code by which either side ends an issuance.
const ProblemIssuanceAbandoned = "issuance-abandoned"

// The formats of attachments, by step. Those of issue-credential that a document has no place for are listed so that they
// can be refused by name.
const (
	FormatLDProofDetail = "aries/ld-proof-vc-detail@v1.0" // propose, offer, request: RFC 0593
	FormatLDProof       = "aries/ld-proof-vc@v1.0"        // issue

	FormatAnonCredsFilter     = "anoncreds/credential-filter@v1.0"
	FormatAnonCredsOffer      = "anoncreds/credential-offer@v1.0"
	FormatAnonCredsRequest    = "anoncreds/credential-request@v1.0"
	FormatAnonCredsCredential = "anoncreds/credential@v1.0"
	FormatIndyFilter          = "hlindy/cred-filter@v2.0"
	FormatIndyOffer           = "hlindy/cred-abstract@v2.0"
	FormatIndyRequest         = "hlindy/cred-req@v2.0"
	FormatIndyCredential      = "hlindy/cred@v2.0"
	FormatVCDI                = "didcomm/w3c-di-vc@v0.1" // propose and issue
	FormatVCDIOffer           = "didcomm/w3c-di-vc-offer@v0.1"
	FormatVCDIRequest         = "didcomm/w3c-di-vc-request@v0.1"
)

// ProposeCredential is a holder's wish.
type ProposeCredential struct {
	Header
	GoalCode string             `json:"goal_code,omitzero"`
	Comment  string             `json:"comment,omitzero"`
	Preview  *CredentialPreview `json:"credential_preview,omitzero"`
	Formats  []Format           `json:"formats"`
	Filters  []Attachment       `json:"filters~attach"`
}

// OfferCredential is an issuer's offer, the answer to a proposal or the beginning.
type OfferCredential struct {
	Header
	GoalCode      string             `json:"goal_code,omitzero"`
	ReplacementID string             `json:"replacement_id,omitzero"`
	Comment       string             `json:"comment,omitzero"`
	Preview       *CredentialPreview `json:"credential_preview,omitzero"`
	Formats       []Format           `json:"formats"`
	Offers        []Attachment       `json:"offers~attach"`
}

// RequestCredential is a holder's request, the answer to an offer or, where the format allows, the beginning.
type RequestCredential struct {
	Header
	GoalCode string       `json:"goal_code,omitzero"`
	Comment  string       `json:"comment,omitzero"`
	Formats  []Format     `json:"formats"`
	Requests []Attachment `json:"requests~attach"`
}

// IssueCredential brings the credential.
type IssueCredential struct {
	Header
	GoalCode      string       `json:"goal_code,omitzero"`
	ReplacementID string       `json:"replacement_id,omitzero"`
	Comment       string       `json:"comment,omitzero"`
	Formats       []Format     `json:"formats"`
	Credentials   []Attachment `json:"credentials~attach"`
}

// CredentialPreview shows people what is offered. It binds nobody.
type CredentialPreview struct {
	Type       Type               `json:"@type"`
	Attributes []PreviewAttribute `json:"attributes"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// PreviewAttribute is a claim of a preview. A value of another media type than text is in base64url.
type PreviewAttribute struct {
	Name     string `json:"name"`
	MimeType string `json:"mime-type,omitzero"`
	Value    string `json:"value"`

	Extra map[string]jsontext.Value `json:",embed"`
}

func newIssueCredential(key string) Message {
	switch key {
	case "issue-credential/2/propose-credential":
		return &ProposeCredential{}
	case "issue-credential/2/offer-credential":
		return &OfferCredential{}
	case "issue-credential/2/request-credential":
		return &RequestCredential{}
	case "issue-credential/2/issue-credential":
		return &IssueCredential{}
	}
	return nil
}

func (m *ProposeCredential) check() error {
	if err := m.Preview.check(); err != nil {
		return err
	}
	return checkFormats(m.Formats, m.Filters, "filters~attach")
}

func (m *OfferCredential) check() error {
	if err := m.Preview.check(); err != nil {
		return err
	}
	return checkSome(m.Formats, m.Offers, "offers~attach")
}

func (m *RequestCredential) check() error {
	return checkSome(m.Formats, m.Requests, "requests~attach")
}

func (m *IssueCredential) check() error {
	if err := needsThread(&m.Header); err != nil {
		return err
	}
	return checkSome(m.Formats, m.Credentials, "credentials~attach")
}

// checkSome demands one format at least.
func checkSome(formats []Format, attachments []Attachment, member string) error {
	if len(formats) == 0 {
		return missing("/formats", "a format is expected")
	}
	return checkFormats(formats, attachments, member)
}

func (p *CredentialPreview) check() error {
	if p == nil {
		return nil
	}
	if len(p.Attributes) > maxList {
		return missing("/credential_preview/attributes", "too many")
	}
	for i, a := range p.Attributes {
		if a.Name == "" {
			return missing("/credential_preview/attributes/"+strconv.Itoa(i)+"/name", "a name is expected")
		}
	}
	return nil
}

// Attachment gives the attachment of a format.
func (m *ProposeCredential) Attachment(format string) (Attachment, bool) {
	return find(m.Formats, m.Filters, format)
}

// Attachment gives the attachment of a format.
func (m *OfferCredential) Attachment(format string) (Attachment, bool) {
	return find(m.Formats, m.Offers, format)
}

// Attachment gives the attachment of a format.
func (m *RequestCredential) Attachment(format string) (Attachment, bool) {
	return find(m.Formats, m.Requests, format)
}

// Attachment gives the attachment of a format.
func (m *IssueCredential) Attachment(format string) (Attachment, bool) {
	return find(m.Formats, m.Credentials, format)
}
