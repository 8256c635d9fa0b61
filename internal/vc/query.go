package vc

import "time"

// Page asks for a part of a list. Lists run newest first unless Ascending; After is the Cursor of the last item
// seen; Offset skips items, for doors that count pages.
type Page struct {
	Limit     int // 0: 50; at most 1001: a page of 1000, and one that tells whether another follows
	After     string
	Offset    int
	Ascending bool
	OrderBy   OrderBy // only pages by Offset; After is not looked at unless it is by id
}

// OrderBy is what a list is sorted by.
type OrderBy string

// The orders. ByID is also the order of making.
const (
	ByID   OrderBy = ""
	ByName OrderBy = "name" // then by id; only of what has a name

	ByUpdate OrderBy = "updated" // when it was changed last, then by id; only of presentation requests
)

// ListQuery filters schemas, types, identities and whatever else has a name and can be archived.
type ListQuery struct {
	Page     Page
	Search   string // part of the name, case-insensitive
	Archived *bool  // nil: both

	External *bool           // credential types: whether their external issuer is enabled; nil: both
	Kinds    []PrincipalKind // principals: of these kinds; nil: all
	Uses     []IdentityUse   // identities: of these uses; nil: all
	Revoked  *bool           // principals: whether they were revoked; nil: both. To Archived a revoked one is archived too
	Exact    bool            // only rows of exactly the transaction's scope, not those its tenant shares or its organisations own
}

// CredentialQuery filters credentials; zero fields do not filter.
type CredentialQuery struct {
	Page         Page
	Type         string
	SubjectMAC   []byte
	RecipientMAC []byte
	DocumentMAC  []byte
	Issuer       string // DID
	State        CredentialState
	Standing     Standing
	Exchange     string
	Issuance     string
	IssuedFrom   time.Time // inclusive
	IssuedTo     time.Time // exclusive
}

// OfferingQuery filters offerings; zero fields do not filter.
type OfferingQuery struct {
	Page         Page
	Type         string
	RecipientMAC []byte
	Open         bool      // only those for whoever comes
	Claimable    time.Time // only those that may be claimed then: not over, withdrawn or used up
}

// ExchangeQuery filters exchanges; zero fields do not filter.
type ExchangeQuery struct {
	Page     Page
	Role     ExchangeRole
	Door     string
	Offering string
	Type     string
	States   []ExchangeState
	Thread   string
	Channel  string
	PeerMAC  []byte
}

// SchemaVersionQuery filters versions of schemas; zero fields do not filter.
type SchemaVersionQuery struct {
	Page      Page // by id, of those that have one
	TypeName  string
	Name      string
	Version   int
	Withdrawn *bool
	Exact     bool // only rows of exactly the transaction's scope
}

// HeldQuery filters held credentials; zero fields do not filter.
type HeldQuery struct {
	Page       Page
	Network    *string
	Type       string
	Issuer     string // DID
	Version    string
	Identity   string
	Standing   Standing
	SubjectMAC []byte
	Name       string
	IssuedFrom time.Time // inclusive
	IssuedTo   time.Time // exclusive
}

// ConnectionQuery filters connections; zero fields do not filter.
type ConnectionQuery struct {
	Page           Page
	States         []ConnectionState
	Role           ConnectionRole
	Protocol       string
	Mine           string
	Invitation     string
	InvitationID   string
	InvitationKey  string
	Thread         string
	AliasMAC       []byte
	TheirMAC       []byte
	TheirPublicMAC []byte
}

// InvitationQuery filters invitations; zero fields do not filter.
type InvitationQuery struct {
	Page       Page
	Sender     *bool
	States     []InvitationState
	Connection string
	MessageID  string
}

// ProofQuery filters proofs; zero fields do not filter.
type ProofQuery struct {
	Page    Page
	Role    ProofRole
	Door    string
	Channel string
	Thread  string
	States  []ProofState
}

// LetterQuery filters letters; zero fields do not filter.
type LetterQuery struct {
	Page       Page
	Way        Way
	Connection string
	Invitation string
	States     []LetterState
	Type       string
}

// MediationQuery filters mediations; zero fields do not filter.
type MediationQuery struct {
	Page       Page
	Connection string
	State      MediationState
	Server     *bool
}
