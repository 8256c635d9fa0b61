package empe

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/api/empe/wire"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// loginLife is how long a wallet has to prove its DID.
const loginLife = 10 * time.Minute

// logins are the routes by which a wallet proves a DID and gets a token, with the names they had before 1.0.0-rc2.
//
//	POST authorizations {state, nonce} ── VP for this nonce and this issuer ──> validate ──> code ──> tokens ──> bearer
func (d *Door) logins() []wire.Line {
	return []wire.Line{
		anyone(post, "/api/v1/authorizations", "CreateAuthorizationRequest", d.authorize, 201, 400),
		anyone(post, "/api/v1/authorizations/{id}/validate", "ValidateAuthorization", d.validate, 200, 400, 404),
		anyone(post, "/api/v1/tokens", "CreateAccessToken", d.token, 201, 400, 404, 500),
		anyone(post, "/api/v1/authorize", "CreateAuthorizationRequestOld", d.authorize, 201, 400),
		anyone(post, "/api/v1/authorize/verify", "ValidateAuthorizationOld", d.validateOld, 200, 400, 404),
		anyone(post, "/api/v1/connect/token", "CreateAccessTokenOld", d.tokenOld, 201, 400, 404, 500),
	}
}

type newAuthorization struct {
	Definition jsontext.Value `json:"presentation_definition"`
	State      string         `json:"state"`
	Nonce      string         `json:"nonce"`
}

// authorizationWire is an authorization; Code and HolderDID are there once, in the answer to the proof.
type authorizationWire struct {
	ID         string         `json:"id"`
	Definition jsontext.Value `json:"presentation_definition"`
	State      string         `json:"state"`
	Nonce      string         `json:"nonce"`
	ExpiresAt  httpx.Stamp    `json:"expires_at"`
	Code       string         `json:"code,omitempty"`
	HolderDID  string         `json:"holder_did,omitempty"`
	Used       bool           `json:"used"`
}

func authorizationOf(request vc.PresentationRequest) (authorizationWire, error) {
	out := authorizationWire{
		ID: request.ID, Definition: request.Definition, State: request.State, Nonce: request.Nonce,
		ExpiresAt: httpx.Stamp(request.ExpiresAt),
	}
	if out.Definition != nil {
		return out, nil
	}
	var err error
	out.Definition, err = json.Marshal(nothingAsked{ID: request.ID, Descriptors: []struct{}{}})
	return out, err
}

// nothingAsked is a definition that every presentation meets.
type nothingAsked struct {
	ID          string     `json:"id"`
	Descriptors []struct{} `json:"input_descriptors"`
}

// choosable says whether a wallet may choose text as its state or nonce.
func choosable(text string) bool {
	return len(text) >= 32 && len(text) <= 64 && !strings.ContainsFunc(text, func(r rune) bool { return r < '!' || r > '~' })
}

func (n newAuthorization) check() error {
	for _, member := range []struct{ at, text string }{{"/state", n.State}, {"/nonce", n.Nonce}} {
		switch {
		case member.text == "":
			return httpx.Missing(member.at)
		case !choosable(member.text):
			return vc.Errorf(vc.Invalid, member.at[1:]+"-invalid", "expected 32 to 64 printable characters of ASCII without space").At(member.at)
		}
	}
	return nil
}

func (d *Door) authorize(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	var body newAuthorization
	if err := wire.Decode(r, wire.SmallBody, &body); err != nil {
		return err
	}
	if err := body.check(); err != nil {
		return err
	}
	audience, err := d.audience(r.Context(), c)
	if err != nil {
		return err
	}
	order := verifier.NewRequest{
		Client: c.URL, Login: true, Once: true, State: body.State, Nonce: body.Nonce, Audience: audience,
		ExpiresAt: d.now().Add(loginLife),
	}
	if !httpx.Absent(body.Definition) {
		order.Definition = body.Definition
	}
	request, err := d.Presentations.CreateRequest(r.Context(), c.By, order)
	if err != nil {
		return httpx.Placed(err, map[string]string{"/definition": "/presentation_definition"})
	}
	out, err := authorizationOf(request)
	if err != nil {
		return err
	}
	return wire.Answer(w, http.StatusCreated, out)
}

// audience is whom a presentation may be made for: this issuer by its URL, the URL's origin or host, or its DID.
func (d *Door) audience(ctx context.Context, c wire.Call) ([]string, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, err
	}
	audience := []string{c.URL, u.Scheme + "://" + u.Host, u.Host}
	identity, err := d.issuer(ctx, c.Scope)
	switch {
	case err == nil:
		audience = append(audience, identity.DID)
	case vc.KindOf(err) != vc.Invalid: // one without an identity still knows its holders
		return nil, err
	}
	return audience, nil
}

