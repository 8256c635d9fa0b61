package verifier

import (
	"context"
	"net/url"
	"slices"
	"strings"
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

// examine verifies the parts of an answer and whether they belong together; report.Outcome is theirs.
func (d *Desk) examine(ctx context.Context, scope vc.Scope, want expected, a Answer, o ResponseOptions, report *ResponseReport) error {
	submission := a.Submission
	outcomes := []Outcome{}
	if a.IDToken != "" {
		token, err := d.Verifier.VerifyIDToken(ctx, scope, []byte(a.IDToken), TokenOptions{
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
		presentation, err := d.Verifier.VerifyPresentation(ctx, scope, []byte(a.VPToken), options)
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

// prove fails with Conflict "submission-not-verified" unless a submission is a good answer to its request.
func (d *Desk) prove(ctx context.Context, request vc.PresentationRequest, view SubmissionView) error {
	want := expected{audience: request.Audience, nonce: request.Nonce, state: request.State, definition: request.Definition}
	var report ResponseReport
	if err := d.examine(ctx, request.Scope, want, view.Answer, ResponseOptions{At: view.Submission.CreatedAt}, &report); err != nil {
		return err
	}
	faults := against(report.Checks)
	if report.IDToken != nil {
		faults = append(faults, against(report.IDToken.Checks)...)
	}
	if report.VPToken != nil {
		faults = append(faults, against(report.VPToken.Checks)...)
		for _, credential := range report.VPToken.Credentials {
			faults = append(faults, against(credential.Checks)...)
		}
	}
	if len(faults) == 0 {
		return nil
	}
	e := vc.Errorf(vc.Conflict, "submission-not-verified", "the verification of the submission found %d faults", len(faults))
	e.Details = append([]vc.Finding{{Code: e.Code, Message: e.Message}}, faults...)
	return e
}

// against gives what stands against a submission: what failed or could not be checked, but for what its verifier weighs.
func against(checks []Check) []vc.Finding {
	var faults []vc.Finding
	for _, check := range checks {
		switch check.Name {
		case CheckValidity, CheckSchema, CheckStatus:
			continue
		}
		if check.Outcome == Failed || check.Outcome == NotChecked && !slices.Contains(nothing, check.Code) {
			faults = append(faults, vc.Finding{Code: check.Code, Message: check.Reason, Cites: check.Cites})
		}
	}
	return faults
}

// CheckRequest verifies a request object as its receiver does. Definitions of this server are read, others fetched.
func (d *Desk) CheckRequest(ctx context.Context, scope vc.Scope, object []byte, o RequestOptions) (RequestReport, error) {
	o.Definition = d.DefinitionAt
	return d.Verifier.VerifyRequest(ctx, scope, object, o)
}

// What a receiver of requests and definitions takes.
const (
	acceptRequest    = "application/oauth-authz-req+jwt, application/jwt, text/plain" // RFC 9101 §5.2.3
	acceptDefinition = "application/json"
)

// RequestAt gives the request object that a request_uri leads to: this server's own, another's, or the object itself
// where it stands in place of a URL. A wallet's URL (openid:, OpenID Connect Core 1.0 §6) is looked into. Errors: NotFound
// "request-not-found", "request-not-signed"; Unavailable "request-unreachable"; Invalid "request-malformed".
func (d *Desk) RequestAt(ctx context.Context, uri string) ([]byte, error) {
	malformed := vc.Errorf(vc.Invalid, "request-malformed", "neither a request object nor a URL of one").At("/requestURI")
	for range 2 {
		if strings.HasPrefix(uri, "ey") && !strings.ContainsAny(uri, ":/") { // a JWT: its header begins with {"
			return []byte(uri), nil
		}
		if d.OwnRequest != nil {
			if id, ok := d.OwnRequest(uri); ok {
				return d.SignedRequest(ctx, id)
			}
		}
		place, err := url.Parse(uri)
		if err != nil || !place.IsAbs() {
			return nil, malformed
		}
		if place.Scheme == "https" || place.Scheme == "http" {
			return d.fetched(ctx, uri, acceptRequest, "request")
		}
		query := place.Query()
		if uri = query.Get("request_uri"); uri == "" {
			uri = query.Get("request")
		}
	}
	return nil, malformed
}

// DefinitionAt gives the presentation definition at a URL, as [Desk.RequestAt] gives requests.
func (d *Desk) DefinitionAt(ctx context.Context, uri string) ([]byte, error) {
	if d.OwnDefinition != nil {
		if id, ok := d.OwnDefinition(uri); ok {
			definition, err := d.PublicDefinition(ctx, id)
			return definition.Document, err
		}
	}
	return d.fetched(ctx, uri, acceptDefinition, "definition")
}

func (d *Desk) fetched(ctx context.Context, uri, accept, noun string) ([]byte, error) {
	unreachable := vc.Errorf(vc.Unavailable, noun+"-unreachable", "the %s could not be fetched", noun)
	if d.Fetcher == nil {
		return nil, unreachable
	}
	body, _, err := d.Fetcher.Get(ctx, uri, accept)
	switch {
	case err == nil:
		return []byte(strings.TrimSpace(string(body))), nil
	case vc.KindOf(err) == vc.NotFound:
		return nil, vc.Errorf(vc.NotFound, noun+"-not-found", "there is no such %s", noun).Because(err)
	case vc.KindOf(err) == vc.Internal:
		return nil, err
	}
	return nil, unreachable.Because(err)
}
