package meeco

import (
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/siop"
)

type newRequest struct {
	Name          *string        `json:"name"`
	Description   string         `json:"description"`
	Client        *string        `json:"client_id"`
	ClientName    *string        `json:"client_name"`
	ClientPurpose string         `json:"client_purpose"`
	State         string         `json:"state"`
	ExpiresAt     jsontext.Value `json:"expires_at"`
	RedirectBase  string         `json:"redirect_base_uri"`
	Redirect      string         `json:"redirect_uri"`
	Method        *string        `json:"method"`
	Definition    string         `json:"presentation_definition_id"`
}

// requestPocket is what only this wire has of a request.
type requestPocket struct {
	Description   string `json:"description,omitempty"`
	ClientName    string `json:"client_name,omitempty"`
	ClientPurpose string `json:"client_purpose,omitempty"`
	RedirectBase  string `json:"redirect_base_uri,omitempty"`
	Redirect      string `json:"redirect_uri,omitempty"`
	Method        string `json:"method,omitempty"`
}

type requestModel struct {
	ID           string          `json:"id"`
	Organisation string          `json:"organization_id"`
	CreatedAt    httpx.Stamp     `json:"created_at"`
	UpdatedAt    httpx.Stamp     `json:"updated_at"`
	Name         string          `json:"name"`
	Description  string          `json:"description"`
	RedirectBase string          `json:"redirect_base_uri"`
	Method       string          `json:"method"`
	Status       string          `json:"status"`
	Properties   tokenProperties `json:"token_properties"`
	Tokens       requestTokens   `json:"tokens"`
	Archived     bool            `json:"archived"`
	ArchivedAt   httpx.Stamp     `json:"archived_at"`
}

type tokenProperties struct {
	Client        string      `json:"client_id"`
	ClientName    string      `json:"client_name"`
	ClientPurpose string      `json:"client_purpose"`
	State         string      `json:"state"`
	ExpiresAt     httpx.Stamp `json:"expires_at"`
	Definition    string      `json:"presentation_definition_id"`
	Nonce         string      `json:"nonce"`
	Scope         string      `json:"scope"`
	ResponseMode  string      `json:"response_mode"`
	Redirect      string      `json:"redirect_uri"`
	ResponseType  string      `json:"response_type"`
}

type requestTokens struct {
	Unsigned string `json:"unsigned_request_jwt"`
	Signed   string `json:"signed_request_jwt"`
}

type requestAnswer struct {
	Request requestModel `json:"presentation_request"`
}

type requestsAnswer struct {
	Requests []requestModel `json:"presentation_requests"`
	Meta     meta           `json:"meta"`
}

// requestPlaces is where the members of a request stand on this wire.
var requestPlaces = map[string]string{
	"/name": "/presentation_request/name", "/client": "/presentation_request/client_id",
	"/expiresAt": "/presentation_request/expires_at", "/definitionID": "/presentation_request/presentation_definition_id",
	"/signed": "/presentation_request/signed_request_jwt", "/status": "/presentation_request/status",
}

// What every request object of this door says: SIOPv2 before draft 11, as Meeco's wallets know it.
const (
	requestScope        = "openid"
	requestMode         = "post"
	requestResponseType = siop.ResponseIDToken // a presentation is asked for by "claims"
)

// whole says which member a request lacks.
func (n *newRequest) whole() error {
	const at = "/presentation_request"
	switch {
	case n == nil:
		return httpx.Missing(at)
	case n.Name == nil:
		return httpx.Missing(at + "/name")
	case n.Client == nil:
		return httpx.Missing(at + "/client_id")
	case !strings.HasPrefix(*n.Client, "did:"):
		return vc.Errorf(vc.Invalid, "client-not-a-did", "the client is named by its DID").At(at + "/client_id")
	case n.ClientName == nil:
		return httpx.Missing(at + "/client_name")
	case httpx.Absent(n.ExpiresAt):
		return httpx.Missing(at + "/expires_at")
	case n.Method == nil:
		return httpx.Missing(at + "/method")
	case *n.Method != "qrcode" && *n.Method != "connection":
		return vc.Errorf(vc.Invalid, "method-invalid", "must be qrcode or connection").At(at + "/method")
	}
	return nil
}