// proof is a presentation with what goes with it, in OpenID4VP's names and those that are met beside.
type proof struct {
	VPToken        jsontext.Value `json:"vp_token"`
	VP             jsontext.Value `json:"vp"`
	Presentation   jsontext.Value `json:"verifiable_presentation"`
	PresentationJS jsontext.Value `json:"verifiablePresentation"`
	Submission     jsontext.Value `json:"presentation_submission"`
	SubmissionJS   jsontext.Value `json:"presentationSubmission"`
	State          string         `json:"state"`
	Nonce          *string        `json:"nonce"`
}

// either gives the one member that is there.
func either(members ...member) (member, error) {
	var found member
	for _, m := range members {
		switch {
		case httpx.Absent(m.value):
		case found.value != nil:
			return found, vc.Errorf(vc.Invalid, "member-twice", "%s and %s are the same", found.at[1:], m.at[1:]).At(m.at)
		default:
			found = m
		}
	}
	if found.at == "" {
		found.at = members[0].at
	}
	return found, nil
}

type member struct {
	at    string
	value jsontext.Value
}

// text is a member that is an object, or a string with what it says.
func (m member) text() (string, error) {
	switch {
	case m.value == nil:
		return "", nil
	case m.value.Kind() == '{':
		return string(m.value), nil
	case m.value.Kind() == '"':
		var text string
		err := json.Unmarshal(m.value, &text)
		return text, err
	}
	return "", vc.Errorf(vc.Invalid, httpx.CodeWrongType, "expected an object, or a string").At(m.at)
}

// answer gives what the desk looks at, and where its places are in the body.
func (p proof) answer() (a verifier.Answer, places map[string]string, err error) {
	vp, err := either(member{"/vp_token", p.VPToken}, member{"/vp", p.VP}, member{"/verifiable_presentation", p.Presentation},
		member{"/verifiablePresentation", p.PresentationJS})
	if err != nil {
		return a, nil, err
	}
	submission, err := either(member{"/presentation_submission", p.Submission}, member{"/presentationSubmission", p.SubmissionJS})
	if err != nil {
		return a, nil, err
	}
	a.State = p.State
	if a.VPToken, err = vp.text(); err != nil {
		return a, nil, err
	}
	told, err := submission.text()
	if told != "" {
		a.Submission = []byte(told)
	}
	switch {
	case err != nil:
	case a.VPToken == "":
		err = httpx.Missing(vp.at)
	case a.State == "":
		err = httpx.Missing("/state")
	}
	return a, map[string]string{"/vpToken": vp.at, "/submission": submission.at}, err
}

func (d *Door) validate(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	var body proof
	if err := wire.Decode(r, wire.LargeBody, &body); err != nil {
		return err
	}
	return d.proved(w, r, c, r.PathValue("id"), body)
}

func (d *Door) validateOld(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	var body struct {
		ID string `json:"id"`
		proof
	}
	if err := wire.Decode(r, wire.LargeBody, &body); err != nil {
		return err
	}
	if body.ID == "" {
		return httpx.Missing("/id")
	}
	return d.proved(w, r, c, body.ID, body.proof)
}

// proved gives who proved a DID the code for it. Proof and code are two transactions: after a crash between them the wallet
// begins again.
func (d *Door) proved(w http.ResponseWriter, r *http.Request, c wire.Call, id string, body proof) error {
	answer, places, err := body.answer()
	if err != nil {
		return err
	}
	if body.Nonce != nil {
		request, err := d.Presentations.PublicRequest(r.Context(), id)
		if err == nil && request.Scope == c.Scope && request.Login && request.Nonce != *body.Nonce {
			return vc.Errorf(vc.Invalid, "nonce-mismatch", "not the authorization's nonce").At("/nonce")
		}
	}
	proven, err := d.Presentations.Prove(r.Context(), c.By, id, answer)
	if err != nil {
		return httpx.Placed(ofAuthorization(err), places)
	}
	code, expires, err := d.Access.OpenLogin(r.Context(), access.NewLogin{
		ID: proven.Request.ID, DID: proven.DID, Audience: c.URL, Scope: proven.Request.Scope, Door: Name, Request: c.By.Request,
	})
	if err != nil {
		return err
	}
	out, err := authorizationOf(proven.Request)
	if err != nil {
		return err
	}
	out.Code, out.HolderDID, out.ExpiresAt = code, proven.DID, httpx.Stamp(expires)
	return wire.AnswerSecret(w, http.StatusOK, out)
}

// ofAuthorization says in this door's word what is wrong with a request.
func ofAuthorization(err error) error {
	e, ok := errors.AsType[*vc.Error](err)
	if !ok {
		return err
	}
	named := *e
	switch e.Code {
	case "request-not-found":
		named.Code, named.Message = "authorization-not-found", "there is no such authorization"
	case "request-expired":
		named.Kind, named.Code, named.Message = vc.Invalid, "authorization-expired", "the authorization has expired" // page: 400
	case "request-completed":
		named.Code, named.Message = "authorization-used", "the authorization was validated before"
	case "too-many-submissions":
		named.Code, named.Message = "authorization-closed", "the authorization was closed after too many failures"
	}
	return &named
}
