package siop

// EncodeRequest gives the payload of a request object.
func EncodeRequest(r Request) []byte { return nil }

// EncodeIDToken gives the payload of an ID token.
func EncodeIDToken(t IDToken) []byte { return nil }
