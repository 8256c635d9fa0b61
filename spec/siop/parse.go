package siop

// ParseRequest reads the payload of a request object.
func ParseRequest(payload []byte) (Request, error) { return Request{}, nil }

// ParseIDToken reads the payload of an ID token.
func ParseIDToken(payload []byte) (IDToken, error) { return IDToken{}, nil }
