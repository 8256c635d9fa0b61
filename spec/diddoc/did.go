package diddoc

// DID is a decentralized identifier: DID Core §3.1.
type DID struct{ Method, ID string }

func (d DID) String() string { return "did:" + d.Method + ":" + d.ID }

// URL is a DID URL: DID Core §3.2. Path begins with a slash; Query and Fragment are without their mark. All are as
// written, percent-encoded.
type URL struct {
	DID                   DID
	Path, Query, Fragment string
}

// String is the DID URL.
func (u URL) String() string { return "" }

// ParseDID reads a DID, nothing after it. It fails with an *Error.
func ParseDID(text string) (DID, error) { return DID{}, nil }

// ParseURL reads a DID URL. It fails with an *Error.
func ParseURL(text string) (URL, error) { return URL{}, nil }
