package meeco

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/ijson"
)

// Further words for checks on this wire.
const (
	wordNonce       = "nonce"
	wordConstraints = "constraints"
)

// The codes of this wire for what is wrong with requests, ID tokens and answers.
const (
	requestInvalid     = "presentation_request_validation_failed"
	requestNotFound    = "presentation_request_not_found"
	requestUnreachable = "load_presentation_request_via_url_failed"
	responseInvalid    = "failed_to_validate_presentation_response"
	presentationNeeded = "vp_token_is_missing_for_presentation_request"
	badNonce           = "invalid_jwt_nonce"
	badThumbprint      = "invalid_jwt_sub_thumbprint"
)

// alwaysChecked runs on every token, whatever is asked for: an expiry that nobody looks at helps nobody.
var alwaysChecked = []string{wordFormat, wordSignature, wordExpiration}

// presentationVerified is [result] with those of the credentials inside.
type presentationVerified struct {
	result
	Credentials []credentialVerified `json:"credentials"`
}

type responseVerified struct {
	result
	Request credentialVerified   `json:"request"`
	IDToken result               `json:"id_token"`
	VPToken presentationVerified `json:"vp_token"`
}

// checksWanted is a list of checks in the options of a verification.
type checksWanted struct {
	Checks []string `json:"checks"`
}

// words gives the checks that run: those that always do, and of the optional ones those that are asked for, or all where
// nothing is.
func (c checksWanted) words(at string, always []string, optional ...string) ([]string, error) {
	words := slices.Clone(always)
	for i, word := range c.Checks {
		if !slices.Contains(always, word) && !slices.Contains(optional, word) {
			return nil, vc.Errorf(vc.Invalid, "unknown-check", "there is no check of this name").At(at + "/checks/" + strconv.Itoa(i))
		}
	}
	for _, word := range optional {
		if len(c.Checks) == 0 || slices.Contains(c.Checks, word) {
			words = append(words, word)
		}
	}
	return words, nil
}

// nothingSent is the result of a token that was not sent.
func nothingSent() result {
	return result{Checks: []string{}, Warnings: []remark{}, Errors: []remark{}}
}

// beside says that nobody asked for a check, or that there was nothing to check.
func beside(finding verifier.Check) bool {
	switch finding.Code {
	case verifier.CodeNotAsked, verifier.CodeNoCredentials, verifier.CodeNoSubject, verifier.CodeNoDefinition:
		return finding.Outcome == verifier.NotChecked
	}
	return false
}

// presentationResult is a presentation's report on this wire. Whether it is what was asked for is told of the answer as a
// whole.
func presentationResult(report *verifier.PresentationReport, words []string) presentationVerified {
	if report == nil {
		return presentationVerified{result: nothingSent(), Credentials: []credentialVerified{}}
	}
	out := presentationVerified{result: result{Checks: words}, Credentials: make([]credentialVerified, len(report.Credentials))}
	out.Warnings, out.Errors = sortChecks(report.Checks, func(top, finding verifier.Check) (string, bool) {
		if top.Name == verifier.CheckConstraints || beside(finding) {
			return "", false
		}
		return notVerified, top.Name == verifier.CheckValidity || finding.Outcome == verifier.Warning
	})
	for i, credential := range report.Credentials {
		out.Credentials[i] = credentialResult(credential, []string{wordFormat, wordSignature, wordExpiration, wordSchema, wordStatus})
	}
	return out
}

func idTokenResult(report *verifier.TokenReport, words []string) result {
	if report == nil {
		return nothingSent()
	}
	out := result{Checks: words}
	out.Warnings, out.Errors = sortChecks(report.Checks, func(top, finding verifier.Check) (string, bool) {
		switch {
		case beside(finding):
			return "", false
		case top.Name == verifier.CheckNonce:
			return badNonce, false
		case finding.Code == "sub-thumbprint":
			return badThumbprint, false
		}
		return notVerified, top.Name == verifier.CheckValidity || finding.Outcome == verifier.Warning
	})
	return out
}

func requestResult(report verifier.RequestReport, words []string) credentialVerified {
	id, _ := ijson.String(report.Request.Extra["jti"])
	out := credentialVerified{ID: id, result: result{Checks: words}}
	out.Warnings, out.Errors = sortChecks(report.Checks, func(top, finding verifier.Check) (string, bool) {
		switch {
		case beside(finding):
			return "", false
		case finding.Code == "request-not-found":
			return requestNotFound, false
		case finding.Code == "request-unreachable":
			return requestUnreachable, false
		case top.Name == verifier.CheckDefinition || top.Name == verifier.CheckEndpoint:
			return requestInvalid, false
		}
		return notVerified, top.Name == verifier.CheckValidity || finding.Outcome == verifier.Warning
	})
	return out
}

// requestChecks are the core's checks of a request that can be left out; on this wire none is.
var requestChecks = []string{verifier.CheckValidity, verifier.CheckDefinition}

