package dif

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
)

// registered is an answer: a DID's state or that of a resource, as cheqd's registrar writes them.
type registered struct {
	Job      *string   `json:"jobId"`
	DID      *state    `json:"didState,omitempty"`
	URL      *state    `json:"didUrlState,omitempty"`
	Metadata *struct{} `json:"didRegistrationMetadata,omitzero"`
	Content  *struct{} `json:"contentMetadata,omitzero"`
}

type state struct {
	DID         string                    `json:"did,omitempty"`
	URL         string                    `json:"didUrl,omitempty"`
	State       string                    `json:"state"`
	Action      string                    `json:"action,omitempty"`
	Reason      string                    `json:"reason,omitempty"`
	Description string                    `json:"description,omitempty"`
	Signing     map[string]signingRequest `json:"signingRequest,omitempty"`
	Secret      any                       `json:"secret,omitzero"`
	Document    jsontext.Value            `json:"didDocument,omitzero"`
	Content     string                    `json:"content,omitempty"`
	Name        string                    `json:"name,omitempty"`
	Type        string                    `json:"type,omitempty"`
	Version     string                    `json:"version,omitempty"`
}

type signingRequest struct {
	Kid     string `json:"kid"`
	Alg     string `json:"alg,omitempty"`
	Payload []byte `json:"serializedPayload"`
}

// What cheqd's registrar says with what is to be signed.
const (
	pleaseSign = "Please sign the following payload with the keys in verificationMethod and Add the signingResponse in secret"
	example    = "e.g. { signingRequest0: { kid: did:cheqd:testnet:qsqdcansoica#key-1, signature: aca1s12q14213casdvaadcfas }, signingRequest1: ... }"
	noJob      = "The jobId is either expired or not found"
)

func ofResource(operation string) bool { return strings.HasSuffix(operation, "Resource") }

// answer is what has become of a registration, with its status.
func (q registration) answer(operation string, p identity.LedgerProgress) (int, registered) {
	s := &state{State: "action", Action: "signPayload", Description: pleaseSign}
	out, status := registered{Job: &p.Job}, http.StatusOK
	if p.Finished {
		status = http.StatusCreated
		s = &state{State: "finished", Secret: map[string]any{"signingResponse": q.Secret.Response}}
	} else {
		s.Signing = make(map[string]signingRequest, len(p.Signing))
		for _, one := range p.Signing {
			s.Signing[one.Name] = signingRequest{Kid: one.Method, Alg: one.Algorithm, Payload: one.Payload}
		}
		s.Secret = map[string]string{"signingResponse": example}
	}
	if !ofResource(operation) {
		s.DID, out.DID = p.Object, s
		if s.Document = p.Document; p.Finished && p.Document == nil {
			s.Document = jsontext.Value(`{"id":"` + p.Object + `"}`)
		}
		return status, out
	}
	s.URL, out.URL = p.Object, s
	if p.Finished {
		s.Name, s.Type, s.Version, s.Content = p.Resource.Name, p.Resource.Type, p.Resource.Version, string(p.Resource.Content)
		if !utf8.Valid(p.Resource.Content) {
			s.Content = base64.StdEncoding.EncodeToString(p.Resource.Content)
		}
		out.Metadata, out.Content = &struct{}{}, &struct{}{}
	}
	return status, out
}

// reasons are the words of cheqd's registrar for what may be wrong with a request.
func reason(e *vc.Error) (status int, text string) {
	if e.Code == "ledger-pending" {
		return http.StatusServiceUnavailable, e.Message // nothing is decided: no word that the change is refused
	}
	switch e.Kind {
	case vc.Unauthenticated:
		return http.StatusUnauthorized, "Unauthorized"
	case vc.Denied:
		return http.StatusForbidden, "Forbidden"
	case vc.Conflict:
		return http.StatusConflict, e.Message
	case vc.Unsupported:
		return http.StatusNotImplemented, e.Message
	case vc.Unavailable:
		return http.StatusServiceUnavailable, e.Message
	case vc.NotFound:
		return http.StatusNotFound, e.Message
	case vc.Invalid:
		return http.StatusBadRequest, "Invalid payload"
	}
	return http.StatusInternalServerError, "Internal server error"
}

// fail answers with a state of failure. The text of what is ours stays here.
func (d *Registrar) fail(w http.ResponseWriter, r *http.Request, operation string, q registration, err error) {
	e, ok := errors.AsType[*vc.Error](err)
	if !ok {
		e = vc.Errorf(vc.Internal, "internal", "")
	}
	status, why := reason(e)
	s := &state{State: "failed", Reason: why}
	out := registered{}
	switch {
	case e.Code == "job-not-found":
		status, s.Reason, out.Job = http.StatusBadRequest, noJob, &q.Job
	case status == http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer, Basic realm="registrar"`)
		s.Description = e.Message
	default:
		if s.Description = why; status == http.StatusBadRequest {
			s.Description = why + ": " + e.Message
		}
		s.DID, s.Secret, s.Document = q.did(), struct{}{}, q.sent()
		if q.Job != "" {
			out.Job = &q.Job
		}
	}
	if e.Kind == vc.Internal {
		httpx.LogFault(r, d.Log, "register", err)
	}
	if out.DID = s; ofResource(operation) {
		out.DID, out.URL = nil, s
	}
	httpx.EncodeJSON(w, status, out)
}

// did is the DID that a request was about.
func (q registration) did() string {
	var has struct {
		ID string `json:"id"`
	}
	if q.DID == "" && q.sent() != nil {
		_ = json.Unmarshal(q.sent(), &has)
	}
	if q.DID != "" {
		return q.DID
	}
	return has.ID
}

// sent is the document that came.
func (q registration) sent() jsontext.Value {
	list, err := oneOrMany(q.Document)
	if err != nil || len(list) != 1 || list[0].Kind() != '{' {
		return nil
	}
	return list[0]
}
