package peer

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/vc"
)

// answering is what an answer needs of a request.
type answering struct {
	ResponseURI string `json:"response_uri"`
	State       string `json:"state"`
}

// request reads an authorization request.
func (p Protocol) request(ctx context.Context, found scan) (holder.Scanned, error) {
	body := found.body
	if body == nil {
		var err error
		if body, err = p.get(ctx, found.url); err != nil {
			return holder.Scanned{}, err
		}
	}
	return parseRequest(body)
}

// parseRequest reads an authorization request of the client identifier scheme redirect_uri: plain JSON, whose client is known by
// where its answer goes (OpenID4VP draft 20 §5.7).
func parseRequest(body []byte) (out holder.Scanned, err error) {
	malformed := func(why string) error {
		return vc.Errorf(vc.Invalid, "request-malformed", "the authorization request cannot be answered: %s", why)
	}
	m, err := object(body)
	if err != nil {
		return out, malformed("it is no JSON object")
	}
	texts := map[string]string{}
	for _, name := range []string{"response_type", "response_mode", "client_id", "client_id_scheme", "response_uri", "nonce", "state"} {
		if texts[name], err = m.text(name); err != nil {
			return out, err
		}
	}
	to, err := m.url("response_uri")
	switch {
	case err != nil:
		return out, err
	case texts["response_type"] != "vp_token":
		return out, malformed("its response_type is not vp_token")
	case texts["response_mode"] != "direct_post":
		return out, malformed("its response_mode is not direct_post")
	case texts["client_id_scheme"] != "" && texts["client_id_scheme"] != "redirect_uri", texts["client_id"] != to:
		return out, malformed("its client is not the one that is answered")
	case texts["nonce"] == "" || len(texts["nonce"]) > maxText || len(texts["state"]) > maxText:
		return out, malformed("it has no nonce, or one or a state that is too long")
	case m.has("presentation_definition_uri"):
		return out, malformed("its presentation definition is elsewhere")
	}
	out = holder.Scanned{
		Kind: holder.KindPresentation, Peer: to, Audience: to, Nonce: texts["nonce"], Methods: []string{"empe"},
	}
	if out.Definition, err = m.object("presentation_definition"); err != nil {
		return holder.Scanned{}, err
	}
	out.State, err = json.Marshal(answering{ResponseURI: to, State: texts["state"]})
	return out, err
}

// Answer implements [holder.Protocol]. What is wrong with an answer that takes the presentation is nothing to its holder: then
// there is nowhere to go on. Errors: Invalid "peer-refused"; those of the client.
func (p Protocol) Answer(ctx context.Context, request holder.Scanned, made holder.Presented) (string, error) {
	var a answering
	if err := json.Unmarshal(request.State, &a); err != nil {
		return "", err
	}
	form := url.Values{"vp_token": {string(made.Presentation)}}
	if a.State != "" {
		form.Set("state", a.State)
	}
	if made.Submission != nil {
		form.Set("presentation_submission", string(made.Submission))
	}
	body, err := p.post(ctx, a.ResponseURI, "application/x-www-form-urlencoded", "", []byte(form.Encode()), http.StatusOK, http.StatusNoContent)
	if e, ok := errors.AsType[*vc.Error](err); ok && (e.Code == codeMalformed || e.Code == codeTooLarge) {
		return "", nil
	}
	return parseRedirect(body), err
}

// parseRedirect takes the URL that the holder goes on to, "" where there is none.
func parseRedirect(body []byte) string {
	m, err := object(body)
	if err != nil {
		return ""
	}
	to, err := m.url("redirect_uri")
	if err != nil {
		return ""
	}
	return to
}
