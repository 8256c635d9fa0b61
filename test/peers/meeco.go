package peers

import "encoding/json"

// MeecoCall is "meeco.call": a method of Meeco's SDK, "vc" (@meeco/vc-api-sdk) or "did"
// (@meeco/identity-network-api-sdk). In Args nil is an argument left out, {"$date": RFC 3339} a Date.
type MeecoCall struct {
	SDK     string            `json:"sdk"`
	Base    string            `json:"base"`
	Token   string            `json:"token,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Method  string            `json:"method"`
	Args    []any             `json:"args"`
}

// MeecoAnswer is what the SDK gave, Value in its own names and as JSON, or what it threw for an answer that is no
// success.
type MeecoAnswer struct {
	Value   json.RawMessage `json:"value"`
	Refused *struct {
		Status int    `json:"status"`
		Body   string `json:"body"`
	} `json:"refused"`
}

// MeecoKey is the answer of "meeco.key" ({"alg": "EdDSA"}): a fresh key of a client, and its did:key.
type MeecoKey struct {
	Alg        string         `json:"alg"`
	DID        string         `json:"did"`
	Method     string         `json:"kid"`
	JWK        map[string]any `json:"jwk"`
	PrivateJWK map[string]any `json:"privateJwk"`
}

// MeecoSign is "meeco.sign": an unsigned token of two parts becomes one of three, as Meeco's client does it.
type MeecoSign struct {
	Unsigned string   `json:"unsigned"`
	Issuer   string   `json:"issuer"`
	Key      MeecoKey `json:"key"`
}

// MeecoProof is "meeco.proof": Payload is the base64 of what is signed.
type MeecoProof struct {
	Payload string   `json:"payload"`
	Key     MeecoKey `json:"key"`
}
