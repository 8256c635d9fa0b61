package vcapi

import (
	"errors"
	"net/http"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// problem is a ProblemDetails, RFC 9457; code and pointer (RFC 6901, into the request or into what was verified) are
// additions.
type problem struct {
	Type      string    `json:"type"`
	Title     string    `json:"title"`
	Detail    string    `json:"detail,omitempty"`
	Status    int       `json:"status,omitzero"`
	Code      string    `json:"code,omitempty"`
	Pointer   string    `json:"pointer,omitempty"`
	Warning   bool      `json:"warning,omitzero"`
	Errors    []problem `json:"errors,omitempty"`
	RequestID string    `json:"requestId,omitempty"`
}

// The types of VCDM 2.0 §7.3 and of Bitstring Status List 1.0 §3.5.
const (
	typeParsing   = "https://www.w3.org/TR/vc-data-model#PARSING_ERROR"
	typeCrypto    = "https://www.w3.org/TR/vc-data-model#CRYPTOGRAPHIC_SECURITY_ERROR"
	typeMalformed = "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR"
	typeRange     = "https://www.w3.org/TR/vc-data-model#RANGE_ERROR"
	typeStatus    = "https://www.w3.org/ns/credentials/status-list#STATUS_VERIFICATION_ERROR"
)

// typeOf is the problem type of an error: the data model's where the input is at fault, else one of this server.
func typeOf(kind vc.Kind, code string) string {
	switch {
	case code == httpx.CodeNotJSON || code == "malformed":
		return typeParsing
	case code == "validity-order" || code == "validity-past":
		return typeRange
	case kind == vc.Invalid:
		return typeMalformed
	}
	return "/problems/" + code
}

// problemOf turns any error into a problem. What is ours to mend keeps its text to itself.
func problemOf(err error) problem {
	e := httpx.Shown(err)
	out := problem{
		Type: typeOf(e.Kind, e.Code), Title: httpx.Title(e.Code), Detail: e.Message, Status: httpx.Status(e), Code: e.Code, Pointer: e.Pointer,
	}
	for _, f := range e.Details {
		out.Errors = append(out.Errors, problem{
			Type: typeOf(vc.Invalid, f.Code), Title: httpx.Title(f.Code), Detail: f.Message, Code: f.Code, Pointer: f.Pointer, Warning: f.Warning,
		})
	}
	return out
}

// fail answers with the problem that err is.
func (d *Door) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	p.RequestID = httpx.RequestID(r.Context())
	if httpx.Refusing(w, r, d.Log, p.Status, err) && d.Verbose {
		p.Detail = httpx.Causes(err)
	}
	httpx.EncodeAs(w, p.Status, "application/problem+json", p)
}

// below puts the pointers of an error below a member of the request.
func below(err error, member string) error {
	e, ok := errors.AsType[*vc.Error](err)
	if !ok || e.Kind != vc.Invalid && e.Kind != vc.Conflict && e.Pointer == "" {
		return err
	}
	moved := e.At(member + e.Pointer)
	moved.Details = make([]vc.Finding, len(e.Details))
	for i, f := range e.Details {
		f.Pointer = member + f.Pointer
		moved.Details[i] = f
	}
	return moved
}

func notSupported(pointer, message string) error {
	return vc.Errorf(vc.Invalid, "option-not-supported", "%s", message).At(pointer)
}
