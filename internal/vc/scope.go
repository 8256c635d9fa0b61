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
	CreatedAt  time.Time
	ArchivedAt time.Time // zero when active
}

// Organisation issues, verifies or both, as its tenant set it up.
type Organisation struct {
	ID         string
	Tenant     string
	Name       string
	MayIssue   bool
	MayVerify  bool
	CreatedAt  time.Time
	ArchivedAt time.Time
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
	Grants    []Grant
	Narrowed  []string // permissions an access token was narrowed to; nil: all its grants give. Never stored
	CreatedAt time.Time
	ExpiresAt time.Time // zero: never
	RevokedAt time.Time
}
