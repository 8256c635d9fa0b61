package oauth

import (
	"errors"
	"net/http"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// problem is the error answer of RFC 6749 §5.2.
type problem struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

// fail maps kinds of errors to RFC 6749 §5.2. Why a client was refused is not told: the answer is invalid_client.
func (d door) fail(w http.ResponseWriter, r *http.Request, err error) {
	var known vc.Error
	if e, ok := errors.AsType[*vc.Error](err); ok {
		known = *e
	}
	status, p := http.StatusBadRequest, problem{"invalid_request", known.Message}
	switch known.Kind {
	case vc.Invalid:
		if known.Code == "invalid-scope" {
			p.Error = "invalid_scope"
		}
		if known.Code == httpx.CodeTooLarge {
			status = http.StatusRequestEntityTooLarge
		}
	case vc.Unsupported:
		p.Error = "unsupported_grant_type"
		if known.Code == "method-not-allowed" {
			status, p.Error = http.StatusMethodNotAllowed, "invalid_request"
		}
	case vc.NotFound:
		if known.Code == "no-route" {
			status = http.StatusNotFound
			break
		}
		status, p = http.StatusUnauthorized, problem{Error: "invalid_client"} // another tenant's path
	case vc.Unauthenticated:
		status, p = http.StatusUnauthorized, problem{Error: "invalid_client"}
	case vc.Denied:
		p = problem{"unauthorized_client", known.Message}
	case vc.Unavailable:
		status, p = http.StatusServiceUnavailable, problem{Error: "temporarily_unavailable"}
	default:
		status, p = http.StatusInternalServerError, problem{Error: "server_error"}
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="oauth2", charset="UTF-8"`)
	}
	if known.Kind == vc.Internal || known.Kind == vc.Unavailable {
		httpx.LogFault(r, d.log, "token door failed", err)
	}
	noStore(w)
	httpx.EncodeJSON(w, status, p)
}
