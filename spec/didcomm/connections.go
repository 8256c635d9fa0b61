package didcomm

import (
	"encoding/base64"
	"encoding/binary"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
)

// Connections 1.0: RFC 0160, for wallets that have no DID Exchange.

// The types of connections.
const (
	TypeConnectionInvitation Type = prefix + "connections/1.0/invitation"
	TypeConnectionRequest    Type = prefix + "connections/1.0/request"
	TypeConnectionResponse   Type = prefix + "connections/1.0/response"
	TypeConnectionProblem    Type = prefix + "connections/1.0/problem_report"

	typeSignature = prefix + "signature/1.0/ed25519Sha512_single"
)

// ConnectionInvitation invites in plain text: by a public DID, or by keys and an endpoint.
type ConnectionInvitation struct {
	Header
	Label         string   `json:"label,omitzero"`
	ImageURL      string   `json:"imageUrl,omitzero"`
	DID           string   `json:"did,omitzero"`
	RecipientKeys []string `json:"recipientKeys,omitzero"`
	RoutingKeys   []string `json:"routingKeys,omitzero"`
	Endpoint      string   `json:"serviceEndpoint,omitzero"`
}

// ConnectionRequest asks for a connection.
type ConnectionRequest struct {
	Header
	Label      string         `json:"label,omitzero"`
	ImageURL   string         `json:"imageUrl,omitzero"`
	Connection ConnectionSide `json:"connection"`
}

// ConnectionSide is one side's DID and its document, of the form that package didpeer calls legacy.
type ConnectionSide struct {
	DID    string         `json:"DID"`
	DIDDoc jsontext.Value `json:"DIDDoc,omitzero"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// ConnectionResponse answers a request: Signed is the responder's [ConnectionSide], signed with the invitation's key.
type ConnectionResponse struct {
	Header
	Signed SignedField `json:"connection~sig"`
}

// SignedField is the ~sig decorator: RFC 0234. Data is base64url of a time and JSON.
type SignedField struct {
	Type      Type   `json:"@type"`
	Signature string `json:"signature"`
	Data      string `json:"sig_data"`
	Signer    string `json:"signer"`

	Extra map[string]jsontext.Value `json:",embed"`
}

func newConnection(key string) Message {
	switch key {
	case "connections/1/invitation":
		return &ConnectionInvitation{}
	case "connections/1/request":
		return &ConnectionRequest{}
	case "connections/1/response":
		return &ConnectionResponse{}
	}
	return nil
}

func (m *ConnectionInvitation) check() error {
	if m.DID != "" && len(m.RecipientKeys) == 0 {
		return checkPeerDID(m.DID)
	}
	_, err := m.Target()
	return err
}

// Target is where the invitation's own keys are to be reached. It fails as [Service.Target] does, for an invitation by DID
// too.
func (m *ConnectionInvitation) Target() (Target, error) {
	return newTarget(m.Endpoint, m.RecipientKeys, m.RoutingKeys, nil, "", ParseVerkey)
}

func (m *ConnectionRequest) check() error {
	if err := checkPeerDID(m.Connection.DID); err != nil {
		return at("/connection", err)
	}
	return nil
}

func (m *ConnectionResponse) check() error { return needsThread(&m.Header) }

// SignField signs a JSON value at a time in seconds since 1970: sign gives the 64 bytes of an EdDSA signature over its
// input.
func SignField(key Verkey, seconds uint64, value []byte, sign func(input []byte) ([]byte, error)) (SignedField, error) {
	data := append(binary.BigEndian.AppendUint64(nil, seconds), value...)
	signature, err := sign(data)
	if err != nil {
		return SignedField{}, err
	}
	return SignedField{
		Type:      typeSignature,
		Signature: base64.URLEncoding.EncodeToString(signature),
		Data:      base64.URLEncoding.EncodeToString(data),
		Signer:    key.String(),
	}, nil
}

// Verify checks the signature and gives the value and its signer, which the caller compares with the key that it trusts.
// It fails with an *Error (CodeSignature).
func (f SignedField) Verify() (value []byte, signer Verkey, err error) {
	fault := func(message string) error { return &Error{Code: CodeSignature, Message: message} }
	if !f.Type.Is(typeSignature) {
		return nil, Verkey{}, fault("not of type ed25519Sha512_single")
	}
	data, ok := decodeAny64(f.Data)
	signature, oks := decodeAny64(f.Signature)
	if !ok || !oks || len(data) <= 8 {
		return nil, Verkey{}, fault("no base64url")
	}
	if signer, err = ParseVerkey(f.Signer); err != nil {
		return nil, Verkey{}, fault("the signer is no Ed25519 key")
	}
	public, err := signer.PublicKey()
	if err != nil {
		return nil, Verkey{}, err
	}
	if err := jose.Verify(public, data, signature); err != nil {
		return nil, Verkey{}, fault("the signature is wrong")
	}
	if err := ijson.Check(data[8:], ijson.Limits{Depth: MaxDepth}); err != nil {
		return nil, Verkey{}, fault("no I-JSON was signed")
	}
	return data[8:], signer, nil
}
