package diddoc

import "time"

// Resolution is the result of resolving a DID: DID Resolution 0.3 §3. Document is the JSON as the method gave it.
type Resolution struct {
	Document    []byte
	ContentType string // application/did+ld+json or application/did+json
	Metadata    Metadata
}

// Metadata is about the document, not in it: DID Core §7.1.3.
type Metadata struct {
	Created     time.Time
	Updated     time.Time
	Deactivated bool
	VersionID   string
}
