// Package didkey is the did:key method (W3C CCG, v0.9): the DID is the key, and nothing is to be fetched.
//
//	key ── Encode ──> did:key:z6Mk…, did:key:z6Mk…#z6Mk…
//	did:key:z6Mk… ── Resolve ──> document
package didkey

import (
	"crypto/ecdh"
	"strings"

	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/multikey"
)

const prefix = "did:key:"

// Encode gives the DID of a key and the id of its verification method. It fails with a *multikey.Error for no key.
func Encode(key jose.PublicKey) (did, method string, err error) {
	text, err := multikey.Encode(key)
	if err != nil {
		return "", "", err
	}
	return prefix + text, prefix + text + "#" + text, nil
}

// Resolve gives the DID's document with its keys as Multikey. It fails as [ResolveAs] does.
func Resolve(did string) ([]byte, error) {
	return ResolveAs(did, diddoc.Multikey)
}

// ResolveAs gives the DID's document with its keys in a method type of package diddoc; an X25519 key takes the sibling of
// a type for Ed25519 keys. It fails with a *diddoc.Error: CodeDID for what is no did:key, CodeKeyType for a type that
// holds no such key.
//
// As the method's published documents have it, the key serves all relationships but one: the key agreement of an
// Ed25519 key is by its X25519 sibling (§3.1.3).
func ResolveAs(did, methodType string) ([]byte, error) {
	document, err := Document(did, methodType)
	if err != nil {
		return nil, err
	}
	return diddoc.Build(document)
}

// Document gives what [ResolveAs] writes.
func Document(did, methodType string) (diddoc.Document, error) {
	fault := &diddoc.Error{Code: diddoc.CodeDID, Message: "no did:key of a key that is supported"}
	text, ok := strings.CutPrefix(did, prefix)
	if !ok || !strings.HasPrefix(text, "z") {
		return diddoc.Document{}, fault
	}
	code, raw, err := multikey.Split(text)
	if err != nil {
		return diddoc.Document{}, fault
	}
	document := diddoc.Document{ID: did, Relationships: map[diddoc.Relationship][]string{}}
	id := did + "#" + text
	if code != multikey.CodeX25519 {
		key, err := multikey.DecodeRaw(code, raw)
		if err != nil {
			return diddoc.Document{}, fault
		}
		method, err := diddoc.NewMethod(methodType, id, did, key)
		if err != nil {
			return diddoc.Document{}, err
		}
		document.VerificationMethods = []diddoc.VerificationMethod{method}
		for _, relationship := range []diddoc.Relationship{diddoc.Authentication, diddoc.AssertionMethod, diddoc.CapabilityInvocation, diddoc.CapabilityDelegation} {
			document.Relationships[relationship] = []string{id}
		}
	}
	switch code {
	case multikey.CodeEd25519:
		if raw, err = multikey.X25519FromEd25519(raw); err != nil {
			return diddoc.Document{}, fault
		}
		sibling := multikey.Join(multikey.CodeX25519, raw)
		id = did + "#" + sibling
		fallthrough
	case multikey.CodeX25519:
		key, err := ecdh.X25519().NewPublicKey(raw)
		if err != nil {
			return diddoc.Document{}, fault
		}
		method, err := diddoc.NewAgreementMethod(agreementType(methodType), id, did, key)
		if err != nil {
			return diddoc.Document{}, err
		}
		document.VerificationMethods = append(document.VerificationMethods, method)
	}
	document.Relationships[diddoc.KeyAgreement] = []string{id}
	return document, nil
}

// agreementType is the type of the X25519 method beside an Ed25519 method of that type.
func agreementType(methodType string) string {
	switch methodType {
	case diddoc.Ed25519VerificationKey2018:
		return diddoc.X25519KeyAgreementKey2019
	case diddoc.Ed25519VerificationKey2020:
		return diddoc.X25519KeyAgreementKey2020
	}
	return methodType
}
