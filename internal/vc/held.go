package vc

import "time"

// HeldCredential is a credential in the wallet of its scope. What it says is sealed; the facts in clear name no person.
type HeldCredential struct {
	ID         string
	Scope      Scope
	Types      []string // type names beside VerifiableCredential
	Issuer     string   // DID
	Network    string   // of the issuer's DID where its method has several: "testnet"; "" is the main one
	Schema     string   // URL of its credentialSchema
	Version    string   // of the schema, where it is one of ours
	Format     string
	Model      ModelVersion
	Identity   string // of the wallet, whose DID is the subject; "": somebody else is
	SubjectMAC []byte
	Digest     []byte // keyed, of the secured bytes: unique in a scope
	Exchange   string // it came by; "": imported
	Standing   Standing
	SeenAt     time.Time // when Standing was looked at; zero: never
	IssuedAt   time.Time
	ValidUntil time.Time // zero: unbounded
	BodyKey    []byte
	Body       []byte // sealed: the secured bytes
	Name       string // that its holder gave it; unique in a scope where set
	Tags       HeldTags
	CreatedAt  time.Time
}

// HeldTags are what a held credential is found by beside its own facts. None names a person.
type HeldTags struct {
	Given    string   // id of the credential, as its issuer gave it
	Contexts []string // URLs of its JSON-LD contexts
	Expanded []string // its types as IRIs
	Schemas  []string // ids of its credentialSchema
	Proofs   []string // types of its proofs
}

// ReplyState is what became of a request for a presentation at the holder's end.
type ReplyState string

// The states of a reply.
const (
	ReplyAsked     ReplyState = "asked"
	ReplyConfirmed ReplyState = "confirmed" // it is on its way
	ReplyPresented ReplyState = "presented"
	ReplyDeclined  ReplyState = "declined"
	ReplyFailed    ReplyState = "failed"
	ReplyExpired   ReplyState = "expired"
)

// Reply is a request for a presentation that a wallet received, and what it answers.
type Reply struct {
	ID        string
	Scope     Scope
	Door      string
	Channel   string
	Thread    string
	Identity  string // that presents
	State     ReplyState
	Error     string // why it failed: a code
	Pocket    []byte
	BodyKey   []byte
	Body      []byte // sealed: the request, what was presented
	Revision  int
	CreatedAt time.Time
	UpdatedAt time.Time
	ExpiresAt time.Time
}
