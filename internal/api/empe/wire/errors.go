package wire

import (
	"net/http"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Failure is the error object of Empe's services. Stack is for developers alone.
type Failure struct {
	Name       string `json:"name"`
	Message    string `json:"message"`
	Code       int    `json:"code"`
	StatusCode int    `json:"statusCode"`
	HTTPCode   int    `json:"httpCode"`
	Method     string `json:"method"`
	Path       string `json:"path"`
	Stack      string `json:"stack,omitempty"`
}

// Brief is the error object of the verifier.
type Brief struct {
	Message string `json:"message"`
	Code    int    `json:"code"`
	Stack   string `json:"stack,omitempty"`
}

// BriefOf leaves away what the verifier does not say.
func BriefOf(f Failure) any { return Brief{Message: f.Message, Code: f.Code, Stack: f.Stack} }

// Error codes are numbers: a fault of ours is what Empe's guide calls it, everything else its status with a one in front.
const (
	codeInternal = 10001
	codeBase     = 10000
)

// CodeNotAcceptable refuses a caller who takes no representation that there is (RFC 9110 §15.5.7).
const CodeNotAcceptable = "not-acceptable"

// said is how many findings one message tells.
const said = 8

// Fail answers with what err is.
func (k *Kernel) Fail(w http.ResponseWriter, r *http.Request, err error) {
	k.refuse(w, r, Line{}, err)
}

func (k *Kernel) refuse(w http.ResponseWriter, r *http.Request, line Line, err error) {
	e := httpx.Shown(err)
	status := statusOf(e)
	if e.Code != "tenant-not-found" { // of no operation's
		status = fitting(status, line.Statuses)
	}
	failure := Failure{
		Name: name(e.Code) + "Error", Message: message(e), Code: codeBase + status, StatusCode: status, HTTPCode: status,
		Method: r.Method, Path: r.URL.EscapedPath(),
	}
	if status == http.StatusInternalServerError {
		failure.Name, failure.Code = "InternalServerError", codeInternal
	}
	httpx.Refusing(w, r, k.Log, status, err)
	if line.Auth == Secret || line.Auth == SecretIfSent {
		w.Header().Del("WWW-Authenticate") // RFC 9110 §11.6.1 has no name for the scheme
	}
	if k.Verbose {
		failure.Stack = httpx.Causes(err)
	}
	var body any = failure
	if k.Refusal != nil {
		body = k.Refusal(failure)
	}
	httpx.EncodeJSON(w, status, body)
}

// statusOf is the status of an error on this wire.
func statusOf(e *vc.Error) int {
	switch e.Code {
	case "url-not-allowed", "address-not-allowed": // the caller named it
		return http.StatusBadRequest
	case CodeNotAcceptable:
		return http.StatusNotAcceptable
	}
	return httpx.Status(e)
}

// fitting gives the nearest of the statuses that an operation's description has. Statuses that speak of the request as such, or
// of us, need no description.
func fitting(status int, described []int) int {
	if described == nil || slices.Contains(described, status) {
		return status
	}
	var nearest []int
	switch status {
	case http.StatusGone:
		nearest = []int{http.StatusNotFound, http.StatusBadRequest}
	case http.StatusForbidden: // where only what is the caller's is shown
		nearest = []int{http.StatusNotFound}
	case http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusNotAcceptable:
		nearest = []int{http.StatusBadRequest}
	}
	for _, s := range nearest {
		if slices.Contains(described, s) {
			return s
		}
	}
	return status
}

// name writes a code as the name of a class.
func name(code string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(code, "-") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}

// message is one text for all that is to be said.
func message(e *vc.Error) string {
	var b strings.Builder
	b.WriteString(e.Message)
	place(&b, e.Pointer)
	n := 0
	told := map[vc.Finding]bool{}
	for _, f := range e.Details {
		f = vc.Finding{Message: f.Message, Pointer: f.Pointer, Warning: f.Warning}
		begins := strings.HasPrefix(e.Message, f.Message) || strings.HasSuffix(e.Message, f.Message)
		if f.Warning || told[f] || begins && (f.Pointer == "" || f.Pointer == e.Pointer) { // said already
			continue
		}
		told[f] = true
		if n++; n > said {
			b.WriteString("; and more")
			break
		}
		b.WriteString("; " + f.Message)
		place(&b, f.Pointer)
	}
	return b.String()
}

func place(b *strings.Builder, pointer string) {
	if pointer != "" {
		b.WriteString(" (at " + pointer + ")")
	}
}
