package didpeer

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/mr-tron/base58"

	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/ijson"
)

// Numalgo 1 and 4: the DID is the hash of a document.

// jsonCodec is the multicodec prefix of JSON, 0x0200.
const jsonCodec = "\x80\x04"

// Encode4 makes the long form of a DID of numalgo 4 of an input document: a DID document without id, whose own ids and
// references are relative. White space is left out, the order of members stays. It fails with a *diddoc.Error
// (CodeDocument), or CodeDID for a document too large for a DID.
func Encode4(document []byte) (string, error) {
	members, err := ijson.Members(document, ijson.Limits{Bytes: diddoc.MaxDID})
	if err != nil || slices.ContainsFunc(members, func(m ijson.Member) bool { return m.Name == "id" }) {
		return "", &diddoc.Error{Code: diddoc.CodeDocument, Message: "an object without an id is expected"}
	}
	var compact bytes.Buffer
	compact.WriteString(jsonCodec)
	if err := json.Compact(&compact, document); err != nil {
		return "", &diddoc.Error{Code: diddoc.CodeDocument, Message: "no JSON"}
	}
	encoded := "z" + base58.Encode(compact.Bytes())
	did := prefix + "4" + hash([]byte(encoded)) + ":" + encoded
	_, err = checked(Resolve(did))
	return did, err
}

// split4 takes a long form apart, and checks the hash. The hash is over the text, so that the text is looked into only
// where it is the DID's own.
func split4(rest string) (sum, encoded string, err error) {
	sum, encoded, ok := strings.Cut(rest, ":")
	if !ok || len(encoded) < 7 || encoded[0] != 'z' || strings.Contains(encoded, ":") {
		return "", "", invalid("no long form of numalgo 4")
	}
	if hash([]byte(encoded)) != sum {
		return "", "", invalid("the hash is of another document")
	}
	return sum, encoded, nil
}

// resolve4 gives the document in rest, which is of the DID long, under that DID or its short form.
func resolve4(long, rest, did string) ([]byte, error) {
	sum, encoded, err := split4(rest)
	if err != nil {
		return nil, err
	}
	raw, err := base58.Decode(encoded[1:])
	if err != nil {
		return nil, invalid("no base58")
	}
	document, ok := bytes.CutPrefix(raw, []byte(jsonCodec))
	if !ok {
		return nil, invalid("no JSON in the DID")
	}
	alias := long
	if did == long {
		alias = prefix + "4" + sum
	}
	return checked(resolved(document, did, alias))
}

// EncodeGenesis gives the DID of numalgo 1 of a genesis document, byte for byte. It fails with a *diddoc.Error
// (CodeDocument) for what is no JSON object, or has an id.
func EncodeGenesis(document []byte) (string, error) {
	members, err := ijson.Members(document, ijson.Limits{Bytes: diddoc.MaxDocument})
	if err != nil || slices.ContainsFunc(members, func(m ijson.Member) bool { return m.Name == "id" }) {
		return "", &diddoc.Error{Code: diddoc.CodeDocument, Message: "an object without an id is expected"}
	}
	return prefix + "1" + hash(document), nil
}

// ResolveGenesis gives the document of a DID of numalgo 1, from the genesis document as it was hashed, or as agents send
// it in a DID exchange: with the DID as its id, which is taken out first, and with any white space. It fails with a
// *diddoc.Error: CodeDID where the document is not the DID's.
func ResolveGenesis(did string, document []byte) ([]byte, error) {
	numalgo, rest, err := Numalgo(did)
	if err != nil {
		return nil, err
	}
	if numalgo != 1 || !isHash(rest) {
		return nil, invalid("no did:peer of numalgo 1")
	}
	members, err := ijson.Members(document, ijson.Limits{Bytes: diddoc.MaxDocument})
	if err != nil {
		return nil, &diddoc.Error{Code: diddoc.CodeDocument, Message: "no I-JSON object"}
	}
	if hash(document) != rest {
		var stored bytes.Buffer
		if err := json.Compact(&stored, withoutID(members)); err != nil || hash(stored.Bytes()) != rest {
			return nil, invalid("the hash is of another document")
		}
		document = stored.Bytes()
	}
	return checked(resolved(document, did, ""))
}

// withoutID writes the members in their order, but for the id.
func withoutID(members []ijson.Member) []byte {
	out := []byte{'{'}
	for _, m := range members {
		if m.Name == "id" {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(ijson.AppendString(out, m.Name), ':'), m.Value...)
	}
	return append(out, '}')
}
