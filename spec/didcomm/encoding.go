package didcomm

import (
	"encoding/base64"
	"errors"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/spec/ijson"
)

var strict64 = base64.RawURLEncoding.Strict()

// decode64 reads base64url with or without padding: agents send it without, the samples of RFC 0019 have it.
func decode64(text string) ([]byte, bool) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, false
	}
	if strings.HasSuffix(text, "=") {
		if len(text)%4 != 0 {
			return nil, false
		}
		text = strings.TrimSuffix(strings.TrimSuffix(text, "="), "=")
	}
	raw, err := strict64.DecodeString(text)
	return raw, err == nil
}

func encode64(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// decodeAny64 reads base64 in either alphabet, with or without padding: agents differ, and their RFC is on both sides.
func decodeAny64(text string) ([]byte, bool) {
	if strings.ContainsAny(text, "+/") {
		if strings.ContainsAny(text, "-_") {
			return nil, false
		}
		text = strings.NewReplacer("+", "-", "/", "_").Replace(text)
	}
	return decode64(text)
}

// fromJSON carries a fault of a JSON text over to this package's error; values of the text are left out of it.
func fromJSON(code string, err error) *Error {
	fault := &Error{Code: code, Message: "not the JSON that is expected here"}
	if inner := (*ijson.Error)(nil); errors.As(err, &inner) {
		fault.Pointer, fault.Message = inner.Pointer, inner.Code+": "+inner.Message
	}
	if inner := (*json.SemanticError)(nil); errors.As(err, &inner) {
		fault.Pointer = string(inner.JSONPointer)
	}
	return fault
}
