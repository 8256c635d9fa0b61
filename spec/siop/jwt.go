package siop

import (
	"strings"

	"github.com/chancery-vc/chancery/spec/jose"
)

// ReadRequest reads a signed request object. Its signature is yet to be verified, with a key of the client. It fails as
// [jose.ParseCompact] and [ParseRequest] do, and with an *Error (CodeType) for a token of another type: TypeRequest, and
// from earlier clients TypeJWT or none.
func ReadRequest(token []byte) (Request, jose.Compact, error) {
	c, err := jose.ParseCompact(token)
	return requestOf(c, err)
}

// ReadUnsignedRequest reads a request object of two parts, which is yet to be signed and proves nothing. It fails as
// [ReadRequest] does.
func ReadUnsignedRequest(token []byte) (Request, jose.Compact, error) {
	c, err := jose.ParseUnsigned(token)
	return requestOf(c, err)
}

// ReadIDToken reads a signed ID token. Its signature is yet to be verified: see [IDToken.Key] and [IDToken.DID]. It fails
// as [jose.ParseCompact] and [ParseIDToken] do, and with an *Error (CodeType) for a token of another type than TypeJWT.
func ReadIDToken(token []byte) (IDToken, jose.Compact, error) {
	c, err := jose.ParseCompact(token)
	return idTokenOf(c, err)
}

// ReadUnsignedIDToken reads an ID token of two parts, which is yet to be signed and proves nothing. It fails as
// [ReadIDToken] does.
func ReadUnsignedIDToken(token []byte) (IDToken, jose.Compact, error) {
	c, err := jose.ParseUnsigned(token)
	return idTokenOf(c, err)
}

func requestOf(c jose.Compact, err error) (Request, jose.Compact, error) {
	if err == nil && !isType(c.Header.Typ, TypeRequest) {
		err = &Error{CodeType, "", "a token of another type", "RFC 9101 §10.8"}
	}
	if err != nil {
		return Request{}, jose.Compact{}, err
	}
	request, err := ParseRequest(c.Payload)
	if err != nil {
		return Request{}, jose.Compact{}, err
	}
	return request, c, nil
}

func idTokenOf(c jose.Compact, err error) (IDToken, jose.Compact, error) {
	if err == nil && !isType(c.Header.Typ, TypeJWT) {
		err = &Error{CodeType, "", "a token of another type", "RFC 8725 §3.11"}
	}
	if err != nil {
		return IDToken{}, jose.Compact{}, err
	}
	token, err := ParseIDToken(c.Payload)
	if err != nil {
		return IDToken{}, jose.Compact{}, err
	}
	return token, c, nil
}

// isType compares a header's "typ" as media types are, without "application/" (RFC 7515 §4.1.9). A token that names no
// type is let pass, as is a plain JWT.
func isType(typ, wanted string) bool {
	typ = strings.TrimPrefix(strings.ToLower(typ), "application/")
	return typ == "" || strings.EqualFold(typ, TypeJWT) || strings.EqualFold(typ, wanted)
}