// buildRequest writes the request object that the client is to sign.
func (d *Door) buildRequest(request vc.PresentationRequest, key verifier.ClientKey, pocket requestPocket) (vc.PresentationRequest, error) {
	if pocket.Redirect == "" {
		pocket.Redirect = d.URL + requestsPath + request.ID + "/submissions"
	}
	object := siop.Request{
		Dialect: siop.Early, ClientID: request.Client, Issuer: request.Client, Scope: requestScope, ResponseType: siop.ResponseIDToken,
		ResponseMode: siop.ModeDirectPost, ResponseURI: pocket.Redirect, Nonce: request.Nonce, State: request.State,
		IssuedAt: request.CreatedAt, Expires: request.ExpiresAt, Definition: request.Definition,
		Client: d.client(pocket),
		Extra:  map[string][]byte{"jti": ijson.AppendString(nil, request.ID)},
	}
	if request.Definition != nil {
		object.ResponseType = siop.ResponseBoth
	}
	for _, problem := range siop.JudgeRequest(object, request.CreatedAt, time.Minute) {
		if problem.Code == siop.ProblemEndpoint {
			return request, vc.Errorf(vc.Invalid, "redirect-uri", "an answer cannot be posted there").At("/presentation_request/redirect_uri")
		}
	}
	header := jose.Header{Alg: key.Algorithm, Kid: key.Method, Typ: siop.TypeJWT}
	request.Unsigned = jose.Input(jose.EncodeHeader(header), siop.EncodeRequest(object))
	request.Audience = []string{request.Client, pocket.Redirect}
	var err error
	request.Pocket, err = json.Marshal(pocket)
	return request, err
}

// client is what a request says of who asks, and of what can be verified here.
func (d *Door) client(pocket requestPocket) *siop.ClientMetadata {
	const jwt = `{"alg":["EdDSA","ES256","ES256K","ES384"]}`
	out := &siop.ClientMetadata{
		Name: pocket.ClientName, Purpose: pocket.ClientPurpose, VPFormats: []byte(`{"jwt_vc":` + jwt + `,"jwt_vp":` + jwt + `}`),
	}
	for _, method := range d.Identity.MethodNames() {
		out.SubjectTypes = append(out.SubjectTypes, "did:"+method)
	}
	out.SubjectTypes = append(out.SubjectTypes, siop.SyntaxThumbprint)
	return out
}

func modelOfRequest(request vc.PresentationRequest) (requestModel, error) {
	pocket := requestPocket{Method: "qrcode"}
	if request.Door == Name {
		if err := json.Unmarshal(request.Pocket, &pocket); err != nil {
			return requestModel{}, err
		}
	}
	return requestModel{
		ID: request.ID, Organisation: request.Scope.Organisation, CreatedAt: httpx.Stamp(request.CreatedAt), UpdatedAt: httpx.Stamp(request.UpdatedAt),
		Name: request.Name, Description: pocket.Description, RedirectBase: pocket.RedirectBase, Method: pocket.Method,
		Status: string(request.Status),
		Properties: tokenProperties{
			Client: request.Client, ClientName: pocket.ClientName, ClientPurpose: pocket.ClientPurpose, State: request.State,
			ExpiresAt: httpx.Stamp(request.ExpiresAt), Definition: request.DefinitionID, Nonce: request.Nonce, Scope: requestScope,
			ResponseMode: requestMode, Redirect: pocket.Redirect, ResponseType: requestResponseType,
		},
		Tokens:   requestTokens{Unsigned: string(request.Unsigned), Signed: string(request.Signed)},
		Archived: !request.ArchivedAt.IsZero(), ArchivedAt: httpx.Stamp(request.ArchivedAt),
	}, nil
}
