package native

import (
	"net/http"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// problem is a problem document, RFC 9457. Type is /problems/<code>, stable; Pointer (RFC 6901) names the place in
// the request's body.
type problem struct {
	Type      string    `json:"type"`
	Title     string    `json:"title"`
	Status    int       `json:"status"`
	Detail    string    `json:"detail,omitempty"`
	Pointer   string    `json:"pointer,omitempty"`
	Errors    []finding `json:"errors,omitempty"`
	RequestID string    `json:"requestId,omitempty"`
}

// finding is one remark about an input.
type finding struct {
	Code    string `json:"code"`
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
	Warning bool   `json:"warning,omitzero"`
	Cites   string `json:"cites,omitempty"`
}

func findings(list []vc.Finding) []finding {
	out := make([]finding, 0, len(list))
	for _, f := range list {
		out = append(out, finding{Code: f.Code, Pointer: f.Pointer, Detail: f.Message, Warning: f.Warning, Cites: f.Cites})
	}
	return out
}

// problemOf turns any error into a problem document. What is ours to mend keeps its text to itself.
func problemOf(err error) problem {
	e := httpx.Shown(err)
	return problem{
		Type: "/problems/" + e.Code, Title: httpx.Title(e.Code), Status: httpx.Status(e), Detail: e.Message, Pointer: e.Pointer,
		Errors: findings(e.Details),
	}
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
