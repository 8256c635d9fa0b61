package siop

import (
	"time"

	"github.com/chancery-vc/chancery/spec/jose"
)

// IDToken is a self-issued ID token, SIOPv2 §11. Raw members are JSON, and parts of what was read, not copies. Zero
// fields are left out. Dates are whole seconds when written.
type IDToken struct {
	Issuer     string // REQUIRED: Subject, or for clients before draft 7 one of the SelfIssued URLs
	Subject    string // REQUIRED: a DID, or the thumbprint of SubjectJWK
	SubjectJWK []byte // sub_jwk: an object
	Audience   []string
	Nonce      string
	State      string // no claim of any draft; some clients send it
	IssuedAt   time.Time
	NotBefore  time.Time
	Expires    time.Time

	// Submission is the presentation_submission as drafts before OpenID4VP 11 put it into "_vp_token"; later ones send it
	// beside the token.
	Submission []byte

	Extra map[string][]byte // further claims by name
}

// DID is the DID that is the token's subject, whose document has the key; "" for another subject.
func (t IDToken) DID() string { return "" }

// Key is the key that must have signed a token whose subject is a thumbprint.
func (t IDToken) Key() (jose.PublicKey, error) { return jose.PublicKey{}, nil }
