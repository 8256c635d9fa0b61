package peer

import (
	"context"
	"encoding/json"
	"unicode/utf8"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didpeer"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/multikey"
)

// Options of a new DID.
const (
	OptionNumalgo  = "numalgo"  // "4", which it is by default, or "2"
	OptionEndpoint = "endpoint" // where its agent is: a DID of numalgo 2 or 4 never changes, and holds it
)

// endpointMax keeps a DID short enough to be resolved, bytes.
const endpointMax = 1024

// document is the input of numalgo 4, in the form of ACA-Py's agents; theirs has no assertionMethod.
type document struct {
	Context        []string `json:"@context"`
	Methods        []method `json:"verificationMethod"`
	Authentication []string `json:"authentication"`
	Assertion      []string `json:"assertionMethod"`
	Agreement      []string `json:"keyAgreement"`
	Services       []agent  `json:"service"`
}

type method struct {
	ID        string `json:"id"`
	Type      string `json:"type"`
	Multibase string `json:"publicKeyMultibase"`
}

type agent struct {
	ID            string   `json:"id"`
	Type          string   `json:"type"`
	RecipientKeys []string `json:"recipientKeys"`
	RoutingKeys   []string `json:"routingKeys"`
	Endpoint      string   `json:"serviceEndpoint"`
	Priority      int      `json:"priority"`
}

// Create gives the DID of exactly one Ed25519 key: agents of DIDComm v1 know no other. That of numalgo 2 has its key for authentication alone, since a key has a place
// there for each thing that it is for.
func (m Method) Create(ctx context.Context, request did.CreateRequest) (did.Created, error) {
	if len(request.Keys) != 1 {
		return did.Created{}, vc.Errorf(vc.Invalid, "one-key", "a did:peer has exactly one key").At("/keys")
	}
	if err := did.RefuseOptions(request.Options, OptionNumalgo, OptionEndpoint); err != nil {
		return did.Created{}, err
	}
	endpoint := request.Options[OptionEndpoint]
	switch {
	case endpoint == "":
		return did.Created{}, vc.Errorf(vc.Invalid, "endpoint-missing", "a did:peer holds where its agent is").At("/options/" + OptionEndpoint)
	case len(endpoint) > endpointMax || !utf8.ValidString(endpoint):
		return did.Created{}, vc.Errorf(vc.Invalid, "endpoint-invalid", "an endpoint has at most %d bytes", endpointMax).At("/options/" + OptionEndpoint)
	}
	public, err := jose.ParseJWK(request.Keys[0].PublicJWK)
	if err != nil || public.Algorithm != vc.Ed25519.JOSE() {
		return did.Created{}, vc.Errorf(vc.Invalid, "key-not-supported", "did:peer has Ed25519 keys").Because(err)
	}
	multibase, err := multikey.Encode(public)
	if err != nil {
		return did.Created{}, vc.Errorf(vc.Invalid, "key-not-supported", "did:peer has Ed25519 keys").Because(err)
	}
	created := did.Created{Type: diddoc.Multikey}
	fragment, purposes := "#key-0", []string{string(diddoc.AssertionMethod), string(diddoc.Authentication)}
	switch request.Options[OptionNumalgo] {
	case "", "4":
		created.DID, err = encode4(multibase, endpoint)
	case "2":
		created.DID, err = didpeer.Agent{Key: multibase, Endpoint: endpoint}.Encode2()
		fragment, purposes = "#key-1", purposes[1:]
	default:
		return did.Created{}, vc.Errorf(vc.Invalid, "numalgo", "a did:peer is made of numalgo 4 or 2").At("/options/" + OptionNumalgo)
	}
	if err != nil {
		return did.Created{}, did.Invalid(err)
	}
	resolution, err := m.Resolve(ctx, created.DID)
	if err != nil {
		return did.Created{}, err
	}
	created.Document, created.Methods = resolution.Document, []string{created.DID + fragment}
	created.Keys = []did.Standing{{Type: diddoc.Multikey, Purposes: purposes}}
	return created, nil
}

func encode4(multibase, endpoint string) (string, error) {
	const key = "#key-0"
	raw, err := json.Marshal(document{
		Context:        []string{"https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"},
		Methods:        []method{{key, diddoc.Multikey, multibase}},
		Authentication: []string{key}, Assertion: []string{key}, Agreement: []string{key},
		Services: []agent{{ID: "#didcomm-0", Type: "did-communication", RecipientKeys: []string{key}, RoutingKeys: []string{}, Endpoint: endpoint}},
	})
	if err != nil {
		return "", err
	}
	return didpeer.Encode4(raw)
}
