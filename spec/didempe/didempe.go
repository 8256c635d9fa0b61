// Package didempe is the did:empe method of the Empeiria ledger: its names, the document of a name that follows from a key,
// and the documents that the ledger keeps.
//
//	key ── Encode ──> did:empe:testnet:006308…, …#0 ── and Document, while the ledger has none
//	did:empe:… ── Query ──> a node of the network ── Read ──> DID document
//
// The method has no public specification. What is here was read off the ledger's answers.
package didempe

import (
	"encoding/hex"
	"strings"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"golang.org/x/crypto/sha3"

	"github.com/chancery-vc/chancery/spec/comet"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
)

// The networks. A DID of the first does not name it.
const (
	Mainnet = "mainnet"
	Testnet = "testnet"
)

const (
	prefix = "did:empe:"
	onTest = Testnet + ":"
	first  = "#0" // the first key's verification method
)

// Network gives the network of a DID. It fails with a *diddoc.Error (CodeDID) for what is no did:empe: did:empe:<id> or
// did:empe:testnet:<id>, with 40 lower-case hexadecimal digits.
func Network(did string) (string, error) {
	id, ok := strings.CutPrefix(did, prefix)
	if !ok {
		return "", &diddoc.Error{Code: diddoc.CodeDID, Message: "the DID is not of the method empe"}
	}
	network := Mainnet
	if after, ok := strings.CutPrefix(id, onTest); ok {
		id, network = after, Testnet
	}
	if len(id) != 40 || strings.Trim(id, "0123456789abcdef") != "" {
		return "", &diddoc.Error{Code: diddoc.CodeDID, Message: "a did:empe ends with 40 lower-case hexadecimal digits, after testnet: or nothing"}
	}
	return network, nil
}

// Encode gives the DID of a secp256k1 key on a network, and the id of the key's verification method. The last part is the
// key's Ethereum address: the last 20 bytes of the Keccak-256 of the uncompressed point without its first byte. It fails
// with a *diddoc.Error: CodeKey for another key, CodeDID for another network.
func Encode(network string, key jose.PublicKey) (did, method string, err error) {
	point, ok := key.Key.(*secp256k1.PublicKey)
	if !ok || point == nil {
		return "", "", &diddoc.Error{Code: diddoc.CodeKey, Message: "a did:empe has a secp256k1 key"}
	}
	did = prefix
	switch network {
	case Mainnet:
	case Testnet:
		did += onTest
	default:
		return "", "", &diddoc.Error{Code: diddoc.CodeDID, Message: "did:empe has no such network"}
	}
	hash := sha3.NewLegacyKeccak256()
	hash.Write(point.SerializeUncompressed()[1:])
	did += hex.EncodeToString(hash.Sum(nil)[12:])
	return did, did + first, nil
}

// Follows says whether a DID is the one that follows from a key. It is true of a DID's first key for ever; whether that key
// still speaks for the DID, only the ledger knows, once the DID is there.
func Follows(did string, key jose.PublicKey) bool {
	network, err := Network(did)
	if err != nil {
		return false
	}
	own, _, err := Encode(network, key)
	return err == nil && own == did
}

// Document gives the document of the DID that [Encode] gives: one key, in the form and for the relationships that the
// ledger's documents have for it. It fails as Encode does.
func Document(network string, key jose.PublicKey) ([]byte, error) {
	did, id, err := Encode(network, key)
	if err != nil {
		return nil, err
	}
	method, err := diddoc.NewMethod(diddoc.JSONWebKey, id, did, key)
	if err != nil {
		return nil, err
	}
	return diddoc.Build(diddoc.Document{
		ID: did, VerificationMethods: []diddoc.VerificationMethod{method},
		Relationships: map[diddoc.Relationship][]string{diddoc.Authentication: {id}, diddoc.AssertionMethod: {id}},
	})
}

// Query asks the ledger for a DID's document.
func Query(did string) comet.Query {
	return comet.Query{Path: "/empe.diddoc.Query/DidDocument", Data: comet.AppendText(nil, 1, did)}
}
