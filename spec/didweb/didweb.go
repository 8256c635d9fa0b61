// Package didweb is the did:web method's arithmetic between DIDs and places: which URL holds a DID's document.
package didweb

// URL is where a DID's document is: https, or http where loopbackHTTP is set and the host is localhost or a loopback
// address. It fails with a *diddoc.Error for a DID that names no such place.
func URL(did string, loopbackHTTP bool) (string, error) { return "", nil }

// DID is the DID of a host ("example.com", "localhost:8080") and path segments.
func DID(host string, path []string) (string, error) { return "", nil }

// FromRequest gives the DID whose document a request for path at host asks for; false where it asks for none.
func FromRequest(host, path string) (did string, ok bool) { return "", false }
