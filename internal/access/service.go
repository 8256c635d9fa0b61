package access

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Config is what a Service is made of.
type Config struct {
	Rows      store.Store[Rows]
	Directory store.Directory
	Keys      keys.Store
	Issuer    string           // public URL of the server: iss and aud of its access tokens
	Now       func() time.Time // nil: time.Now
	CacheTTL  time.Duration    // how long a principal, tenant or organisation may be stale; 0: one second
}

// Service is the access service. It is safe for concurrent use.
type Service struct {
	Config
}

// New makes a Service.
func New(config Config) *Service { return &Service{Config: config} }

// Actor is who does an act of administration, and through which door.
type Actor struct {
	vc.Principal
	Door    string
	Request string
}

// Authenticate tells who calls from an Authorization header.
func (s *Service) Authenticate(ctx context.Context, authorization string) (vc.Principal, error) {
	return vc.Principal{}, errNotBuilt
}

// ScopeFor chooses the scope of an act.
func (s *Service) ScopeFor(ctx context.Context, p vc.Principal, tenant, organisation string) (vc.Scope, error) {
	return vc.Scope{}, errNotBuilt
}

// TokenRequest is a client credentials request, RFC 6749 §4.4.2.
type TokenRequest struct {
	ClientID     string
	ClientSecret string
	Scope        string // permissions, separated by spaces; "": all the client has
	Tenant       string // slug or id from the path, which must be the client's; "": none was named
}

// Token is an access token as it is handed out, RFC 6749 §5.1.
type Token struct {
	AccessToken string
	ExpiresIn   time.Duration
	Scope       string
}

// Token gives an access token.
func (s *Service) Token(ctx context.Context, request TokenRequest) (Token, error) {
	return Token{}, errNotBuilt
}

// JWKS gives the public keys of access tokens.
func (s *Service) JWKS(ctx context.Context) ([]byte, error) { return nil, errNotBuilt }

// CreateTenant makes a tenant.
func (s *Service) CreateTenant(ctx context.Context, by Actor, t vc.Tenant) (vc.Tenant, error) {
	return vc.Tenant{}, errNotBuilt
}

// Tenants lists tenants.
func (s *Service) Tenants(ctx context.Context, by Actor, q vc.ListQuery) ([]vc.Tenant, error) {
	return nil, errNotBuilt
}

// Tenant gives one tenant, by slug or id.
func (s *Service) Tenant(ctx context.Context, by Actor, tenant string) (vc.Tenant, error) {
	return vc.Tenant{}, errNotBuilt
}

// UpdateTenant renames a tenant.
func (s *Service) UpdateTenant(ctx context.Context, by Actor, tenant, name string) (vc.Tenant, error) {
	return vc.Tenant{}, errNotBuilt
}

// ArchiveTenant archives a tenant.
func (s *Service) ArchiveTenant(ctx context.Context, by Actor, tenant string) (vc.Tenant, error) {
	return vc.Tenant{}, errNotBuilt
}

// RestoreTenant restores a tenant.
func (s *Service) RestoreTenant(ctx context.Context, by Actor, tenant string) (vc.Tenant, error) {
	return vc.Tenant{}, errNotBuilt
}

// CreateOrganisation makes an organisation of o.Tenant.
func (s *Service) CreateOrganisation(ctx context.Context, by Actor, o vc.Organisation) (vc.Organisation, error) {
	return vc.Organisation{}, errNotBuilt
}

// UpdateOrganisation changes name, may issue and may verify.
func (s *Service) UpdateOrganisation(ctx context.Context, by Actor, o vc.Organisation) (vc.Organisation, error) {
	return vc.Organisation{}, errNotBuilt
}

// Organisation gives one organisation of a tenant.
func (s *Service) Organisation(ctx context.Context, by Actor, tenant, id string) (vc.Organisation, error) {
	return vc.Organisation{}, errNotBuilt
}

// Organisations lists the organisations of a scope.
func (s *Service) Organisations(ctx context.Context, by Actor, scope vc.Scope, q vc.ListQuery) ([]vc.Organisation, error) {
	return nil, errNotBuilt
}

// ArchiveOrganisation archives an organisation.
func (s *Service) ArchiveOrganisation(ctx context.Context, by Actor, tenant, id string) (vc.Organisation, error) {
	return vc.Organisation{}, errNotBuilt
}

// RestoreOrganisation restores an organisation.
func (s *Service) RestoreOrganisation(ctx context.Context, by Actor, tenant, id string) (vc.Organisation, error) {
	return vc.Organisation{}, errNotBuilt
}

// NewPrincipal asks for a principal.
type NewPrincipal struct {
	Kind      vc.PrincipalKind // APIKey or Client
	Name      string
	Grants    []vc.Grant
	ExpiresAt time.Time // zero: never
}

// CreatePrincipal makes a principal in scope and gives its secret, once.
func (s *Service) CreatePrincipal(ctx context.Context, by Actor, scope vc.Scope, n NewPrincipal) (vc.Principal, string, error) {
	return vc.Principal{}, "", errNotBuilt
}

// RotateSecret gives a principal a new secret; the old one is refused from then on.
func (s *Service) RotateSecret(ctx context.Context, by Actor, scope vc.Scope, id string) (vc.Principal, string, error) {
	return vc.Principal{}, "", errNotBuilt
}

// RevokePrincipal ends a principal.
func (s *Service) RevokePrincipal(ctx context.Context, by Actor, scope vc.Scope, id string) (vc.Principal, error) {
	return vc.Principal{}, errNotBuilt
}

// Principal gives one principal of a scope.
func (s *Service) Principal(ctx context.Context, by Actor, scope vc.Scope, id string) (vc.Principal, error) {
	return vc.Principal{}, errNotBuilt
}

// Principals lists the principals of a scope.
func (s *Service) Principals(ctx context.Context, by Actor, scope vc.Scope, q vc.ListQuery) ([]vc.Principal, error) {
	return nil, errNotBuilt
}

// Bootstrap makes the default tenant and the first operator API key, where they are missing.
func (s *Service) Bootstrap(ctx context.Context, name string) (secret string, created bool, err error) {
	return "", false, errNotBuilt
}

// BootstrapFresh makes the default tenant, revokes the operator API keys of that name and makes a new one.
func (s *Service) BootstrapFresh(ctx context.Context, name string) (secret string, err error) {
	return "", errNotBuilt
}

var errNotBuilt = vc.Errorf(vc.Unsupported, "not-built", "not built")
