// Package siop is what a verifier and a wallet say to each other: the request object and the ID token of Self-Issued
// OpenID Provider v2 (draft 13), with the parameters of OpenID for Verifiable Presentations that travel with them, and
// what clients of 2022 to 2024 still send.
//
//	Request ── EncodeRequest ──> payload, to be signed       payload ── ParseRequest ──> Request ── JudgeRequest ──> problems
//	IDToken ── EncodeIDToken ──> payload, to be signed       payload ── ParseIDToken ──> IDToken ── Judge ──> problems
//	token ── ReadRequest | ReadIDToken ──> the same, with the token's header and what its signature is over
//	      ── ReadUnsignedRequest | ReadUnsignedIDToken ──> the same of two parts, yet to be signed
//
// Nothing here verifies a signature or knows a clock: who verifies takes the key from [IDToken.Key], or from the
// document of [IDToken.DID], and passes the time.
package siop

import "fmt"

// Header types. RFC 9101 §10.8 gives a request object its own; SIOPv2 §7.2.3 itself still writes "JWT".
const (
	TypeRequest = "oauth-authz-req+jwt"
	TypeJWT     = "JWT"
)

// Response types (SIOPv2 §9, OpenID4VP draft 20 §5) and response modes (OAuth 2.0 Multiple Response Types §2.1,
// OpenID4VP draft 20 §6.2).
const (
	ResponseIDToken = "id_token"
	ResponseVPToken = "vp_token"
	ResponseBoth    = "vp_token id_token"

	ModeDirectPost    = "direct_post" // "post" in earlier drafts, and read as this
	ModeDirectPostJWT = "direct_post.jwt"
	ModeFragment      = "fragment"
	ModeQuery         = "query"
)

// Subject syntax types, SIOPv2 §8.
const (
	SyntaxThumbprint = "urn:ietf:params:oauth:jwk-thumbprint"
	SyntaxDID        = "did" // any method; "did:key" for one
)

// What stands for the wallet where its name is not known: as "aud" of a request (SIOPv2 §9.1), and as "iss" of an ID
// token before draft 8.
const (
	SelfIssued   = "https://self-issued.me/v2"
	SelfIssuedV1 = "https://self-issued.me"              // OpenID Connect Core 1.0 §7
	SelfIssuedVC = "https://self-issued.me/v2/openid-vc" // JWT VC Presentation Profile; Meeco
)

// thumbprintURI is the prefix of a thumbprint as URI, RFC 9278 §3.
const thumbprintURI = SyntaxThumbprint + ":sha-256:"

// Dialect is how an object is written; reading knows all and says which one it was.
type Dialect string

// The dialects. Early is that of SIOPv2 before draft 11 and of Meeco: "registration" for the client's metadata,
// "claims.vp_token" for the presentation definition with response type "id_token", mode "post", and "redirect_uri" for
// the place of the answer.
const (
	Current Dialect = ""
	Early   Dialect = "early"
)

// Error is why a payload or token was not read. Code is stable; Pointer (RFC 6901) is into the payload; Cites names the
// section. Message never holds a claim.
type Error struct {
	Code    string
	Pointer string
	Message string
	Cites   string
}

// The codes of [Error]. Errors of package jose are passed on as they are.
const (
	CodePayload  = "invalid-payload"    // no I-JSON object
	CodeClaim    = "invalid-claim"      // a claim is missing or of another form
	CodeConflict = "conflicting-claims" // two claims for one thing, and they disagree
	CodeType     = "invalid-type"       // the header's "typ" is that of another kind of token
	CodeSubject  = "invalid-subject"    // the subject is not the thumbprint of sub_jwk
)

func (e *Error) Error() string {
	if e.Pointer == "" {
		return fmt.Sprintf("siop: %s: %s", e.Code, e.Message)
	}
	return fmt.Sprintf("siop: %s at %q: %s", e.Code, e.Pointer, e.Message)
}

// Problem is what is wrong with a request or token that was read. Code is stable; Pointer (RFC 6901) is into its
// payload; Cites names the section. Message never holds a claim.
type Problem struct {
	Code    string
	Pointer string
	Message string
	Cites   string
}

// The codes of [Problem].
const (
	ProblemNonce       = "nonce"
	ProblemAudience    = "audience"
	ProblemExpired     = "expired"
	ProblemNotYetValid = "not-yet-valid"
	ProblemMissing     = "missing-claim" // a date that OpenID Connect Core requires
	ProblemThumbprint  = "subject-thumbprint"
	ProblemSyntax      = "subject-syntax"
	ProblemIssuer      = "issuer"
	ProblemState       = "state"
	ProblemEndpoint    = "endpoint"   // nowhere to answer to
	ProblemDefinition  = "definition" // presentations are asked for, and not which
)
