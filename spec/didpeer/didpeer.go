// Package didpeer is the did:peer method (Peer DID Method 1.0): DIDs that two parties know and nobody else, with the
// document in the DID, or given along with it; and the unqualified DIDs that came before it.
//
//	Agent{Key, Endpoint} ── Encode4 ──> did:peer:4zQm…:z…  ── Short ──> did:peer:4zQm…
//	                     ── Encode2 ──> did:peer:2.Vz6Mk….SeyJ… ── Short ──> did:peer:3zQm…
//	                     ── Legacy ──> 2U75EaECS1JzqdidZeebxe and its document
//	did:peer:0, 2, 4 long ── Resolve ──> document
//	did:peer:3, 4 short, with the long one ── ResolveShort ──> document
//	did:peer:1 with its document ── ResolveGenesis ──> document
//	a document of DID Exchange 1.0 ── ParseLegacy ──> diddoc.Document
package didpeer

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"strings"

	"github.com/mr-tron/base58"

	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/ijson"
)

const prefix = "did:peer:"

// CodeNotFound is the code of a *diddoc.Error for a DID whose document is not in it: DID Resolution 0.3 §8.
const CodeNotFound = "notFound"

// hashLength is that of "Qm" and 44 digits: base58 of a SHA-256 multihash.
const hashLength = 46

func invalid(message string) error { return &diddoc.Error{Code: diddoc.CodeDID, Message: message} }

// Numalgo is the digit of a did:peer, 0 to 4, with the rest of the DID after it; its form is checked by who resolves it.
// It fails with a *diddoc.Error (CodeDID).
func Numalgo(did string) (numalgo int, rest string, err error) {
	if _, err := diddoc.ParseDID(did); err != nil {
		return 0, "", err
	}
	rest, ok := strings.CutPrefix(did, prefix)
	if !ok || rest[0] < '0' || rest[0] > '4' {
		return 0, "", invalid("no did:peer of numalgo 0 to 4")
	}
	return int(rest[0] - '0'), rest[1:], nil
}

// Resolve gives the document of a DID that holds it: numalgo 0, 2, and 4 in its long form. It fails with a *diddoc.Error:
// CodeDID, CodeDocument for what is in the DID, [CodeNotFound] for a DID that does not hold its document.
func Resolve(did string) ([]byte, error) {
	numalgo, rest, err := Numalgo(did)
	if err != nil {
		return nil, err
	}
	switch {
	case numalgo == 0:
		return resolve0(did, rest)
	case numalgo == 2:
		return resolve2(did, rest, did)
	case numalgo == 4 && strings.Contains(rest, ":"):
		return resolve4(did, rest, did)
	}
	if !isHash(rest) {
		return nil, invalid("no base58 of a SHA-256")
	}
	return nil, &diddoc.Error{Code: CodeNotFound, Message: "the document is not in this DID"}
}

// ResolveShort gives the document under the short form of a DID: numalgo 3 for a long one of numalgo 2, the short form of
// numalgo 4. It fails with a *diddoc.Error: CodeDID where one is not the other's.
func ResolveShort(short, long string) ([]byte, error) {
	want, err := Short(long)
	if err != nil {
		return nil, err
	}
	if short != want {
		return nil, invalid("the long form is of another DID")
	}
	numalgo, rest, err := Numalgo(long)
	if err != nil {
		return nil, err
	}
	if numalgo == 2 {
		return resolve2(long, rest, short)
	}
	return resolve4(long, rest, short)
}

// Short gives the short form of a DID of numalgo 2 or 4 in its long form. What the DID holds is not looked at but for its
// hash. It fails with a *diddoc.Error (CodeDID).
func Short(long string) (string, error) {
	numalgo, rest, err := Numalgo(long)
	if err != nil {
		return "", err
	}
	switch numalgo {
	case 2:
		return prefix + "3" + hash([]byte(rest)), nil
	case 4:
		sum, _, err := split4(rest)
		return prefix + "4" + sum, err
	}
	return "", invalid("the DID has no short form")
}

// hash is the multibase of the SHA-256 multihash.
func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return "z" + base58.Encode(append([]byte{0x12, 0x20}, sum[:]...))
}

// isHash says whether the text has the form of a hash: "z" and 46 digits. Published examples are not multihashes all of
// them; a hash that is none is no document's.
func isHash(text string) bool {
	if len(text) != 1+hashLength || text[0] != 'z' {
		return false
	}
	_, err := base58.Decode(text[1:])
	return err == nil
}

// resolved makes a document that was written without its DID the document of did: adds the id, another name, and the
// controller of methods that name none (or, as Credo does, "#id").
func resolved(raw []byte, did, alias string) ([]byte, error) {
	value, err := ijson.Decode(raw, ijson.Limits{Bytes: diddoc.MaxDocument})
	if err != nil {
		return nil, &diddoc.Error{Code: diddoc.CodeDocument, Message: "no I-JSON object"}
	}
	document, ok := value.(map[string]any)
	if !ok {
		return nil, &diddoc.Error{Code: diddoc.CodeDocument, Message: "no I-JSON object"}
	}
	document["id"] = did
	if alias != "" {
		known, _ := document["alsoKnownAs"].([]any)
		document["alsoKnownAs"] = append(known, alias)
	}
	for _, name := range []string{
		"verificationMethod", "authentication", "assertionMethod", "keyAgreement", "capabilityInvocation", "capabilityDelegation",
	} {
		entries, _ := document[name].([]any)
		for _, entry := range entries {
			if method, ok := entry.(map[string]any); ok && (method["controller"] == nil || method["controller"] == "#id") {
				method["controller"] = did
			}
		}
	}
	return write(document)
}

// write writes a value that was read, or is to be read.
func write(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, &diddoc.Error{Code: diddoc.CodeDocument, Message: "the document cannot be written"}
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// checked refuses a document that package diddoc would not read.
func checked(document []byte, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	if _, err := diddoc.Parse(document); err != nil {
		return nil, err
	}
	return document, nil
}
