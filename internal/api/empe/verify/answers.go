package verify

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/api/empe/wire"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/siop"
)

const mediaRequest = "application/oauth-authz-req+jwt"

// public gives a request of this tenant and door to whoever knows its id.
func (d *Door) public(r *http.Request, c wire.Call) (vc.PresentationRequest, pocket, error) {
	request, err := d.Presentations.PublicRequest(r.Context(), r.PathValue("id"))
	if err != nil {
		return request, pocket{}, err
	}
	if !seen(request, c) {
		return request, pocket{}, unknown()
	}
	kept, err := pocketOf(request)
	return request, kept, err
}

// seen says whether a request is of the tenant of the path, and of this door. A login is the issuer's.
func seen(request vc.PresentationRequest, c wire.Call) bool {
	return request.Scope.Tenant == c.Scope.Tenant && request.Door == c.By.Door && !request.Login
}

func unknown() *vc.Error {
	return vc.Errorf(vc.NotFound, "request-not-found", "there is no such request")
}

// getRequest is the request_uri. A client that is known by where it is answered cannot sign (OpenID4VP draft 20 §5.7), so the
// request is plain JSON. redirect_uri is not in it, since the answer is posted (§6.2): the wallet is told where to go on then.
func (d *Door) getRequest(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	request, kept, err := d.public(r, c)
	switch {
	case err != nil:
		return err
	case request.Status != vc.RequestPending:
		return vc.Errorf(vc.Gone, "request-completed", "the request was answered")
	case !request.ExpiresAt.After(d.now()):
		return vc.Errorf(vc.Gone, "request-expired", "the request is over")
	case !takesJSON(r):
		return vc.Errorf(vc.Unsupported, wire.CodeNotAcceptable, "the request is JSON and not signed: application/json")
	}
	to := kept.responseURI(request.ID)
	expires, err := json.Marshal(httpx.Stamp(request.ExpiresAt))
	if err != nil {
		return err
	}
	body := siop.EncodeRequest(siop.Request{
		ResponseType: siop.ResponseVPToken, ResponseMode: siop.ModeDirectPost, ClientID: to, ResponseURI: to,
		Nonce: request.Nonce, State: request.State, Client: &siop.ClientMetadata{Name: kept.Client}, Definition: request.Definition,
		Extra: map[string][]byte{"client_id_scheme": []byte(`"redirect_uri"`), "expires_at": expires},
	})
	httpx.EncodeAs(w, http.StatusOK, "application/json", jsontext.Value(body))
	return nil
}

// takesJSON says whether a client takes JSON. One that names only a signed request does not.
func takesJSON(r *http.Request) bool {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if strings.TrimSpace(accept) == "" {
		return true
	}
	return slices.ContainsFunc(strings.Split(accept, ","), func(part string) bool {
		kind, _, _ := strings.Cut(part, ";")
		kind = strings.ToLower(strings.TrimSpace(kind))
		return kind != "" && kind != mediaRequest && kind != "application/jwt"
	})
}

func (d *Door) getCode(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	request, kept, err := d.public(r, c)
	if err != nil {
		return err
	}
	text, err := json.Marshal(struct {
		Type       string `json:"type"`
		RequestURI string `json:"request_uri"`
	}{"authorization_request", kept.requestURI(request.ID)})
	if err != nil {
		return err
	}
	return wire.AnswerCode(w, r, text)
}

// answerPlaces are the desk's pointers in an answer.
var answerPlaces = map[string]string{"/vpToken": "/vp_token", "/submission": "/presentation_submission"}

// answer takes a holder's answer. Wallets run in browsers: they may read refusals too.
func (d *Door) answer(w http.ResponseWriter, r *http.Request, c wire.Call) (err error) {
	httpx.AnyOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { err = d.receive(w, r, c) })).ServeHTTP(w, r)
	return err
}

// receive judges an answer at once. One that does not verify is an answer too: who asked learns what is wrong, its holder where
// to go on.
func (d *Door) receive(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	given, err := posted(r)
	if err != nil {
		return err
	}
	request, kept, err := d.public(r, c)
	if err != nil {
		return err
	}
	c.By.Scope = vc.Scope{Tenant: c.Scope.Tenant} // whichever of its organisations asked
	if _, err := d.Presentations.Receive(r.Context(), c.By, request.ID, given); err != nil {
		return httpx.Placed(err, answerPlaces)
	}
	return wire.AnswerSecret(w, http.StatusOK, struct {
		RedirectURI string `json:"redirect_uri,omitempty"`
	}{kept.onward(request.State)})
}

// onward is where a holder goes on after an answer, OpenID4VP draft 20 §6.2; "" for nowhere.
func (p pocket) onward(state string) string {
	place, err := url.Parse(p.Redirect)
	if p.Redirect == "" || err != nil {
		return ""
	}
	if place.RawQuery != "" {
		place.RawQuery += "&"
	}
	place.RawQuery += url.Values{"state": {state}, "response_code": {p.Code}}.Encode()
	return place.String()
}

// posted reads an answer: the form of OpenID4VP draft 20 §6.2, whose other parameters are ignored, or the same as JSON.
func posted(r *http.Request) (verifier.Answer, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && media == "application/x-www-form-urlencoded" {
		return postedForm(r)
	}
	var in struct {
		VPToken    jsontext.Value `json:"vp_token"`
		Submission jsontext.Value `json:"presentation_submission"`
		State      string         `json:"state"`
	}
	if err := wire.Decode(r, wire.LargeBody, &in); err != nil {
		if e, ok := errors.AsType[*vc.Error](err); ok && e.Code == httpx.CodeMediaType {
			err = vc.Errorf(vc.Unsupported, e.Code, "Content-Type must be application/x-www-form-urlencoded or application/json")
		}
		return verifier.Answer{}, err
	}
	token, err := object(in.VPToken, "/vp_token")
	if err != nil {
		return verifier.Answer{}, err
	}
	submission, err := object(in.Submission, "/presentation_submission")
	return verifier.Answer{VPToken: string(token), Submission: submission, State: in.State}, err
}

func postedForm(r *http.Request) (verifier.Answer, error) {
	body, err := httpx.ReadBody(r, wire.LargeBody)
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
	given := verifier.Answer{VPToken: form.Get("vp_token"), State: form.Get("state")}
	if submission := form.Get("presentation_submission"); submission != "" {
		given.Submission = []byte(submission)
	}
	return given, nil
}

// object gives the text of an object, or of a string that holds one or a token; nil where it is not there.
func object(raw jsontext.Value, pointer string) ([]byte, error) {
	switch {
	case httpx.Absent(raw):
		return nil, nil
	case raw.Kind() == '{':
		return raw, nil
	case raw.Kind() != '"':
		return nil, vc.Errorf(vc.Invalid, httpx.CodeWrongType, "expected an object or a string").At(pointer)
	}
	var text string
	if err := httpx.UnmarshalJSON(raw, &text); err != nil {
		return nil, err
	}
	return []byte(text), nil
}
