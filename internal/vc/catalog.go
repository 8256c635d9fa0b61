package vc

import "time"

// Schema is a named line of immutable versions. A tenant's schema (no organisation in its scope) is seen by the
// organisations it is shared with.
type Schema struct {
	ID         string
	Scope      Scope
	Name       string
	Latest     int      // newest version, from 1
	SharedWith []string // organisation ids; "*" means every organisation of the tenant
	CreatedAt  time.Time
	ArchivedAt time.Time
}

// SchemaVersion is one immutable JSON Schema with what is derived from it. Document is the schema as published
// at URL, Context the JSON-LD context derived from it and published at ContextURL; the digests are SHA-256.
type SchemaVersion struct {
	Schema        string
	Scope         Scope
	Version       int
	Draft         string // "draft-07", "2019-09", "2020-12"
	TypeName      string // the credential type term the derived context defines
	Document      []byte
	Digest        []byte
	URL           string
	Context       []byte
	ContextDigest []byte
	ContextURL    string
	CreatedAt     time.Time

	ID          string    // of a version that is known by one of its own; "": by schema and number
	Name        string    // for people, where each version has its own
	WithdrawnAt time.Time // zero: not. A withdrawn one is not published any more, and its number is not used again
}

// ModelVersion is a version of the Verifiable Credentials Data Model.
type ModelVersion string

// The data model versions.
const (
	VCDM11 ModelVersion = "1.1"
	VCDM20 ModelVersion = "2.0"
)

// ResolvePolicy says whether a DID that is not ours must resolve before issuing.
type ResolvePolicy string

// The policies; the zero value means ResolveNever.
const (
	ResolveNever ResolvePolicy = "never"
	ResolveWarn  ResolvePolicy = "warn"
	ResolveMust  ResolvePolicy = "must"
)

// CredentialType is everything that is decided once about a kind of credential: schema, names, validity, look,
// holding, erasure and the variants it is issued in.
type CredentialType struct {
	ID             string
	Scope          Scope
	Name           string   // for people
	Line           string   // type name by which its organisation knows it through all versions of its schema; "": it does not
	Types          []string // type names beside VerifiableCredential, at least one
	Schema         string
	SchemaVersion  int
	Contexts       []string // after the base context; nil: the one derived from the schema version
	Validity       Validity
	Look           Look
	Hold           bool // a request waits for an explicit issue
	EraseDelivered bool // claims go when delivery is over
	Subjects       ResolvePolicy
	Purposes       []StatusPurpose // entries of a revocable credential; nil: revocation
	StatusMessages []StatusMessage // for purpose message, Bitstring Status List 1.0 §2.1
	Irrevocable    bool            // orders default to revocable unless set
	Evidence       []byte          // JSON, copied into credentials; nil: none
	External       ExternalIssuer
	Publish        Publishing
	Variants       []Variant // at least one; the first is the default
	Revision       int       // grows with each change
	CreatedAt      time.Time
	UpdatedAt      time.Time
	ArchivedAt     time.Time
}

// Validity bounds how long a credential is valid. Zero means unbounded, or no default.
type Validity struct {
	Default time.Duration
	Max     time.Duration
}

// Look is how a wallet may draw a credential. Background is any CSS background, Image a URL.
type Look struct {
	TextColor  string
	Background string
	Image      string
}

// ExternalIssuer points holders at an issuing page outside Chancery.
type ExternalIssuer struct {
	URL         string
	Enabled     bool
	Connections bool
}

// Variant is one shape in which a type is issued.
type Variant struct {
	Name            string // unique in the type
	Format          string // name of a format: "jwtvc"
	Model           ModelVersion
	Suite           string // of a format that has proof suites; "" where it needs none
	SchemaReference string // "JsonSchema", "JsonSchemaValidator2018" or "none"
	Status          StatusDialect
	IssuerObject    bool // the issuer as an object, also where it has no name
}

// StatusDialect is how a status entry is written into a credential.
type StatusDialect struct {
	EntryType   string // BitstringStatusListEntry or StatusList2021Entry
	NumberIndex bool   // statusListIndex as a JSON number, not a string
	Array       bool   // credentialStatus as an array even for one entry
}

// Context is a JSON-LD context document that is shipped, was imported or derived; its digest is SHA-256. One that is shipped
// has no scope and no time.
type Context struct {
	URL       string
	Scope     Scope
	Document  []byte
	Digest    []byte
	Source    string // "embedded", "imported" or "derived"
	CreatedAt time.Time
}
