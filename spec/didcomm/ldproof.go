package didcomm

import (
	"cmp"
	"net/url"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/ijson"
)

// The JSON-LD formats of issue-credential: RFC 0593.

// LDProofDetail is the content of [FormatLDProofDetail]: the credential to be, and how it will be secured.
type LDProofDetail struct {
	Credential jsontext.Value `json:"credential"`
	Options    LDProofOptions `json:"options"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// LDProofOptions are what the proof will say. A holder compares each that is set with the proof that comes: Credo wants
// ProofPurpose to be among them, and refuses Created, Domain and Challenge; ACA-Py wants CredentialStatus to be there
// where the credential has a status.
type LDProofOptions struct {
	ProofType        string         `json:"proofType"`
	ProofPurpose     string         `json:"proofPurpose,omitzero"`
	Created          string         `json:"created,omitzero"`
	Domain           string         `json:"domain,omitzero"`
	Challenge        string         `json:"challenge,omitzero"`
	CredentialStatus *LDProofStatus `json:"credentialStatus,omitzero"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// LDProofStatus names the type of the credential's status.
type LDProofStatus struct {
	Type string `json:"type"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// ParseLDProofDetail reads the content of an attachment. It fails with an *Error (CodeAttachment) whose pointer is into
// content.
func ParseLDProofDetail(content []byte) (LDProofDetail, error) {
	var detail LDProofDetail
	if err := ijson.Check(content, ijson.Limits{Depth: MaxDepth, Bytes: MaxMessage}); err != nil {
		return detail, fromJSON(CodeAttachment, err)
	}
	if err := json.Unmarshal(content, &detail); err != nil {
		return detail, fromJSON(CodeAttachment, err)
	}
	return detail, detail.check()
}

// Encode writes the detail.
func (d LDProofDetail) Encode() ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	return json.Marshal(d, json.Deterministic(true))
}

func (d LDProofDetail) check() error {
	if d.Credential.Kind() != '{' {
		return badAttachment("/credential", "a credential is expected")
	}
	if d.Options.ProofType == "" {
		return badAttachment("/options/proofType", "a type of proofs is expected")
	}
	return nil
}

// FitsOffer says why a request is not the offer's: they must be equal, but for credentialSubject.id, a URI that a holder
// adds to be bound. It fails with an *Error (CodeMismatch).
func (d LDProofDetail) FitsOffer(offer LDProofDetail) error {
	mine, theirs, err := pair(d.Credential, offer.Credential)
	if err != nil {
		return err
	}
	subject, ok := mine["credentialSubject"].(map[string]any)
	offered, oks := theirs["credentialSubject"].(map[string]any)
	if ok && oks {
		id, binds := subject["id"]
		if _, bound := offered["id"]; !bound && binds {
			if !isURI(id) {
				return &Error{Code: CodeMismatch, Pointer: "/credential/credentialSubject/id", Message: "the request is for a subject that has no URI"}
			}
			delete(subject, "id")
		}
	}
	if !reflect.DeepEqual(mine, theirs) {
		return &Error{Code: CodeMismatch, Pointer: "/credential", Message: "the request is for another credential than was offered"}
	}
	if !sameOptions(d.Options, offer.Options) {
		return &Error{Code: CodeMismatch, Pointer: "/options", Message: "the request has other options than were offered"}
	}
	return nil
}

// isURI says whether a value can be the id of a subject: VC Data Model 1.1 §4.2.
func isURI(id any) bool {
	text, ok := id.(string)
	if strings.HasPrefix(text, "did:") {
		_, err := diddoc.ParseURL(text)
		return err == nil
	}
	u, err := url.Parse(text)
	return ok && err == nil && u.IsAbs()
}

// sameOptions lets a holder leave out what it does not care for, and add nothing.
func sameOptions(request, offer LDProofOptions) bool {
	same := func(mine, theirs string) bool { return mine == "" || mine == theirs }
	if request.CredentialStatus != nil && (offer.CredentialStatus == nil || request.CredentialStatus.Type != offer.CredentialStatus.Type) {
		return false
	}
	return request.ProofType == offer.ProofType && same(request.ProofPurpose, offer.ProofPurpose) &&
		same(request.Created, offer.Created) && same(request.Domain, offer.Domain) && same(request.Challenge, offer.Challenge)
}

// FitsRequest says why a credential that was issued is not the one requested, as holders judge it: without its proof
// equal to the request's, and with a proof as the options say. It fails with an *Error (CodeMismatch). The proof is not
// verified.
func (d LDProofDetail) FitsRequest(issued []byte) error {
	mine, theirs, err := pair(issued, d.Credential)
	if err != nil {
		return err
	}
	proof, ok := mine["proof"].(map[string]any)
	if !ok {
		return &Error{Code: CodeMismatch, Pointer: "/proof", Message: "one proof is expected"}
	}
	delete(mine, "proof")
	if !reflect.DeepEqual(mine, theirs) {
		return &Error{Code: CodeMismatch, Message: "the credential is another than was requested"}
	}
	// A Data Integrity proof is named by its cryptosuite.
	if proof["type"] != d.Options.ProofType && proof["cryptosuite"] != d.Options.ProofType {
		return &Error{Code: CodeMismatch, Pointer: "/proof/type", Message: "the proof is not as the options say"}
	}
	for _, want := range [...][2]string{
		{"proofPurpose", cmp.Or(d.Options.ProofPurpose, "assertionMethod")},
		{"created", d.Options.Created},
		{"domain", d.Options.Domain},
		{"challenge", d.Options.Challenge},
	} {
		if want[1] != "" && proof[want[0]] != want[1] {
			return &Error{Code: CodeMismatch, Pointer: "/proof/" + want[0], Message: "the proof is not as the options say"}
		}
	}
	return nil
}

func pair(a, b []byte) (left, right map[string]any, err error) {
	if left, err = object(a); err == nil {
		right, err = object(b)
	}
	return left, right, err
}

// object reads a JSON object so that equal ones are deeply equal: numbers by their value, as RFC 8785 has them.
func object(raw []byte) (map[string]any, error) {
	fault := &Error{Code: CodeMismatch, Message: "no credential"}
	canonical, err := ijson.Canonical(raw)
	if err != nil {
		return nil, fault
	}
	value, err := ijson.Decode(canonical, ijson.Limits{})
	if err != nil {
		return nil, fault
	}
	members, ok := value.(map[string]any)
	if !ok {
		return nil, fault
	}
	return members, nil
}
