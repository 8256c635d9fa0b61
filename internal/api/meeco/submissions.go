package meeco

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/ijson"
)

type submissionModel struct {
	ID           string         `json:"id"`
	Request      string         `json:"presentation_request_id"`
	VPToken      string         `json:"vp_token"`
	IDToken      string         `json:"id_token"`
	State        string         `json:"state"`
	Status       string         `json:"status"`
	UpdatedAt    httpx.Stamp    `json:"updated_at"`
	CreatedAt    httpx.Stamp    `json:"created_at"`
	Result       jsontext.Value `json:"verification_result"`
	LastVerified httpx.Stamp    `json:"last_verified_at"`
}

type submissionAnswer struct {
	Submission submissionModel `json:"submission"`
}

type submissionsAnswer struct {
	Submissions []submissionModel `json:"submissions"`
}

// submissionStates are the states of a submission on this wire.
var submissionStates = map[vc.SubmissionState]string{
	vc.SubmissionPending: "pending", vc.SubmissionVerified: "verified", vc.SubmissionFailed: "verification_failed",
}

// answerPlaces is where the members of an answer stand where it is submitted.
var answerPlaces = map[string]string{"/idToken": "/id_token", "/vpToken": "/vp_token", "/submission": "/presentation_submission"}

// submit takes anyone's answer to a request.
func (d *Door) submit(w http.ResponseWriter, r *http.Request, c call) error {
	given, err := posted(r)
	if err != nil {
		return err
	}
	if given.IDToken == "" {
		return httpx.Missing("/id_token")
	}
	made, err := d.Presentations.Submit(r.Context(), c.by, r.PathValue("id"), given)
	if err != nil {
		return httpx.Placed(err, answerPlaces)
	}
	httpx.AnyOrigin(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		err = answer(w, http.StatusCreated, submissionAnswer{modelOfSubmission(made)})
	})).ServeHTTP(w, r)
	return err
}

// posted reads an answer: JSON as Meeco's SDK sends it, or the form that other wallets post (OAuth 2.0 Form Post Response
// Mode §2, OpenID4VP draft 20 §6.2). Parameters of a form that are not known are ignored.
func posted(r *http.Request) (verifier.Answer, error) {
	var in struct {
		IDToken string `json:"id_token"`
		VPToken string `json:"vp_token"`
		State   string `json:"state"`
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		err := decode(r, mediumBody, &in)
		return verifier.Answer{IDToken: in.IDToken, VPToken: in.VPToken, State: in.State}, err
	}
	body, err := httpx.ReadBody(r, mediumBody)
	if err != nil {
		return verifier.Answer{}, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return verifier.Answer{}, vc.Errorf(vc.Invalid, "form-malformed", "the body is no form").Because(err)
	}
	for name, values := range form {
		if len(values) > 1 {
			return verifier.Answer{}, vc.Errorf(vc.Invalid, "parameter-twice", "a parameter is there twice").At("/" + ijson.Token(name))
		}
	}
	given := verifier.Answer{IDToken: form.Get("id_token"), VPToken: form.Get("vp_token"), State: form.Get("state")}
	if submission := form.Get("presentation_submission"); submission != "" {
		given.Submission = []byte(submission)
	}
	return given, nil
}

func (d *Door) listSubmissions(w http.ResponseWriter, r *http.Request, c call) error {
	views, err := d.Presentations.Submissions(r.Context(), c.scope, r.PathValue("id"))
	if err != nil {
		return err
	}
	out := submissionsAnswer{Submissions: make([]submissionModel, len(views))}
	for i, view := range views {
		out.Submissions[i] = modelOfSubmission(view)
	}
	return answer(w, http.StatusOK, out)
}

func (d *Door) removeSubmission(w http.ResponseWriter, r *http.Request, c call) error {
	if err := d.Presentations.DeleteSubmission(r.Context(), c.by, r.PathValue("id"), r.PathValue("submission_id")); err != nil {
		return err
	}
	return empty(w)
}

