// Package didjwk is the did:jwk method (github.com/quartzjer/did-jwk): the DID is a JWK, and nothing is to be fetched.
//
//	key ── Encode ──> did:jwk:eyJj…, did:jwk:eyJj…#0
//	did:jwk:eyJj… ── Resolve ──> document
package didjwk

import (
	"encoding/base64"
	"strings"

	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
)

const prefix = "did:jwk:"

// Encode gives the DID of a key and the id of its verification method, "#0". It fails with a *diddoc.Error for no key.
func Encode(key jose.PublicKey) (did, method string, err error) {
	return EncodeJWK(key.JWK())
}

// EncodeJWK gives the DID of a public JWK as it is, byte by byte: another spelling of the key is another DID. It fails
// with a *diddoc.Error for a JWK that is private or of a kind that is not supported.
func EncodeJWK(jwk []byte) (did, method string, err error) {
	did = prefix + base64.RawURLEncoding.EncodeToString(jwk)
	if _, err := Document(did); err != nil {
		return "", "", err
	}
	return did, did + "#0", nil
}

// Resolve gives the DID's document. It fails with a *diddoc.Error (CodeDID) for what is no did:jwk, or of a key that is
// private or not supported.
func Resolve(did string) ([]byte, error) {
	document, err := Document(did)
	if err != nil {
		return nil, err
	}
	return diddoc.Build(document)
}

// Document gives what [Resolve] writes. A key with "use" sig serves no key agreement, one with "use" enc nothing else; the
// method says that Ed25519 is only valid for the one and X25519 only for the other. No other member plays a part.
func Document(did string) (diddoc.Document, error) {
	fault := &diddoc.Error{Code: diddoc.CodeDID, Message: "no did:jwk of a public key that is supported"}
	text, ok := strings.CutPrefix(did, prefix)
	if !ok || strings.ContainsAny(text, "\r\n") || len(did) > diddoc.MaxDID {
		return diddoc.Document{}, fault
	}
	jwk, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return diddoc.Document{}, fault
	}
	_, notSigns := jose.ParseJWK(jwk)
	_, notAgrees := jose.ParseAgreementJWK(jwk)
	if notSigns != nil && notAgrees != nil {
		return diddoc.Document{}, fault
	}
	use, err := member(jwk, "use")
	if err != nil {
		return diddoc.Document{}, fault
	}
	crv, err := member(jwk, "crv")
	if err != nil {
		return diddoc.Document{}, fault
	}
	id := did + "#0"
	document := diddoc.Document{
		ID:                  did,
		VerificationMethods: []diddoc.VerificationMethod{{ID: id, Type: diddoc.JSONWebKey2020, Controller: did, PublicKeyJWK: jwk}},
		Relationships:       map[diddoc.Relationship][]string{},
	}
	if use != "enc" && crv != "X25519" {
		for _, r := range []diddoc.Relationship{diddoc.Authentication, diddoc.AssertionMethod, diddoc.CapabilityInvocation, diddoc.CapabilityDelegation} {
			document.Relationships[r] = []string{id}
		}
	}
	if use != "sig" && crv != "Ed25519" {
		document.Relationships[diddoc.KeyAgreement] = []string{id}
	}
	return document, nil
}

// member is a member of a JWK that is a string, "" where it is missing.
func member(jwk []byte, name string) (string, error) {
	members, err := ijson.Members(jwk, ijson.Limits{})
	if err != nil {
		return "", err
	}
	for _, m := range members {
		if m.Name == name {
			text, _ := ijson.String(m.Value)
			return text, nil
		}
	}
	return "", nil
}
