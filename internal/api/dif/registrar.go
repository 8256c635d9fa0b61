package dif

import (
	"encoding/base64"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Name is the registrar's name in callers and audit entries.
const Name = "dif"

// maxBody is how many bytes a request may have: a resource of 2 MiB in base64.
const maxBody = 4 << 20

// Registrar is the door of the DIF Universal Registrar for DIDs on a ledger whose keys are the client's.
//
//	POST /1.0/{operation}?method=cheqd ── {didDocument} ──> 200 {jobId, didState: action, signingRequest}
//	                                   ── {jobId, secret.signingResponse} ──> the ledger ──> 201 {didState: finished}
//
// The operator's account pays, so it asks who calls: permission did:manage. A client that knows no such header puts its API key
// into the URL as a password, https://any:KEY@host/1.0/.
type Registrar struct {
	Access   *access.Service
	Identity *identity.Service
	Log      *slog.Logger // faults of ours; nil: none
}

// Routes is the door's table. Patterns are absolute.
func (d *Registrar) Routes() []httpx.Route {
	var routes []httpx.Route
	for _, operation := range []string{"create", "update", "deactivate", "createResource", "updateResource"} {
		routes = append(routes, httpx.Route{
			Method: http.MethodPost, Pattern: "/1.0/" + operation, Operation: operation, Permission: string(access.DIDManage),
			Handler: d.serve(operation),
		})
	}
	return append(routes, httpx.Route{
		Method: http.MethodGet, Pattern: "/1.0/methods", Operation: "methods", Permission: httpx.Public,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { httpx.EncodeJSON(w, http.StatusOK, []string{"cheqd"}) }),
	})
}

// Handler serves the table.
func (d *Registrar) Handler() http.Handler { return httpx.Mux{Routes: d.Routes()}.Handler() }

func (d *Registrar) serve(operation string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request registration
		by, err := d.admit(r)
		method := httpx.Query(r).Get("method")
		if err == nil { // what a document must have is the method's
			err = d.registers(method)
		}
		if err == nil {
			request, err = decode(r)
		}
		asked := identity.LedgerRegistration{}
		if err == nil {
			asked, err = request.read(operation, method)
		}
		progress := identity.LedgerProgress{}
		if err == nil {
			progress, err = d.Identity.RegisterOnLedger(r.Context(), by, asked)
		}
		if err != nil {
			d.fail(w, r, operation, request, err)
			return
		}
		status, answer := request.answer(operation, progress)
		httpx.EncodeJSON(w, status, answer)
	})
}

func (d *Registrar) registers(method string) error {
	if method == "" {
		return invalid("/method", "the query says no method")
	}
	return d.Identity.RegistersOnLedger(method)
}

// decode reads a request. Members that are not known are for other methods, and null is as good as nothing.
func decode(r *http.Request) (q registration, err error) {
	raw, err := httpx.ReadJSON(r, maxBody)
	if err == nil && json.Unmarshal(raw, &q) != nil {
		q, err = registration{}, invalid("", "a registration is expected: an object with didDocument, did, content, options, jobId, secret")
	}
	return q, err
}

// admit finds who calls.
func (d *Registrar) admit(r *http.Request) (vc.Caller, error) {
	ctx := r.Context()
	if len(r.Header.Values("Authorization")) > 1 {
		return vc.Caller{}, vc.Errorf(vc.Invalid, "header-twice", "the header Authorization is there twice")
	}
	authorization := r.Header.Get("Authorization")
	if _, password, ok := r.BasicAuth(); ok {
		authorization = "Bearer " + password
	}
	who, err := d.Access.Authenticate(ctx, authorization)
	if err != nil {
		return vc.Caller{}, err
	}
	scope, err := d.Access.ScopeFor(ctx, who, "", "")
	if err != nil {
		return vc.Caller{}, err
	}
	if err := access.Authorize(who, access.DIDManage, scope); err != nil {
		return vc.Caller{}, err
	}
	if rec := httpx.RecordOf(ctx); rec != nil {
		rec.Tenant = scope.Tenant
	}
	return vc.Caller{Scope: scope, Principal: who.ID, Door: Name, Request: httpx.RequestID(ctx)}, nil
}

// registration is a request: DIF DID Registration §5 as cheqd's registrar has it.
type registration struct {
	Job       string         `json:"jobId"`
	DID       string         `json:"did"`
	Document  jsontext.Value `json:"didDocument"` // of an update a list of one
	Operation []string       `json:"didDocumentOperation"`
	Content   jsontext.Value `json:"content"` // base64; of an update a list of one
	Relative  string         `json:"relativeDidUrl"`
	Options   struct {
		Network string `json:"network"`
		Name    string `json:"name"`
		Type    string `json:"type"`
		Version string `json:"versionId"`
	} `json:"options"`
	Secret struct {
		Response jsontext.Value `json:"signingResponse"` // an object by name of the request, or a list in their order
	} `json:"secret"`
}

type signed struct {
	Kid       string `json:"kid"`
	Signature string `json:"signature"`
}

