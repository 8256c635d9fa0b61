package siop

import (
	"slices"
	"strings"
	"time"
)

// Request is an authorization request as a request object carries it. Raw members are JSON, and parts of what was read,
// not copies. Zero fields are left out. Dates are whole seconds when written.
type Request struct {
	Dialect Dialect

	ClientID     string // REQUIRED
	ResponseType string // REQUIRED: ResponseIDToken, ResponseVPToken or ResponseBoth
	ResponseMode string // "": fragment, OAuth 2.0 Multiple Response Types §5
	ResponseURI  string // where the answer is posted to: ModeDirectPost, ModeDirectPostJWT
	RedirectURI  string // where the user agent is sent with the answer: the other modes
	Scope        string
	Nonce        string // REQUIRED
	State        string
	IDTokenType  string

	Issuer    string
	Audience  []string
	IssuedAt  time.Time
	NotBefore time.Time
	Expires   time.Time

	Client    *ClientMetadata
	ClientURI string // client_metadata_uri, in place of Client

	Definition    []byte // presentation_definition: an object
	DefinitionURI string // in place of Definition

	Extra map[string][]byte // further members by name
}

// ClientMetadata is what a verifier says of itself, SIOPv2 §7.3.
type ClientMetadata struct {
	Name         string
	Purpose      string // client_purpose: JWT VC Presentation Profile
	LogoURI      string
	SubjectTypes []string          // subject_syntax_types_supported
	VPFormats    []byte            // vp_formats: an object
	Extra        map[string][]byte // further members by name
}

// WantsIDToken says whether the answer has an ID token.
func (r Request) WantsIDToken() bool {
	return slices.Contains(strings.Fields(r.ResponseType), ResponseIDToken)
}

// WantsPresentation says whether the answer has presentations.
func (r Request) WantsPresentation() bool {
	return slices.Contains(strings.Fields(r.ResponseType), ResponseVPToken)
}

// Posted says whether the answer is posted to the verifier: OpenID4VP draft 20 §6.2, SIOPv2 §9.2.
func (r Request) Posted() bool {
	return r.ResponseMode == ModeDirectPost || r.ResponseMode == ModeDirectPostJWT
}

// Endpoint is where the answer goes: ResponseURI or RedirectURI.
func (r Request) Endpoint() string {
	if r.ResponseURI != "" {
		return r.ResponseURI
	}
	return r.RedirectURI
}