func (d *Door) verifyRequest(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct {
		Request *struct {
			Signed *string `json:"signed_request_jwt"`
		} `json:"presentation_request"`
	}
	if err := decode(r, mediumBody, &in); err != nil {
		return err
	}
	switch {
	case in.Request == nil:
		return httpx.Missing("/presentation_request")
	case in.Request.Signed == nil:
		return httpx.Missing("/presentation_request/signed_request_jwt")
	}
	report, err := d.Presentations.CheckRequest(r.Context(), c.scope, []byte(*in.Request.Signed), verifier.RequestOptions{Checks: requestChecks})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, requestResult(report, alwaysChecked))
}

type responseOptions struct {
	checksWanted
	Request checksWanted `json:"request"`
	IDToken checksWanted `json:"id_token"`
	VPToken checksWanted `json:"vp_token"`
}

// responseWords are the checks of each part of an answer, in this wire's words.
type responseWords struct{ whole, request, idToken, vpToken []string }

func (o responseOptions) words() (out responseWords, err error) {
	const at = "/options"
	if out.whole, err = o.checksWanted.words(at, []string{wordFormat}, wordConstraints); err != nil {
		return out, err
	}
	if out.request, err = o.Request.words(at+"/request", alwaysChecked); err != nil {
		return out, err
	}
	if out.idToken, err = o.IDToken.words(at+"/id_token", alwaysChecked, wordNonce); err != nil {
		return out, err
	}
	out.vpToken, err = o.VPToken.words(at+"/vp_token", alwaysChecked, wordNonce, wordConstraints)
	if len(o.VPToken.Checks) == 0 { // what was asked for is judged of the whole answer
		out.vpToken = slices.DeleteFunc(out.vpToken, func(word string) bool { return word == wordConstraints })
	}
	return out, err
}

// core gives the core's names of the checks.
func (w responseWords) core() verifier.ResponseOptions {
	out := verifier.ResponseOptions{
		Request: requestChecks, IDToken: []string{verifier.CheckValidity},
		VPToken: []string{verifier.CheckValidity, verifier.CheckBinding},
	}
	if slices.Contains(w.idToken, wordNonce) {
		out.IDToken = append(out.IDToken, verifier.CheckNonce)
	}
	if slices.Contains(w.vpToken, wordNonce) {
		out.VPToken = append(out.VPToken, verifier.CheckNonce)
	}
	if slices.Contains(w.whole, wordConstraints) || slices.Contains(w.vpToken, wordConstraints) {
		out.VPToken = append(out.VPToken, verifier.CheckConstraints)
	}
	return out
}

// verifyResponse verifies an answer against its request.
func (d *Door) verifyResponse(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct {
		Response *struct {
			Request    *string        `json:"request_uri"`
			IDToken    string         `json:"id_token"`
			VPToken    string         `json:"vp_token"`
			Submission jsontext.Value `json:"presentation_submission"`
			State      string         `json:"state"`
		} `json:"presentation_request_response"`
		Options responseOptions `json:"options"`
	}
	if err := decode(r, tokenBody, &in); err != nil {
		return err
	}
	const at = "/presentation_request_response"
	switch {
	case in.Response == nil:
		return httpx.Missing(at)
	case in.Response.Request == nil:
		return httpx.Missing(at + "/request_uri")
	}
	words, err := in.Options.words()
	if err != nil {
		return err
	}
	given := verifier.Answer{IDToken: in.Response.IDToken, VPToken: in.Response.VPToken, State: in.Response.State}
	if !httpx.Absent(in.Response.Submission) {
		given.Submission = in.Response.Submission
	}
	report, err := d.Presentations.VerifyResponse(r.Context(), c.scope, *in.Response.Request, given, words.core())
	if err != nil {
		return httpx.Placed(err, map[string]string{"/requestURI": at + "/request_uri"})
	}
	return answer(w, http.StatusOK, responseResult(report, words))
}

func responseResult(report verifier.ResponseReport, words responseWords) responseVerified {
	out := responseVerified{
		result: result{Checks: words.whole}, Request: requestResult(report.Request, words.request),
		IDToken: idTokenResult(report.IDToken, words.idToken), VPToken: presentationResult(report.VPToken, words.vpToken),
	}
	checks := report.Checks
	if report.VPToken != nil {
		if constraints, ok := report.VPToken.Find(verifier.CheckConstraints); ok {
			checks = append(slices.Clone(checks), constraints)
		}
	}
	out.Warnings, out.Errors = sortChecks(checks, func(_, finding verifier.Check) (string, bool) {
		switch {
		case beside(finding):
			return "", false
		case finding.Code == verifier.CodeMissing:
			return presentationNeeded, false
		}
		return responseInvalid, finding.Outcome == verifier.Warning
	})
	return out
}
