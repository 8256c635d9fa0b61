package didcomm

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/ijson"
)

// The types of services that speak DIDComm v1: RFC 0067, and the older one.
const (
	ServiceType       = "did-communication"
	ServiceTypeLegacy = "IndyAgent"
)

// Service says where an agent is: in an invitation (RFC 0434), and in the ~service decorator of a message without a
// connection (RFC 0056), where there is no id and no type. Keys are did:key, with or without fragment, or base58.
type Service struct {
	ID            string   `json:"id,omitzero"`
	Type          string   `json:"type,omitzero"`
	Priority      *int     `json:"priority,omitzero"`
	RecipientKeys []string `json:"recipientKeys,omitzero"`
	RoutingKeys   []string `json:"routingKeys,omitzero"`
	Accept        []string `json:"accept,omitzero"`
	Endpoint      string   `json:"serviceEndpoint,omitzero"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// Target is where to send and for whom to encrypt: first to Recipients, then once for each of Routing (see [PackFor]).
// Endpoint is as the peer wrote it: a URL of any scheme, "didcomm:transport/queue" of an agent that has none, or the DID of
// an agency, whose own service comes after it (RFC 0023, "agency endpoint").
type Target struct {
	Endpoint   string
	Recipients []Verkey
	Routing    []Verkey
	Accept     []string
}

// Target reads the service's keys. It fails with an *Error (CodeService) for a service without endpoint or recipient,
// and for keys that are not in the service itself.
func (s Service) Target() (Target, error) {
	return newTarget(s.Endpoint, s.RecipientKeys, s.RoutingKeys, s.Accept, "", ParseVerkey)
}

func (s Service) check(pointer string) error {
	_, err := newTarget(s.Endpoint, s.RecipientKeys, s.RoutingKeys, s.Accept, pointer, ParseVerkey)
	return err
}

func newTarget(endpoint string, recipients, routing, accept []string, pointer string, key func(string) (Verkey, error)) (Target, error) {
	fault := func(member, message string) error {
		return &Error{Code: CodeService, Pointer: pointer + member, Message: message}
	}
	target := Target{Endpoint: endpoint, Accept: accept}
	switch {
	case endpoint == "" || len(endpoint) > 2048:
		return Target{}, fault("/serviceEndpoint", "an endpoint is expected")
	case len(recipients) == 0 || len(recipients) > MaxRouting:
		return Target{}, fault("/recipientKeys", "keys are expected")
	case len(routing) > MaxRouting:
		return Target{}, fault("/routingKeys", "too many keys")
	}
	for i, text := range recipients {
		k, err := key(text)
		if err != nil {
			return Target{}, fault("/recipientKeys/"+strconv.Itoa(i), "an Ed25519 key is expected")
		}
		target.Recipients = append(target.Recipients, k)
	}
	for i, text := range routing {
		// A mediator's key is never in the document of whom it serves.
		k, err := ParseVerkey(text)
		if err != nil {
			return Target{}, fault("/routingKeys/"+strconv.Itoa(i), "an Ed25519 key is expected")
		}
		target.Routing = append(target.Routing, k)
	}
	return target, nil
}

// Targets are the services of a DID document that speak DIDComm v1 and can be used, the preferred first: RFC 0067, the
// lowest priority. Recipient keys may name methods of the document. Where services were found and none can be used it
// fails with an *Error (CodeService) for the first.
func Targets(document diddoc.Document) ([]Target, error) {
	type ranked struct {
		Target
		priority int
	}
	var found []ranked
	var first error
	looked := 0
	for i, s := range document.Services {
		if !slices.Contains(s.Types, ServiceType) && !slices.Contains(s.Types, ServiceTypeLegacy) {
			continue
		}
		if looked++; looked > MaxServices {
			break
		}
		endpoint, _ := ijson.String(s.Endpoint)
		priority := 0
		if raw, ok := s.Extra["priority"]; ok {
			_ = json.Unmarshal(raw, &priority) // what is no number is none
		}
		target, err := newTarget(endpoint, texts(s.Extra["recipientKeys"]), texts(s.Extra["routingKeys"]), texts(s.Extra["accept"]),
			"/service/"+strconv.Itoa(i), func(text string) (Verkey, error) { return keyIn(document, text) })
		if err != nil {
			first = cmp.Or(first, err)
			continue
		}
		found = append(found, ranked{target, priority})
	}
	if len(found) == 0 {
		if first == nil {
			first = &Error{Code: CodeService, Pointer: "/service", Message: "no service of DIDComm v1"}
		}
		return nil, first
	}
	slices.SortStableFunc(found, func(a, b ranked) int { return cmp.Compare(a.priority, b.priority) })
	targets := make([]Target, len(found))
	for i, f := range found {
		targets[i] = f.Target
	}
	return targets, nil
}

// keyIn reads a key, or finds it in the document: by "#fragment", or under the document's DID in any of its forms.
func keyIn(document diddoc.Document, text string) (Verkey, error) {
	did, fragment, isURL := strings.Cut(text, "#")
	if !isURL || strings.HasPrefix(text, "did:key:") {
		return ParseVerkey(text)
	}
	fault := &Error{Code: CodeKey, Message: "the document has no such Ed25519 key"}
	if did != "" && did != document.ID && !slices.Contains(document.AlsoKnownAs, did) {
		return Verkey{}, fault
	}
	method, ok := document.Method("#" + fragment)
	if !ok {
		return Verkey{}, fault
	}
	return verkeyOf(method)
}

func verkeyOf(method diddoc.VerificationMethod) (Verkey, error) {
	key, err := method.PublicKey()
	if err != nil {
		return Verkey{}, &Error{Code: CodeKey, Message: "the method has no Ed25519 key"}
	}
	return verkey(key)
}

// Verkeys are all Ed25519 keys of a document, those of authentication first, each once: by which its subject may be known
// as a sender.
func Verkeys(document diddoc.Document) []Verkey {
	var keys []Verkey
	add := func(key Verkey, err error) {
		if err == nil && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	for _, method := range document.Methods(diddoc.Authentication) {
		add(verkeyOf(method))
	}
	for _, method := range document.VerificationMethods {
		add(verkeyOf(method))
	}
	return keys
}

// texts reads an array of strings; nothing for another value.
func texts(raw []byte) []string {
	items, _ := ijson.Elements(raw)
	all := make([]string, 0, len(items))
	for _, item := range items {
		if text, ok := ijson.String(item); ok {
			all = append(all, text)
		}
	}
	return all
}
