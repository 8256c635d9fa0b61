// Package oauth is the door at which clients get access tokens: OAuth 2.0 client credentials (RFC 6749 §4.4), the keys
// of the tokens (RFC 7517 §5) and the server's metadata (RFC 8414).
//
//	POST /oauth2/token ── client_secret_basic or client_secret_post ──> access.Token ──> RFC 6749 §5.1
//
// Under /t/{tenant} the client must be that tenant's; issuer and keys are the server's all the same.
package oauth

import (
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Door is the door's name in the journal.
const Door = "oauth"

const jwksMaxAge = time.Minute

// Config is what the door is made of.
type Config struct {
	Access *access.Service
	Issuer string       // public URL of the server
	Logger *slog.Logger // nil: silent
}

type door struct {
	access *access.Service
	issuer string
	log    *slog.Logger
}

func open(config Config) door {
	return door{config.Access, strings.TrimSuffix(config.Issuer, "/"), config.Logger}
}

// Routes gives the routes, without the prefix /t/{tenant}.
func Routes(config Config) []httpx.Route {
	d := open(config)
	return []httpx.Route{
		{
			Method: http.MethodPost, Pattern: "/oauth2/token", Operation: "token", Permission: httpx.Public,
			Handler: http.HandlerFunc(d.token),
		},
		{
			Method: http.MethodGet, Pattern: "/oauth2/jwks", Operation: "jwks", Permission: httpx.Public,
			Handler: http.HandlerFunc(d.jwks),
		},
		{
			Method: http.MethodGet, Pattern: "/.well-known/oauth-authorization-server", Operation: "metadata",
			Permission: httpx.Public, Handler: http.HandlerFunc(d.metadata),
		},
	}
}

// Handler serves the routes, at the root and under /t/{tenant}.
func Handler(config Config) http.Handler {
	return httpx.Mux{Routes: Routes(config), Prefixes: []string{"", "/t/{tenant}"}, Fail: open(config).fail}.Handler()
}

// answer is the success answer of RFC 6749 §5.1.
type answer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"` // seconds
	Scope       string `json:"scope"`
}

func (d door) token(w http.ResponseWriter, r *http.Request) {
	request, err := read(r)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	token, err := d.access.Token(r.Context(), request)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	noStore(w)
	httpx.EncodeJSON(w, http.StatusOK, answer{
		AccessToken: token.AccessToken, TokenType: "Bearer", ExpiresIn: int(token.ExpiresIn / time.Second), Scope: token.Scope,
	})
}

// noStore is RFC 6749 §5.1: what may hold a token is not kept by anyone.
func noStore(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
}

func (d door) jwks(w http.ResponseWriter, r *http.Request) {
	set, err := d.access.JWKS(r.Context())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	sum := sha256.Sum256(set)
	httpx.ServeCached(w, r, set, "application/jwk-set+json", hex.EncodeToString(sum[:16]), jwksMaxAge)
}

// metadata is the answer of RFC 8414 §3.2.
type metadata struct {
	Issuer        string   `json:"issuer"`
	TokenEndpoint string   `json:"token_endpoint"`
	JWKSURI       string   `json:"jwks_uri"`
	Scopes        []string `json:"scopes_supported"`
	ResponseTypes []string `json:"response_types_supported"` // required, and empty: there is no authorization endpoint
	GrantTypes    []string `json:"grant_types_supported"`
	AuthMethods   []string `json:"token_endpoint_auth_methods_supported"`
}

func (d door) metadata(w http.ResponseWriter, _ *http.Request) {
	var scopes []string
	for _, permission := range access.Permissions(vc.Operator) {
		scopes = append(scopes, string(permission))
	}
	slices.Sort(scopes)
	httpx.EncodeJSON(w, http.StatusOK, metadata{
		Issuer: d.issuer, TokenEndpoint: d.issuer + "/oauth2/token", JWKSURI: d.issuer + "/oauth2/jwks", Scopes: scopes,
		ResponseTypes: []string{}, GrantTypes: []string{clientCredentials}, AuthMethods: []string{basic, post},
	})
}
