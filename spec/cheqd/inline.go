package cheqd

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/ijson"
)

// inline is a verification method that stands in assertionMethod. The ledger lets members be texts, numbers and bools
// alone, so a JWK is a text.
type inline struct {
	ID         string         `json:"id"`
	Type       string         `json:"type"`
	Controller string         `json:"controller"`
	Base58     *string        `json:"publicKeyBase58,omitzero"`
	Multibase  *string        `json:"publicKeyMultibase,omitzero"`
	JWK        *string        `json:"publicKeyJwk,omitzero"`
	Metadata   jsontext.Value `json:"metadata,omitzero"`
}

func (m inline) holds(material string) bool {
	for _, held := range []*string{m.Base58, m.Multibase, m.JWK} {
		if held != nil && *held == material {
			return true
		}
	}
	return false
}

// InlineMethod writes a method as a member of AssertionMethod: JSON, as the text of a JSON string. Any type may stand
// there, so it is how keys that the ledger refuses as verification methods (secp256k1, Multikey) get into a document.
func InlineMethod(m diddoc.VerificationMethod) string {
	out := append([]byte(`{"id":`), ijson.AppendString(nil, m.ID)...)
	jwk := string(compact(m.PublicKeyJWK))
	for _, member := range [...][2]string{
		{"type", m.Type},
		{"controller", m.Controller},
		{"publicKeyMultibase", m.PublicKeyMultibase},
		{"publicKeyBase58", m.PublicKeyBase58},
		{"publicKeyJwk", jwk},
	} {
		if member[1] != "" {
			out = ijson.AppendString(append(out, `,"`+member[0]+`":`...), member[1])
		}
	}
	return string(ijson.AppendString(nil, string(append(out, '}'))))
}

// ParseInlineMethod reads a member of AssertionMethod that is a whole method; false for one that is an id.
func ParseInlineMethod(text string) (diddoc.VerificationMethod, bool) {
	quoted, ok := unquote(text)
	if !ok {
		return diddoc.VerificationMethod{}, false
	}
	m, err := parseInline(quoted)
	if err != nil {
		return diddoc.VerificationMethod{}, false
	}
	out := diddoc.VerificationMethod{ID: m.ID, Type: m.Type, Controller: m.Controller, Embedded: diddoc.AssertionMethod}
	if m.Multibase != nil {
		out.PublicKeyMultibase = *m.Multibase
	}
	if m.Base58 != nil {
		out.PublicKeyBase58 = *m.Base58
	}
	if m.JWK != nil {
		out.PublicKeyJWK = []byte(*m.JWK)
	}
	return out, true
}

// unquote is the ledger's test of what is inline: Go's strconv.Unquote.
func unquote(text string) (string, bool) {
	inner, err := strconv.Unquote(text)
	return inner, err == nil
}

// parseInline reads an inline method; its errors are in the ledger's words.
func parseInline(text string) (inline, error) {
	var members map[string]jsontext.Value
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return inline{}, errors.New("input should be a valid JSON string")
	}
	for name, value := range members {
		switch value.Kind() {
		case '"', '0', 't', 'f':
		default:
			if name != "metadata" {
				return inline{}, fmt.Errorf("field %s is not protobuf-supported", name)
			}
		}
	}
	var m inline
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return inline{}, errors.New("assertionMethod should be a valid DIDUrl or an Escaped JSON string with id, type and controller values")
	}
	return m, nil
}

// compact takes the white space out of JSON; what is none stays.
func compact(raw []byte) []byte {
	value := jsontext.Value(raw).Clone()
	if value.Compact() != nil {
		return raw
	}
	return value
}
