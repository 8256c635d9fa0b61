package empe

import (
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/chancery-vc/chancery/internal/api/empe/wire"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

type newToken struct {
	Code string `json:"authorization_code"`
}

type tokenWire struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"` // seconds
}

func (d *Door) token(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	var body newToken
	if err := wire.Decode(r, wire.SmallBody, &body); err != nil {
		return err
	}
	return d.redeem(w, r, c, body.Code)
}

// tokenOld takes a form too, as OAuth has it (RFC 6749 §4.1.3).
func (d *Door) tokenOld(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/x-www-form-urlencoded" {
		return d.token(w, r, c)
	}
	body, err := httpx.ReadBody(r, wire.SmallBody)
	if err != nil {
		return err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return vc.Errorf(vc.Invalid, "form", "the body is no form").Because(err)
	}
	code := form.Get("authorization_code")
	if code == "" {
		code = form.Get("code")
	}
	return d.redeem(w, r, c, code)
}

func (d *Door) redeem(w http.ResponseWriter, r *http.Request, c wire.Call, code string) error {
	if code == "" {
		return httpx.Missing("/authorization_code")
	}
	token, err := d.Access.RedeemLogin(r.Context(), code, r.PathValue("tenant"), Name, c.By.Request)
	if err != nil {
		return err
	}
	return wire.AnswerSecret(w, http.StatusCreated, tokenWire{
		AccessToken: token.AccessToken, TokenType: "Bearer", ExpiresIn: int(token.ExpiresIn / time.Second),
	})
}
