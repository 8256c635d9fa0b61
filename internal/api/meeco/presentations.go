package meeco

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// presentations are the routes of presentations.
func (d *Door) presentations() []line {
	return []line{
		{post, "/presentations/generate", "presentationsControllerGenerate", headerOptional, "", here, d.generatePresentation},
		{post, "/presentations/verify", "presentationsControllerVerify", headerRequired, access.CredentialVerify, byItself, d.verifyPresentation},
	}
}

type newPresentation struct {
	Issuer      *string        `json:"issuer"`
	Audience    *string        `json:"audience"`
	Nonce       string         `json:"nonce"`
	Credentials []string       `json:"credentials"`
	ExpiresAt   jsontext.Value `json:"expires_at"`
}

type unsignedPresentation struct {
	Unsigned string `json:"unsigned_vp_jwt"`
}

type presentationAnswer struct {
	Presentation unsignedPresentation `json:"presentation"`
}

// presentationPlaces is where the members of a presentation stand on this wire.
var presentationPlaces = map[string]string{
	"/holder": "/presentation/issuer", "/credentials": "/presentation/credentials", "/expiresAt": "/presentation/expires_at",
}

// generatePresentation makes the presentation that its holder signs.
func (d *Door) generatePresentation(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct {
		Presentation *newPresentation `json:"presentation"`
	}
	if err := decode(r, tokenBody, &in); err != nil {
		return err
	}
	asked := in.Presentation
	switch {
	case asked == nil:
		return httpx.Missing("/presentation")
	case asked.Issuer == nil:
		return httpx.Missing("/presentation/issuer")
	case asked.Audience == nil:
		return httpx.Missing("/presentation/audience")
	case asked.Credentials == nil:
		return httpx.Missing("/presentation/credentials")
	}
	expires, err := httpx.Instant(asked.ExpiresAt, "/presentation/expires_at")
	if err != nil {
		return err
	}
	order := holder.Presentation{Holder: *asked.Issuer, Audience: *asked.Audience, Nonce: asked.Nonce, ExpiresAt: expires}
	for _, credential := range asked.Credentials {
		order.Credentials = append(order.Credentials, []byte(credential))
	}
	made, err := d.Holder.PreparePresentation(r.Context(), c.scope, order)
	if err != nil {
		return httpx.Placed(err, presentationPlaces)
	}
	return answer(w, http.StatusCreated, presentationAnswer{unsignedPresentation{string(made.Document)}})
}

func (d *Door) verifyPresentation(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct {
		Presentation *struct {
			Signed *string `json:"signed_presentation_jwt"`
		} `json:"presentation"`
	}
	if err := decode(r, tokenBody, &in); err != nil {
		return err
	}
	switch {
	case in.Presentation == nil:
		return httpx.Missing("/presentation")
	case in.Presentation.Signed == nil:
		return httpx.Missing("/presentation/signed_presentation_jwt")
	}
	report, err := d.Verifier.VerifyPresentation(r.Context(), c.scope, []byte(*in.Presentation.Signed), verifier.PresentationOptions{})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, presentationResult(&report, alwaysChecked))
}

type tokenAnswer struct {
	State    string `json:"state"`
	Unsigned string `json:"unsigned_id_token"`
	VPToken  string `json:"vp_token"`
}

// tokenPlaces is where the members of an answer to a request stand where it is prepared.
var tokenPlaces = map[string]string{"/request": "/request_uri", "/requestURI": "/request_uri", "/vpToken": "/vp_token"}

// createToken makes the ID token that its holder signs to answer a request.
func (d *Door) createToken(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct {
		Request *string `json:"request_uri"`
		VPToken string  `json:"vp_token"`
		Issuer  string  `json:"issuer"`
	}
	if err := decode(r, tokenBody, &in); err != nil {
		return err
	}
	if in.Request == nil {
		return httpx.Missing("/request_uri")
	}
	object, err := d.Presentations.RequestAt(r.Context(), *in.Request)
	if err != nil {
		return httpx.Placed(err, tokenPlaces)
	}
	made, err := d.Holder.PrepareIDToken(r.Context(), c.scope, holder.IDTokenOrder{Request: object, VPToken: in.VPToken, Issuer: in.Issuer})
	if err != nil {
		return httpx.Placed(err, tokenPlaces)
	}
	return answer(w, http.StatusCreated, tokenAnswer{State: made.State, Unsigned: string(made.Unsigned), VPToken: made.VPToken})
}
