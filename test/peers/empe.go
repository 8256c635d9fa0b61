package peers

import "encoding/json"

// QR is "qr": what jsQR reads in a picture, a PNG. It answers {"text": …}.
type QR struct {
	PNG []byte `json:"png"`
}

// EmpeKey is the answer of "empe.key" ({"alg": "ES256K", "method": "empe", "network": "testnet"}; method also key and jwk): a
// fresh key of a holder, and its DID.
type EmpeKey struct {
	Alg        string         `json:"alg"`
	DID        string         `json:"did"`
	Method     string         `json:"kid"`
	JWK        map[string]any `json:"jwk"`
	PrivateJWK map[string]any `json:"privateJwk"`
}

// EmpePresent is "empe.present": a presentation as a JWT, signed by did-jwt. Holder says another DID than the key's; Claims
// and Header replace members of the token's. It answers {"vp": …}.
type EmpePresent struct {
	Key         EmpeKey        `json:"key"`
	Nonce       string         `json:"nonce,omitempty"`
	Audience    any            `json:"audience,omitempty"`
	Credentials []any          `json:"credentials,omitempty"`
	Holder      string         `json:"holder,omitempty"`
	Now         int64          `json:"now,omitempty"` // seconds; 0: the machine's clock
	Claims      map[string]any `json:"claims,omitempty"`
	Header      map[string]any `json:"header,omitempty"`
}

// EmpeSign is "empe.sign": a token of the key's owner that says Payload. It answers {"token": …}.
type EmpeSign struct {
	Key     EmpeKey        `json:"key"`
	Payload map[string]any `json:"payload"`
}

// EmpeLogin is "empe.login": a holder proves a DID to an issuer and gets a token. It answers an [EmpeToken].
type EmpeLogin struct {
	Issuer string  `json:"issuer"` // credential_issuer
	Key    EmpeKey `json:"key"`
	Now    int64   `json:"now,omitempty"` // as in [EmpePresent]
}

// EmpeToken is a holder's token, with its claims unverified.
type EmpeToken struct {
	Token   string         `json:"token"`
	Type    string         `json:"type"`
	Expires float64        `json:"expires"`
	Claims  map[string]any `json:"claims"`
	Code    string         `json:"code"`
	Request string         `json:"request"`
}

// EmpeLogins is "empe.logins": [EmpeLogin] for many keys. It answers {"tokens": […]}.
type EmpeLogins struct {
	Issuer string    `json:"issuer"`
	Keys   []EmpeKey `json:"keys"`
}

// EmpeClaim is "empe.claim": from what was scanned to the credential. JWKS is where the keys of the issuer's tokens are.
type EmpeClaim struct {
	Scanned string  `json:"scanned"`
	Key     EmpeKey `json:"key"`
	JWKS    string  `json:"jwks"`
}

// EmpeClaimed answers [EmpeClaim]; Read is the credential as it was read again.
type EmpeClaimed struct {
	EmpeToken
	Offering json.RawMessage `json:"offering"`
	Meta     json.RawMessage `json:"meta"`
	ID       string          `json:"id"`
	VC       json.RawMessage `json:"vc"`
	Read     json.RawMessage `json:"read"`
}

// EmpeVerify2019 is "empe.verify2019": the proof EcdsaSecp256k1Signature2019 of a document, judged by jsonld and node's own
// cryptography. Contexts are all that the document needs, by URL.
type EmpeVerify2019 struct {
	Document json.RawMessage            `json:"document"`
	JWK      json.RawMessage            `json:"jwk"`
	Contexts map[string]json.RawMessage `json:"contexts"`
}

// EmpeAnswer is "empe.answer": a verifier's request, as it was scanned, is answered with credentials. It answers
// {"request": …, "answer": …}.
type EmpeAnswer struct {
	Scanned     string            `json:"scanned"`
	Key         EmpeKey           `json:"key"`
	Credentials []json.RawMessage `json:"credentials"`
	Submission  map[string]any    `json:"submission,omitempty"`
}
