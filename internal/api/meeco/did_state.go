package meeco

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// registering is what every request of DIF DID Registration has. A key of the caller's has no place in it.
type registering struct {
	Job     string `json:"jobId"`
	Options struct {
		ClientSecretMode bool   `json:"clientSecretMode"`
		Network          string `json:"network"`
		KeyType          string `json:"keyType"`
	} `json:"options"`
	Secret struct {
		Signatures map[string]signature `json:"signingResponse"`
	} `json:"secret"`
	Document jsontext.Value `json:"didDocument"`
}

// registered is what a request on a DID has that there is.
type registered struct {
	DID string `json:"did"`
}

// signature answers a signing request; what names the key again is read and not looked at.
type signature struct {
	Signature string `json:"signature"`
	Kid       string `json:"kid"`
	Algorithm string `json:"alg"`
	Purpose   string `json:"purpose"`
}

// registrationPlaces is where the core's members stand on this wire.
var registrationPlaces = map[string]string{
	"/method": "", "/keys": "/didDocument/verificationMethod", "/options": "/options", "/algorithm": "/options/keyType",
}

// register carries out one call of a registration. A DID that is made is 201; an action for the client is, too: the
// description knows one status an operation.
func (d *Door) register(w http.ResponseWriter, r *http.Request, c call, operation string, in registering, did string) error {
	began := time.Now()
	request, err := in.request(r, operation, did)
	if err != nil {
		return err
	}
	progress, err := d.Identity.Register(r.Context(), c.by, request)
	if err != nil {
		return httpx.Placed(err, registrationPlaces)
	}
	state, err := stateOf(progress)
	if err != nil {
		return err
	}
	out := registrationAnswer{Job: progress.Job, State: state}
	out.Metadata.Duration, out.Metadata.Method = time.Since(began).Milliseconds(), request.Method
	status := http.StatusOK
	if operation == identity.ToCreate {
		status = http.StatusCreated
	}
	return answer(w, status, out)
}

func (in registering) request(r *http.Request, operation, did string) (identity.Registration, error) {
	method := httpx.Query(r).Get("method")
	if method == "" {
		return identity.Registration{}, badParameter("method", "must name a DID method")
	}
	request := identity.Registration{
		Operation: operation, Method: method, DID: did, Job: in.Job, Client: in.Options.ClientSecretMode, Network: in.Options.Network,
		Signature: make(map[string]string, len(in.Secret.Signatures)),
	}
	if !httpx.Absent(in.Document) {
		request.Document = in.Document
	}
	for name, s := range in.Secret.Signatures {
		request.Signature[name] = s.Signature
	}
	algorithms := []vc.Algorithm{vc.Ed25519, vc.P256, vc.P384, vc.Secp256k1}
	i := slices.IndexFunc(algorithms, func(a vc.Algorithm) bool { return strings.EqualFold(string(a), in.Options.KeyType) })
	switch {
	case i >= 0:
		request.Algorithm = algorithms[i]
	case in.Options.KeyType != "":
		return identity.Registration{}, vc.Errorf(vc.Unsupported, "key-type-not-offered", "keyType is one of Ed25519, P-256, P-384, secp256k1").At("/options/keyType")
	}
	return request, nil
}

type registrationAnswer struct {
	Job      string   `json:"jobId,omitempty"`
	State    didState `json:"didState"`
	Metadata struct {
		Duration int64  `json:"duration"` // milliseconds
		Method   string `json:"method"`
	} `json:"didRegistrationMetadata"`
	Document struct{} `json:"didDocumentMetadata"`
}

// didState is DIF DID Registration §5.
type didState struct {
	State    string                    `json:"state"`
	Action   string                    `json:"action,omitempty"`
	DID      string                    `json:"did,omitempty"`
	Signing  map[string]signingRequest `json:"signingRequest,omitempty"`
	Template []methodTemplate          `json:"verificationMethodTemplate,omitempty"`
	Secret   *stateSecret              `json:"secret,omitempty"`
	Document jsontext.Value            `json:"didDocument,omitempty"`
}

type signingRequest struct {
	Kid        string         `json:"kid"`
	Algorithm  string         `json:"alg"`
	Purpose    string         `json:"purpose"`
	Payload    jsontext.Value `json:"payload"`
	Serialized string         `json:"serializedPayload"` // base64 of Payload's bytes as they are signed
}

type methodTemplate struct {
	ID      string         `json:"id"`
	Type    string         `json:"type"`
	Purpose []string       `json:"purpose"`
	JWK     jsontext.Value `json:"publicKeyJwk"`
}

// stateSecret names the verification methods of a DID that is finished; there is never a key in it.
type stateSecret struct {
	Methods []secretMethod `json:"verificationMethod"`
}

type secretMethod struct {
	ID         string   `json:"id"`
	Controller string   `json:"controller"`
	Purpose    []string `json:"purpose"`
}

func stateOf(p identity.Progress) (didState, error) {
	state := didState{State: "action", Action: p.Action, DID: p.DID}
	for _, t := range p.Template {
		state.Template = append(state.Template, methodTemplate{t.ID, t.Type, t.Purpose, t.JWK})
	}
	for _, s := range p.Signing {
		if state.Signing == nil {
			state.Signing = map[string]signingRequest{}
		}
		state.Signing[s.Name] = signingRequest{s.Method, s.Algorithm, s.Purpose, s.Payload, base64.StdEncoding.EncodeToString(s.Payload)}
	}
	if p.Action != "" {
		return state, nil
	}
	state.State = "finished"
	if !p.Identity.DeactivatedAt.IsZero() {
		return state, nil
	}
	document, err := diddoc.Parse(p.Document)
	if err != nil {
		return didState{}, err
	}
	state.Document, state.Secret = p.Document, &stateSecret{Methods: []secretMethod{}}
	for _, m := range document.VerificationMethods {
		method := secretMethod{ID: m.ID, Controller: m.Controller, Purpose: []string{}}
		for _, relationship := range []diddoc.Relationship{
			diddoc.Authentication, diddoc.AssertionMethod, diddoc.KeyAgreement, diddoc.CapabilityInvocation, diddoc.CapabilityDelegation,
		} {
			if document.Has(relationship, m.ID) {
				method.Purpose = append(method.Purpose, string(relationship))
			}
		}
		state.Secret.Methods = append(state.Secret.Methods, method)
	}
	return state, nil
}
