package vcdm

import "encoding/json"

// Presentation is a verifiable presentation, VCDM 2.0 §4.13. Credentials are objects, or strings (1.1 JWTs).
type Presentation struct {
	Version     Version
	Context     []json.RawMessage
	ID          string
	Types       []string
	Holder      Issuer
	Credentials []json.RawMessage
	Extra       []Member
	Proof       json.RawMessage

	shape shape
}

// ParsePresentation reads a presentation; see [Parse].
func ParsePresentation(raw []byte) (*Presentation, error) { return nil, &Error{Message: "not built"} }

// ValidatePresentation checks a presentation and the credentials embedded in it as objects. None: nil.
func ValidatePresentation(p *Presentation) []Problem { return nil }

// EncodePresentation writes compact JSON; see [Encode].
func EncodePresentation(p *Presentation) ([]byte, error) { return nil, &Error{Message: "not built"} }
