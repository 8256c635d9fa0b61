package peers

import "encoding/json"

// Verify is "jose.verifyCompact": is Token signed by the public key JWK? It answers a [Verified]. Only the signature
// is judged, unless Claims is set: then jose's jwtVerify also judges exp, nbf and what Claims asks for (issuer,
// subject, typ, currentDate as RFC 3339, …, see its JWTVerifyOptions); set it to an empty map for the dates alone.
type Verify struct {
	Token  string          `json:"token"`
	JWK    json.RawMessage `json:"jwk"`
	Claims any             `json:"claims,omitempty"`
}

// Verified is the token's header and payload as the peer read them.
type Verified struct {
	Header  map[string]any  `json:"header"`
	Payload json.RawMessage `json:"payload"`
}

// Sign is "jose.signVC" and, with a VCDM 1.1 credential or presentation, or its JWT claims, as payload,
// "didjwtvc.issue" and "didjwtvc.present": a token under a fresh key. Strings "$DID" and "$KID" in Payload and Header
// become the DID and verification method id of that key. jose has EdDSA, ES256 and ES384; did-jwt-vc has EdDSA, ES256
// and ES256K, and sets kid itself.
type Sign struct {
	Alg     string         `json:"alg"`
	DID     string         `json:"did,omitempty"` // method: "key" (the default) or "jwk"
	Header  map[string]any `json:"header,omitempty"`
	Payload any            `json:"payload"`
	Options any            `json:"options,omitempty"` // did-jwt-vc: CreateCredentialOptions, CreatePresentationOptions
}

// Signed answers [Sign]. Document only from did-jwt-vc.
type Signed struct {
	Token    string          `json:"token"`
	JWK      json.RawMessage `json:"jwk"` // public
	DID      string          `json:"did"`
	KID      string          `json:"kid"`
	Document json.RawMessage `json:"document"`
}

// VerifyVC is "didjwtvc.verify": a credential, or with Presentation a presentation, as a JWT. The issuer's document
// is looked for in Documents; did:key and did:jwk are resolved without. Dates are judged unless
// Options{"policies": {"issuanceDate": false, "expirationDate": false}}; Options{"policies": {"now": seconds}} sets
// the clock; {"domain", "challenge"} is what a presentation must say. The key must be an assertion method, unless
// Options{"proofPurpose": …} says otherwise.
// did-jwt knows the verification method types JsonWebKey2020 and Multikey.
type VerifyVC struct {
	Token        string            `json:"token"`
	Documents    []json.RawMessage `json:"documents,omitempty"`
	Options      any               `json:"options,omitempty"`
	Presentation bool              `json:"presentation,omitempty"`
}

// VerifiedVC answers [VerifyVC]; Credential is the credential, or presentation, rebuilt from the JWT's claims.
type VerifiedVC struct {
	Issuer     string          `json:"issuer"`
	Signer     string          `json:"signer"` // verification method id
	Payload    json.RawMessage `json:"payload"`
	Credential json.RawMessage `json:"credential"`
}

// Normalize is "didjwtvc.normalize": a credential as did-jwt-vc reads it, without looking at its signature. It answers a
// Normalize too.
type Normalize struct {
	Credential json.RawMessage `json:"credential"`
}

// Thumbprint is "jose.thumbprint" (RFC 7638, SHA-256); it answers {"thumbprint": …}.
type Thumbprint struct {
	JWK json.RawMessage `json:"jwk"`
}

// Resolve is "did.resolve" for did:key and did:jwk; it answers {"document": …}.
type Resolve struct {
	DID string `json:"did"`
}

// DecodeBits is "bitstring.decode": an encodedList, with the "u" of Bitstring Status List 1.0 or, as in
// StatusList2021, without. It answers [Bits].
type DecodeBits struct {
	EncodedList string `json:"encodedList"`
}

// Bits is a bitstring as the positions that are set, in order.
type Bits struct {
	Length int   `json:"length"`
	Set    []int `json:"set"`
}

// EncodeBits is "bitstring.encode"; Multibase (nil: true) puts the "u" in front. It answers {"encodedList": …}.
type EncodeBits struct {
	Bits
	Multibase *bool `json:"multibase,omitempty"`
}

// ReadStatus is "statuslist.read": one index of an unsecured BitstringStatusListCredential. It answers [Status].
type ReadStatus struct {
	Credential json.RawMessage `json:"credential"`
	Index      int             `json:"index"`
}

// Status is the bit at an index, with the list's length in bits and its purpose.
type Status struct {
	Status  bool   `json:"status"`
	Length  int    `json:"length"`
	Purpose string `json:"purpose"`
}

// CheckStatus is "statuslist.check": every BitstringStatusListEntry of an unsecured credential, with the unsecured
// list credentials by URL. The peer judges types, purposes and that the issuers are the same; it knows no JWT, so
// the lists' signatures are the caller's to verify first. It answers [CheckedStatus].
type CheckStatus struct {
	Credential json.RawMessage            `json:"credential"`
	Lists      map[string]json.RawMessage `json:"lists"`
}

// CheckedStatus answers [CheckStatus], an element an entry.
type CheckedStatus struct {
	Verified bool `json:"verified"`
	Statuses []struct {
		Purpose string `json:"purpose"`
		Status  bool   `json:"status"`
	} `json:"statuses"`
}
