package meeco

import (
	"errors"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
)

// The core's names of the formats that this wire has names for.
const (
	formatJWT   = "jwtvc"
	formatSDJWT = "sdjwtvc"
)

// wireFormat names a format as Meeco does.
func wireFormat(format string) string {
	switch format {
	case formatJWT:
		return "jwt-vc"
	case formatSDJWT:
		return "sd-jwt-vc"
	}
	return format
}

// newCredential asks for a credential. Issuer is a DID or {id, name}, Types a name or several.
type newCredential struct {
	Type      *string        `json:"credential_type_id"`
	Issuer    jsontext.Value `json:"issuer"`
	Claims    jsontext.Value `json:"claims"`
	Types     jsontext.Value `json:"type"`
	Revocable bool           `json:"revocable"`
	ExpiresAt jsontext.Value `json:"expires_at"`
}

type namedIssuer struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// generated is a credential as it was just made: Signed where a key of ours signed it, Unsigned where another's will.
type generated struct {
	ID           string   `json:"id"`
	CredentialID string   `json:"credential_id"`
	Unsigned     string   `json:"unsigned_vc_jwt,omitempty"`
	Signed       string   `json:"signed_vc_jwt,omitempty"`
	Metadata     metadata `json:"metadata"`
}

type metadata struct {
	Style style `json:"style"`
}

type generatedAnswer struct {
	Credential generated `json:"credential"`
}

// orderPlaces is where the members of an order stand on this wire.
var orderPlaces = map[string]string{
	"/claims": "/credential/claims", "/validUntil": "/credential/expires_at", "/validFrom": "/credential/expires_at",
	"/issuer": "/credential/issuer", "/type": "/credential/credential_type_id", "/types": "/credential/type",
	"/revocable": "/credential/revocable", "/variant": "",
}

// generate makes the record and the credential that the caller signs.
func (d *Door) generate(w http.ResponseWriter, r *http.Request, c call) error {
	order, err := d.order(r)
	if err != nil {
		return err
	}
	made, err := d.Issuer.Prepare(r.Context(), c.by, order, issuer.How{Release: true})
	return d.answerGenerated(w, r, c, made, err)
}

// issue makes the credential and signs it.
func (d *Door) issue(w http.ResponseWriter, r *http.Request, c call) error {
	order, err := d.order(r)
	if err != nil {
		return err
	}
	made, err := d.Issuer.Issue(r.Context(), c.by, order, issuer.How{})
	return d.answerGenerated(w, r, c, made, err)
}

func (d *Door) answerGenerated(w http.ResponseWriter, r *http.Request, c call, made issuer.Result, err error) error {
	if err != nil {
		return httpx.Placed(err, orderPlaces)
	}
	out := generated{
		ID: made.Credential.ID, CredentialID: credentialURN(made.Credential.ID),
		Unsigned: string(made.Unsigned), Signed: string(made.Secured),
	}
	if kind, err := d.Catalog.Kind(r.Context(), c.scope, made.Credential.Type); err == nil { // archived since: it has no look
		out.Metadata.Style = style(kind.Type.Look)
	}
	return answer(w, http.StatusCreated, generatedAnswer{out})
}

func (d *Door) order(r *http.Request) (vc.Order, error) {
	var in struct {
		Credential *newCredential `json:"credential"`
	}
	if err := decode(r, mediumBody, &in); err != nil {
		return vc.Order{}, err
	}
	asked := in.Credential
	switch {
	case asked == nil:
		return vc.Order{}, httpx.Missing("/credential")
	case asked.Type == nil || *asked.Type == "":
		return vc.Order{}, httpx.Missing("/credential/credential_type_id")
	case httpx.Absent(asked.Claims):
		return vc.Order{}, httpx.Missing("/credential/claims")
	}
	order := vc.Order{Type: *asked.Type, Claims: asked.Claims, Revocable: &asked.Revocable}
	var err error
	if order.Issuer, order.IssuerName, err = issuerOf(asked.Issuer); err != nil {
		return order, err
	}
	if order.Types, err = typesOf(asked.Types); err != nil {
		return order, err
	}
	if order.ValidUntil, err = httpx.Instant(asked.ExpiresAt, "/credential/expires_at"); err != nil {
		return order, err
	}
	order.Format, err = d.acceptedFormat(r)
	return order, err
}

func issuerOf(raw jsontext.Value) (did, name string, err error) {
	const at = "/credential/issuer"
	var out namedIssuer
	switch {
	case httpx.Absent(raw):
		return "", "", httpx.Missing(at)
	case raw.Kind() == '"':
		err = httpx.UnmarshalJSON(raw, &out.ID)
	default:
		err = httpx.UnmarshalJSON(raw, &out)
	}
	if err != nil {
		return "", "", below(at, err)
	}
	if out.ID == "" {
		return "", "", httpx.Missing(at + "/id")
	}
	return out.ID, out.Name, nil
}

func typesOf(raw jsontext.Value) (names []string, err error) {
	if httpx.Absent(raw) {
		return nil, nil
	}
	if raw.Kind() == '"' {
		names = make([]string, 1)
		err = httpx.UnmarshalJSON(raw, &names[0])
	} else {
		err = httpx.UnmarshalJSON(raw, &names)
	}
	return names, below("/credential/type", err)
}

// below puts what is wrong with a member that was kept raw where the member stands.
func below(at string, err error) error {
	if e, ok := errors.AsType[*vc.Error](err); ok {
		return e.At(at + e.Pointer)
	}
	return err
}

// acceptedFormat reads Accept, which chooses the credential's format: the first of its media types that is offered. JSON is what the
// answer is in any case, so it says nothing and leaves the JWT.
func (d *Door) acceptedFormat(r *http.Request) (string, error) {
	formats := map[string]string{
		"*/*": formatJWT, "application/*": formatJWT, "application/json": formatJWT, "application/jwt": formatJWT,
		"application/vc+sd-jwt": formatSDJWT,
	}
	var ranges []string
	for _, header := range r.Header.Values("Accept") {
		ranges = append(ranges, strings.Split(header, ",")...)
	}
	offered := d.Catalog.Formats()
	for _, text := range ranges {
		media, _, err := mime.ParseMediaType(text)
		if format, known := formats[media]; err == nil && known && slices.Contains(offered, format) {
			return format, nil
		}
	}
	if len(ranges) == 0 {
		return formatJWT, nil
	}
	return "", vc.Errorf(vc.Unsupported, "format-not-offered", "this server makes no credentials of the format that Accept asks for")
}
