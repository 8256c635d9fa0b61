// Package didkey is the did:key method (W3C CCG, v0.9): the DID is the key.
package didkey

import "github.com/chancery-vc/chancery/spec/jose"

// Encode gives the DID of a key and the id of its verification method.
func Encode(key jose.PublicKey) (did, method string, err error) { return "", "", nil }

// Resolve gives the DID's document with its keys as Multikey. It fails with a *diddoc.Error.
func Resolve(did string) ([]byte, error) { return nil, nil }

// ResolveAs gives the DID's document with its keys in a method type of package diddoc. It fails with a *diddoc.Error.
func ResolveAs(did, methodType string) ([]byte, error) { return nil, nil }
