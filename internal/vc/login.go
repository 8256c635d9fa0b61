package vc

import "time"

// LoginCode is a one-time code for who proved a DID; it turns into an access token of a [Holder]. Its id is that of the
// presentation request that asked for the proof, Secret the SHA-256 of the code.
type LoginCode struct {
	ID        string
	Scope     Scope
	Door      string
	Audience  string // of the token
	Secret    []byte
	BodyKey   []byte
	Body      []byte // sealed: the DID
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // zero: not yet
}
