package jose

import (
	"bytes"
	"encoding/base64"
	"errors"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// decode reads base64url without padding, strictly: RFC 7515 §2. The standard library lets line breaks pass and, if not
// told otherwise, bits that belong to no byte; either would give one token many spellings.
func decode(text []byte) ([]byte, bool) {
	if bytes.IndexByte(text, '\n') >= 0 || bytes.IndexByte(text, '\r') >= 0 {
		return nil, false
	}
	raw := make([]byte, strict.DecodedLen(len(text)))
	n, err := strict.Decode(raw, text)
	return raw[:n], err == nil
}

var strict = base64.RawURLEncoding.Strict()

// binary reads a JSON string of base64url; it is not nil where it is ok.
func binary(value []byte) ([]byte, bool) {
	text, ok := ijson.String(value)
	if !ok {
		return nil, false
	}
	return decode([]byte(text))
}

// texts reads a JSON array of strings; it is not nil where it is ok.
func texts(value []byte) ([]string, bool) {
	items, ok := ijson.Elements(value)
	if !ok {
		return nil, false
	}
	all := make([]string, len(items))
	for i, item := range items {
		if all[i], ok = ijson.String(item); !ok {
			return nil, false
		}
	}
	return all, true
}

// fromJSON carries a fault of a JSON text over to this package's error.
func fromJSON(code string, err error) error {
	fault := &Error{Code: code, Message: "no I-JSON object"}
	if inner := (*ijson.Error)(nil); errors.As(err, &inner) {
		fault.Pointer, fault.Message = inner.Pointer, inner.Code+": "+inner.Message
	}
	return fault
}