// judgeSubmission keeps what the verifier found. That a submission is verified is taken only when it is so here as well.
func (d *Door) judgeSubmission(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct {
		Submission *struct {
			Status *string        `json:"status"`
			Result jsontext.Value `json:"verification_result"`
		} `json:"submission"`
	}
	if err := decode(r, tokenBody, &in); err != nil {
		return err
	}
	const at = "/submission"
	switch {
	case in.Submission == nil:
		return httpx.Missing(at)
	case in.Submission.Status == nil:
		return httpx.Missing(at + "/status")
	case httpx.Absent(in.Submission.Result):
		return httpx.Missing(at + "/verification_result")
	}
	var status vc.SubmissionState
	for state, word := range submissionStates {
		if word == *in.Submission.Status {
			status = state
		}
	}
	if status == "" {
		return vc.Errorf(vc.Invalid, "status-invalid", "must be pending, verified or verification_failed").At(at + "/status")
	}
	if err := checkVerdict(in.Submission.Result, at+"/verification_result"); err != nil {
		return err
	}
	view, err := d.Presentations.Judge(r.Context(), c.by, r.PathValue("id"), r.PathValue("submission_id"), status, in.Submission.Result)
	if err != nil {
		return httpx.Placed(err, map[string]string{"/status": at + "/status"})
	}
	return answer(w, http.StatusOK, submissionAnswer{modelOfSubmission(view)})
}

func modelOfSubmission(view verifier.SubmissionView) submissionModel {
	row := view.Submission
	out := submissionModel{
		ID: row.ID, Request: row.Request, VPToken: view.Answer.VPToken, IDToken: view.Answer.IDToken, State: view.Answer.State,
		Status: submissionStates[row.Status], UpdatedAt: httpx.Stamp(row.UpdatedAt), CreatedAt: httpx.Stamp(row.CreatedAt),
		Result: jsontext.Value("null"), LastVerified: httpx.Stamp(row.VerifiedAt),
	}
	if view.Verdict != nil {
		out.Result = view.Verdict
	}
	return out
}

// verdictPart is what a verifier notes of one token. Which of its members are there depends on the token.
type verdictPart struct {
	ID          *string         `json:"id"`
	Checks      []string        `json:"checks"`
	Warnings    []verdictRemark `json:"warnings"`
	Errors      []verdictRemark `json:"errors"`
	Credentials []verdictPart   `json:"credentials"`
}

type verdictRemark struct {
	Error   *string        `json:"error"`
	Message jsontext.Value `json:"message"`
	Extra   jsontext.Value `json:"extra_info"`
}

// verdictWords are the checks that a verdict may name.
var verdictWords = []string{wordFormat, wordSignature, wordExpiration, wordNonce, wordSchema, wordStatus, wordConstraints}

// checkVerdict says whether a verification result is one, so that it can be shown as it came.
func checkVerdict(raw jsontext.Value, at string) error {
	var in struct {
		Checks   []string        `json:"checks"`
		Warnings []verdictRemark `json:"warnings"`
		Errors   []verdictRemark `json:"errors"`
		Request  *verdictPart    `json:"request"`
		IDToken  *verdictPart    `json:"id_token"`
		VPToken  *verdictPart    `json:"vp_token"`
	}
	if err := httpx.UnmarshalJSON(raw, &in); err != nil {
		if e, ok := asError(err); ok {
			return e.At(at + e.Pointer)
		}
		return err
	}
	for name, part := range map[string]*verdictPart{"request": in.Request, "id_token": in.IDToken, "vp_token": in.VPToken} {
		if part == nil {
			return httpx.Missing(at + "/" + name)
		}
		if err := part.whole(at+"/"+name, name == "request", name == "vp_token"); err != nil {
			return err
		}
	}
	return (&verdictPart{Checks: in.Checks, Warnings: in.Warnings, Errors: in.Errors}).whole(at, false, false)
}

func (p *verdictPart) whole(at string, named, presented bool) error {
	switch {
	case named && p.ID == nil:
		return httpx.Missing(at + "/id")
	case p.Checks == nil:
		return httpx.Missing(at + "/checks")
	case p.Warnings == nil:
		return httpx.Missing(at + "/warnings")
	case p.Errors == nil:
		return httpx.Missing(at + "/errors")
	case presented && p.Credentials == nil:
		return httpx.Missing(at + "/credentials")
	}
	for i, word := range p.Checks {
		if !slices.Contains(verdictWords, word) {
			return vc.Errorf(vc.Invalid, "unknown-check", "there is no check of this name").At(at + "/checks/" + strconv.Itoa(i))
		}
	}
	for _, one := range slices.Concat(p.Warnings, p.Errors) {
		if one.Error == nil || one.Message.Kind() != '{' || one.Extra.Kind() != '{' {
			return vc.Errorf(vc.Invalid, "remark-invalid", "a warning or error has error, message and extra_info").At(at)
		}
	}
	for i := range p.Credentials {
		if err := p.Credentials[i].whole(at+"/credentials/"+strconv.Itoa(i), true, false); err != nil {
			return err
		}
	}
	return nil
}
