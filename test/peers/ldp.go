package peers

import "encoding/json"

// Know is "ldp.know": contexts by URL and DID documents that the calls after it may lean on. The peer fetches nothing, and
// knows did:key and the contexts of credentials by itself.
type Know struct {
	Contexts  map[string]json.RawMessage `json:"contexts,omitempty"`
	Documents []json.RawMessage          `json:"documents,omitempty"`
}

// VerifyLinked is "ldp.verify": a credential, or with Presentation a presentation, with an embedded proof of Suite:
// "eddsa-rdfc-2022", "ecdsa-rdfc-2019" or "Ed25519Signature2020". Credentials inside may have CredentialSuite. A refusal
// tells every reason.
type VerifyLinked struct {
	Document        json.RawMessage `json:"document"`
	Suite           string          `json:"suite"`
	CredentialSuite string          `json:"credentialSuite,omitempty"`
	Presentation    bool            `json:"presentation,omitempty"`
	Challenge       string          `json:"challenge,omitempty"`
	Domain          string          `json:"domain,omitempty"`
	Now             string          `json:"now,omitempty"`
}

// VerifyProofs is "ldp.verifyProofs": the proofs of many documents, each judged alone. It answers {"verified": [bool, …]}.
type VerifyProofs struct {
	Documents []json.RawMessage `json:"documents"`
	Suite     string            `json:"suite"`
}

// SignLinked is "ldp.sign": a proof of Suite under a fresh did:key for Alg, which the document calls "$DID". Date, RFC
// 3339, is when the proof says it was made. It answers a [SignedLinked].
type SignLinked struct {
	Document     json.RawMessage `json:"document"`
	Suite        string          `json:"suite"`
	Alg          string          `json:"alg"`
	Presentation bool            `json:"presentation,omitempty"`
	Challenge    string          `json:"challenge,omitempty"`
	Domain       string          `json:"domain,omitempty"`
	Date         string          `json:"date,omitempty"`
}

// SignedLinked answers [SignLinked].
type SignedLinked struct {
	Document json.RawMessage `json:"document"`
	DID      string          `json:"did"`
	KID      string          `json:"kid"`
}
