package dif

import (
	"errors"
	"net/http"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// statuses are those of DID Resolution 0.3 §7.1 for the codes of §8; what is not here is an internal error.
var statuses = map[string]int{
	"invalidDid":                 http.StatusBadRequest,
	"invalidDidUrl":              http.StatusBadRequest,
	"invalidOptions":             http.StatusBadRequest,
	"unsupportedPublicKeyType":   http.StatusBadRequest,
	"notFound":                   http.StatusNotFound,
	"representationNotSupported": http.StatusNotAcceptable,
	"methodNotSupported":         http.StatusNotImplemented,
	"invalidDidDocument":         http.StatusInternalServerError, // of somebody else's making
}

// refuse answers with the error's DID Resolution code. The text of an error without one stays here,
// unless it is somebody else who does not answer.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, a answer, err error) {
	code, message := "internalError", ""
	if e, ok := errors.AsType[*vc.Error](err); ok {
		if _, known := statuses[e.Code]; known {
			code, message = e.Code, e.Message
		} else if e.Kind == vc.NotFound {
			code, message = "notFound", e.Message
		} else if e.Kind == vc.Unavailable {
			message = e.Message // who asks may ask again, or elsewhere
		}
	}
	status, known := statuses[code]
	if !known {
		status = http.StatusInternalServerError
		if d.Log != nil { // anybody may name a host that does not answer: no warning of the operator's
			d.Log.InfoContext(r.Context(), "resolve", "request", httpx.RequestID(r.Context()), "error", err)
		}
	}
	a.fail(w, status, code, message)
}
