package verifier

import (
	"context"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// The names of the checks of a whole answer, beside those of its parts.
const (
	CheckPresentation = "presentation" // there is one where the request asks for one
	CheckState        = "state"        // the answer's is the request's
)

// CodeMissing is that of [CheckPresentation] where the request asks for credentials and none came.
const CodeMissing = "vp-token-missing"

// ResponseOptions narrow the verification of an answer: each list has names of checks, none: all. Of the ID token and
// the presentation, nonce and validity can be left out, of the presentation constraints too.
type ResponseOptions struct {
	Request []string
	IDToken []string
	VPToken []string
	At      time.Time // validity is judged at this time; zero: now
}

// ResponseReport is an answer against the request it answers. A part that was not sent is nil. Whether the presentation
// has what the request asks for is its check constraints.
type ResponseReport struct {
	Outcome Outcome
	Request RequestReport
	IDToken *TokenReport
	VPToken *PresentationReport
	Checks  []Check
}

// Find gives the check of that name at the top of the tree.
func (r ResponseReport) Find(name string) (Check, bool) { return find(r.Checks, name) }

// expected is what an answer must fit.
type expected struct {
	audience   []string
	nonce      string
	state      string
	subjects   []string // subject syntax types
	definition []byte
}

// VerifyResponse verifies an answer against the request at requestURI: a URL, of this server or another, or the request
// object itself. Where the request cannot be had its check reads "not checked", and nothing that it asks for is. Errors
// are those of [Service.VerifyPresentation], and Invalid "request-malformed" for what is no URL and no request object.
func (d *Desk) VerifyResponse(ctx context.Context, scope vc.Scope, requestURI string, a Answer, o ResponseOptions) (ResponseReport, error) {
	var (
		report ResponseReport
		want   expected
	)
	if err := d.Verifier.mayVerify(ctx, scope); err != nil {
		return report, err
	}
	object, err := d.RequestAt(ctx, requestURI)
	switch kind := vc.KindOf(err); {
	case err == nil:
		if report.Request, err = d.CheckRequest(ctx, scope, object, RequestOptions{Checks: o.Request, At: o.At}); err != nil {
			return report, err
		}
		want = expectedBy(report.Request)
	case kind == vc.NotFound:
		report.Request.Checks = []Check{notChecked(CheckFormat, "request-not-found", "there is no such request", "")}
	case kind == vc.Unavailable || kind == vc.Denied:
		report.Request.Checks = []Check{notChecked(CheckFormat, "request-unreachable", "the request could not be fetched", "")}
	default:
		return report, err
	}
	report.Request.Outcome = settle(report.Request.Checks)
	if err := d.examine(ctx, scope, want, a, o, &report); err != nil {
		return ResponseReport{}, err
	}
	report.Outcome = together(report.Outcome, report.Request.Outcome)
	return report, nil
}

func expectedBy(request RequestReport) expected {
	r := request.Request
	want := expected{nonce: r.Nonce, state: r.State, definition: request.Definition}
	for _, audience := range []string{r.ClientID, r.Endpoint()} {
		if audience != "" {
			want.audience = append(want.audience, audience)
		}
	}
	if r.Client != nil {
		want.subjects = r.Client.SubjectTypes
	}
	return want
}

// examine verifies the parts of an answer and whether they belong together; report.Outcome is theirs. Who asks was looked
// at before.
func (d *Desk) examine(ctx context.Context, scope vc.Scope, want expected, a Answer, o ResponseOptions, report *ResponseReport) error {
	submission := a.Submission
	outcomes := []Outcome{}
	if a.IDToken != "" {
		token, err := d.Verifier.verifyIDToken(ctx, scope, []byte(a.IDToken), TokenOptions{
			Audience: want.audience, Nonce: asked(o.IDToken, CheckNonce, want.nonce), State: want.state,
			SubjectTypes: want.subjects, Checks: o.IDToken, At: o.At,
		})
		if err != nil {
			return err
		}
		if report.IDToken = &token; submission == nil {
			submission = token.Submission
		}
		outcomes = append(outcomes, token.Outcome)
	}
	if a.VPToken != "" {
		options := PresentationOptions{
			Audience: want.audience, Nonce: asked(o.VPToken, CheckNonce, want.nonce), Checks: o.VPToken, At: o.At,
		}
		if want.definition != nil {
			options.Definition, options.Submission = want.definition, submission
		}
		presentation, err := d.Verifier.verifyPresentation(ctx, scope, []byte(a.VPToken), options)
		if err != nil {
			return err
		}
		report.VPToken = &presentation
		outcomes = append(outcomes, presentation.Outcome)
	}
	report.Checks = whole(want, a, *report)
	report.Outcome = together(append(outcomes, settle(report.Checks))...)
	return nil
}

// asked is an expectation, "" when a list of checks leaves its check out.
func asked(checks []string, name, value string) string {
	if len(checks) > 0 && !slices.Contains(checks, name) {
		return ""
	}
	return value
}

// whole judges an answer as a whole: SIOPv2 §11.1, OpenID4VP draft 20 §6.
func whole(want expected, a Answer, report ResponseReport) []Check {
	const cites = "OpenID4VP draft 20 §6"
	checks := []Check{passed(CheckPresentation, "what was asked for is there", cites)}
	if want.definition != nil && a.VPToken == "" {
		checks[0] = failed(CheckPresentation, CodeMissing, "the request asks for credentials, and there is no presentation", cites).at("/vpToken")
	}
	if a.State != "" && want.state != "" {
		check := passed(CheckState, "the request's state", "RFC 6749 §4.1.2")
		if a.State != want.state {
			check = failed(CheckState, "state-mismatch", "not the request's state", "RFC 6749 §4.1.2").at("/state")
		}
		checks = append(checks, check)
	}
	if report.IDToken != nil && report.VPToken != nil {
		check := passed(CheckHolder, "who answers is who presents", cites)
		if report.IDToken.Subject != report.VPToken.Holder {
			check.Outcome, check.Code = Warning, "holder-not-subject"
			check.Reason = "the ID token and the presentation are of different subjects; both answer this request"
		}
		checks = append(checks, check)
	}
	return checks
}

// together is the outcome of several.
func together(outcomes ...Outcome) Outcome {
	switch {
	case slices.Contains(outcomes, Failed):
		return Failed
	case slices.Contains(outcomes, Indeterminate):
		return Indeterminate
	}
	return Passed
}
