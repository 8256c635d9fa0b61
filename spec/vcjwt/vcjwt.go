// Package vcjwt maps credentials and presentations to JWT payloads and back: VCDM 1.1 §6.3.1 (vc and vp claims) and
// VC-JOSE-COSE §3.1 (the payload is the document itself).
//
//	credential ── Encode11 | Encode20 ──> payload, to be signed
//	payload ── Decode ──> credential and version; ReadClaims ──> when the token itself is valid
//
// Nothing here knows a clock: who verifies a vc+jwt compares the token's own dates ([ReadClaims]) apart from the
// credential's.
package vcjwt

import (
	"time"

	"github.com/chancery-vc/chancery/spec/vcdm"
)

// Header types, content types and media types.
const (
	TypeJWT             = "JWT"    // typ, VCDM 1.1 §6.3.1
	TypeCredential      = "vc+jwt" // typ, VC-JOSE-COSE §3.1.1
	TypePresentation    = "vp+jwt" // typ, VC-JOSE-COSE §3.1.2
	ContentCredential   = "vc"     // cty, VC-JOSE-COSE §3.1.1
	ContentPresentation = "vp"     // cty, VC-JOSE-COSE §3.1.2
	MediaCredential     = "application/vc+jwt"
	MediaPresentation   = "application/vp+jwt"
	MediaJWT            = "application/jwt"
	MediaObject         = "application/ld+json" // of an object that stands for a JWT: VCDM 1.1 §6.2

	// ProofObject is the type of the proof of an object that stands for a JWT: did-jwt-vc and those who lean on it keep
	// credentials so.
	ProofObject = "JwtProof2020"
)

const (
	cites11 = "VCDM 1.1 §6.3.1"
	cites20 = "VC-JOSE-COSE §3.1"
)

// Error says what does not fit. Pointer (RFC 6901) is into the document that was given; Cites names the section.
type Error struct {
	Pointer string
	Message string
	Cites   string
}

// Error gives the message with its place.
func (e *Error) Error() string {
	if e.Pointer == "" {
		return "vcjwt: " + e.Message
	}
	return "vcjwt: " + e.Pointer + ": " + e.Message
}

// Claims are a token's registered claims, RFC 7519 §4.1. Writing looks at Audience, Nonce and the dates only; the
// rest comes from the document. Zero fields are left out. Dates are whole seconds when written.
type Claims struct {
	Issuer    string
	Subject   string
	ID        string
	Audience  []string
	Nonce     string
	IssuedAt  time.Time
	NotBefore time.Time
	Expires   time.Time
}

// Decode gives the credential of a payload of either kind. Errors are *Error or *vcdm.Error.
func Decode(payload []byte) (credential []byte, version vcdm.Version, err error) {
	credential, version, _, err = Read(payload)
	return credential, version, err
}

// Read gives what [Decode] and [ReadClaims] give, in one reading.
func Read(payload []byte) (credential []byte, version vcdm.Version, claims Claims, err error) {
	all, err := vcdm.Members(payload)
	if err != nil {
		return nil, "", Claims{}, err
	}
	if _, old := vcdm.Lookup(all, "vc"); old {
		credential, claims, err = decode11(all)
		return credential, vcdm.V11, claims, err
	}
	credential, claims, err = decode20(payload, all)
	return credential, vcdm.V20, claims, err
}

// Decode11 rebuilds a VCDM 1.1 credential from a payload with a vc claim. Registered claims fill what vc leaves out;
// where both speak they must agree. Errors are *Error or *vcdm.Error.
func Decode11(payload []byte) ([]byte, error) {
	all, err := vcdm.Members(payload)
	if err != nil {
		return nil, err
	}
	credential, _, err := decode11(all)
	return credential, err
}

// Decode20 gives the VCDM 2.0 credential of a payload without the token's own claims. Errors are *Error or *vcdm.Error.
func Decode20(payload []byte) ([]byte, error) {
	all, err := vcdm.Members(payload)
	if err != nil {
		return nil, err
	}
	credential, _, err := decode20(payload, all)
	return credential, err
}
