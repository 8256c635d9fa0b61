package didpeer

import (
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/multikey"
)

// Agent is what a peer must know of an agent: its one Ed25519 key ("z6Mk…"), where it is, and through whom (keys as
// did:key, RFC 0067). It is the input of each kind of DID that an agent has for a connection.
type Agent struct {
	Key         string
	Endpoint    string
	RoutingKeys []string
	Accept      []string // "didcomm/aip2;env=rfc19"; may be left out
}

type agentService struct {
	ID            string   `json:"id"`
	Type          string   `json:"type"`
	RecipientKeys []string `json:"recipientKeys"`
	RoutingKeys   []string `json:"routingKeys"`
	Accept        []string `json:"accept,omitempty"`
	Endpoint      string   `json:"serviceEndpoint"`
	Priority      int      `json:"priority"`
}

type agentMethod struct {
	ID        string `json:"id"`
	Type      string `json:"type"`
	Multibase string `json:"publicKeyMultibase"`
}

type agentDocument struct {
	Context        []string       `json:"@context"`
	Methods        []agentMethod  `json:"verificationMethod"`
	Authentication []string       `json:"authentication"`
	KeyAgreement   []string       `json:"keyAgreement"`
	Services       []agentService `json:"service"`
}

// Encode4 gives the agent's DID of numalgo 4 in its long form, with a document of the form of ACA-Py's. It fails with a
// *diddoc.Error (CodeKey) for no Ed25519 key, and as the function [Encode4].
func (a Agent) Encode4() (string, error) {
	if err := a.check(); err != nil {
		return "", err
	}
	raw, err := write(agentDocument{
		Context:        []string{"https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"},
		Methods:        []agentMethod{{"#key-0", diddoc.Multikey, a.Key}},
		Authentication: []string{"#key-0"},
		KeyAgreement:   []string{"#key-0"},
		Services:       []agentService{a.service("#didcomm-0", "#key-0")},
	})
	if err != nil {
		return "", err
	}
	return Encode4(raw)
}

// Encode2 gives the agent's DID of numalgo 2. It fails as [Agent.Encode4] does.
func (a Agent) Encode2() (string, error) {
	if err := a.check(); err != nil {
		return "", err
	}
	service, err := write(a.service("#didcomm-0", "#key-1"))
	if err != nil {
		return "", err
	}
	x25519, err := a.agreement()
	if err != nil {
		return "", err
	}
	return Encode2([]Key{{diddoc.Authentication, a.Key}, {diddoc.KeyAgreement, x25519}}, service)
}

func (a Agent) service(id, key string) agentService {
	routing := a.RoutingKeys
	if routing == nil {
		routing = []string{} // ACA-Py and Credo write it where it is empty
	}
	return agentService{
		ID: id, Type: "did-communication", RecipientKeys: []string{key}, RoutingKeys: routing, Accept: a.Accept, Endpoint: a.Endpoint,
	}
}

func (a Agent) check() error {
	_, err := a.agreement()
	if err == nil && a.Endpoint == "" {
		err = &diddoc.Error{Code: diddoc.CodeDocument, Pointer: "/service", Message: "an endpoint is expected"}
	}
	return err
}

// agreement is the X25519 sibling of the agent's key.
func (a Agent) agreement() (string, error) {
	code, raw, err := multikey.Split(a.Key)
	if err != nil || code != multikey.CodeEd25519 || a.Key[0] != 'z' {
		return "", &diddoc.Error{Code: diddoc.CodeKey, Message: "an Ed25519 multikey is expected"}
	}
	sibling, err := multikey.X25519FromEd25519(raw)
	if err != nil {
		return "", &diddoc.Error{Code: diddoc.CodeKey, Message: "an Ed25519 multikey is expected"}
	}
	return multikey.Join(multikey.CodeX25519, sibling), nil
}
