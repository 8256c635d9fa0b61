package vc

import "time"

// Scope is whose rows an act may touch. The zero Scope is the operator's own; a Scope without organisation is a
// tenant's.
type Scope struct {
	Tenant       string
	Organisation string
}

// Caller is who acts and where: it goes into audit entries and idempotency keys.
type Caller struct {
	Scope     Scope
	Principal string // id of a [Principal]; "system" for what the server does by itself
	Door      string // the door that took the request: "native", "meeco", …
	Request   string // request id
}

// DefaultTenant is the slug of the tenant a bare prefix means when neither token nor path names one.
const DefaultTenant = "default"

// Tenant is one customer of a server: the strongest wall there is.
type Tenant struct {
	ID         string
	Slug       string // in URLs: [a-z0-9-]{1,63}
	Name       string
	Profile    Profile
	Rights     []Role // what may be granted in it beside the plain roles; nil: the default ones
	CreatedAt  time.Time
	ArchivedAt time.Time // zero when active

	ForbidsWhole bool // its organisations issue credentials of credential types alone, and no whole ones
}

// Organisation issues, verifies or both, as its tenant set it up.
type Organisation struct {
	ID         string
	Tenant     string
	Name       string
	MayIssue   bool
	MayVerify  bool
	Profile    Profile
	Rights     []Role // what may be granted in it beside the plain roles; nil: the default ones
	CreatedAt  time.Time
	ArchivedAt time.Time
}

// Profile is what people want to know about a tenant or an organisation. Nothing is decided by it.
type Profile struct {
	LegalName        string
	TradingName      string
	CompanyNumber    string
	LEINumber        string
	BusinessAddress  string
	CompanyURL       string
	Color            string
	LogoURL          string
	Status           string
	OfficerFirstName string
	OfficerLastName  string
	OfficerEmail     string
}

// PrincipalKind tells how a principal proves itself.
type PrincipalKind string

// The kinds of principal.
const (
	APIKey PrincipalKind = "apikey"
	Client PrincipalKind = "client"
	Member PrincipalKind = "member"
	Holder PrincipalKind = "holder"
	Wallet PrincipalKind = "wallet"
)

// Role is a named set of permissions.
type Role string

// The roles.
const (
	Operator          Role = "operator"
	TenantAdmin       Role = "tenant-admin"
	OrganisationAdmin Role = "organisation-admin"
	IssuerRole        Role = "issuer"
	VerifierRole      Role = "verifier"
	Auditor           Role = "auditor"
	HolderRole        Role = "holder" // has a wallet here
)

// Grant gives a role at a scope: operator, tenant or organisation.
type Grant struct {
	Scope Scope
	Role  Role
}

// Principal is who may call. Its scope is where it is administered, its grants are what it may do. Secret holds
// the SHA-256 of the secret, never the secret.
type Principal struct {
	ID        string
	Scope     Scope
	Kind      PrincipalKind
	Name      string
	Secret    []byte
	Previous  []byte // the secret before it, good until PreviousUntil
	Grants    []Grant
	Narrowed  []string // permissions an access token was narrowed to; nil: all its grants give. Never stored
	CreatedAt time.Time
	ExpiresAt time.Time // zero: never
	RevokedAt time.Time

	PreviousUntil time.Time
	DID           string // of a Holder, who is known by a token alone. Never stored

	Description string
	Email       string // of a Member; also its name for people
	GivenName   string
	FamilyName  string
	ArchivedAt  time.Time // zero: not; while it is, nobody is let in by it
}

// MemberInvitation asks a person to become a [Member] of a scope. Secret is the SHA-256 of its token's secret.
type MemberInvitation struct {
	ID         string
	Scope      Scope
	Email      string
	GivenName  string
	FamilyName string
	Message    string
	Grants     []Grant
	Secret     []byte
	Principal  string // who it became; "" until it is accepted
	InvitedBy  string // id of a principal
	CreatedAt  time.Time
	ExpiresAt  time.Time
	AcceptedAt time.Time
}
