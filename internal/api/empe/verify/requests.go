package verify

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/api/empe/wire"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// How long a request may be answered, in seconds.
const (
	leastValidity   = 30
	mostValidity    = 86400
	defaultValidity = 600
)

// asking is the body of a new request.
type asking struct {
	RedirectURI string   `json:"redirect_uri"`
	Validity    *float64 `json:"validity"`
}

// pocket is what the door keeps of a request: what it shows to a wallet must not change while it is answered.
type pocket struct {
	Base     string `json:"base"` // URL of the door, as the request's maker reached it
	Client   string `json:"client"`
	Redirect string `json:"redirect,omitempty"`
	Code     string `json:"code"` // response_code: who answered has it, and the back end
}

func (p pocket) requestURI(id string) string  { return p.Base + base + "/request/" + id }
func (p pocket) responseURI(id string) string { return p.Base + base + "/response/" + id }
func (p pocket) codeURL(id string) string     { return p.Base + base + "/qrcode-data/" + id }

func pocketOf(request vc.PresentationRequest) (out pocket, err error) {
	err = json.Unmarshal(request.Pocket, &out)
	return out, err
}

// askingWire says where a request is. ID is not in the answers of Empe's.
type askingWire struct {
	ID         string `json:"id"`
	RequestURI string `json:"request_uri"`
	QRCodeURL  string `json:"qr_code_url"`
	State      string `json:"state"`
	Nonce      string `json:"nonce"`
	Validity   int    `json:"validity"` // seconds
}

func (d *Door) ask(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	var in struct {
		asking
		Definition jsontext.Value `json:"presentation_definition"`
	}
	if err := wire.Decode(r, wire.LargeBody, &in); err != nil {
		return err
	}
	switch {
	case in.RedirectURI == "":
		return httpx.Missing("/redirect_uri")
	case httpx.Absent(in.Definition):
		return httpx.Missing("/presentation_definition")
	}
	made, validity, err := d.create(r, c, in.asking, verifier.NewRequest{Definition: in.Definition})
	if err != nil {
		return err
	}
	return answerAsked(w, made, validity)
}

func (d *Door) askQuery(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	var in asking
	if err := wire.Decode(r, wire.SmallBody, &in); err != nil {
		return err
	}
	definition, err := d.query(r, c, "id")
	if err != nil {
		return err
	}
	if in.RedirectURI == "" {
		return httpx.Missing("/redirect_uri")
	}
	made, validity, err := d.create(r, c, in, verifier.NewRequest{DefinitionID: definition.ID})
	if err != nil {
		return err
	}
	return answerAsked(w, made, validity)
}

func answerAsked(w http.ResponseWriter, made vc.PresentationRequest, validity int) error {
	p, err := pocketOf(made)
	if err != nil {
		return err
	}
	return wire.Answer(w, http.StatusCreated, askingWire{
		ID: made.ID, RequestURI: p.requestURI(made.ID), QRCodeURL: p.codeURL(made.ID), State: made.State, Nonce: made.Nonce, Validity: validity,
	})
}

// askFlow is the middleware's way to ask: where its result goes it knows by itself, so a redirect_uri may be left out.
func (d *Door) askFlow(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	var in asking
	if r.ContentLength != 0 {
		if err := wire.Decode(r, wire.SmallBody, &in); err != nil {
			return err
		}
	}
	definition, err := d.query(r, c, "flow")
	if err != nil {
		return err
	}
	made, _, err := d.create(r, c, in, verifier.NewRequest{DefinitionID: definition.ID})
	if err != nil {
		return err
	}
	p, err := pocketOf(made)
	if err != nil {
		return err
	}
	return wire.Answer(w, http.StatusOK, struct {
		QRCodeURL string `json:"qr_code_url"`
		State     string `json:"state"`
	}{p.codeURL(made.ID), made.State})
}

// requestPlaces are the desk's pointers in the body of a new request.
var requestPlaces = map[string]string{
	"/push": "/redirect_uri", "/definition": "/presentation_definition", "/definitionID": "", "/expiresAt": "/validity",
}

// create makes a request of a definition. The result is told to where its holder goes on.
func (d *Door) create(r *http.Request, c wire.Call, in asking, n verifier.NewRequest) (vc.PresentationRequest, int, error) {
	validity, err := wire.Whole(in.Validity, leastValidity, mostValidity, "/validity")
	if err != nil {
		return vc.PresentationRequest{}, 0, err
	}
	if in.Validity == nil {
		validity = defaultValidity
	}
	kept := pocket{Base: c.URL, Client: c.Organisation.Name, Redirect: in.RedirectURI, Code: unguessable()}
	audience, err := d.audience(r, c)
	if err != nil {
		return vc.PresentationRequest{}, 0, err
	}
	n.Name, n.Client, n.ByState, n.Once, n.Push = "authorization request", c.URL, true, true, in.RedirectURI
	n.ExpiresAt = d.now().Add(time.Duration(validity) * time.Second)
	n.Build = func(request vc.PresentationRequest, _ verifier.ClientKey) (vc.PresentationRequest, error) {
		request.Audience = append([]string{kept.responseURI(request.ID)}, audience...)
		var err error
		request.Pocket, err = json.Marshal(kept)
		return request, err
	}
	made, err := d.Presentations.CreateRequest(r.Context(), c.By, n)
	return made, validity, httpx.Placed(err, requestPlaces)
}

// audience is whom an answer may be for, beside where it is sent: older wallets name the verifier by its URL, its host or its
// DID.
func (d *Door) audience(r *http.Request, c wire.Call) ([]string, error) {
	out := []string{c.URL, c.URL + base}
	if place, err := url.Parse(c.URL); err == nil {
		out = append(out, place.Scheme+"://"+place.Host, place.Host)
	}
	if d.Identity == nil {
		return out, nil
	}
	who, err := d.Identity.Foremost(r.Context(), c.Scope, "empe")
	switch {
	case err == nil:
		return append(out, who.DID), nil
	case vc.KindOf(err) == vc.Invalid, vc.KindOf(err) == vc.NotFound: // it only verifies
		return out, nil
	}
	return nil, err
}

// unguessable is 128 random bits, base64url.
func unguessable() string {
	var bits [16]byte
	rand.Read(bits[:]) // never fails, and ends the program if it could
	return base64.RawURLEncoding.EncodeToString(bits[:])
}
