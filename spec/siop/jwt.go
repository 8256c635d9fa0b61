package siop

import "github.com/chancery-vc/chancery/spec/jose"

// ReadRequest reads a request object of three parts, or of two where nothing is signed yet.
func ReadRequest(token []byte) (Request, jose.Compact, error) {
	return Request{}, jose.Compact{}, nil
}

// ReadIDToken reads an ID token of three parts, or of two where nothing is signed yet.
func ReadIDToken(token []byte) (IDToken, jose.Compact, error) {
	return IDToken{}, jose.Compact{}, nil
}
