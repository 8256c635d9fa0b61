package agent

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
)

// What doors ask for.

// NewInvitation is an invitation to be made.
type NewInvitation struct {
	Alias, Label, Goal, GoalCode, ImageURL string
	Handshake                              []string // as given: whole identifiers, or short names ("rfc23", "didexchange/1.1"); empty: no connection
	Accept                                 []string // nil: what we speak
	Attachments                            []Attached
	MultiUse                               bool
	UsePublicDID                           bool
	UniqueDID                              bool   // the DID for the connection is made now, and invites
	UseDID                                 string // a DID of ours that invites
	UseDIDMethod                           string // the same, made now: "did:peer:2", "did:peer:4"
	Auto                                   *bool  // nil: as the settings say
	Metadata                               map[string]jsontext.Value
	Mediation                              string
	Version                                string // of out-of-band, "1.1"; "": the newest
}

// Attached names a record whose message goes along with an invitation.
type Attached struct {
	ID   string
	Kind string // "credential-offer", "present-proof"
}

// Taking is an invitation to be taken.
type Taking struct {
	Message     []byte // JSON, or any form that an invitation is handed over in: a URL, base64
	Alias       string
	Auto        *bool // nil: as the settings say
	UseExisting bool  // an existing connection, where there is one
	Mediation   string
}

// How says how a step of a handshake is taken; zero fields leave it as it is.
type How struct {
	Label, Endpoint      string
	UseDID, UseDIDMethod string
	UsePublicDID         bool
	Mediation            string
	Alias                string
	Auto                 *bool
}

// NewRequest is a request to whom a public DID leads to.
type NewRequest struct {
	How
	TheirDID       string
	Protocol       string // "https://didcomm.org/didexchange/1.1"; "": the newest
	Goal, GoalCode string
}

// NewStatic is a connection without a handshake. Empty fields of ours are made; the peer's key is needed, or its seed.
type NewStatic struct {
	Alias                                string
	MyDID                                string
	MySeed, TheirSeed                    []byte // of an Ed25519 key, 32 bytes: RFC 8032 §5.1.5; nil: none
	TheirDID, TheirVerkey, TheirEndpoint string
	TheirLabel                           string
}

// ConnectionFilter filters connections, also by what is kept sealed.
type ConnectionFilter struct {
	vc.ConnectionQuery
	Alias, Their, TheirPublic string
}
