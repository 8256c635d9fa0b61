package vc

import "time"

// Order asks for one credential: a type and claims, or a whole document. Zero fields take the type's defaults.
type Order struct {
	ID         string   // UUIDv7 that the credential is to have; "": a new one
	Type       string   // id of a credential type
	Schema     string   // that the type must have, with Version: Conflict "schema-changed"; "": whichever it has
	Version    int      // of the type's schema; 0: the one that the type is at
	Variant    string   // name of a variant; "" is the type's default
	Format     string   // name of a format: the type's first variant of it; "" is as Variant says
	Types      []string // type names that the credential is expected to have; nil: whatever the type says
	Issuer     string   // DID or identity id; "" is the organisation's only identity
	IssuerName string   // overrides the identity's name
	Method     string   // verification method to sign with; "" picks the newest active assertion method
	Claims     []byte   // JSON object: the credentialSubject
	Recipient  string   // DID of who receives it, when that is not the subject
	ValidFrom  time.Time
	ValidUntil time.Time
	Revocable  *bool
	Replaces   string // id of a credential that this one replaces
	Exchange   string // id of the exchange it is issued in
	Issuance   string // joins credentials of one order in several formats; "" starts a new one

	// Document is a whole credential, JSON, in the place of type and claims; Profile says how it is issued, and Handle
	// what its caller calls it where it has no id of its own.
	Document []byte
	Profile  CredentialProfile
	Handle   string
}

// CredentialState is how far a credential has come.
type CredentialState string

// The states. Awaited: prepared, to be signed elsewhere, until ExpiresAt. Issued: it counts, signed here or
// elsewhere. Lapsed: it was awaited for too long; its status index stays a hole.
const (
	Awaited CredentialState = "awaited"
	Issued  CredentialState = "issued"
	Lapsed  CredentialState = "lapsed"
)

// Standing is what status changes made of a credential.
type Standing string

// The standings.
const (
	Active    Standing = "active"
	Suspended Standing = "suspended"
	Revoked   Standing = "revoked"
)

// Credential is the record of one issuance. Whose it is and what it says (Body) is sealed; the record itself
// names no holder: SubjectMAC and RecipientMAC are keyed digests that find it again by DID.
type Credential struct {
	ID            string // also in the credential, as urn:uuid:<ID>, unless it came with another
	Scope         Scope
	Issuance      string
	Type          string // credential type id; "" of a whole credential
	TypeName      string
	Schema        string
	SchemaVersion int
	Variant       string // of a whole credential the name of its profile
	Format        string
	Model         ModelVersion
	Identity      string // identity id; "" when the issuer is not ours
	Issuer        string // DID
	Method        string // verification method that signed, once known
	Algorithm     string // JOSE alg
	Exchange      string
	Door          string
	Principal     string
	State         CredentialState
	Standing      Standing
	Elsewhere     bool // signed, or to be signed, by a key that is not ours
	Released      bool // counted as issued before any signature was seen
	Entries       []StatusEntry
	SubjectMAC    []byte
	RecipientMAC  []byte
	DocumentMAC   []byte // of the id that a whole credential came with, or of its handle; nil: it has ours
	Digest        []byte // SHA-256 of the signing input
	ValidFrom     time.Time
	ValidUntil    time.Time
	IssuedAt      time.Time
	ExpiresAt     time.Time // of an awaited draft
	Replaces      string
	ErasedAt      time.Time
	BodyKey       []byte // salt of the key that seals Body; erasing destroys it
	Body          []byte // sealed: see issuer.Body
	CreatedAt     time.Time
	ChangedAt     time.Time // zero: as it was made
}

// StatusPurpose is what a status bit means, Bitstring Status List 1.0 §2.1.
type StatusPurpose string

// The status purposes.
const (
	Revocation StatusPurpose = "revocation"
	Suspension StatusPurpose = "suspension"
	Message    StatusPurpose = "message"
	Refresh    StatusPurpose = "refresh"
)

// StatusMessage explains one value of a multi-bit status, Bitstring Status List 1.0 §2.1.
type StatusMessage struct {
	Status  string // hexadecimal with prefix: "0x1"
	Message string
}

// StatusList is one published list. Secret seeds the permutation of its indices; Next counts leased values.
type StatusList struct {
	ID        string
	Scope     Scope
	Purpose   StatusPurpose
	Dialect   string // BitstringStatusList or StatusList2021
	Format    string // of the credentials in it, and how it is secured for who does not say: their readers can read it
	Size      int    // bits per entry
	Messages  []StatusMessage
	Identity  string // who publishes it
	URL       string // fixed when the list is made
	Place     string // where it is published beside this server, as status.Place writes it; "": nowhere
	Length    int64  // entries
	Next      int64  // next counter value to lease
	Secret    []byte // sealed
	CreatedAt time.Time
}

// StatusEntry is one credential's place in a list.
type StatusEntry struct {
	List    string
	URL     string // of the list
	Index   int64
	Purpose StatusPurpose
	Size    int
}

// StatusChange is one row of the status journal. Version counts the changes of one entry, from 1.
type StatusChange struct {
	List       string
	Index      int64
	Version    int
	Value      int
	Credential string
	Purpose    StatusPurpose
	Reason     string
	At         time.Time
}
