package didcomm

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Coordinate mediation 1.0: RFC 0211.

// The types of coordinate-mediation.
const (
	TypeMediateRequest        Type = prefix + "coordinate-mediation/1.0/mediate-request"
	TypeMediateGrant          Type = prefix + "coordinate-mediation/1.0/mediate-grant"
	TypeMediateDeny           Type = prefix + "coordinate-mediation/1.0/mediate-deny"
	TypeKeylistUpdate         Type = prefix + "coordinate-mediation/1.0/keylist-update"
	TypeKeylistUpdateResponse Type = prefix + "coordinate-mediation/1.0/keylist-update-response"
	TypeKeylistQuery          Type = prefix + "coordinate-mediation/1.0/keylist-query"
	TypeKeylist               Type = prefix + "coordinate-mediation/1.0/keylist"
)

// The values of KeylistChange.Action and Result.
const (
	KeyAdd    = "add"
	KeyRemove = "remove"

	KeySuccess     = "success"
	KeyNoChange    = "no_change"
	KeyClientError = "client_error"
	KeyServerError = "server_error"
)

// MediateRequest asks a mediator for its service.
type MediateRequest struct {
	Header
}

// MediateGrant says where and through which keys to be reached from now on.
type MediateGrant struct {
	Header
	Endpoint    string   `json:"endpoint"`
	RoutingKeys []string `json:"routing_keys"`
}

// MediateDeny says no.
type MediateDeny struct {
	Header
}

// KeylistUpdate says for which keys the mediator is to take messages.
type KeylistUpdate struct {
	Header
	Updates []KeylistChange `json:"updates"`
}

// KeylistUpdateResponse says what became of each change.
type KeylistUpdateResponse struct {
	Header
	Updated []KeylistChange `json:"updated"`
}

// KeylistChange adds or removes a key, a did:key or, of older agents, base58. Result is the response's alone.
type KeylistChange struct {
	RecipientKey string `json:"recipient_key"`
	Action       string `json:"action"`
	Result       string `json:"result,omitzero"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// KeylistQuery asks for the keys.
type KeylistQuery struct {
	Header
	Paginate *KeylistPage `json:"paginate,omitzero"`
}

// KeylistPage is a part of a list of keys: Limit and Offset of a query, Count, Offset and Remaining of an answer.
type KeylistPage struct {
	Limit     *int `json:"limit,omitzero"`
	Count     *int `json:"count,omitzero"`
	Offset    *int `json:"offset,omitzero"`
	Remaining *int `json:"remaining,omitzero"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// Keylist answers a [KeylistQuery].
type Keylist struct {
	Header
	Keys       []KeylistKey `json:"keys"`
	Pagination *KeylistPage `json:"pagination,omitzero"`
}

// KeylistKey is a key of a [Keylist].
type KeylistKey struct {
	RecipientKey string `json:"recipient_key"`

	Extra map[string]jsontext.Value `json:",embed"`
}

func newMediation(key string) Message {
	switch key {
	case "coordinate-mediation/1/mediate-request":
		return &MediateRequest{}
	case "coordinate-mediation/1/mediate-grant":
		return &MediateGrant{}
	case "coordinate-mediation/1/mediate-deny":
		return &MediateDeny{}
	case "coordinate-mediation/1/keylist-update":
		return &KeylistUpdate{}
	case "coordinate-mediation/1/keylist-update-response":
		return &KeylistUpdateResponse{}
	case "coordinate-mediation/1/keylist-query":
		return &KeylistQuery{}
	case "coordinate-mediation/1/keylist":
		return &Keylist{}
	}
	return nil
}

func (m *MediateGrant) check() error {
	_, err := m.Target()
	return err
}

// Target has the endpoint of the grant, and its routing keys; recipients are for who uses it.
func (m *MediateGrant) Target() (Target, error) {
	target := Target{Endpoint: m.Endpoint}
	if m.Endpoint == "" || len(m.Endpoint) > 2048 {
		return Target{}, missing("/endpoint", "an endpoint is expected")
	}
	if len(m.RoutingKeys) > MaxRouting {
		return Target{}, missing("/routing_keys", "too many keys")
	}
	for i, text := range m.RoutingKeys {
		key, err := ParseVerkey(text)
		if err != nil {
			return Target{}, missing("/routing_keys/"+strconv.Itoa(i), "an Ed25519 key is expected")
		}
		target.Routing = append(target.Routing, key)
	}
	return target, nil
}

func (m *KeylistUpdate) check() error { return checkChanges(m.Updates, "/updates") }

func (m *KeylistUpdateResponse) check() error {
	if err := checkChanges(m.Updated, "/updated"); err != nil {
		return err
	}
	for i, change := range m.Updated {
		if change.Result == "" {
			return missing("/updated/"+strconv.Itoa(i)+"/result", "a result is expected")
		}
	}
	return needsThread(&m.Header)
}

func checkChanges(changes []KeylistChange, pointer string) error {
	if len(changes) > maxList {
		return missing(pointer, "too many")
	}
	for i, change := range changes {
		at := pointer + "/" + strconv.Itoa(i)
		if _, err := ParseVerkey(change.RecipientKey); err != nil {
			return missing(at+"/recipient_key", "an Ed25519 key is expected")
		}
		if change.Action != KeyAdd && change.Action != KeyRemove {
			return missing(at+"/action", "add or remove is expected")
		}
	}
	return nil
}
