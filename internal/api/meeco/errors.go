package meeco

import (
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// message is a text by language.
type message map[string]string

// english is the one language there is.
func english(text string) message { return message{"en": text} }

// failure is one entry of an error answer.
type failure struct {
	Error              string            `json:"error"`
	Message            message           `json:"message"`
	Status             int               `json:"http_code"`
	Extra              map[string]string `json:"extra_info"`
	RequestedLanguage  string            `json:"requested_language"`
	InRequestedMessage bool              `json:"message_in_requested_language"`
}

type failures struct {
	Errors []failure `json:"errors"`
}

// tenancyFailures is an error answer of the tenancy operations: the flat members that their clients read, beside errors.
type tenancyFailures struct {
	Errors  []failure         `json:"errors"`
	Error   string            `json:"error"`
	Status  int               `json:"http_code"`
	Extra   map[string]string `json:"extra_info"`
	Message jsontext.Value    `json:"message"`
	Args    struct{}          `json:"args"`
	File    string            `json:"file"`
	Line    int               `json:"line"`
}

// statusOf is the status of an error on this wire.
func statusOf(e *vc.Error) int {
	switch e.Code {
	case "format-not-offered", "no-variant", "representation-not-supported":
		return http.StatusNotAcceptable
	case "did-not-resolved", "issuer-not-resolved", "did-method-not-supported",
		"request-unreachable", "definition-unreachable": // what does not answer is where the caller said, not here
		return http.StatusUnprocessableEntity
	}
	return httpx.Status(e)
}

// failuresOf turns an error into the entries of an answer: one for each finding that stops the act, else one.
func failuresOf(r *http.Request, err error) []failure {
	e := httpx.Shown(err)
	language, status := requestedLanguage(r), statusOf(e)
	entry := func(code, pointer, text, keyword string) failure {
		extra := map[string]string{"request_id": httpx.RequestID(r.Context())}
		if pointer != "" {
			extra["pointer"] = pointer
		}
		if keyword != "" {
			extra["rule"] = keyword
		}
		return failure{
			Error: wireCode(code), Message: english(text), Status: status, Extra: extra, RequestedLanguage: language,
			InRequestedMessage: strings.HasPrefix(strings.ToLower(language), "en"),
		}
	}
	var out []failure
	for _, f := range e.Details {
		if !f.Warning {
			out = append(out, entry(f.Code, f.Pointer, f.Message, f.Keyword))
		}
	}
	if out == nil {
		out = []failure{entry(e.Code, e.Pointer, e.Message, "")}
	}
	return out
}

// wireCode writes a code as Meeco does.
func wireCode(code string) string { return strings.ReplaceAll(code, "-", "_") }

// requestedLanguage is the first language that the caller would like, "en" when it does not say.
func requestedLanguage(r *http.Request) string {
	first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	first, _, _ = strings.Cut(first, ";")
	first = strings.TrimSpace(first)
	if first == "" || first == "*" || len(first) > 35 { // RFC 5646 §4.4.1
		return "en"
	}
	return first
}

// fail answers with what err is.
func (d *Door) fail(w http.ResponseWriter, r *http.Request, err error) {
	list := d.failures(w, r, err)
	httpx.EncodeJSON(w, list[0].Status, failures{Errors: list})
}

// failFlat does so as the tenancy operations do.
func (d *Door) failFlat(w http.ResponseWriter, r *http.Request, err error) {
	list := d.failures(w, r, err)
	first := list[0]
	httpx.EncodeJSON(w, first.Status, tenancyFailures{
		Errors: list, Error: first.Error, Status: first.Status, Extra: first.Extra, Message: jsontext.Value("null"),
	})
}

// failures logs what is a fault of ours and gives what is to be said, all of one status.
func (d *Door) failures(w http.ResponseWriter, r *http.Request, err error) []failure {
	list := failuresOf(r, err)
	if httpx.Refusing(w, r, d.Log, list[0].Status, err) && d.Verbose {
		list[0].Message = english(httpx.Causes(err))
	}
	return list
}
