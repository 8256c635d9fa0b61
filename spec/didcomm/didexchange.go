package didcomm

import (
	"strings"

	"github.com/chancery-vc/chancery/spec/diddoc"
)

// DID Exchange 1.0 and 1.1: RFC 0023.

// The types of DID Exchange. Answers take the version of the request: see [Type.Answer].
const (
	TypeDIDRequest  Type = prefix + "didexchange/1.1/request"
	TypeDIDResponse Type = prefix + "didexchange/1.1/response"
	TypeDIDComplete Type = prefix + "didexchange/1.1/complete"
	TypeDIDProblem  Type = prefix + "didexchange/1.1/problem_report"

	// Credo knows this name alone, ACA-Py and the RFC the other.
	TypeDIDProblemCredo Type = prefix + "didexchange/1.1/problem-report"
)

// The codes of DID Exchange's problem reports.
const (
	ProblemInvitationNotAccepted = "invitation_not_accepted"
	ProblemRequestNotAccepted    = "request_not_accepted"
	ProblemRequestProcessing     = "request_processing_error"
	ProblemResponseNotAccepted   = "response_not_accepted"
	ProblemResponseProcessing    = "response_processing_error"
	ProblemCompleteNotAccepted   = "complete_not_accepted"
)

// DIDRequest asks for a connection, in the parent thread of an invitation or of the DID it was found by. DID may be
// unqualified (base58 of 16 bytes), with a signed document.
type DIDRequest struct {
	Header
	Label    string      `json:"label,omitzero"`
	GoalCode string      `json:"goal_code,omitzero"`
	Goal     string      `json:"goal,omitzero"`
	DID      string      `json:"did"`
	DIDDoc   *Attachment `json:"did_doc~attach,omitzero"`
}

// DIDResponse answers a request with the responder's DID for this connection: with its signed document (1.0, and did:peer:1),
// or with the DID itself signed by a key of the invitation (1.1).
type DIDResponse struct {
	Header
	DID       string      `json:"did"`
	DIDDoc    *Attachment `json:"did_doc~attach,omitzero"`
	DIDRotate *Attachment `json:"did_rotate~attach,omitzero"`
}

// DIDComplete ends the exchange.
type DIDComplete struct {
	Header
}

func newDIDExchange(key string) Message {
	switch key {
	case "didexchange/1/request":
		return &DIDRequest{}
	case "didexchange/1/response":
		return &DIDResponse{}
	case "didexchange/1/complete":
		return &DIDComplete{}
	}
	return nil
}

func (m *DIDRequest) check() error { return checkPeerDID(m.DID) }

func (m *DIDResponse) check() error {
	if err := needsThread(&m.Header); err != nil {
		return err
	}
	return checkPeerDID(m.DID)
}

func (m *DIDComplete) check() error { return needsThread(&m.Header) }

func checkPeerDID(did string) error {
	if !strings.HasPrefix(did, "did:") {
		did = "did:sov:" + did
	}
	if _, err := diddoc.ParseDID(did); err != nil {
		return missing("/did", "a DID is expected")
	}
	return nil
}

// SignedDocument gives the document of the request, signed by a key that the document must have: the caller checks that,
// for the document alone says which keys are its. It fails as [Attachment.Verify] does.
func (m *DIDRequest) SignedDocument() (document []byte, signers []Verkey, err error) {
	return signedDocument(m.DIDDoc)
}

// SignedDocument gives the document of the response and the keys that signed it, of which one must be the invitation's.
func (m *DIDResponse) SignedDocument() (document []byte, signers []Verkey, err error) {
	return signedDocument(m.DIDDoc)
}

func signedDocument(a *Attachment) ([]byte, []Verkey, error) {
	if a == nil {
		return nil, nil, badAttachment("/did_doc~0attach", "no document")
	}
	document, signers, err := a.Verify()
	if err != nil {
		return nil, nil, at("/did_doc~0attach", err)
	}
	return document, signers, nil
}

// VerifyRotate checks that a key of the invitation signed the response's DID. It fails with an *Error (CodeSignature), or
// CodeAttachment where there is no such attachment.
func (m *DIDResponse) VerifyRotate(invitation ...Verkey) error {
	if m.DIDRotate == nil {
		return badAttachment("/did_rotate~0attach", "the DID is not signed")
	}
	content, err := m.DIDRotate.SignedBy(invitation...)
	if err != nil {
		return at("/did_rotate~0attach", err)
	}
	if string(content) != m.DID {
		return &Error{Code: CodeSignature, Pointer: "/did_rotate~0attach", Message: "another DID is signed"}
	}
	return nil
}

// RotateAttachment is the did_rotate~attach of a DID, to be signed with [Attachment.Sign] by a key of the invitation.
func RotateAttachment(id, did string) *Attachment {
	a := Base64Attachment(id, "text/string", []byte(did))
	return &a
}

// DocumentAttachment is the did_doc~attach of a document, to be signed.
func DocumentAttachment(id string, document []byte) *Attachment {
	a := Base64Attachment(id, "application/json", document)
	return &a
}