func invalid(pointer, format string, args ...any) error {
	return vc.Errorf(vc.Invalid, "request-malformed", format, args...).At(pointer)
}

// read is what a request asks of the desk.
func (q registration) read(operation, method string) (asked identity.LedgerRegistration, err error) {
	asked = identity.LedgerRegistration{Method: method, Job: q.Job}
	asked.Change.Operation, asked.Change.DID, asked.Change.Network = operation, q.DID, q.Options.Network
	if q.Job != "" {
		given, err := q.signatures()
		if err != nil {
			return asked, err
		}
		asked.Signatures = make(map[string]identity.Signature, len(given))
		for name, s := range given {
			raw, err := unbase64(s.Signature)
			if err != nil {
				return asked, invalid("/secret/signingResponse", "a signature is not base64")
			}
			asked.Signatures[name] = identity.Signature{Method: s.Kid, Bytes: raw}
		}
		return asked, nil
	}
	if !ofResource(operation) {
		// The id of the version that is made; of a resource it is its author's word.
		if asked.Change.Version = q.Options.Version; asked.Change.Version != "" && !isUUID(asked.Change.Version) {
			return asked, invalid("/options/versionId", "the id of a version is a UUID")
		}
	}
	switch operation {
	case "create", "update":
		err = q.document(operation, &asked.Change)
	case "createResource", "updateResource":
		err = q.resource(&asked.Change.Resource)
	}
	return asked, err
}

// signatures are those that a request answers with, by name of what they answer.
func (q registration) signatures() (named map[string]signed, err error) {
	malformed := invalid("/secret/signingResponse", "signatures are expected as an object: kid and signature by name of the signing request")
	switch value := q.Secret.Response; {
	case httpx.Absent(value):
		return nil, nil
	case value.Kind() == '[':
		var list []signed
		if json.Unmarshal(value, &list) != nil {
			return nil, malformed
		}
		named = make(map[string]signed, len(list))
		for i, one := range list {
			named["signingRequest"+strconv.Itoa(i)] = one
		}
		return named, nil
	case json.Unmarshal(value, &named) != nil:
		return nil, malformed
	}
	return named, nil
}

func (q registration) document(operation string, change *identity.LedgerChange) error {
	if len(q.Operation) > 1 || len(q.Operation) == 1 && q.Operation[0] != "setDidDocument" {
		return vc.Errorf(vc.Unsupported, "operation-not-supported", "only setDidDocument is offered").At("/didDocumentOperation")
	}
	list, err := oneOrMany(q.Document)
	if err != nil || len(list) != 1 {
		return invalid("/didDocument", "a DID document is expected")
	}
	var has struct {
		ID      string           `json:"id"`
		Methods []jsontext.Value `json:"verificationMethod"`
	}
	if err := json.Unmarshal(list[0], &has); err != nil {
		return invalid("/didDocument", "a DID document is expected")
	}
	if len(has.Methods) == 0 {
		return invalid("/didDocument/verificationMethod", "Provide a DID Document with at least one valid verification method")
	}
	if operation == "create" {
		change.DID = has.ID
	}
	change.Document = list[0]
	return nil
}

func (q registration) resource(resource *identity.LedgerResource) error {
	list, err := oneOrMany(q.Content)
	text := ""
	if err != nil || len(list) != 1 || json.Unmarshal(list[0], &text) != nil {
		return invalid("/content", "the resource is expected, in base64")
	}
	resource.Content, err = unbase64(text)
	switch {
	case err != nil || len(resource.Content) == 0:
		return invalid("/content", "the resource is expected, in base64")
	case len(resource.Content) > 2<<20:
		return invalid("/content", "a resource has at most 2 MiB")
	case q.Options.Name == "" || len(q.Options.Name) > 64:
		return invalid("/options/name", "a name of 1 to 64 bytes is expected")
	case q.Options.Type == "" || len(q.Options.Type) > 64:
		return invalid("/options/type", "a type of 1 to 64 bytes is expected")
	case len(q.Options.Version) > 64:
		return invalid("/options/versionId", "a version has at most 64 bytes")
	}
	resource.Name, resource.Type, resource.Version = q.Options.Name, q.Options.Type, q.Options.Version
	if q.Relative != "" {
		id, ok := strings.CutPrefix(q.Relative, "/resources/")
		if !ok || !isUUID(id) {
			return invalid("/relativeDidUrl", "/resources/ and a UUID is expected")
		}
		resource.ID = id
	}
	return nil
}

// oneOrMany reads a value that may be in a list.
func oneOrMany(value jsontext.Value) ([]jsontext.Value, error) {
	if value.Kind() != '[' {
		if httpx.Absent(value) {
			return nil, nil
		}
		return []jsontext.Value{value}, nil
	}
	var list []jsontext.Value
	err := json.Unmarshal(value, &list)
	return list, err
}

// unbase64 takes either alphabet, padded or not.
func unbase64(text string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "=")))
}

func isUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i := range len(text) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (text[i] == '-') || !dash && !strings.ContainsRune("0123456789abcdefABCDEF", rune(text[i])) {
			return false
		}
	}
	return true
}
