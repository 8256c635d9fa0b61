package siop

import (
	"errors"
	"time"

	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
)

// IDToken is a self-issued ID token, SIOPv2 §11. Raw members are JSON, and parts of what was read, not copies. Zero
// fields are left out. Dates are whole seconds when written.
type IDToken struct {
	Issuer     string // REQUIRED: Subject, or for clients before draft 8 one of the SelfIssued URLs
	Subject    string // REQUIRED: a DID, or the thumbprint of SubjectJWK
	SubjectJWK []byte // sub_jwk: an object
	Audience   []string
	Nonce      string
	State      string // no claim of any draft; some clients send it
	IssuedAt   time.Time
	NotBefore  time.Time
	Expires    time.Time

	// Submission is the presentation_submission, which early clients put into "_vp_token"; later ones send it beside the
	// token.
	Submission []byte

	Extra map[string][]byte // further claims by name
}

// ParseIDToken reads the payload of an ID token, in either dialect. It fails with an *Error: CodePayload; CodeClaim where
// iss or sub is missing or a claim has another form; CodeConflict. What else a token must have, [Judge] says.
func ParseIDToken(payload []byte) (IDToken, error) {
	members, claims, err := open(payload)
	if err != nil {
		return IDToken{}, err
	}
	t := IDToken{
		Issuer: claims.Issuer, Subject: claims.Subject, Audience: claims.Audience, Nonce: claims.Nonce,
		IssuedAt: claims.IssuedAt, NotBefore: claims.NotBefore, Expires: claims.Expires,
	}
	for _, m := range members {
		if err := t.member(m); err != nil {
			return IDToken{}, err
		}
	}
	switch {
	case t.Issuer == "":
		return IDToken{}, &Error{CodeClaim, "/iss", "the claim is missing", "SIOPv2 §11"}
	case t.Subject == "":
		return IDToken{}, &Error{CodeClaim, "/sub", "the claim is missing", "SIOPv2 §11"}
	}
	return t, nil
}

func (t *IDToken) member(m ijson.Member) error {
	switch m.Name {
	case "iss", "sub", "aud", "iat", "nbf", "exp", "nonce":
		return nil
	case "sub_jwk":
		return object(m, "", &t.SubjectJWK)
	case "state":
		return text(m, &t.State)
	case "presentation_submission":
		return object(m, "", &t.Submission)
	case "_vp_token":
		submission, rest, err := split(m, "presentation_submission")
		if err != nil {
			return err
		}
		if rest != nil {
			keep(&t.Extra, m.Name, rest)
		}
		if submission == nil {
			return nil
		}
		return object(ijson.Member{Name: "presentation_submission", Value: submission}, "/_vp_token", &t.Submission)
	}
	keep(&t.Extra, m.Name, m.Value)
	return nil
}

// DID is the token's subject where it is a DID: the key is the one of its document that the header's "kid" names (SIOPv2
// §11.1), whatever sub_jwk says. "" for another subject.
func (t IDToken) DID() string {
	if _, err := diddoc.ParseDID(t.Subject); err != nil {
		return ""
	}
	return t.Subject
}

// Key is the key that must have signed a token whose subject is a thumbprint: that of sub_jwk, when the subject is its
// SHA-256 thumbprint (RFC 7638), plain or as URI (RFC 9278). It fails with an *Error (CodeSubject) for any other token.
func (t IDToken) Key() (jose.PublicKey, error) {
	fault := &Error{CodeSubject, "/sub_jwk", "the claim is missing", "SIOPv2 §11"}
	if t.SubjectJWK == nil {
		return jose.PublicKey{}, fault
	}
	key, err := jose.ParseJWK(t.SubjectJWK)
	if err != nil {
		fault.Message = "no key that is supported"
		if inner := (*jose.Error)(nil); errors.As(err, &inner) {
			fault.Pointer, fault.Message = "/sub_jwk"+inner.Pointer, inner.Message
		}
		return jose.PublicKey{}, fault
	}
	if thumbprint := key.Thumbprint(); t.Subject != thumbprint && t.Subject != thumbprintURI+thumbprint {
		return jose.PublicKey{}, &Error{CodeSubject, "/sub", "not the thumbprint of sub_jwk", "SIOPv2 §11.1"}
	}
	return key, nil
}
