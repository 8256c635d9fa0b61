package siop

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Judge says what is wrong with an ID token as answer to a request, at a time, by SIOPv2 §11.1. It says nothing of the
// signature, nor of whether the nonce was answered before: the caller knows. None where all is well.
//
// ProblemMissing at /exp is a token that never expires, as Meeco's are: who lets it pass bounds it by its iat.
func Judge(token IDToken, request Request, now time.Time, leeway time.Duration) []Problem {
	const cites = "SIOPv2 §11.1"
	var all []Problem
	add := func(code, pointer, message, cites string) { all = append(all, Problem{code, pointer, message, cites}) }
	if token.Issuer != token.Subject && token.Issuer != SelfIssued && token.Issuer != SelfIssuedV1 && token.Issuer != SelfIssuedVC {
		add(ProblemIssuer, "/iss", "the token is not self-issued", cites+", 1")
	}
	if request.ClientID == "" || !slices.Contains(token.Audience, request.ClientID) {
		add(ProblemAudience, "/aud", "the token is not for the client", cites+", 2")
	}
	if !speaks(request, token) {
		add(ProblemSyntax, "/sub", "no subject that was asked for", "SIOPv2 §8")
	}
	if token.DID() == "" {
		if _, err := token.Key(); err != nil {
			place := "/sub"
			if fault := (*Error)(nil); errors.As(err, &fault) {
				place = fault.Pointer
			}
			add(ProblemThumbprint, place, "the subject is not the thumbprint of its key", cites+", 5")
		}
	}
	if request.Nonce == "" || token.Nonce != request.Nonce {
		add(ProblemNonce, "/nonce", "not the request's nonce", cites+", 7")
	}
	if token.State != "" && token.State != request.State {
		add(ProblemState, "/state", "not the request's state", "RFC 6749 §4.1.2")
	}
	if token.Expires.IsZero() {
		add(ProblemMissing, "/exp", "the token never expires", "OpenID Connect Core 1.0 §2")
	}
	if token.IssuedAt.IsZero() {
		add(ProblemMissing, "/iat", "the token does not say when it was issued", "OpenID Connect Core 1.0 §2")
	}
	return append(all, dates(token.IssuedAt, token.NotBefore, token.Expires, now, leeway, cites+", 6")...)
}

// JudgeRequest says what is wrong with a request, at a time. It does not look at "aud": a request for any wallet may have
// none, and whether it is for this one (SIOPv2 §9.1) the wallet knows.
func JudgeRequest(request Request, now time.Time, leeway time.Duration) []Problem {
	var all []Problem
	if request.Issuer != "" && request.Issuer != request.ClientID {
		all = append(all, Problem{ProblemIssuer, "/iss", "not the client", "OpenID Connect Core 1.0 §6.1"})
	}
	if request.Nonce == "" {
		all = append(all, Problem{ProblemNonce, "/nonce", "the request has no nonce", "SIOPv2 §9"})
	}
	if !request.reachable() {
		place := "/redirect_uri"
		if request.Posted() && request.WantsPresentation() && request.Dialect == Current {
			place = "/response_uri"
		}
		all = append(all, Problem{ProblemEndpoint, place, "no URI that an answer can be sent to", "OpenID Connect Core 1.0 §3.1.2.1"})
	}
	if request.WantsPresentation() && !request.defined() {
		all = append(all, Problem{ProblemDefinition, "/presentation_definition", "the request does not say what to present", "OpenID4VP draft 20 §5"})
	}
	return append(all, dates(request.IssuedAt, request.NotBefore, request.Expires, now, leeway, "RFC 7519 §4.1")...)
}

// dates: a time that is there is kept to.
func dates(issued, notBefore, expires, now time.Time, leeway time.Duration, cites string) []Problem {
	var all []Problem
	if !expires.IsZero() && !now.Before(expires.Add(leeway)) {
		all = append(all, Problem{ProblemExpired, "/exp", "the time is over", cites})
	}
	if issued.After(now.Add(leeway)) {
		all = append(all, Problem{ProblemNotYetValid, "/iat", "issued in the future", cites})
	}
	if notBefore.After(now.Add(leeway)) {
		all = append(all, Problem{ProblemNotYetValid, "/nbf", "the time has not come", "RFC 7519 §4.1.5"})
	}
	return all
}

// reachable: an absolute URI without a fragment; one that can be posted to where the answer is posted.
func (r Request) reachable() bool {
	place, err := url.Parse(r.Endpoint())
	if err != nil || !place.IsAbs() || strings.Contains(r.Endpoint(), "#") {
		return false
	}
	web := place.Scheme == "https" || place.Scheme == "http"
	return web && place.Host != "" || !web && !r.Posted()
}

// defined says whether the request says what to present: by a definition, a DCQL query, or a scope that stands for one
// (OpenID4VP draft 20 §5.3).
func (r Request) defined() bool {
	named := slices.ContainsFunc(strings.Fields(r.Scope), func(scope string) bool { return scope != "openid" })
	return r.Definition != nil || r.DefinitionURI != "" || r.Extra["dcql_query"] != nil || named
}

// speaks says whether the token's subject is of a type that the client takes, SIOPv2 §8. A client that names none takes
// any.
func speaks(request Request, token IDToken) bool {
	if request.Client == nil || len(request.Client.SubjectTypes) == 0 {
		return true
	}
	did := token.DID()
	return slices.ContainsFunc(request.Client.SubjectTypes, func(syntax string) bool {
		syntax = strings.TrimSuffix(syntax, ":") // as drafts before 6 wrote "did:key:"
		if did == "" {
			return syntax == SyntaxThumbprint || syntax == "jkt"
		}
		return syntax == SyntaxDID || strings.HasPrefix(syntax, "did:") && strings.HasPrefix(did, syntax+":")
	})
}
