package oauth

import (
	"encoding/base64"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

const (
	bodyMax           = 16 << 10
	clientCredentials = "client_credentials"
	basic             = "client_secret_basic"
	post              = "client_secret_post"
)

// read takes a token request: form-encoded in the body, nothing in the URL (RFC 6749 §2.3.1, §3.2).
func read(r *http.Request) (access.TokenRequest, error) {
	form, err := readForm(r)
	if err != nil {
		return access.TokenRequest{}, err
	}
	id, secret, err := client(r.Header.Values("Authorization"), form)
	if err != nil {
		return access.TokenRequest{}, err
	}
	switch form["grant_type"] {
	case clientCredentials:
	case "":
		return access.TokenRequest{}, invalid("grant_type is missing")
	default:
		return access.TokenRequest{}, vc.Errorf(vc.Unsupported, "unsupported-grant-type", "the only grant type is client_credentials")
	}
	return access.TokenRequest{
		ClientID: id, ClientSecret: secret, Scope: form["scope"], Tenant: r.PathValue("tenant"), Door: Door,
		Request: httpx.RequestID(r.Context()),
	}, nil
}

// readForm gives the parameters of the body. One without a value counts as missing, one that comes twice is refused
// (RFC 6749 §3.2).
func readForm(r *http.Request) (map[string]string, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		return nil, invalid("the content type is not application/x-www-form-urlencoded")
	}
	body, err := httpx.ReadBody(r, bodyMax)
	if err != nil {
		return nil, err
	}
	return parseForm(string(body))
}

func parseForm(body string) (map[string]string, error) {
	values, err := url.ParseQuery(body)
	if err != nil {
		return nil, invalid("the body is not form-encoded")
	}
	form := make(map[string]string, len(values))
	for name, all := range values {
		if len(all) > 1 {
			return nil, invalid("a parameter comes more than once")
		}
		if all[0] != "" {
			form[name] = all[0]
		}
	}
	return form, nil
}

// client gives the credentials, by exactly one of the two methods of RFC 6749 §2.3.1.
func client(authorization []string, form map[string]string) (id, secret string, err error) {
	inBody := form["client_secret"] != ""
	switch {
	case len(authorization) > 1 || len(authorization) == 1 && inBody:
		return "", "", invalid("the client authenticates more than once")
	case len(authorization) == 1:
		id, secret, ok := parseBasic(authorization[0])
		if !ok {
			return "", "", errClient()
		}
		if named := form["client_id"]; named != "" && named != id {
			return "", "", invalid("client_id is another client's")
		}
		return id, secret, nil
	case inBody && form["client_id"] != "":
		return form["client_id"], form["client_secret"], nil
	}
	return "", "", errClient()
}

// parseBasic reads HTTP Basic (RFC 7617), whose halves OAuth form-encodes first (RFC 6749 §2.3.1).
func parseBasic(authorization string) (id, secret string, ok bool) {
	scheme, encoded, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", "", false
	}
	plain, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return "", "", false
	}
	id, secret, ok = strings.Cut(string(plain), ":")
	if !ok {
		return "", "", false
	}
	id, idErr := url.QueryUnescape(id)
	secret, secretErr := url.QueryUnescape(secret)
	return id, secret, idErr == nil && secretErr == nil
}

func invalid(message string) error { return vc.Errorf(vc.Invalid, "invalid-request", "%s", message) }

func errClient() error {
	return vc.Errorf(vc.Unauthenticated, access.CodeInvalid, "the client is not authenticated")
}
